/* What balance_ips and balance_dr share (Li, Xiao, Zheng, Wu and Cui, WWW 2023): a prediction net, nominal
 * models of the biased log, a net that corrects the nominal propensity, p = p_res of residual.h, and nets of
 * balancing weights.
 *
 * Scale of the weights: w = n softmax(g) over the n rows of the batch, so that g = 0, where training starts,
 * gives w = 1 and the IPS (DR) estimate itself, whatever the batch. The entropy is mean w log w =
 * sum softmax log softmax + log n: the divergence of the weights from equal ones, 0 at w = 1, which neither
 * grows nor shrinks with the batch. It is added, so that it pulls towards w = 1. */
#pragma once

#include "estimators/core/estimator.h"

enum {
    BALANCE_PREDICTION = 1 << 0,
    BALANCE_NOMINAL = 1 << 1,
    BALANCE_PROPENSITY = 1 << 2,
    BALANCE_WEIGHT = 1 << 3,
    BALANCE_WEIGHT_ALL = 1 << 4
};

extern const Constant balance_constants[];
enum { ALPHA, LOOKAHEAD_RATE };

/* w over O by the WEIGHT head, over D by WEIGHT_ALL. */
Var balancing_weight(Pass *s, Head head);

/* alpha [risk - mean_U e]^2 + mean w log w of the weights by `head`. */
Var balance(Pass *s, Head head, Var risk);
