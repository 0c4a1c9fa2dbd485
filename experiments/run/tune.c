#include "experiments/run/tune.h"

#include "experiments/spec/override.h"
#include "experiments/spec/tune_range.h"
#include "results/statistics/metrics.h"
#include "sim/base/text.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The values of a trial: those of a key are the same for every estimator. */
static Status draw_trial(const Spec *spec, const char *estimator, const StreamKey *key, int trial,
                         Tuned *tuned, Message *message)
{
    Spec *own = malloc(sizeof *own);
    size_t used = 0;
    Status status = own ? STATUS_OK : fail_memory(message, "a trial");
    tuned->text[0] = 0;
    if (own)
        *own = *spec;
    for (int i = 0; !status && i < spec->tune.ranges; i++) {
        const TuneRange *range = &spec->tune.range[i];
        OverrideTarget target;
        char purpose[2 * SPEC_WORD], value[SPEC_WORD];
        if (!tune_target(estimator, range->key, &target))
            continue;
        snprintf(purpose, sizeof purpose, "tune/%s/%d", range->key, trial);
        gsl_rng *random = stream_open(key, purpose);
        if (!random) {
            status = fail_memory(message, "a trial");
            break;
        }
        tune_draw(range, &target, random, value);
        gsl_rng_free(random);
        status = override_set(own, &target, value, "tune", message);
        used += (size_t)snprintf(tuned->text + used, sizeof tuned->text - used, "%s%s=%s", used ? " " : "",
                                 range->key, value);
    }
    if (!status)
        status = spec_estimator_options(own, estimator, &tuned->options, message);
    free(own);
    return status;
}

/* Data without the held-out rows, and those. */
typedef struct Split {
    Log kept, held;
    TrainingData data;
    LearnedPropensity learned;
    float *noise; /* of the kept rows */
} Split;

static void split_free(Split *s)
{
    log_free(&s->kept);
    log_free(&s->held);
    free(s->noise);
}

/* Rows in a random order: the first are held out. */
static uint32_t *shuffled(size_t rows, const StreamKey *key)
{
    gsl_rng *random = stream_open(key, "tune/split");
    uint32_t *row = random ? malloc((rows + 1) * sizeof *row) : NULL;
    for (size_t i = 0; row && i < rows; i++)
        row[i] = (uint32_t)i;
    if (row)
        gsl_ran_shuffle(random, row, rows, sizeof *row);
    gsl_rng_free(random);
    return row;
}

static Status keep_noise(Split *s, const LearnedPropensity *learned, const uint32_t *row, size_t rows,
                         Message *message)
{
    s->learned = *learned;
    if (!learned->noise)
        return STATUS_OK;
    s->noise = malloc((rows + 1) * sizeof *s->noise);
    if (!s->noise)
        return fail_memory(message, "the noise on propensities");
    for (size_t i = 0; i < rows; i++)
        s->noise[i] = learned->noise[row[i]];
    s->learned.noise = s->noise;
    return STATUS_OK;
}

static Status split_create(Split *s, const TuneOptions *tune, const TrainingData *data,
                           const LearnedPropensity *learned, const StreamKey *key, Message *message)
{
    const Log *whole = tune->on == TUNE_LOG ? data->log : data->unbiased;
    size_t rows = whole->x.rows, held = (size_t)ceil(tune->share * (double)rows);
    *s = (Split){.data = *data, .learned = *learned};
    uint32_t *row = shuffled(rows, key);
    Status status = row ? STATUS_OK : fail_memory(message, "a split of the data");
    if (!status)
        status = log_select(&s->held, whole, row, held, message);
    if (!status)
        status = log_select(&s->kept, whole, row + held, rows - held, message);
    if (!status && tune->on == TUNE_LOG)
        status = keep_noise(s, learned, row + held, rows - held, message);
    *(tune->on == TUNE_LOG ? &s->data.log : &s->data.unbiased) = &s->kept;
    free(row);
    if (status)
        split_free(s);
    return status;
}

/* The metric on the clicked rows of the held-out ones, turned so that lower is better; NaN when not defined.
 */
static Status score(Fit *fit, const Spec *spec, const Log *held, double *value, Message *message)
{
    size_t n = held->x.rows, rows = 0;
    float *cvr = calloc(n + 1, sizeof *cvr);
    double *target = calloc(n + 1, sizeof *target);
    uint32_t *user = calloc(n + 1, sizeof *user);
    Status status = cvr && target && user ? fit_predict(fit, &held->x, cvr, NULL, message)
                                          : fail_memory(message, "the predictions of a trial");
    for (size_t i = 0; !status && i < n; i++)
        if (held->click[i]) {
            cvr[rows] = cvr[i];
            target[rows] = held->conversion[i];
            user[rows++] = held->x.id[i * (size_t)held->x.schema.categorical + FIELD_USER];
        }
    if (!status) {
        const Metric *metric = metric_find(spec->tune.metric);
        Scored scored = {.rows = rows, .prediction = cvr, .target = target, .user = user, .k = spec->top_k};
        *value = metric->value(&scored) * (metric->better == BETTER_HIGH ? -1 : 1);
    }
    free(cvr);
    free(target);
    free(user);
    return status;
}

static Status run_trial(const Spec *spec, const Method *method, const Split *split, const StreamKey *key,
                        const EstimatorOptions *options, double *value, Message *message)
{
    Fit *fit;
    FitReport report = {0};
    *value = (double)NAN;
    Status status = fit_create(&fit,
                               &(FitSetup){.method = method,
                                           .options = options,
                                           .data = &split->data,
                                           .learned = &split->learned,
                                           .key = key},
                               message);
    if (!status)
        status = fit_train(fit, &report, message);
    if (!status && !report.diverged)
        status = score(fit, spec, &split->held, value, message);
    fit_free(fit);
    return status;
}

static Status search(const Spec *spec, const char *estimator, const Split *split, const StreamKey *key,
                     Tuned *best, Message *message)
{
    Method method;
    double least = HUGE_VAL;
    Status status = method_find(estimator, &method, message);
    for (int trial = 0; !status && trial < spec->tune.trials; trial++) {
        Tuned tried;
        double value = HUGE_VAL;
        status = draw_trial(spec, estimator, key, trial, &tried, message);
        if (!status)
            status = run_trial(spec, &method, split, key, &tried.options, &value, message);
        if (!status && value < least) {
            least = value;
            *best = tried;
        }
    }
    return status;
}

Status tune(const Spec *spec, const char *estimator, const TrainingData *data,
            const LearnedPropensity *learned, const StreamKey *key, Tuned *tuned, Message *message)
{
    Split split;
    tuned->text[0] = 0;
    Status status = spec_estimator_options(spec, estimator, &tuned->options, message);
    if (status || spec->tune.trials == 0)
        return status;
    status = split_create(&split, &spec->tune, data, learned, key, message);
    if (status)
        return status;
    status = search(spec, estimator, &split, key, tuned, message);
    split_free(&split);
    return status;
}
