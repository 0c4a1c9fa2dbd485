/* Trains one estimator on one sample and scores its predictions: of each task (metric_task_table) against its
 * target over all test exposures (D), the clicked (O) and the others (N). */
#include "experiments/run/unit.h"

#include "estimators/core/train.h"
#include "experiments/run/tune.h"
#include "experiments/spec/fields.h"
#include "experiments/spec/named_method.h"
#include "experiments/spec/override.h"
#include "results/statistics/propensity_metrics.h"
#include "results/statistics/stream_periods.h"
#include "results/statistics/test_sample.h"
#include "results/statistics/weighted_metrics.h"
#include "sim/world/delay.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SCORED_SPACES = 3 };

/* Predictions and targets of one task on all test exposures, and a copy of those in one space. */
struct UnitResult {
    size_t rows;
    float *cvr, *ctr, *ctcvr, *part_prediction;
    double *ctcvr_target, *part_target;
    uint32_t *user, *part_user, *segment, *part_segment;
    bool has_segment;
    /* Of labels: the group of each test row, and of those in one space; what metrics are without each group,
     * as far as used. NULL where the truth is known. */
    uint8_t *group, *part_group;
    float *without;
    MetricValue *value; /* scratch, of metric_count, which the weighted ones are fewer than */
    int k;              /* of the @k metrics */
    const char *estimator;
    Tuned tuned;       /* its options */
    MetricRow *metric; /* room for every metric of each task in each space, the joint ones in each space, that
                          of filters, and those of propensities */
    int metrics, room;
    unsigned asked; /* AskedFor, by its training */
};

Status unit_result_create(UnitResult **result, size_t rows, Message *message)
{
    *result = NULL;
    UnitResult *r = calloc(1, sizeof *r);
    float *floats = calloc(4 * rows, sizeof *floats);
    double *doubles = calloc(2 * rows, sizeof *doubles);
    uint32_t *users = calloc(4 * rows, sizeof *users);
    const int room =
        SCORED_SPACES * (metric_task_count * metric_count + joint_metric_count + reachable_metric_count) +
        STREAM_PERIODS * (metric_count + period_metric_count) + filter_metric_count + weighted_metric_count +
        propensity_metric_count;
    MetricRow *metric = calloc((size_t)room, sizeof *metric);
    MetricValue *value = calloc((size_t)metric_count, sizeof *value);
    if (!r || !floats || !doubles || !users || !metric || !value) {
        free(r);
        free(floats);
        free(doubles);
        free(users);
        free(metric);
        free(value);
        return fail_memory(message, "the predictions");
    }
    *r = (UnitResult){.rows = rows,
                      .cvr = floats,
                      .ctr = floats + rows,
                      .ctcvr = floats + 2 * rows,
                      .part_prediction = floats + 3 * rows,
                      .ctcvr_target = doubles,
                      .part_target = doubles + rows,
                      .user = users,
                      .part_user = users + rows,
                      .segment = users + 2 * rows,
                      .part_segment = users + 3 * rows,
                      .metric = metric,
                      .value = value,
                      .room = room};
    *result = r;
    return STATUS_OK;
}

void unit_result_free(UnitResult *result)
{
    if (!result)
        return;
    free(result->cvr);
    free(result->ctcvr_target);
    free(result->user);
    free(result->metric);
    free(result->value);
    free(result->group);
    free(result->without);
    free(result);
}

float *unit_result_cvr(UnitResult *result)
{
    return result->cvr;
}

float *unit_result_ctr(UnitResult *result)
{
    return result->ctr;
}

static bool all_finite(const float *x, size_t rows)
{
    for (size_t i = 0; i < rows; i++)
        if (!isfinite(x[i]))
            return false;
    return true;
}

/* What a space's rows are scored as. */
typedef struct ScoredTask {
    const char *name;
    const float *prediction;
    const double *target;
    bool ranks; /* only by metrics that rank */
} ScoredTask;

static void add_metric(UnitResult *r, MetricRow row)
{
    assert(r->metrics < r->room);
    r->metric[r->metrics++] = row;
}

