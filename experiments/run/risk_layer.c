/* The risk layer's columns: what experiments/risk takes as plain arrays, from a drawn sample with its truth.
 */
#include "experiments/run/risk_layer.h"

#include "estimators/core/train.h"
#include "experiments/inputs/propensities.h"
#include "experiments/inputs/source.h"
#include "experiments/risk/risk_lambda.h"
#include "sim/base/real.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct RiskLayer {
    const Spec *spec;
    Spec propensity; /* the setting, as its propensities are made */
    Source *source;
    Sample sample;
    size_t rows;
    double *block; /* the columns below, one allocation */
    double *p_hat, *e, *e_hat, *slope, *prediction, *spread;
};

/* Learned propensities are those of the first stage of two-stage methods, on the default backbone. Of forced
 * outcomes the clicks are those of a model that is learned on the log: this one's. */
static Status fill_propensities(RiskLayer *s, Message *message)
{
    Propensities *propensities;
    GivenPropensity given;
    Method two_stage;
    Status status = propensities_create(&propensities, &s->propensity, &s->sample, message);
    if (status)
        return status;
    status = method_find("ips", &two_stage, message);
    if (!status)
        status = propensities_for(propensities, &two_stage, &given, message);
    if (!status && given.diverged)
        status = fail(message, STATUS_FAILED, "the fitted propensities diverged; lower train.learning_rate");
    const double clip = propensity_clip(&s->spec->train, s->sample.log);
    for (size_t i = 0; !status && i < s->rows; i++)
        s->p_hat[i] = fmin(fmax((double)given.p[i], clip), 1);
    propensities_free(propensities);
    return status;
}

static Status create_columns(RiskLayer *s, Message *message)
{
    enum { COLUMNS = 6 };
    s->rows = s->sample.log->x.rows;
    s->block = calloc(COLUMNS * s->rows, sizeof *s->block);
    if (!s->block)
        return fail_memory(message, "the exposures of the risk layer");
    s->p_hat = s->block;
    s->e = s->block + s->rows;
    s->e_hat = s->block + 2 * s->rows;
    s->slope = s->block + 3 * s->rows;
    s->prediction = s->block + 4 * s->rows;
    s->spread = s->block + 5 * s->rows;
    return STATUS_OK;
}

Status risk_layer_open(RiskLayer **layer, const Spec *setting, const char *log, uint32_t world,
                       Message *message)
{
    *layer = NULL;
    RiskLayer *s = calloc(1, sizeof *s);
    if (!s)
        return fail_memory(message, "the risk layer");
    s->spec = setting;
    s->propensity = *setting;
    if (!spec_has_truth(setting))
        s->propensity.propensity = PROPENSITY_ORACLE;
    Status status = source_open(&s->source, setting, log, world, NULL, message);
    if (!status)
        status = source_draw_risk(s->source, &s->sample, message);
    if (!status)
        status = create_columns(s, message);
    if (!status)
        status = fill_propensities(s, message);
    if (status)
        risk_layer_close(s);
    else
        *layer = s;
    return status;
}

void risk_layer_close(RiskLayer *layer)
{
    if (!layer)
        return;
    free(layer->block);
    sample_free(&layer->sample);
    source_close(layer->source);
    free(layer);
}

const StreamKey *risk_layer_key(const RiskLayer *layer)
{
    return &layer->sample.key;
}

/* l(m, c); the terms of m = 0 and 1 are exact, so that e_hat = e where m = r(1). */
static double log_loss(double m, double c)
{
    return (m > 0 ? -m * real_log(c) : 0) + (m < 1 ? -(1 - m) * real_log1p(-c) : 0);
}

/* Of the log that learned propensities come from, which is none of the redraws. */
static Status choose_lambdas(const RiskLayer *s, RiskCase *c, Message *message)
{
    Status status = STATUS_OK;
    for (int i = 0; !status && i < s->spec->risk_estimators; i++) {
        const RiskEstimator *estimator = risk_estimator_find(s->spec->risk_estimator[i]);
        if (estimator->lambda_at)
            status = risk_lambda_choose(estimator, s->sample.log->click, c, message);
    }
    return status;
}

Status risk_layer_predict(RiskLayer *s, const RiskPredictor *predictor, RiskCase *c, Message *message)
{
    const Truth *truth = &s->sample.truth;
    const float *m = s->sample.log->imputation;
    const double noise = s->spec->imputation_distortion.noise;
    gsl_rng *generator = stream_open(&s->sample.key, "risk/predictor");
    if (!generator)
        return fail_memory(message, "the predictor");
    predictor->predict(truth, generator, s->prediction);
    gsl_rng_free(generator);
    for (size_t i = 0; i < s->rows; i++) {
        double prediction = s->prediction[i];
        s->e[i] = log_loss(truth->potential[i], prediction);
        s->e_hat[i] = log_loss(m ? (double)m[i] : 0, prediction);
        s->slope[i] = log_loss(1, prediction) - log_loss(0, prediction);
        s->spread[i] = m ? fabs(s->slope[i]) * (double)m[i] * (1 - (double)m[i]) * noise : 0;
    }
    *c = (RiskCase){.rows = s->rows,
                    .p = truth->p_o_given,
                    .p_hat = s->p_hat,
                    .e = s->e,
                    .e_hat = s->e_hat,
                    .spread = s->spread};
    memcpy(c->lambda, s->spec->risk_lambda, sizeof c->lambda);
    if (!m) {
        c->slope = s->slope;
        c->prediction = s->prediction;
    }
    return choose_lambdas(s, c, message);
}
