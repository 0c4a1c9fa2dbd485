/* What balance_ips and balance_dr share (Li, Xiao, Zheng, Wu and Cui, WWW 2023): a prediction net, nominal
 * models of the biased log, a net that corrects the nominal propensity, p = p_res of residual.h, and a net of
 * balancing weights.
 *
 * Scale of the weights: w = |O| softmax(g) over the clicked rows of the batch, so that g = 0, where training
 * starts, gives w = 1 and the IPS (DR) estimate itself, whatever the batch. The entropy is
 * mean_O w log w = sum softmax log softmax + log |O|: the divergence of the weights from equal ones, 0 at
 * w = 1, which neither grows nor shrinks with the batch. It is added, so that it pulls towards w = 1 (the
 * published code subtracts it). */
#pragma once

#include "estimators/core/estimator.h"

enum {
    BALANCE_PREDICTION = 1 << 0,
    BALANCE_NOMINAL = 1 << 1,
    BALANCE_PROPENSITY = 1 << 2,
    BALANCE_WEIGHT = 1 << 3
};

extern const Constant balance_constants[];
enum { ALPHA, LOOKAHEAD_RATE };

/* w / p over O; the phase decides which of the two has a gradient. */
Var balanced_weight(Pass *s);

/* alpha [risk - mean_U e]^2 + mean_O w log w. */
Var balance(Pass *s, Var risk);
