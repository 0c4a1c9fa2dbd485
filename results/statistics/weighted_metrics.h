/* How good predictions are where no row was shown at random: estimates, from the clicks of the test rows
 * weighted by 1/p~, of what metrics are over all of them (Schnabel et al., ICML 2016, for losses; Yang et
 * al., RecSys 2018, for rankings). They are as good as the propensities, and right in expectation only where
 * the features say all that clicks and conversions share. */
#pragma once

#include "results/statistics/metrics.h"

/* Fills `weight` with o / p~ of each row, p~ = clip(p_hat, clip, 1) and NaN where p_hat is. */
void inverse_weights(const float *p_hat, const uint8_t *click, double clip, size_t rows, double *weight);

/* Metrics of all test rows with the weights o/p~, so that targets of rows without a click are not looked at:
 * snips_log_loss and ips_log_loss, whose sum is divided by that of the weights or by the number of rows;
 * snips_auc over pairs with w_i w_j; snips_ratio, predicted over observed conversions; snips_ess, the
 * effective sample size as a share of the clicks. Of auc and ratio the IPS form is the same: what it would be
 * divided by cancels. They are stored in space O under the task cvr. Ends with a NULL name. */
extern const Metric weighted_metric_table[];
extern const int weighted_metric_count;