/* How the metrics that were added last depend on the test sample. */
static Status score_without(UnitResult *r, const Scored *scored, const uint8_t *group,
                            const MetricValue *value, int metrics, Message *message)
{
    const int first = r->metrics - metrics;
    float *without = r->without + (size_t)first * TEST_GROUPS;
    for (int m = 0; m < metrics; m++)
        r->metric[first + m].without = without + (size_t)m * TEST_GROUPS;
    return metrics_without_groups(scored, group, value, metrics, without, message);
}

/* `group` of the rows where the targets are labels, else NULL. */
static Status score(UnitResult *r, const char *space, const ScoredTask *task, Scored scored,
                    const uint8_t *group, Message *message)
{
    Orders orders = {0};
    MetricValue *value = r->value;
    int metrics = 0;
    scored.orders = &orders;
    if (!r->has_segment)
        scored.segment = NULL;
    for (const Metric *metric = metric_table; metric->name; metric++) {
        if (!metric_is_over(metric, space) || (task->ranks && !metric->ranks))
            continue;
        value[metrics] = (MetricValue){metric, metric->value(&scored)};
        add_metric(r, (MetricRow){.space = space,
                                  .task = task->name,
                                  .metric = metric->name,
                                  .value = value[metrics++].value});
    }
    Status status = group ? score_without(r, &scored, group, value, metrics, message) : STATUS_OK;
    orders_clear(&orders);
    return status;
}

/* Scores the rows whose click is `click`. */
static Status score_part(UnitResult *r, const char *space, const ScoredTask *task, const uint8_t *clicks,
                         int click, Message *message)
{
    size_t rows = 0;
    for (size_t i = 0; i < r->rows; i++) {
        if (clicks[i] != click)
            continue;
        r->part_prediction[rows] = task->prediction[i];
        r->part_target[rows] = task->target[i];
        r->part_segment[rows] = r->segment[i];
        if (r->group)
            r->part_group[rows] = r->group[i];
        r->part_user[rows++] = r->user[i];
    }
    return score(r, space, task,
                 (Scored){.rows = rows,
                          .prediction = r->part_prediction,
                          .target = r->part_target,
                          .user = r->part_user,
                          .k = r->k,
                          .segment = r->part_segment},
                 r->part_group, message);
}

static Status score_task(UnitResult *r, const ScoredTask *task, const uint8_t *clicks, Message *message)
{
    Status status = score(r, "D", task,
                          (Scored){.rows = r->rows,
                                   .prediction = task->prediction,
                                   .target = task->target,
                                   .user = r->user,
                                   .k = r->k,
                                   .segment = r->segment},
                          r->group, message);
    if (!status && clicks)
        status = score_part(r, "O", task, clicks, 1, message);
    if (!status && clicks)
        status = score_part(r, "N", task, clicks, 0, message);
    return status;
}

/* The spaces by the clicks of their rows. */
static const struct {
    const char *name;
    int click;
} space[SCORED_SPACES] = {{"D", EVERY_CLICK}, {"O", 1}, {"N", 0}};

/* Against what a model without the placement can reach, through a scratch column. */
static void score_reachable(UnitResult *r, const TestExposures *test)
{
    double *c = r->part_target;
    for (size_t i = 0; i < r->rows; i++)
        c[i] = (double)r->cvr[i];
    for (int i = 0; i < SCORED_SPACES; i++) {
        const double value[] = {
            mean_square_gap(c, test->reachable, test->click, space[i].click, r->rows),
            mean_square_gap(test->reachable, test->cvr, test->click, space[i].click, r->rows)};
        for (int m = 0; m < reachable_metric_count; m++)
            add_metric(r, (MetricRow){space[i].name, "cvr", reachable_metric_table[m].name, value[m], NULL});
    }
}

static void add_joint(UnitResult *r, const char *metric, const Joint *joint)
{
    for (int i = 0; i < SCORED_SPACES; i++)
        add_metric(r, (MetricRow){space[i].name, "ctcvr", metric, residual_correlation(joint, space[i].click),
                                  NULL});
}

/* The truth's own correlation goes through scratch columns of the result. */
static void score_joint(UnitResult *r, const TestExposures *test)
{
    float *p_o = r->ctcvr, *p_r = r->part_prediction;
    for (size_t i = 0; i < r->rows; i++) {
        p_o[i] = (float)test->ctr[i];
        p_r[i] = (float)test->cvr[i];
    }
    add_joint(r, "pip", &(Joint){r->rows, r->ctr, r->cvr, test->click, test->potential});
    add_joint(r, "pip_truth", &(Joint){r->rows, p_o, p_r, test->click, test->potential});
}

