#include "results/unit_difference.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>

static const PairedDifference unknown = {NAN, NAN, NAN, NAN, NAN};

void unit_moments(const UnitValues *values, double *mean, double *mcse)
{
    const double *first = &values->unit->value;
    const size_t stride = sizeof(UnitValue) / sizeof(double);
    const size_t n = (size_t)values->units;
    *mean = n > 0 ? gsl_stats_mean(first, stride, n) : (double)NAN;
    *mcse = n > 1 ? gsl_stats_sd(first, stride, n) / sqrt((double)n) : (double)NAN;
}
_Static_assert(sizeof(UnitValue) % sizeof(double) == 0, "the values lie at whole strides");

static int compare(const UnitValue *a, const UnitValue *b)
{
    if (a->world != b->world) {
        return a->world < b->world ? -1 : 1;
    }
    return (a->replicate > b->replicate) - (a->replicate < b->replicate);
}

Status unit_paired(const UnitValues *left, const UnitValues *right, PairedDifference *difference, int *pairs,
                   Message *message)
{
    double *gap = calloc((size_t)left->units + 1, sizeof *gap);
    if (!gap) {
        return fail_memory(message, "paired differences");
    }
    *pairs = 0;
    for (int i = 0, j = 0; i < left->units && j < right->units;) {
        int order = compare(&left->unit[i], &right->unit[j]);
        if (order == 0) {
            gap[(*pairs)++] = left->unit[i].value - right->unit[j].value;
        }
        i += order <= 0;
        j += order >= 0;
    }
    *difference = *pairs > 0 ? paired_difference(gap, *pairs) : unknown;
    free(gap);
    return STATUS_OK;
}

PairedDifference unit_welch(const UnitValues *left, const UnitValues *right)
{
    double left_mean, left_error, right_mean, right_error;
    unit_moments(left, &left_mean, &left_error);
    unit_moments(right, &right_mean, &right_error);
    const double a = left_error * left_error;
    const double b = right_error * right_error;
    PairedDifference d = unknown;
    d.difference = left_mean - right_mean;
    if (left->units < 2 || right->units < 2) {
        return d;
    }
    d.error = sqrt(a + b);
    double half = 0;
    if (d.error > 0) {
        const double freedom = (a + b) * (a + b) / (a * a / (left->units - 1) + b * b / (right->units - 1));
        half = gsl_cdf_tdist_Pinv(0.975, freedom) * d.error;
        d.p = 2 * gsl_cdf_tdist_Q(fabs(d.difference) / d.error, freedom);
    } else {
        d.p = d.difference == 0 ? 1 : 0;
    }
    d.low = d.difference - half;
    d.high = d.difference + half;
    return d;
}
