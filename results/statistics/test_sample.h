/* What chance there is in the test rows of real data. A metric of labels is computed again without each of a
 * number of groups of test users, and how far these values lie apart says how far that of another test sample
 * would lie from it: the jackknife that leaves out a group (Shao and Tu, The Jackknife and Bootstrap, 1995,
 * section 2.3). A user's rows are in one group, since they share what the user is. It serves every metric
 * alike, and differences of estimators on the same rows, whose groups are the same. */
#pragma once

#include "results/statistics/metrics.h"
#include "sim/base/status.h"

enum {
    TEST_GROUPS = 50,
    FEWEST_LABELS = 10, /* of each class, and of groups: below, the error is not known */
};

/* The group of each row, 0 to TEST_GROUPS - 1: by a hash of its user, so that a user is in the same group
 * whatever other users there are; by one of its place where all rows are one user's. */
void test_groups(const uint32_t *user, size_t rows, uint8_t *group);

/* A metric, and its value over all rows. */
typedef struct MetricValue {
    const Metric *metric;
    double value;
} MetricValue;

/* For each of the metrics and each group, the metric without the rows of the group less that of all, into
 * metrics x TEST_GROUPS numbers. NaN for a group without rows; all NaN where the targets, which are 0 or 1,
 * have fewer than FEWEST_LABELS of a class, or where the metric is not defined without some group. */
Status metrics_without_groups(const Scored *scored, const uint8_t *group, const MetricValue *metric,
                              int metrics, float *without, Message *message);

/* The standard error that they say, with one less degrees of freedom than groups; NaN where it is not known.
 * `groups` may be NULL. */
double test_sample_error(const double without[TEST_GROUPS], int *groups);
