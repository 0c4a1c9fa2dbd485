/* The paired t test and Holm's correction. */
#include "results/statistics/paired.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

PairedDifference paired_difference(const double *difference, int n)
{
    PairedDifference result = {NAN, NAN, NAN, NAN, NAN};
    if (n > 0)
        result.difference = gsl_stats_mean(difference, 1, (size_t)n);
    if (n < 2)
        return result;
    double error = gsl_stats_sd(difference, 1, (size_t)n) / sqrt(n);
    result.error = error;
    double half = gsl_cdf_tdist_Pinv(0.975, n - 1) * error;
    result.low = result.difference - half;
    result.high = result.difference + half;
    if (error > 0)
        result.p = 2 * gsl_cdf_tdist_Q(fabs(result.difference) / error, n - 1);
    else
        result.p = result.difference == 0 ? 1 : 0;
    return result;
}

Status holm(double *p, int n, Message *message)
{
    size_t *place = calloc((size_t)n + 1, sizeof *place);
    double *valid = calloc((size_t)n + 1, sizeof *valid);
    int *from = calloc((size_t)n + 1, sizeof *from);
    const bool ok = place && valid && from;
    int count = 0;
    for (int i = 0; ok && i < n; i++) {
        if (!isnan(p[i])) {
            from[count] = i;
            valid[count++] = p[i];
        }
    }
    if (ok && count > 0) {
        gsl_sort_index(place, valid, 1, (size_t)count);
        double largest = 0;
        for (int k = 0; k < count; k++) {
            largest = fmax(largest, fmin(1, (count - k) * valid[place[k]]));
            p[from[place[k]]] = largest;
        }
    }
    free(place);
    free(valid);
    free(from);
    return ok ? STATUS_OK : fail_memory(message, "the p-values");
}
