/* The numbers behind a quantity of a claim: one a unit of work, so that two quantities can be paired. */
#pragma once

#include "results/claims/claim_text.h"
#include "results/statistics/units.h"
#include "results/summary/summary_read.h"

/* One a unit, and of a bias the mean over worlds of the true mean p of what it is over, else NaN. Free
 * units with unit_values_clear. */
typedef struct ClaimValues {
    UnitValues units;
    double mean_p;
} ClaimValues;

/* The values of `quantity` in a setting, over its done runs; their mean is the quantity. Metrics of a
 * replicate are taken as stored. seconds are training time. mean_bias is the mean over the test exposures of
 * prediction - p_r; abs_bias the same times the sign of the mean over all units, so that their mean is |mean
 * bias| (which chance raises by about its own error where the bias is 0; abs_bias > 0 says that there is a
 * bias of either sign). Two absolute biases of one sign profit from the pairing, those of different signs
 * lose by it. variance and bias_sq are the jackknife pseudo-values of bias_variance.h within each world of at
 * least 3 replicates; where there are several worlds, which then are the sample, both replicates of a world
 * of 2 have its value. Of the risk layer a unit is a redraw. No units where nothing is known. Free them also
 * after a failure. */
Status claim_values(const ExperimentResults *results, int setting, const Quantity *quantity,
                    ClaimValues *values, Message *message);
