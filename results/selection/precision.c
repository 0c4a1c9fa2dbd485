/* The entries of `precision`, which a spec and a store hold as text. */
#include "results/selection/precision.h"

#include "sim/base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Status set_max(Precision *precision, const char *value, Message *message)
{
    char *end, found[SHOWN_TEXT];
    const long max = strtol(value, &end, 10);
    if (end == value || *end || max < PILOT_SIZE || max > 100000)
        return fail(
            message, STATUS_USAGE,
            "precision.max: found '%s'; expected a number of replicates, or of worlds where there are "
            "several, from %d to 100000",
            shown(value, found), PILOT_SIZE);
    precision->max = (int)max;
    return STATUS_OK;
}

static Status read_most(const char *key, const char *value, PrecisionBound *bound, Message *message)
{
    char *end, found[SHOWN_TEXT];
    const double most = strtod(value, &end);
    bound->relative = !strcmp(end, "%");
    bound->most = bound->relative ? most / 100 : most;
    if (end == value || (*end && !bound->relative) || !(most > 0) || isinf(most))
        return fail(
            message, STATUS_USAGE,
            "precision.%s: found '%s'; expected a standard error above 0, such as 0.001, or 5%% of the "
            "mean",
            key, shown(value, found));
    return STATUS_OK;
}

static Status check_measure(const char *key, const PrecisionBound *bound, Message *message)
{
    Measure measure;
    Message why;
    if (measure_parse(key, &measure, &why))
        return fail(message, STATUS_USAGE, "precision: %s", why.text);
    if (!measure.metric || measure_is_rank(&measure))
        return fail(message, STATUS_USAGE,
                    "precision.%s: no single replicate has a %s; expected a metric such as mse, ratio or auc",
                    key, key);
    if (bound->relative && measure_is_signed(&measure))
        return fail(
            message, STATUS_USAGE,
            "precision.%s: found a share of a mean that may be 0; expected a standard error, such as 0.001",
            key);
    return STATUS_OK;
}

static PrecisionBound *find_bound(Precision *precision, const char *measure)
{
    for (int i = 0; i < precision->bounds; i++)
        if (!strcmp(precision->bound[i].measure, measure))
            return &precision->bound[i];
    return NULL;
}

Status precision_set(Precision *precision, const char *key, const char *value, Message *message)
{
    PrecisionBound bound = {.most = NAN};
    if (!strcmp(key, "max"))
        return set_max(precision, value, message);
    Status status = read_most(key, value, &bound, message);
    if (!status)
        status = check_measure(key, &bound, message);
    if (status)
        return status;
    snprintf(bound.measure, sizeof bound.measure, "%s", key);
    PrecisionBound *there = find_bound(precision, key);
    if (!there && precision->bounds == MOST_BOUNDS)
        return fail(message, STATUS_USAGE, "precision: expected at most %d metrics", MOST_BOUNDS);
    *(there ? there : &precision->bound[precision->bounds++]) = bound;
    return STATUS_OK;
}

void precision_write(const Precision *precision, char text[PRECISION_TEXT])
{
    size_t used = 0;
    text[0] = 0;
    for (int i = 0; i < precision->bounds; i++) {
        const PrecisionBound *b = &precision->bound[i];
        used += (size_t)snprintf(text + used, PRECISION_TEXT - used, "%s: %.15g%s, ", b->measure,
                                 b->relative ? 100 * b->most : b->most, b->relative ? "%" : "");
    }
    if (precision->bounds)
        snprintf(text + used, PRECISION_TEXT - used, "max: %d", precision->max);
}

Status precision_read(Precision *precision, const char *text, Message *message)
{
    char copy[PRECISION_TEXT], *rest = copy;
    *precision = (Precision){0};
    snprintf(copy, sizeof copy, "%s", text);
    Status status = STATUS_OK;
    for (char *entry = strsep(&rest, ","); !status && entry && *entry; entry = strsep(&rest, ",")) {
        char *value = strstr(entry, ": "); /* a metric may hold a colon */
        if (!value)
            return fail(message, STATUS_FAILED, "precision: found '%s'; expected METRIC: ERROR", entry);
        *value = 0;
        status = precision_set(precision, entry + strspn(entry, " "), value + 2, message);
    }
    return status;
}

double precision_most(const PrecisionBound *bound, double mean)
{
    return bound->relative ? bound->most * fabs(mean) : bound->most;
}
