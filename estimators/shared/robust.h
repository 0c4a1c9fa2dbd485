/* What RD-IPS and RD-DR share (Ding, Wu, Feng, Wang, He, Liao and Zhang, KDD 2022): with hidden confounders
 * the inverse propensity is known to lie in [a, b] only, a = 1 + (1/p~ - 1) / Gamma, b = 1 + (1/p~ - 1)
 * Gamma, and the risk is the worst that weights in there make of it. */
#pragma once

#include "estimators/core/estimator.h"

/* The first three constants of both. */
enum { GAMMA, SELF_NORMALISED, TIED, ROBUST_CONSTANTS };
extern const Constant robust_constants[];

/* The net of the tied weights: one an item and label. */
extern const Backbone item_label;

/* b, over O, no gradient. */
Var highest_weight(Pass *s);

/* The weights, over O, that make sum_O w error large, no gradient: b where the error is above 0, a elsewhere;
 * above its mean with weights 1/p~ where the risk is self-normalised; where they are tied, what the adversary
 * has learned. 1/p~ when gamma = 1. */
Var worst_case_weight(Pass *s, Var error);

/* The adversary's loss, -sum_O w error / |B| with the error stopped, which moves the tied weights alone. */
Var tied_adversary(Pass *s, Var error);
