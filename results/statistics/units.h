/* Values of units of work, and what they say: means, and differences between two sets of them.
 *
 * Logs of one world are independent given the world. Where there are several worlds, logs of the same one
 * share more than chance has them share, so the sample is that of the worlds: a mean is over their means, and
 * its error is how far these are spread. */
#pragma once

#include "results/statistics/paired.h"
#include "sim/base/status.h"

typedef struct UnitValue {
    int world, replicate;
    double value;
} UnitValue;

typedef struct UnitValues {
    UnitValue *unit; /* by world and replicate */
    int units;
} UnitValues;

/* What is independent of each other: the means of several worlds, or the values of a single one. Into
 * `value`, which has room for all units. Returns their number. */
int unit_sample(const UnitValues *values, double *value);

/* Size of that sample, its mean and the mean's standard error; NaN below 1 and 2 of them. */
typedef struct UnitMean {
    int sample;
    double mean, mcse;
} UnitMean;
UnitMean unit_mean(const UnitValues *values);

/* left - right over the units that both have, into gap->unit, which has room for those of `left`. */
void unit_gaps(const UnitValues *left, const UnitValues *right, UnitValues *gap);

/* Mean of left - right over the units that both have, by the paired t test; *pairs is their number. All NaN
 * for none. */
Status unit_paired(const UnitValues *left, const UnitValues *right, PairedDifference *difference, int *pairs,
                   Message *message);

/* Difference of the means of two independent samples, by Welch's t test (1947). Interval, p and error are NaN
 * where a side is a sample of less than 2; without any spread the interval has no width, and p is 1 at zero
 * and 0 elsewhere. */
PairedDifference unit_welch(const UnitValues *left, const UnitValues *right);
