#include "experiments/tune.h"

#include "experiments/override.h"
#include "experiments/words.h"
#include "results/metrics.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A range, read: a list of values or two ends. */
typedef struct Range {
    WordList values; /* none: low to high */
    char low[SPEC_WORD], high[SPEC_WORD];
} Range;

static bool read_range(const char *text, Range *range)
{
    const char *dots = strstr(text, "..");
    *range = (Range){.values = {.words = 0}};
    if (!dots)
        return text[0] == '[' && words_split(text, &range->values) && range->values.words > 0;
    size_t length = (size_t)(dots - text);
    if (length == 0 || length >= SPEC_WORD || strlen(dots + 2) >= SPEC_WORD)
        return false;
    memcpy(range->low, text, length);
    snprintf(range->high, sizeof range->high, "%s", dots + 2);
    return atof(range->low) < atof(range->high);
}

Status tune_set_range(Spec *spec, const char *key, const char *text, const char *where, Message *message)
{
    TuneOptions *tune = &spec->tune;
    Range range;
    char found[SHOWN_TEXT];
    int i = 0;
    while (i < tune->ranges && strcmp(tune->range[i].key, key) != 0)
        i++;
    if (!read_range(text, &range) || strlen(text) >= sizeof tune->range[i].text)
        return fail(message, STATUS_USAGE,
                    "%s: tune.range.%s: found '%s'; expected LOW..HIGH or a list of values", where, key,
                    shown(text, found));
    if (i == MAX_RANGES || strlen(key) >= SPEC_WORD)
        return fail(message, STATUS_USAGE, "%s: tune.range.%s: expected at most %d ranges of short keys",
                    where, shown(key, found), MAX_RANGES);
    tune->range[i] = (TuneRange){{0}, {0}};
    snprintf(tune->range[i].key, sizeof tune->range[i].key, "%s", key);
    snprintf(tune->range[i].text, sizeof tune->range[i].text, "%s", text);
    tune->ranges += i == tune->ranges;
    return STATUS_OK;
}

/* The key of an estimator; false when it has none of that name. */
static bool find_target(const char *estimator, const char *key, OverrideTarget *target)
{
    char name[2 * SPEC_WORD + 2];
    Message ignored;
    snprintf(name, sizeof name, "%s.%s", estimator, key);
    return !override_find(name, target, "tune", &ignored);
}

static Status check_value(const Spec *spec, const OverrideTarget *target, const char *value, Message *message)
{
    char text[SPEC_WORD];
    return override_value(target, spec, value, text, "tune.range", message);
}

static Status check_range(const Spec *spec, const TuneRange *given, Message *message)
{
    Range range;
    int having = 0;
    Status status = STATUS_OK;
    (void)read_range(given->text, &range); /* it was when it was set */
    for (int e = 0; !status && e < spec->estimators; e++) {
        OverrideTarget target;
        if (!find_target(spec->estimator[e], given->key, &target))
            continue;
        having++;
        for (int v = 0; !status && v < range.values.words; v++)
            status = check_value(spec, &target, range.values.word[v], message);
        if (!status && !range.values.words)
            status = check_value(spec, &target, range.low, message);
        if (!status && !range.values.words)
            status = check_value(spec, &target, range.high, message);
    }
    if (!status && !having)
        return fail(
            message, STATUS_USAGE,
            "tune.range: unknown key '%s'; expected a constant of an estimator (`cvrlab list estimators`) or "
            "the last word of a model or train key",
            given->key);
    return status;
}

Status tune_check(const Spec *spec, Message *message)
{
    const TuneOptions *tune = &spec->tune;
    bool unbiased = spec_has_truth(spec) ? spec->unbiased_size > 0 : spec->unbiased_share > 0;
    if (tune->trials > 0 && tune->ranges == 0)
        return fail(
            message, STATUS_USAGE,
            "tune.trials: no range to search; expected some, such as tune: {range: {l2: 1e-6..1e-3}}");
    if (tune->trials > 0 && tune->on == TUNE_UNBIASED && !unbiased)
        return fail(message, STATUS_USAGE, "tune.on: there is no unbiased sample; set %s above 0",
                    spec_has_truth(spec) ? "unbiased.size" : "data.unbiased_share");
    Status status = STATUS_OK;
    for (int i = 0; !status && i < tune->ranges; i++)
        status = check_range(spec, &tune->range[i], message);
    return status;
}

/* Uniform, of the logarithm where both ends are positive; whole for an integer field. */
static void draw_value(const TuneRange *given, const OverrideTarget *target, gsl_rng *random, char *value)
{
    Range range;
    (void)read_range(given->text, &range);
    if (range.values.words) {
        unsigned long place = gsl_rng_uniform_int(random, (unsigned long)range.values.words);
        snprintf(value, SPEC_WORD, "%s", range.values.word[place]);
        return;
    }
    double low = atof(range.low), high = atof(range.high), u = gsl_rng_uniform(random);
    double x = low > 0 ? low * pow(high / low, u) : low + u * (high - low);
    snprintf(value, SPEC_WORD, target->field.type == &integer_type ? "%.0f" : "%.6g", x);
}

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
        if (!find_target(estimator, range->key, &target))
            continue;
        snprintf(purpose, sizeof purpose, "tune/%s/%d", range->key, trial);
        gsl_rng *random = stream_open(key, purpose);
        if (!random) {
            status = fail_memory(message, "a trial");
            break;
        }
        draw_value(range, &target, random, value);
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
    Status status = fit_create(&fit, method, options, &split->data, &split->learned, key, message);
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
