/* The paired t test and Holm's correction. */
#include "results/statistics/paired.h"

#include "results/statistics/moments.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

PairedDifference t_difference(double difference, double error, double freedom)
{
    PairedDifference result = {difference, NAN, NAN, NAN, error};
    if (isnan(difference) || isnan(error))
        return result;
    const double half = error > 0 ? gsl_cdf_tdist_Pinv(0.975, freedom) * error : 0;
    result.low = difference - half;
    result.high = difference + half;
    if (error > 0)
        result.p = 2 * gsl_cdf_tdist_Q(fabs(difference) / error, freedom);
    else
        result.p = difference == 0 ? 1 : 0;
    return result;
}

PairedDifference paired_difference(const double *difference, int n)
{
    const size_t size = n > 0 ? (size_t)n : 0;
    return t_difference(moments_mean(difference, size), moments_sd(difference, size) / sqrt(n), n - 1);
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
