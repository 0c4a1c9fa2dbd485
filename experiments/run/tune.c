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

/* The clicked rows that options are scored on. */
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
    if (!snips || !s->weight)
        return metric->value(&(Scored){.rows = s->rows,
                                       .prediction = s->cvr,
                                       .target = s->target,
                                       .user = s->user,
                                       .segment = s->segment,
                                       .k = spec->top_k}) *
               (metric->better == BETTER_HIGH ? -1 : 1);
    double sum = 0, weights = 0;
    for (size_t i = 0; i < s->rows; i++) {
        const Scored row = {
            .rows = 1, .prediction = s->cvr + i, .target = s->target + i, .user = s->user + i};
        sum += s->weight[i] * metric->value(&row);
        weights += s->weight[i];
    }
    return sum / weights;
}

static void scoring_free(Scoring *s)
{
    free(s->cvr);
    free(s->target);
    free(s->user);
    free(s->segment);
    free(s->weight);
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
        if (!held->click[i])
            continue;
        s->target[s->rows] = held->conversion[i];
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
    tuned->options = s->plain;
    tuned->text[0] = 0;
    for (int i = 0; i < s->keys; i++) {
        char purpose[2 * SPEC_WORD], value[SPEC_WORD];
        snprintf(purpose, sizeof purpose, "tune/%s/%d", s->key[i].option, trial);
        gsl_rng *random = stream_open(s->in->key, purpose);
        if (!random)
            return fail_memory(message, "a trial");
        tune_range_draw(s->range[i], &s->key[i], random, value);
        gsl_rng_free(random);
        Status status = key_set_option(&s->key[i], &tuned->options, value, "tune", message);
        if (status)
            return status;
        used += (size_t)snprintf(tuned->text + used, sizeof tuned->text - used, "%s%s=%s", used ? " " : "",
                                 s->key[i].option, value);
    }
    return STATUS_OK;
}

/* Predicts the held rows, and keeps the predictions of those that are clicked. */
static Status predict(Fit *fit, const Log *held, float *cvr, Message *message)
{
    size_t rows = 0;
    Status status = fit_predict(fit, &held->x, cvr, NULL, message);
    for (size_t i = 0; !status && i < held->x.rows; i++)
        if (held->click[i])
            cvr[rows++] = cvr[i];
    return status;
}

static Status run_trial(const TuneSearch *s, const EstimatorOptions *options, double *value, Message *message)
{
    Fit *fit;
    FitReport report = {0};
    *value = (double)NAN;
    Status status = fit_create(&fit,
                               &(FitSetup){.method = &s->method,
                                           .options = options,
                                           .data = s->in->data,
                                           .learned = s->in->learned,
                                           .key = s->in->key},
                               message);
    if (!status)
        status = fit_train(fit, &report, message);
    if (!status && !report.diverged)
        status = predict(fit, s->in->held, s->scoring.cvr, message);
    if (!status && !report.diverged)
        *value = score(&s->scoring, s->in->spec);
    fit_free(fit);
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
            status = run_trial(s, &tried.options, &value, message);
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
    tuned->text[0] = 0;
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
