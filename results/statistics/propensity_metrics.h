/* How good the propensities are that a method divides by, on the log that it was trained on: a table of
 * metrics, apart from those of predictions because they are of weights and of a clip. */
#pragma once

#include "results/statistics/metrics.h"

/* A log's propensities and what they stand for. */
typedef struct Weighting {
    size_t rows;
    const float *p_hat;   /* before the clip */
    const uint8_t *click; /* o */
    double clip;          /* eps of p~ = clip(p_hat, eps, 1) */
} Weighting;

typedef struct PropensityMetric {
    Metric metric; /* its `value` is NULL */
    const char *space;
    double (*value)(const Weighting *weighting); /* NaN where it is not defined or memory is short */
} PropensityMetric;

/* Of the weights w = 1/p~ of clicks (space O): ess, the effective sample size (sum w)^2 / sum w^2 as a share
 * of the clicks; max_weight; share_clipped, the share of clicks with p_hat below the clip. Of all rows (space
 * D): mean_inverse, the mean of o/p~, which is 1 in expectation for the true p; ece and log_loss of p_hat
 * against the clicks, as of any prediction. They are stored under the task "propensity". Ends with a NULL
 * name. */
extern const PropensityMetric propensity_metric_table[];
extern const int propensity_metric_count;
