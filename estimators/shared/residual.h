/* What Res-IPS and Res-DR share (Li, Xiao, Zheng, Wu and Cui, NeurIPS 2023): a prediction net, a net of
 * nominal models learned from the biased log, and a net of residuals that the unbiased sample decides. */
#pragma once

#include "estimators/core/estimator.h"

enum { RES_PREDICTION = 1 << 0, RES_NOMINAL = 1 << 1, RES_RESIDUAL = 1 << 2 };

enum { BETA };
extern const Constant residual_constants[];

/* mean l(o, p): the nominal propensity. */
LossFunction nominal_propensity;

/* 1 / p_res over O, p_res = clip(sigmoid(logit p + g_p(x))): with the gradient of g_p. */
Var residual_weight(Pass *s);

/* mean_U l(r, c). */
Var unbiased_risk(Pass *s);

/* beta mean_U l(r, c). */
Var weighted_unbiased_risk(Pass *s);
