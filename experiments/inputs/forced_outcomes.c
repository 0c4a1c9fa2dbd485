/* The clicks of forced rows say nothing of choice, so that a model of those of the log has to stand in for
 * it. Estimates of the ideal loss are held against labels all the same. */
#include "experiments/inputs/forced_outcomes.h"

#include "estimators/core/train.h"

#include <stdlib.h>
#include <string.h>

/* Predictions of the click model alone. */
static Status fit_clicks(const Spec *spec, const TrainingData *data, const StreamKey *key, Fit **fit,
                         FitReport *report, Message *message)
{
    const PropensitySetup setup = {.backbone = backbone_find("towers"),
                                   .model = &spec->model,
                                   .train = &spec->train,
                                   .data = data,
                                   .key = key};
    return fit_propensity(fit, &setup, report, message);
}

static Status fit_conversions(const Spec *spec, const TrainingData *data, const StreamKey *key, Fit **fit,
                              FitReport *report, Message *message)
{
    Method naive;
    const EstimatorOptions options = {.model = spec->model, .train = spec->train};
    Status status = method_find("naive", &naive, message);
    if (!status)
        status = fit_create(fit, &(FitSetup){.method = &naive, .options = &options, .data = data, .key = key},
                            message);
    if (!status)
        status = fit_train(*fit, report, message);
    if (status) {
        fit_free(*fit);
        *fit = NULL;
    }
    return status;
}

typedef Status FitModel(const Spec *spec, const TrainingData *data, const StreamKey *key, Fit **fit,
                        FitReport *report, Message *message);

/* What a model that is fitted on the log says of rows. */
static Status predict_rows(const Spec *spec, const RealData *real, const StreamKey *key, FitModel *model,
                           double *probability, Message *message)
{
    const TrainingData data = {.log = &real->log};
    const Features *x = &real->test.x;
    float *predicted = calloc(x->rows + 1, sizeof *predicted);
    Fit *fit = NULL;
    FitReport report;
    Status status =
        predicted ? model(spec, &data, key, &fit, &report, message) : fail_memory(message, "the predictions");
    if (!status && report.diverged)
        status =
            fail(message, STATUS_FAILED, "a model of the risk layer diverged; lower train.learning_rate");
    if (!status)
        status = fit_predict(fit, x, predicted, NULL, message);
    for (size_t i = 0; !status && i < x->rows; i++)
        probability[i] = (double)predicted[i];
    fit_free(fit);
    free(predicted);
    return status;
}

static Status copy_rows(const RealData *real, Log *log, Message *message)
{
    const Features *from = &real->test.x;
    Status status = log_create(log, &from->schema, from->rows, message);
    if (status)
        return status;
    memcpy(log->x.id, from->id, from->rows * (size_t)from->schema.categorical * sizeof *from->id);
    memcpy(log->x.dense, from->dense, from->rows * (size_t)from->schema.dense * sizeof *from->dense);
    return STATUS_OK;
}

static Status draw_clicks(const RealData *real, const StreamKey *key, const double *p_o, Log *log,
                          Message *message)
{
    gsl_rng *generator = stream_open(key, "risk/click");
    if (!generator)
        return fail_memory(message, "the clicks of the risk layer");
    for (size_t i = 0; i < log->x.rows; i++) {
        log->click[i] = gsl_rng_uniform(generator) < p_o[i];
        log->conversion[i] = log->click[i] && real->test.conversion[i];
    }
    gsl_rng_free(generator);
    return STATUS_OK;
}

Status forced_outcomes_make(const Spec *spec, const RealData *real, const StreamKey *key, Log *log,
                            Truth *truth, Message *message)
{
    const size_t rows = real->test.x.rows, bytes = rows * sizeof *truth->p_r;
    Status status = copy_rows(real, log, message);
    if (!status)
        status = truth_create(truth, rows, message);
    if (!status)
        status = predict_rows(spec, real, key, fit_clicks, truth->p_o, message);
    if (!status)
        status = predict_rows(spec, real, key, fit_conversions, truth->p_r, message);
    if (status)
        return status;
    memcpy(truth->p_o_full, truth->p_o, bytes);
    memcpy(truth->p_o_given, truth->p_o, bytes);
    memcpy(truth->p_r_full, truth->p_r, bytes);
    memcpy(truth->q, truth->p_r, bytes);
    memcpy(truth->potential, real->test.conversion, rows);
    return draw_clicks(real, key, truth->p_o, log, message);
}
