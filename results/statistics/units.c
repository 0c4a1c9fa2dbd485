/* Samples of independent values out of units of work. Which values are independent is decided in one place,
 * next_of_sample. */
#include "results/statistics/units.h"

#include "results/statistics/pooled.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The next of the sample, from unit *at on: the mean of a world, or a value where there is one world. */
static double next_of_sample(const UnitValues *values, int *at)
{
    const UnitValue *unit = values->unit; /* by world: several when the first and last differ */
    const bool several = unit[0].world != unit[values->units - 1].world;
    const int first = *at;
    double sum = 0;
    do {
        sum += unit[(*at)++].value;
    } while (several && *at < values->units && unit[*at].world == unit[first].world);
    return sum / (*at - first);
}

Status unit_values_add(UnitValues *values, UnitValue unit, Message *message)
{
    /* Room doubles at 0, 1, 2, 4, ... units. */
    if ((values->units & (values->units - 1)) == 0) {
        const size_t room = values->units ? 2 * (size_t)values->units : 1;
        UnitValue *grown = reallocarray(values->unit, room, sizeof *grown);
        if (!grown)
            return fail_memory(message, "the values of the units");
        values->unit = grown;
    }
    values->unit[values->units++] = unit;
    return STATUS_OK;
}

Status unit_values_copy(UnitValues *copy, const UnitValues *values, Message *message)
{
    const size_t n = (size_t)values->units;
    *copy = (UnitValues){.unit = calloc(n + 1, sizeof *copy->unit), .units = values->units};
    if (values->without)
        copy->without = calloc(n * TEST_GROUPS + 1, sizeof *copy->without);
    if (!copy->unit || (values->without && !copy->without))
        return fail_memory(message, "the values of the units");
    if (n > 0)
        memcpy(copy->unit, values->unit, n * sizeof *copy->unit);
    if (n > 0 && copy->without)
        memcpy(copy->without, values->without, n * TEST_GROUPS * sizeof *copy->without);
    return STATUS_OK;
}

void unit_values_clear(UnitValues *values)
{
    free(values->unit);
    free(values->without);
    *values = (UnitValues){0};
}

void unit_values_scale(UnitValues *values, double scale, double shift)
{
    for (int i = 0; i < values->units; i++)
        values->unit[i].value = scale * values->unit[i].value + shift;
    for (size_t i = 0; values->without && i < (size_t)values->units * TEST_GROUPS; i++)
        values->without[i] *= (float)scale;
}

/* Of the mean over the units, whose groups are the same. */
static double test_error(const UnitValues *values, int *groups)
{
    double without[TEST_GROUPS] = {0};
    *groups = 0;
    if (!values->without)
        return 0;
    for (int i = 0; i < values->units; i++)
        for (int g = 0; g < TEST_GROUPS; g++)
            without[g] += (double)values->without[(size_t)i * TEST_GROUPS + (size_t)g] / values->units;
    return test_sample_error(without, groups);
}

/* Two parts of an error and their degrees of freedom. */
typedef struct ErrorParts {
    double error[2], freedom[2];
} ErrorParts;

/* Those of the whole; the one part's where there is no other. */
static double joint_freedom(const ErrorParts *parts)
{
    double square = 0, fourth = 0;
    for (int i = 0; i < 2; i++) {
        const double s = parts->error[i] * parts->error[i];
        square += s;
        fourth += s > 0 ? s * s / parts->freedom[i] : 0;
    }
    return fourth > 0 ? square * square / fourth : parts->freedom[0];
}

UnitMean unit_mean(const UnitValues *values)
{
    Pooled pooled = {0};
    for (int at = 0; at < values->units;)
        pool(&pooled, next_of_sample(values, &at), NAN);
    int groups = 0;
    const double spread = pooled_error(&pooled), test = test_error(values, &groups);
    const ErrorParts parts = {{spread, test}, {pooled.worlds - 1, groups - 1}};
    return (UnitMean){.sample = pooled.worlds,
                      .mean = pooled_mean(&pooled),
                      .sd = spread * sqrt(pooled.worlds),
                      .mcse = sqrt(spread * spread + test * test),
                      .freedom = joint_freedom(&parts),
                      .test_error = test};
}

int unit_order(const UnitValue *a, const UnitValue *b)
{
    if (a->world != b->world)
        return a->world < b->world ? -1 : 1;
    return (a->replicate > b->replicate) - (a->replicate < b->replicate);
}

static void take_gap(UnitValues *gap, const UnitValues *left, int i, const UnitValues *right, int j)
{
    const UnitValue *l = &left->unit[i], *r = &right->unit[j];
    for (size_t g = 0; gap->without && g < TEST_GROUPS; g++)
        gap->without[(size_t)gap->units * TEST_GROUPS + g] =
            left->without[(size_t)i * TEST_GROUPS + g] - right->without[(size_t)j * TEST_GROUPS + g];
    gap->unit[gap->units++] = (UnitValue){l->world, l->replicate, l->value - r->value};
}

void unit_gaps(const UnitValues *left, const UnitValues *right, UnitValues *gap)
{
    gap->units = 0;
    if (!left->without || !right->without)
        gap->without = NULL;
    for (int i = 0, j = 0; i < left->units && j < right->units;) {
        const int order = unit_order(&left->unit[i], &right->unit[j]);
        if (order == 0)
            take_gap(gap, left, i, right, j);
        i += order <= 0;
        j += order >= 0;
    }
}

PairedDifference unit_difference(const UnitValues *values, double number)
{
    const UnitMean mean = unit_mean(values);
    return t_difference(mean.mean - number, mean.mcse, mean.freedom);
}

Status unit_paired(const UnitValues *left, const UnitValues *right, PairedDifference *difference, int *pairs,
                   Message *message)
{
    UnitValues room = {0};
    Status status = unit_values_copy(&room, left, message);
    if (!status) {
        UnitValues gap = room;
        unit_gaps(left, right, &gap);
        *pairs = gap.units;
        *difference = unit_difference(&gap, 0);
    }
    unit_values_clear(&room);
    return status;
}

PairedDifference unit_welch(const UnitValues *left, const UnitValues *right)
{
    const UnitMean l = unit_mean(left), r = unit_mean(right);
    const ErrorParts parts = {{l.mcse, r.mcse}, {l.freedom, r.freedom}};
    return t_difference(l.mean - r.mean, sqrt(l.mcse * l.mcse + r.mcse * r.mcse), joint_freedom(&parts));
}
