/* What kb_ips and kb_dr share (Li, Zheng, Xiao, Wu, Geng, Chen and Cui, ICLR 2024): weights of clicks that
 * balance kernel functions k(x_j, .) of a few anchors x_j between clicks and all exposures. x are the
 * embeddings and dense columns of a naive model, which the first stage fits and nothing moves afterwards. */
#pragma once

#include "estimators/core/estimator.h"

enum {
    KERNEL_PREDICTION = 1 << 0,
    KERNEL_WEIGHT = 1 << 1,
    KERNEL_FEATURES = 1 << 2,
    KERNEL_IMPUTATION = 1 << 3
};

/* The constants of both. */
enum { ANCHORS, GAMMA, SLACK, BANDWIDTH, EXPONENTIAL, OVER_PROPENSITY };
extern const Constant kernel_balance_constants[];

/* mean_O l(r, m2): the naive model whose features are x. */
LossFunction kernel_features;

/* w over O: exp of the WEIGHT head; with `over_propensity` sigmoid of it, times the click rate, over p~. Its
 * mean over clicks is to be 1. */
Var kernel_weight(Pass *s);

/* mean_O w log w + gamma sum_j { max(h_D,j - h_O,j - C, 0) + max(h_O,j - h_D,j - C, 0) } over the anchors,
 * h_D,j = mean_D k(x_j, .), h_O,j = mean_O w k(x_j, .), C the slack. Anchors are rows of D. Of the adaptive
 * ones the functions approximate `error`, over O, no gradient. */
Var kernel_balance(Pass *s, Var error);
