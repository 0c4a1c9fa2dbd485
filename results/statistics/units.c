/* Samples of independent values out of units of work. Which values are independent is decided in one place,
 * next_of_sample. */
#include "results/statistics/units.h"

#include "results/statistics/pooled.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

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

int unit_sample(const UnitValues *values, double *value)
{
    int sample = 0;
    for (int at = 0; at < values->units;)
        value[sample++] = next_of_sample(values, &at);
    return sample;
}

UnitMean unit_mean(const UnitValues *values)
{
    Pooled mean = {0};
    for (int at = 0; at < values->units;)
        pool(&mean, next_of_sample(values, &at), NAN);
    return (UnitMean){mean.worlds, pooled_mean(&mean), pooled_error(&mean)};
}

static int compare(const UnitValue *a, const UnitValue *b)
{
    if (a->world != b->world)
        return a->world < b->world ? -1 : 1;
    return (a->replicate > b->replicate) - (a->replicate < b->replicate);
}

void unit_gaps(const UnitValues *left, const UnitValues *right, UnitValues *gap)
{
    gap->units = 0;
    for (int i = 0, j = 0; i < left->units && j < right->units;) {
        const UnitValue *l = &left->unit[i], *r = &right->unit[j];
        int order = compare(l, r);
        if (order == 0)
            gap->unit[gap->units++] = (UnitValue){l->world, l->replicate, l->value - r->value};
        i += order <= 0;
        j += order >= 0;
    }
}

Status unit_paired(const UnitValues *left, const UnitValues *right, PairedDifference *difference, int *pairs,
                   Message *message)
{
    UnitValues gap = {.unit = calloc((size_t)left->units + 1, sizeof *gap.unit)};
    double *value = calloc((size_t)left->units + 1, sizeof *value);
    const bool ok = gap.unit && value;
    if (ok) {
        unit_gaps(left, right, &gap);
        *pairs = gap.units;
        *difference = paired_difference(value, unit_sample(&gap, value));
    }
    free(gap.unit);
    free(value);
    return ok ? STATUS_OK : fail_memory(message, "paired differences");
}

PairedDifference unit_welch(const UnitValues *left, const UnitValues *right)
{
    const UnitMean l = unit_mean(left);
    const UnitMean r = unit_mean(right);
    const double a = l.mcse * l.mcse;
    const double b = r.mcse * r.mcse;
    PairedDifference d = paired_difference(NULL, 0);
    d.difference = l.mean - r.mean;
    if (l.sample < 2 || r.sample < 2)
        return d;
    d.error = sqrt(a + b);
    double half = 0;
    if (d.error > 0) {
        const double freedom = (a + b) * (a + b) / (a * a / (l.sample - 1) + b * b / (r.sample - 1));
        half = gsl_cdf_tdist_Pinv(0.975, freedom) * d.error;
        d.p = 2 * gsl_cdf_tdist_Q(fabs(d.difference) / d.error, freedom);
    } else {
        d.p = d.difference == 0 ? 1 : 0;
    }
    d.low = d.difference - half;
    d.high = d.difference + half;
    return d;
}
