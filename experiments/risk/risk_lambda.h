/* The constants of risk estimators that shrink weights, chosen from clicks. */
#pragma once

#include "experiments/risk/risk.h"

/* Chooses what is below 0 of the constants of an estimator in c->lambda: of those that begin to shrink
 * weights at a quantile of the clicks' weights, or at none, the one with the least variance + (|bias| + B)^2,
 * all estimated from the clicks as if p_hat were right; B bounds the error of that bias with probability .95.
 * Su, Dimakopoulou, Krishnamurthy and Dudik, ICML 2020, page 17. The variance is that over clicks, where
 * st-tech/zr-obp obp/ope/helper.py has that over all rows. Without clicks nothing is shrunk. */
Status risk_lambda_choose(const RiskEstimator *estimator, const uint8_t *click, RiskCase *c,
                          Message *message);
