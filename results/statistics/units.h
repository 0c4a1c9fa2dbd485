/* Values of units of work, and what they say: means, and differences between two sets of them.
 *
 * Logs of one world are independent given the world. Where there are several worlds, logs of the same one
 * share more than chance has them share, so the sample is that of the worlds: a mean is over their means, and
 * its error is how far these are spread. */
#pragma once

#include "results/statistics/paired.h"
#include "results/statistics/test_sample.h"
#include "sim/base/status.h"

typedef struct UnitValue {
    int world, replicate;
    double value;
} UnitValue;

/* Negative, 0 or positive, by world and replicate. */
int unit_order(const UnitValue *a, const UnitValue *b);

typedef struct UnitValues {
    UnitValue *unit; /* by world and replicate */
    int units;
    /* Of metrics of real data's labels: units x TEST_GROUPS, as of metrics_without_groups. NULL where the
     * truth is known, or where it is not known how they depend on the test sample. */
    float *without;
} UnitValues;

/* Adds one, without what depends on the test sample. */
Status unit_values_add(UnitValues *values, UnitValue unit, Message *message);

/* A copy of its own, which may then be changed. Clear it also after a failure. */
Status unit_values_copy(UnitValues *copy, const UnitValues *values, Message *message);
void unit_values_clear(UnitValues *values);

/* Every value becomes scale x value + shift. */
void unit_values_scale(UnitValues *values, double scale, double shift);

/* Their mean, over a sample of `sample` means of several worlds or values of a single one, which are what is
 * independent of each other. Its standard error holds how far these are spread and, of labels, the chance in
 * the test sample, and has so many degrees of freedom (Satterthwaite 1946). NaN below 1 and 2 of the sample;
 * the error also where that of the test sample is not known. */
typedef struct UnitMean {
    int sample;
    double mean, sd, mcse, freedom; /* sd: of the sample */
    double test_error; /* the test sample's part of mcse; 0 where there is none, NaN where it is not known */
} UnitMean;
UnitMean unit_mean(const UnitValues *values);

/* left - right over the units that both have, into gap->unit, which has room for those of `left`, and into
 * gap->without, which has such room or is NULL; it becomes NULL where one of the two lacks it. */
void unit_gaps(const UnitValues *left, const UnitValues *right, UnitValues *gap);

/* The mean less a number, by the t test: NaN without values. */
PairedDifference unit_difference(const UnitValues *values, double number);

/* Mean of left - right over the units that both have, by the paired t test; *pairs is their number. All NaN
 * for none. */
Status unit_paired(const UnitValues *left, const UnitValues *right, PairedDifference *difference, int *pairs,
                   Message *message);

/* Difference of the means of two independent samples, by Welch's t test (1947). Interval, p and error are NaN
 * where a side is a sample of less than 2; without any spread the interval has no width, and p is 1 at zero
 * and 0 elsewhere. */
PairedDifference unit_welch(const UnitValues *left, const UnitValues *right);
