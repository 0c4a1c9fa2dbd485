/* Each kind of quantity has its source: units of the experiment, values of a metric, stored predictions, or
 * redraws. */
#include "results/claims/claim_values.h"

#include "results/statistics/bias_variance.h"
#include "results/statistics/moments.h"
#include "results/statistics/pooled.h"
#include "results/summary/unit_read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is(const Quantity *quantity, const char *metric)
{
    return strcmp(quantity->metric, metric) == 0;
}

static Status seconds_values(const EstimatorResults *cell, UnitValues *values, Message *message)
{
    Status status = STATUS_OK;
    for (int i = 0; i < cell->runs && !status; i++) {
        const UnitRun *run = &cell->run[i];
        if (run->done && !isnan(run->seconds))
            status = unit_values_add(values, (UnitValue){run->world, run->replicate, run->seconds}, message);
    }
    return status;
}

static Status metric_values(const ExperimentResults *results, int setting, const Quantity *q,
                            UnitValues *values, Message *message)
{
    MetricGroup *group;
    Status status =
        results_metric_group(results, setting, (MetricName){q->space, q->task, q->metric}, &group, message);
    const int place = status ? -1 : metric_group_find(group, q->estimator);
    if (place < 0)
        return status;
    return unit_values_copy(values, &group->series[place].values, message);
}

/* What take_world adds to. */
typedef struct PredictionValues {
    const Quantity *quantity;
    UnitValues *values;
    bool worlds;   /* there are several, and they are the sample */
    Pooled mean_p; /* of a bias */
} PredictionValues;

static Status add_biases(const WorldPredictions *w, PredictionValues *to, Message *message)
{
    Status status = STATUS_OK;
    if (w->replicates > 0)
        pool(&to->mean_p, moments_mean(w->p_r, w->rows), 0);
    for (int b = 0; b < w->replicates && !status; b++) {
        double sum = 0;
        for (size_t i = 0; i < w->rows; i++)
            sum += (double)w->prediction[b][i] - w->p_r[i];
        status = unit_values_add(to->values, (UnitValue){w->world, w->replicate[b], sum / (double)w->rows},
                                 message);
    }
    return status;
}

static Status add_pseudo_values(const WorldPredictions *w, bool of_variance, UnitValues *values,
                                Message *message)
{
    const size_t n = (size_t)w->replicates;
    double *memory = calloc(2 * n, sizeof *memory);
    if (!memory)
        return fail_memory(message, "the values of a claim");
    Status status = bias_variance_pseudo_values(w->prediction, w->replicates, w->p_r, w->rows,
                                                &(PseudoValues){memory, memory + n}, message);
    const double *value = of_variance ? memory : memory + n;
    for (int b = 0; b < w->replicates && !status; b++)
        status = unit_values_add(values, (UnitValue){w->world, w->replicate[b], value[b]}, message);
    free(memory);
    return status;
}

/* Of two replicates, which have no pseudo-values: both get the value of their world. */
static Status add_pair(const WorldPredictions *w, bool of_variance, UnitValues *values, Message *message)
{
    const BiasVariance both = bias_variance(w->prediction, w->replicates, w->p_r, w->rows);
    Status status = STATUS_OK;
    for (int b = 0; b < w->replicates && !status; b++)
        status = unit_values_add(
            values, (UnitValue){w->world, w->replicate[b], of_variance ? both.variance : both.bias_sq},
            message);
    return status;
}

static Status take_world(const WorldPredictions *world, void *context, Message *message)
{
    PredictionValues *to = context;
    const bool biases = is(to->quantity, "mean_bias") || is(to->quantity, "abs_bias");
    if (world->rows == 0)
        return STATUS_OK;
    if (biases)
        return add_biases(world, to, message);
    const bool of_variance = is(to->quantity, "variance");
    if (world->replicates > 2)
        return add_pseudo_values(world, of_variance, to->values, message);
    return world->replicates == 2 && to->worlds ? add_pair(world, of_variance, to->values, message)
                                                : STATUS_OK;
}

static void turn_positive(UnitValues *values)
{
    double sum = 0;
    for (int i = 0; i < values->units; i++)
        sum += values->unit[i].value;
    for (int i = 0; i < values->units && sum < 0; i++)
        values->unit[i].value = -values->unit[i].value;
}

static Status prediction_values(const ExperimentResults *results, int setting, const Quantity *q,
                                ClaimValues *values, Message *message)
{
    PredictionValues to = {.quantity = q, .values = &values->units, .worlds = results->worlds > 1};
    const PredictionQuery query = {setting, results_estimator(results, q->estimator), q->space};
    Status status = results_predictions(results, &query, take_world, &to, message);
    if (!status && is(q, "abs_bias"))
        turn_positive(&values->units);
    values->mean_p = pooled_mean(&to.mean_p);
    return status;
}

/* A unit a redraw whose estimate is defined. */
static Status add_redraws(const RedrawnWorld *w, const Quantity *q, UnitValues *values, Message *message)
{
    Status status = STATUS_OK;
    for (int k = 0; k < w->redraws && !status; k++) {
        const double gap = w->estimate[k] - w->ideal;
        const double value = is(q, "risk_bias") ? gap : fabs(gap) / w->ideal;
        if (!isnan(value))
            status = unit_values_add(values, (UnitValue){w->world, k, value}, message);
    }
    return status;
}

static Status risk_values(const ExperimentResults *results, int setting, const Quantity *q,
                          UnitValues *values, Message *message)
{
    const RiskSummary *row = NULL;
    for (int i = 0; i < results->risk_rows && !row; i++) {
        const RiskSummary *r = &results->risk_row[i];
        if (r->setting == setting && !strcmp(r->predictor, q->task) && !strcmp(r->estimator, q->estimator))
            row = r;
    }
    if (!row)
        return STATUS_OK;
    RedrawnWorlds redrawn;
    Status status = results_redraws(results, row, &redrawn, message);
    for (int w = 0; w < redrawn.worlds && !status; w++)
        status = add_redraws(&redrawn.world[w], q, values, message);
    redrawn_worlds_clear(&redrawn);
    return status;
}

Status claim_values(const ExperimentResults *results, int setting, const Quantity *quantity,
                    ClaimValues *values, Message *message)
{
    *values = (ClaimValues){.mean_p = NAN};
    if (claim_is_of_risk(quantity))
        return risk_values(results, setting, quantity, &values->units, message);
    const int estimator = results_estimator(results, quantity->estimator);
    if (estimator < 0)
        return STATUS_OK;
    for (const char *const *own = claim_metrics; *own; own++)
        if (is(quantity, *own))
            return prediction_values(results, setting, quantity, values, message);
    return is(quantity, "seconds")
               ? seconds_values(results_cell(results, setting, estimator), &values->units, message)
               : metric_values(results, setting, quantity, &values->units, message);
}