/* Real data whose test has clicks: conversions are labels on them alone. */
static Status score_observed(UnitResult *r, const TestExposures *test, Message *message)
{
    Status status =
        score_part(r, "O", &(ScoredTask){"cvr", r->cvr, test->cvr, false}, test->click, 1, message);
    if (!status)
        status = score_task(r, &(ScoredTask){"ctcvr_by_cvr", r->cvr, test->cvr, true}, NULL, message);
    if (status || isnan(r->ctr[0])) /* no model of clicks */
        return status;
    for (size_t i = 0; i < r->rows; i++)
        r->ctcvr[i] = r->ctr[i] * r->cvr[i];
    status = score_task(r, &(ScoredTask){"ctr", r->ctr, test->ctr, false}, NULL, message);
    return status ? status : score_task(r, &(ScoredTask){"ctcvr", r->ctcvr, test->cvr, false}, NULL, message);
}

/* Where the truth is known. */
static Status score_truth(UnitResult *r, const TestExposures *test, Message *message)
{
    for (size_t i = 0; i < r->rows; i++) {
        r->ctcvr[i] = r->ctr[i] * r->cvr[i];
        r->ctcvr_target[i] = test->ctr[i] * test->q[i];
    }
    Status status =
        score_task(r, &(ScoredTask){"ctcvr_by_cvr", r->cvr, r->ctcvr_target, true}, NULL, message);
    const Choice choice = {r->rows, r->cvr, test->ctr, test->q, r->user, r->k};
    add_metric(r, (MetricRow){"D", "ctcvr", "regret", choice_regret(&choice), NULL});
    if (status || !r->rows || isnan(r->ctr[0])) /* no model of clicks */
        return status;
    status = score_task(r, &(ScoredTask){"ctr", r->ctr, test->ctr, false}, test->click, message);
    if (!status)
        status =
            score_task(r, &(ScoredTask){"ctcvr", r->ctcvr, r->ctcvr_target, false}, test->click, message);
    score_joint(r, test);
    return status;
}

/* Labels depend on the test sample: by its users, whatever lists the rows were shown in. */
static Status group_labels(UnitResult *r, const TestExposures *test, Message *message)
{
    const Features *x = test->x;
    if (test->kind == TEST_TRUTH)
        return STATUS_OK;
    if (!r->group)
        r->group = calloc(2 * r->rows + 1, sizeof *r->group);
    if (!r->without)
        r->without = calloc((size_t)r->room * TEST_GROUPS, sizeof *r->without);
    if (!r->group || !r->without)
        return fail_memory(message, "the groups of the test sample");
    r->part_group = r->group + r->rows;
    for (size_t i = 0; i < r->rows; i++) {
        r->part_user[i] = x->id[i * (size_t)x->schema.categorical + FIELD_USER];
        log_passed(test->streamed, i);
    }
    test_groups(r->part_user, r->rows, r->group);
    return STATUS_OK;
}

Status unit_weights(const UnitInputs *in, double **weight, Message *message)
{
    const TestExposures *test = source_test(in->source);
    const float *p_hat;
    *weight = NULL;
    if (in->setting->weights == WEIGHTS_NONE)
        return STATUS_OK;
    Status status = propensities_of_test(in->propensities, test, &p_hat, message);
    if (status || !p_hat)
        return status;
    *weight = calloc(test->x->rows + 1, sizeof **weight);
    if (!*weight)
        return fail_memory(message, "the weights of the test rows");
    inverse_weights(p_hat, test->click, propensity_clip(&in->setting->train, in->sample->log), test->x->rows,
                    *weight);
    return STATUS_OK;
}

/* By conversions of clicks alone, as on a real log, whether the truth is known or not. */
static Status score_weighted(UnitResult *r, const TestExposures *test, const double *weight, Message *message)
{
    Status status = STATUS_OK;
    Orders orders = {0};
    double *target = r->part_target;
    for (size_t i = 0; i < r->rows; i++)
        target[i] = !test->click[i] ? 0 : test->potential ? test->potential[i] : test->cvr[i];
    const Scored scored = {.rows = r->rows,
                           .prediction = r->cvr,
                           .target = target,
                           .user = r->user,
                           .k = r->k,
                           .orders = &orders,
                           .weight = weight};
    for (int m = 0; m < weighted_metric_count; m++) {
        const Metric *metric = &weighted_metric_table[m];
        r->value[m] = (MetricValue){metric, metric->value(&scored)};
        add_metric(r, (MetricRow){"O", "cvr", metric->name, r->value[m].value, NULL});
    }
    if (r->group)
        status = score_without(r, &scored, r->group, r->value, weighted_metric_count, message);
    orders_clear(&orders);
    return status;
}

