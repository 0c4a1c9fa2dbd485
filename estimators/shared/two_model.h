/* The two-model doubly robust family: a prediction model r^ (head CVR, net 0) and an imputation model m (a
 * pseudo-label, head IMPUTATION, net 1), trained in alternating steps. Members differ in the weight of the
 * imputation step alone. */
#pragma once

#include "estimators/core/loss.h"

enum { PREDICTION_NET = 1 << 0, IMPUTATION_NET = 1 << 1 };

/* [sum_O (e - e_hat) / p~] / |B| + mean_D e_hat, with e = l(r, r^), e_hat = l(sg(m), r^). Wang et al., ICML
 * 2019, eq. 4. */
Var doubly_robust_risk(Pass *s);

/* e - e_hat over O with r^ stopped: what the imputation step makes small. */
Var imputation_gap(Pass *s);

/* Weights of the imputation step: (1 - p~) / p~^2 makes the variance small (Guo et al., SIGIR 2021), and
 * (1 - p~)^2 / p~^3 the bias (Dai et al., KDD 2022). */
Var variance_weight(Pass *s);
Var bias_weight(Pass *s);

/* sum_O w (e - e_hat)^2 / |B| with r^ stopped. */
Var imputation_risk(Pass *s, Var w);
