/* Differences between two estimators on common random numbers. */
#pragma once

#include "sim/base/status.h"

/* Of n paired differences: mean, 95 % t interval and two-sided p-value of the t test. All is NaN without
 * pairs, interval and p below 2 of them; when all differences are equal the interval has no width, and p is 1
 * at zero and 0 elsewhere. */
typedef struct PairedDifference {
    double difference, low, high, p;
    double error; /* standard error of the mean; NaN below 2 pairs */
} PairedDifference;
PairedDifference paired_difference(const double *difference, int n);

/* The same of a difference whose standard error has so many degrees of freedom; NaN where the error is not
 * known. */
PairedDifference t_difference(double difference, double error, double freedom);

/* Replaces n p-values by Holm's (1979) adjusted ones; NaN stays NaN and does not count. */
Status holm(double *p, int n, Message *message);