/* Predictions of clicks by the part of the stream that they are in. */
static Status score_periods(UnitResult *r, const TestExposures *test, Message *message)
{
    uint8_t *part = calloc(r->rows + 1, sizeof *part); /* from 1; 0 for none */
    double days[STREAM_PERIODS] = {0}, clicks[STREAM_PERIODS] = {0};
    Status status = part ? STATUS_OK : fail_memory(message, "the parts of the stream");
    for (size_t i = 0; !status && i < r->rows; i++) {
        const int at = stream_period(test->time[i], test->stream.from, test->stream.to);
        if (at < 0 || (test->click && !test->click[i]))
            continue;
        part[i] = (uint8_t)(at + 1);
        days[at] += test->time[i];
        clicks[at]++;
    }
    for (int k = 0; !status && k < STREAM_PERIODS; k++) {
        const char *name = stream_period_spaces[k];
        if (clicks[k] == 0)
            continue;
        add_metric(r, (MetricRow){name, "cvr", period_metric_table->name, days[k] / clicks[k], NULL});
        status = score_part(r, name, &(ScoredTask){"cvr", r->cvr, test->cvr, false}, part, k + 1, message);
    }
    free(part);
    return status;
}

static Status score_all(UnitResult *r, const TestExposures *test, Message *message)
{
    const Features *x = test->x;
    Status status = group_labels(r, test, message);
    if (status)
        return status;
    r->has_segment = x->schema.categorical > FIELD_SEGMENT;
    for (size_t i = 0; i < r->rows; i++) {
        const uint32_t *id = x->id + i * (size_t)x->schema.categorical;
        r->user[i] = test->group ? test->group[i] : id[FIELD_USER];
        r->segment[i] = r->has_segment ? id[FIELD_SEGMENT] : 0;
        log_passed(test->streamed, i);
    }
    if (test->stream.to > test->stream.from)
        status = score_periods(r, test, message);
    if (status)
        return status;
    if (test->kind == TEST_OBSERVED)
        return score_observed(r, test, message);
    status = score_task(r, &(ScoredTask){"cvr", r->cvr, test->cvr, false}, test->click, message);
    /* with more omitted than the placement, which is independent of the rest, the mean is not known */
    if (!status && test->reachable && !strcmp(r->tuned.options.model.omit, "placement"))
        score_reachable(r, test);
    return status || test->kind == TEST_LABELS ? status : score_truth(r, test, message);
}

/* Scores the propensities that a fit divided by, on its log. */
static Status score_propensities(UnitResult *r, Fit *fit, const Log *log, Message *message)
{
    float *p_hat = calloc(log->x.rows + 1, sizeof *p_hat);
    Status status = p_hat ? fit_p_hat(fit, p_hat, message) : fail_memory(message, "the propensities");
    const Weighting weighting = {log->x.rows, p_hat, log->click,
                                 propensity_clip(&r->tuned.options.train, log)};
    for (const PropensityMetric *m = propensity_metric_table; !status && m->metric.name; m++)
        add_metric(r, (MetricRow){m->space, "propensity", m->metric.name, m->value(&weighting), NULL});
    free(p_hat);
    return status;
}

/* The stream of a sample, with the true f, z and f1 of its clicks where the setting says so: `given` is then
 * the memory of them, to be freed. */
