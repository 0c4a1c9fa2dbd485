#include "experiments/spec/tune_range.h"

#include "experiments/spec/fields.h"
#include "sim/base/text.h"

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

bool tune_target(const char *estimator, const char *key, OverrideTarget *target)
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
        if (!tune_target(spec->estimator[e], given->key, &target))
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

void tune_draw(const TuneRange *given, const OverrideTarget *target, gsl_rng *random, char value[SPEC_WORD])
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
