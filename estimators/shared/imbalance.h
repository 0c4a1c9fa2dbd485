/* What IPS-V2 and DR-V2 add to the joint methods (Li, Xiao, Zheng, Wu and Cui, ICML 2023). */
#pragma once

#include "estimators/core/loss.h"

/* (mean[(o/p - (1-o)/(1-p)) c])^2 over D, p and c with their gradients: zero where weighted clicks and
 * weighted non-clicks agree about c. The square of a mean over a small batch is mostly the variance of that
 * mean; `split` takes the product of the means of two halves of the batch, drawn at random, which has none of
 * it. */
Var imbalance(Pass *s, bool split);