static Status plan_stream(const UnitInputs *in, const Estimator *estimator, const EstimatorOptions *options,
                          StreamPlan *plan, float **given, Message *message)
{
    const DelayedOptions *delayed = &in->setting->delayed;
    const Log *log = in->sample->stream;
    const size_t rows = log->x.rows;
    const StreamSpan stream = source_test(in->source)->stream;
    *plan = (StreamPlan){.attribution = stream.window,
                         .from = stream.from,
                         .to = stream.to,
                         .step = delayed->step / 24,
                         .cut = delayed->protocol == PROTOCOL_STATIC};
    if (delayed->auxiliary == AUXILIARY_LEARNED)
        return STATUS_OK;
    *given = calloc(3 * rows + 1, sizeof **given);
    if (!*given)
        return fail_memory(message, "the auxiliary models");
    const double observed = observation_window(estimator, options, stream.window);
    const StreamWindows windows = {observed, stream.window};
    for (size_t i = 0; i < rows; i++) {
        if (!log->click[i])
            continue;
        const double elapsed = estimator->deadline ? delay_stream_elapsed(*estimator->stream, windows,
                                                                          log->delays->click_time[i])
                                                   : observed;
        const DelayState state = delay_state_at(&in->sample->stream_truth, i, elapsed, true);
        (*given)[i] = (float)state.later;
        (*given)[rows + i] = (float)state.negative;
        (*given)[2 * rows + i] = (float)state.seen;
    }
    plan->later = *given;
    plan->negative = *given + rows;
    plan->seen = *given + 2 * rows;
    return STATUS_OK;
}

/* Gives the rows of a stream their weights 1/p~, where the setting has them: `weight` is then their memory,
 * to be freed. The clip is of what is known before the stream. */
static Status weigh_stream(const UnitInputs *in, const Method *method, const TrainOptions *train,
                           StreamPlan *plan, float **weight, GivenPropensity *given, Message *message)
{
    const size_t rows = in->sample->stream->x.rows;
    const double clip = propensity_clip(train, in->sample->log);
    Status status = propensities_of_stream(in->propensities, method, plan, given, message);
    if (status || !given->p || given->diverged)
        return status;
    *weight = calloc(rows + 1, sizeof **weight);
    if (!*weight)
        return fail_memory(message, "the weights of a stream");
    for (size_t i = 0; i < rows; i++)
        (*weight)[i] = (float)(1 / fmax((double)given->p[i], clip));
    plan->weight = *weight;
    return STATUS_OK;
}

/* As train(), for a method that learns from a stream: it predicts as it goes. */
static Status train_on_stream(const UnitInputs *in, const Method *method, UnitResult *r, FitReport *report,
                              Message *message)
{
    const TestExposures *test = source_test(in->source);
    StreamPlan plan;
    const TrainingData data = {.log = in->sample->stream, .plan = &plan};
    const EstimatorOptions *options = &r->tuned.options;
    GivenPropensity propensity = {.p = NULL};
    float *given = NULL, *weight = NULL;
    Fit *fit = NULL;
    r->tuned = (Tuned){.values = 0};
    Status status = override_options(in->setting, r->estimator, &r->tuned.options, message);
    if (!status)
        status = plan_stream(in, method->estimator, options, &plan, &given, message);
    if (!status)
        status = weigh_stream(in, method, &options->train, &plan, &weight, &propensity, message);
    if (status || propensity.diverged)
        goto out;
    status = fit_create(
        &fit, &(FitSetup){.method = method, .options = options, .data = &data, .key = &in->sample->key},
        message);
    if (!status)
        status = fit_stream(fit, &(StreamTest){test->x, test->time, r->cvr, r->ctr, test->streamed}, report,
                            message);
    if (!status)
        r->asked = fit_asked(fit) | (weight ? ASKED_PROPENSITY : 0U);
    report->seconds += propensity.seconds;
out:
    fit_free(fit);
    free(weight);
    free(given);
    return status;
}

