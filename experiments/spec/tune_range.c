/* A range is kept as its text. One that names no method is about every one that has such an option, and is
 * checked against each of them once all of the experiment is known. */
#include "experiments/spec/tune_range.h"

#include "experiments/spec/outside_method.h"
#include "sim/base/real.h"
#include "sim/base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the text of a range says: a list of values, or two ends. */
typedef struct Range {
    WordList values; /* no words where there are two ends */
    char low[SPEC_WORD], high[SPEC_WORD];
} Range;

static bool read_end(const char *text, double *value)
{
    char *end;
    *value = strtod(text, &end);
    return end > text && !*end;
}

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
    double low, high;
    return read_end(range->low, &low) && read_end(range->high, &high) && low < high;
}

/* Whether the key of a range is estimator.NAME.OPTION. */
static bool of_method(const char *key)
{
    static const char estimator[] = "estimator.";
    return strncmp(key, estimator, strlen(estimator)) == 0;
}

Status tune_range_set(Spec *spec, const char *option, const char *text, const char *where, Message *message)
{
    TuneOptions *tune = &spec->tune;
    Range range;
    char found[SHOWN_TEXT];
    Key key;
    int i = 0;
    if (of_method(option)) {
        char place[2 * SPEC_TEXT];
        snprintf(place, sizeof place, "%s: tune.range", where);
        Status status = key_find(spec, option, &key, place, message);
        if (status)
            return status;
        option = key.name;
    }
    while (i < tune->ranges && strcmp(tune->range[i].key, option) != 0)
        i++;
    if (!read_range(text, &range) || strlen(text) >= sizeof tune->range[i].text)
        return fail(message, STATUS_USAGE,
                    "%s: tune.range.%s: found '%s'; expected LOW..HIGH or a list of values", where, option,
                    shown(text, found));
    if (i == MAX_RANGES || strlen(option) >= SPEC_WORD)
        return fail(message, STATUS_USAGE, "%s: tune.range.%s: expected at most %d ranges of short keys",
                    where, shown(option, found), MAX_RANGES);
    tune->range[i] = (TuneRange){{0}, {0}};
    snprintf(tune->range[i].key, sizeof tune->range[i].key, "%s", option);
    snprintf(tune->range[i].text, sizeof tune->range[i].text, "%s", text);
    tune->ranges += i == tune->ranges;
    return STATUS_OK;
}

/* Any word could be an option of a method from outside: a range for all methods is for one that has it. */
static bool range_reaches(const Spec *spec, const char *estimator, const char *option)
{
    const OutsideMethod *outside = outside_method_find(spec, estimator);
    bool has = !outside || outside->estimator;
    for (int i = 0; !has && i < spec->overrides; i++)
        has = !strcmp(spec->override[i].estimator, estimator) && !strcmp(spec->override[i].key, option);
    return has;
}

Status tune_range_check(const Spec *spec, const TuneRange *given, Message *message)
{
    static const char where[] = "tune.range";
    Range range;
    bool known = false;
    (void)read_range(given->text, &range); /* it was well formed when it was set */
    for (int e = 0; e < spec->estimators; e++) {
        Key key;
        char text[SPEC_WORD];
        if (!of_method(given->key) && !range_reaches(spec, spec->estimator[e], given->key))
            continue;
        Status status = of_method(given->key)
                            ? key_find(spec, given->key, &key, where, message)
                            : key_find_option(spec, spec->estimator[e], given->key, &key, where, NULL);
        if (status)
            continue;
        known = true;
        for (int v = 0; !status && v < range.values.words; v++)
            status = key_check(&key, range.values.word[v], text, where, message);
        if (!status && !range.values.words)
            status = key_check(&key, range.low, text, where, message);
        if (!status && !range.values.words)
            status = key_check(&key, range.high, text, where, message);
        if (status)
            return status;
    }
    return known ? STATUS_OK
                 : fail(message, STATUS_USAGE,
                        "tune.range: unknown key '%s'; expected a constant of an estimator (`cvrlab list "
                        "estimators`) or the last word of a model or train key",
                        given->key);
}

bool tune_range_key(const Spec *spec, const char *estimator, const TuneRange *range, Key *key)
{
    if (of_method(range->key))
        return !key_find(spec, range->key, key, "tune.range", NULL) && !strcmp(key->estimator, estimator);
    return range_reaches(spec, estimator, range->key) &&
           !key_find_option(spec, estimator, range->key, key, "tune.range", NULL);
}

const TuneRange *tune_range_of(const Spec *spec, const Key *key)
{
    const TuneRange *of_all = NULL;
    for (int i = 0; i < spec->tune.ranges; i++) {
        const TuneRange *range = &spec->tune.range[i];
        Key of_range;
        if (!tune_range_key(spec, key->estimator, range, &of_range) ||
            strcmp(of_range.option, key->option) != 0)
            continue;
        if (of_method(range->key))
            return range;
        of_all = of_all ? of_all : range;
    }
    return of_all;
}

void tune_range_draw(const TuneRange *given, const Key *key, gsl_rng *random, char value[SPEC_WORD])
{
    Range range;
    (void)read_range(given->text, &range);
    if (range.values.words) {
        unsigned long place = gsl_rng_uniform_int(random, (unsigned long)range.values.words);
        snprintf(value, SPEC_WORD, "%s", range.values.word[place]);
        return;
    }
    double low = atof(range.low), high = atof(range.high), u = gsl_rng_uniform(random);
    double x = low > 0 ? low * real_power(high / low, u) : low + u * (high - low);
    snprintf(value, SPEC_WORD, key->field.type == &integer_type ? "%.0f" : "%.6g", x);
}
