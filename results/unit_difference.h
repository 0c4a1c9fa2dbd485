/* Differences between two sets of numbers, one a unit of work. */
#pragma once

#include "results/claim_values.h"
#include "results/paired.h"

/* Mean and its standard error over all units; NaN below 1 and 2 of them. */
void unit_moments(const UnitValues *values, double *mean, double *mcse);

/* Mean of left - right over the units that both have, by the paired t test; *pairs is their number. All NaN
 * for none. */
Status unit_paired(const UnitValues *left, const UnitValues *right, PairedDifference *difference, int *pairs,
                   Message *message);

/* Difference of the means of two independent samples, by Welch's t test (1947). Interval, p and error are NaN
 * where a side has fewer than 2 units; without any spread the interval has no width, and p is 1 at zero and 0
 * elsewhere. */
PairedDifference unit_welch(const UnitValues *left, const UnitValues *right);
