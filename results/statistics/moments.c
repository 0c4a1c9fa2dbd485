/* Two passes: the mean, and then sums of products of the gaps from it. */
#include "results/statistics/moments.h"

#include <math.h>

double moments_mean(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] - x[0];
    return n > 0 ? x[0] + sum / (double)n : (double)NAN;
}

/* Sum of (x - mean x)(y - mean y). */
static double gap_products(const double *x, const double *y, size_t n)
{
    const double of_x = moments_mean(x, n), of_y = moments_mean(y, n);
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (x[i] - of_x) * (y[i] - of_y);
    return sum;
}

double moments_sd(const double *x, size_t n)
{
    return n > 1 ? sqrt(gap_products(x, x, n) / (double)(n - 1)) : (double)NAN;
}

double moments_correlation(const double *x, const double *y, size_t n)
{
    return gap_products(x, y, n) / sqrt(gap_products(x, x, n) * gap_products(y, y, n));
}
