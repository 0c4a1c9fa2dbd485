/* What RD-IPS and RD-DR share (Ding, Wu, Feng, Wang, He, Liao and Zhang, KDD 2022): with hidden confounders
 * the inverse propensity is known to lie in [a, b] only, a = 1 + (1/p~ - 1) / Gamma, b = 1 + (1/p~ - 1)
 * Gamma. */
#pragma once

#include "estimators/core/loss.h"

/* The weights in [a, b] that make a weighted mean of `error`, over O, large: b where it exceeds its mean with
 * weights 1/p~, a elsewhere; no gradient. 1/p~ when gamma = 1. */
Var worst_case_weight(Pass *s, Var error, float gamma);
