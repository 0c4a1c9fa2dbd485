/* The search: options are drawn, trained on the sample and scored on the rows that are held out of it. Draws
 * are keyed by the option and the trial, not by the estimator, so that trial k tries the same values for
 * every estimator. */
#include "experiments/run/tune.h"

#include "experiments/spec/named_method.h"
#include "experiments/spec/override.h"
#include "experiments/spec/tune_range.h"
#include "results/statistics/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The rows that options are scored on: the clicked ones, or all where the truth scores them. */
typedef struct Scoring {
    size_t rows;
    float *cvr; /* room for the predictions of all rows */
    double *target;
    uint32_t *user, *segment; /* segment is NULL where the rows have none */
    double *weight;           /* NULL: all 1 */
} Scoring;

/* The metric of the predictions, its sign such that lower is better; NaN when it is not defined. */
static double score(const Scoring *s, const Spec *spec)
{
    const bool snips = !strcmp(spec->tune.metric, snips_log_loss);
    const Metric *metric = metric_find(snips ? "log_loss" : spec->tune.metric);
    return metric->value(&(Scored){.rows = s->rows,
                                   .prediction = s->cvr,
                                   .target = s->target,
                                   .user = s->user,
                                   .segment = s->segment,
                                   .k = spec->top_k,
                                   .weight = snips ? s->weight : NULL}) *
           (metric->better == BETTER_HIGH ? -1 : 1);
}

static void scoring_free(Scoring *s)
{
    free(s->cvr);
    free(s->target);
    free(s->user);
    free(s->segment);
    free(s->weight);
}

static bool is_scored(const TuneInputs *in, size_t row)
{
    return in->spec->tune.on == TUNE_TRUTH || in->held->click[row];
}

static Status scoring_create(Scoring *s, const TuneInputs *in, Message *message)
{
    const Log *held = in->held;
    const size_t n = held->x.rows + 1, columns = (size_t)held->x.schema.categorical;
    const bool segments = columns > FIELD_SEGMENT;
    const double clip = propensity_clip(&in->spec->train, in->data->log);
    *s = (Scoring){.cvr = calloc(n, sizeof *s->cvr),
                   .target = calloc(n, sizeof *s->target),
                   .user = calloc(n, sizeof *s->user),
                   .segment = segments ? calloc(n, sizeof *s->segment) : NULL,
                   .weight = in->held_propensity ? calloc(n, sizeof *s->weight) : NULL};
    if (!s->cvr || !s->target || !s->user || (segments && !s->segment) ||
        (in->held_propensity && !s->weight)) {
        scoring_free(s);
        return fail_memory(message, "the predictions of a trial");
    }
    for (size_t i = 0; i < held->x.rows; i++) {
        if (!is_scored(in, i))
            continue;
        s->target[s->rows] = in->spec->tune.on == TUNE_TRUTH ? in->held_truth[i] : held->conversion[i];
        s->user[s->rows] = held->x.id[i * columns + FIELD_USER];
        if (segments)
            s->segment[s->rows] = held->x.id[i * columns + FIELD_SEGMENT];
        if (s->weight) {
            const double p = (double)in->held_propensity[i];
            s->weight[s->rows] = isnan(p) ? NAN : 1 / fmin(fmax(p, clip), 1);
        }
        s->rows++;
    }
    return STATUS_OK;
}

/* What the trials of an estimator share. */
typedef struct TuneSearch {
    const TuneInputs *in;
    Method method;
    EstimatorOptions plain; /* the spec's own */
    int keys;
    const TuneRange *range[MAX_RANGES]; /* those that the estimator has an option of, and the option */
    Key key[MAX_RANGES];
    Scoring scoring;
} TuneSearch;

/* The range of an option of this method alone goes before that of all methods. */
static void find_keys(TuneSearch *s)
{
    const Spec *spec = s->in->spec;
    for (int i = 0; i < spec->tune.ranges; i++) {
        Key *key = &s->key[s->keys];
        if (tune_range_key(spec, s->in->estimator, &spec->tune.range[i], key) &&
            tune_range_of(spec, key) == &spec->tune.range[i])
            s->range[s->keys++] = &spec->tune.range[i];
    }
}

