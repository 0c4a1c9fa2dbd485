/* The search: options are drawn, trained on the training split and scored on the validation split. Draws are
 * keyed by the range and the trial, not by the estimator, so that trial k tries the same values for every
 * estimator. */
#include "experiments/run/tune.h"

#include "experiments/spec/override.h"
#include "experiments/spec/tune_range.h"
#include "results/statistics/metrics.h"
#include "sim/base/text.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The data in two: what trials are trained on, and the validation split that they are scored on. */
typedef struct ValidationSplit {
    Log kept, held;
    TrainingData data;         /* with the kept rows alone */
    LearnedPropensity learned; /* likewise */
    float *noise;              /* of the kept rows */
} ValidationSplit;

static void split_free(ValidationSplit *s)
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

static Status keep_noise(ValidationSplit *s, const LearnedPropensity *learned, const uint32_t *row,
                         size_t rows, Message *message)
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

static Status split_create(ValidationSplit *s, const TuneInputs *in, Message *message)
{
    const TuneOptions *options = &in->spec->tune;
    const Log *whole = options->on == TUNE_LOG ? in->data->log : in->data->unbiased;
    size_t rows = whole->x.rows, held = (size_t)ceil(options->share * (double)rows);
    *s = (ValidationSplit){.data = *in->data, .learned = *in->learned};
    uint32_t *row = shuffled(rows, in->key);
    Status status = row ? STATUS_OK : fail_memory(message, "a split of the data");
    if (!status)
        status = log_select(&s->held, whole, row, held, message);
    if (!status)
        status = log_select(&s->kept, whole, row + held, rows - held, message);
    if (!status && options->on == TUNE_LOG)
        status = keep_noise(s, in->learned, row + held, rows - held, message);
    *(options->on == TUNE_LOG ? &s->data.log : &s->data.unbiased) = &s->kept;
    free(row);
    if (status)
        split_free(s);
    return status;
}

/* The metric on the clicked rows of the validation split, its sign such that lower is better; NaN when it is
 * not defined. */
static Status score(Fit *fit, const Spec *spec, const Log *held, double *value, Message *message)
{
    size_t n = held->x.rows, rows = 0;
    float *cvr = calloc(n + 1, sizeof *cvr);
    double *target = calloc(n + 1, sizeof *target);
    const size_t columns = (size_t)held->x.schema.categorical;
    uint32_t *user = calloc(n + 1, sizeof *user), *segment = calloc(n + 1, sizeof *segment);
    Status status = cvr && target && user && segment ? fit_predict(fit, &held->x, cvr, NULL, message)
                                                     : fail_memory(message, "the predictions of a trial");
    for (size_t i = 0; !status && i < n; i++)
        if (held->click[i]) {
            cvr[rows] = cvr[i];
            target[rows] = held->conversion[i];
            segment[rows] = columns > FIELD_SEGMENT ? held->x.id[i * columns + FIELD_SEGMENT] : 0;
            user[rows++] = held->x.id[i * columns + FIELD_USER];
        }
    if (!status) {
        const Metric *metric = metric_find(spec->tune.metric);
        Scored scored = {.rows = rows,
                         .prediction = cvr,
                         .target = target,
                         .user = user,
                         .k = spec->top_k,
                         .segment = columns > FIELD_SEGMENT ? segment : NULL};
        *value = metric->value(&scored) * (metric->better == BETTER_HIGH ? -1 : 1);
    }
    free(cvr);
    free(target);
    free(user);
    free(segment);
    return status;
}

/* What the trials of an estimator share. */
typedef struct TuneSearch {
    const TuneInputs *in;
    Method method;
    EstimatorOptions plain; /* the spec's own */
    int keys;
    const TuneRange *range[MAX_RANGES]; /* those that the estimator has an option of, and the option */
    Key key[MAX_RANGES];
    ValidationSplit split;
} TuneSearch;

static void find_keys(TuneSearch *s)
{
    const TuneOptions *options = &s->in->spec->tune;
    for (int i = 0; i < options->ranges; i++) {
        const TuneRange *range = &options->range[i];
        if (key_find_option(s->in->estimator, range->key, &s->key[s->keys], "tune", NULL))
            continue; /* an option of other estimators */
        s->range[s->keys++] = range;
    }
}

static Status draw_trial(const TuneSearch *s, int trial, Tuned *tuned, Message *message)
{
    size_t used = 0;
    tuned->options = s->plain;
    tuned->text[0] = 0;
    for (int i = 0; i < s->keys; i++) {
        char purpose[2 * SPEC_WORD], value[SPEC_WORD];
        snprintf(purpose, sizeof purpose, "tune/%s/%d", s->range[i]->key, trial);
        gsl_rng *random = stream_open(s->in->key, purpose);
        if (!random)
            return fail_memory(message, "a trial");
        tune_range_draw(s->range[i], &s->key[i], random, value);
        gsl_rng_free(random);
        Status status = key_set_option(&s->key[i], &tuned->options, value, "tune", message);
        if (status)
            return status;
        used += (size_t)snprintf(tuned->text + used, sizeof tuned->text - used, "%s%s=%s", used ? " " : "",
                                 s->range[i]->key, value);
    }
    return STATUS_OK;
}

static Status run_trial(const TuneSearch *s, const EstimatorOptions *options, double *value, Message *message)
{
    Fit *fit;
    FitReport report = {0};
    *value = (double)NAN;
    Status status = fit_create(&fit,
                               &(FitSetup){.method = &s->method,
                                           .options = options,
                                           .data = &s->split.data,
                                           .learned = &s->split.learned,
                                           .key = s->in->key},
                               message);
    if (!status)
        status = fit_train(fit, &report, message);
    if (!status && !report.diverged)
        status = score(fit, s->in->spec, &s->split.held, value, message);
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
    status = method_find(in->estimator, &s.method, message);
    if (!status)
        status = split_create(&s.split, in, message);
    if (status)
        return status;
    find_keys(&s);
    status = search(&s, tuned, message);
    split_free(&s.split);
    return status;
}
