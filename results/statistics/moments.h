/* Moments of a sample, the same bits on every machine: GSL's sum in long double, which differs between
 * architectures. Sums are taken about the first value, in order, so that equal values have that mean and a
 * spread of exactly 0. */
#pragma once

#include <stddef.h>

/* NaN of no values. */
double moments_mean(const double *x, size_t n);

/* With n - 1 below; NaN of fewer than two values. */
double moments_sd(const double *x, size_t n);

/* Pearson's; NaN where one of them does not vary. */
double moments_correlation(const double *x, const double *y, size_t n);