static Status draw_trial(const TuneSearch *s, int trial, Tuned *tuned, Message *message)
{
    size_t used = 0;
    *tuned = (Tuned){.options = s->plain};
    for (int i = 0; i < s->keys; i++) {
        char purpose[2 * SPEC_WORD], value[SPEC_WORD];
        snprintf(purpose, sizeof purpose, "tune/%s/%d", s->key[i].option, trial);
        gsl_rng *random = stream_open(s->in->key, purpose);
        if (!random)
            return fail_memory(message, "a trial");
        tune_range_draw(s->range[i], &s->key[i], random, value);
        gsl_rng_free(random);
        Override *chosen = &tuned->value[tuned->values++];
        snprintf(chosen->estimator, sizeof chosen->estimator, "%s", s->in->estimator);
        snprintf(chosen->key, sizeof chosen->key, "%s", s->key[i].option);
        snprintf(chosen->value, sizeof chosen->value, "%s", value);
        Status status =
            s->in->trial ? STATUS_OK : key_set_option(&s->key[i], &tuned->options, value, "tune", message);
        if (status)
            return status;
        used += (size_t)snprintf(tuned->text + used, sizeof tuned->text - used, "%s%s=%s", used ? " " : "",
                                 s->key[i].option, value);
    }
    return STATUS_OK;
}

/* Trains, and predicts the held rows. */
static Status train_trial(const TuneSearch *s, const Tuned *tried, bool *diverged, Message *message)
{
    Fit *fit;
    FitReport report = {0};
    Status status = fit_create(&fit,
                               &(FitSetup){.method = &s->method,
                                           .options = &tried->options,
                                           .data = s->in->data,
                                           .learned = s->in->learned,
                                           .key = s->in->key},
                               message);
    if (!status)
        status = fit_train(fit, &report, message);
    if (!status && !report.diverged)
        status = fit_predict(fit, &s->in->held->x, s->scoring.cvr, NULL, message);
    fit_free(fit);
    *diverged = report.diverged;
    return status;
}

/* The setting with the values of a trial. */
static Status try_outside(const TuneSearch *s, const Tuned *tried, bool *diverged, Message *message)
{
    Spec *setting = malloc(sizeof *setting);
    if (!setting)
        return fail_memory(message, "a trial");
    *setting = *s->in->spec;
    Status status = tuned_set(tried, setting, message);
    if (!status)
        status = s->in->trial(setting, s->scoring.cvr, diverged, s->in->context, message);
    free(setting);
    return status;
}

static Status run_trial(const TuneSearch *s, const Tuned *tried, double *value, Message *message)
{
    const Log *held = s->in->held;
    bool diverged = false;
    size_t rows = 0;
    *value = (double)NAN;
    Status status =
        s->in->trial ? try_outside(s, tried, &diverged, message) : train_trial(s, tried, &diverged, message);
    if (status || diverged)
        return status;
    for (size_t i = 0; i < held->x.rows; i++)
        if (is_scored(s->in, i))
            s->scoring.cvr[rows++] = s->scoring.cvr[i];
    *value = score(&s->scoring, s->in->spec);
    return STATUS_OK;
}

Status tuned_set(const Tuned *tuned, Spec *setting, Message *message)
{
    Status status = STATUS_OK;
    for (int i = 0; !status && i < tuned->values; i++) {
        const Override *chosen = &tuned->value[i];
        Key key;
        status = key_find_option(setting, chosen->estimator, chosen->key, &key, "tune", message);
        if (!status)
            status = override_set(setting, &key, chosen->value, "tune", message);
    }
    return status;
}

static Status search(const TuneSearch *s, Tuned *best, Message *message)
{
    double least = HUGE_VAL;
    Status status = STATUS_OK;
    for (int trial = 0; !status && trial < s->in->spec->tune.trials; trial++) {
        Tuned tried;
        double value = HUGE_VAL;
        status = draw_trial(s, trial, &tried, message);
        if (!status)
            status = run_trial(s, &tried, &value, message);
        if (!status && value < least) {
            least = value;
            *best = tried;
        }
    }
    return status;
}

Status tune(const TuneInputs *in, Tuned *tuned, Message *message)
{
    TuneSearch s = {.in = in};
    *tuned = (Tuned){.values = 0};
    Status status = override_options(in->spec, in->estimator, &s.plain, message);
    tuned->options = s.plain;
    if (status || in->spec->tune.trials == 0)
        return status;
    status = spec_find_method(in->spec, in->estimator, &s.method, message);
    if (!status)
        status = scoring_create(&s.scoring, in, message);
    if (status)
        return status;
    find_keys(&s);
    status = search(&s, tuned, message);
    scoring_free(&s.scoring);
    return status;
}