/* Trains on the sample, with the spec's options or those that a search found, and predicts into `r`. */
static Status train(const UnitInputs *in, const Method *method, const GivenPropensity *given, UnitResult *r,
                    FitReport *report, Message *message)
{
    Log log = *in->sample->log;
    log.propensity = given->p;
    LogBlocks blocks = in->sample->blocks;
    blocks.propensity = given->blocks;
    TrainingData data = {
        .log = &log, .blocks = blocks.rows ? &blocks : NULL, .unbiased = in->sample->unbiased};
    const StreamKey *key = &in->sample->key;
    Fit *fit = NULL;
    TuneInputs inputs = {.spec = in->setting,
                         .estimator = r->estimator,
                         .data = &data,
                         .learned = &given->learned,
                         .key = key,
                         .held = &in->sample->held,
                         .held_truth = in->sample->held_truth.p_r};
    Status status = STATUS_OK;
    if (!strcmp(in->setting->tune.metric, snips_log_loss))
        status = propensities_of_held(in->propensities, method, &inputs.held_propensity, message);
    if (!status)
        status = tune(&inputs, &r->tuned, message);
    if (!status)
        status = fit_create(&fit,
                            &(FitSetup){.method = method,
                                        .options = &r->tuned.options,
                                        .data = &data,
                                        .learned = &given->learned,
                                        .key = key},
                            message);
    if (!status)
        status = fit_train(fit, report, message);
    if (!status && !report->diverged)
        status = fit_predict(fit, source_test(in->source)->x, r->cvr, r->ctr, message);
    if (!status)
        r->asked = fit_asked(fit);
    if (!status && !report->diverged && (r->asked & ASKED_PROPENSITY))
        status = score_propensities(r, fit, &log, message);
    if (!status && !isnan(report->left_out))
        add_metric(r, (MetricRow){"D", "cvr", filter_metric_table->name, report->left_out, NULL});
    fit_free(fit);
    return status;
}

static void begin(UnitResult *result, const char *estimator)
{
    result->estimator = estimator;
    result->metrics = 0;
    result->asked = 0;
}

/* Scores what is in `result` and makes the row of it. */
static Status finish(const Source *source, const Spec *setting, const UnitTraining *training,
                     UnitResult *result, RunRow *row, Message *message)
{
    const TestSubset *stored = source_test_subset(source);
    const bool done = !training->diverged && all_finite(result->cvr, result->rows);
    result->k = setting->top_k;
    Status status = done ? score_all(result, source_test(source), message) : STATUS_OK;
    if (!status && done && training->weight) {
        status = score_weighted(result, source_test(source), training->weight, message);
        result->asked = ASKED_BOTH; /* weights depend on train.clip */
    }
    if (!done)
        result->metrics = 0;
    if (status)
        return status;
    *row = (RunRow){.estimator = result->estimator,
                    .asked = (int)result->asked,
                    .status = unit_state_name(done ? UNIT_DONE : UNIT_DIVERGED),
                    .message = done ? NULL : training->message,
                    .seconds = training->seconds,
                    .steps = training->steps,
                    .parameters = training->parameters,
                    .tuned = training->tuned,
                    .prediction =
                        done ? test_subset_predictions(stored, result->cvr, result->part_prediction) : NULL,
                    .rows = stored->set.rows,
                    .metric = result->metric,
                    .metrics = result->metrics,
                    .groups = TEST_GROUPS};
    return STATUS_OK;
}

Status unit_run(const UnitInputs *in, const char *estimator, UnitResult *result, RunRow *row,
                Message *message)
{
    Method method;
    GivenPropensity given;
    FitReport report = {.diverged = true};
    double *weight = NULL;
    begin(result, estimator);
    Status status = spec_find_method(in->setting, estimator, &method, message);
    if (!status)
        status = propensities_for(in->propensities, &method, &given, message);
    if (!status && !given.diverged)
        status = method.estimator->stream ? train_on_stream(in, &method, result, &report, message)
                                          : train(in, &method, &given, result, &report, message);
    if (!status && !report.diverged)
        status = unit_weights(in, &weight, message);
    if (status)
        return status;
    if (in->setting->tune.trials > 0) /* trials may have asked for more than the fit */
        result->asked = ASKED_BOTH;
    if (method.estimator->needs & NEEDS_PROPENSITY)
        result->asked |= ASKED_PROPENSITY;
    const UnitTraining training = {.diverged = report.diverged,
                                   .seconds = given.seconds + report.seconds,
                                   .steps = report.steps,
                                   .parameters = report.parameters,
                                   .tuned = result->tuned.text,
                                   .weight = weight};
    status = finish(in->source, in->setting, &training, result, row, message);
    free(weight);
    return status;
}

/* Whatever the setting lends may have been used. */
Status unit_score(const Source *source, const Spec *setting, const char *method, const UnitTraining *training,
                  UnitResult *result, RunRow *row, Message *message)
{
    begin(result, method);
    result->asked = ASKED_BOTH;
    Status status = override_options(setting, method, &result->tuned.options, message);
    return status ? status : finish(source, setting, training, result, row, message);
}
