/* What IPS-V2 and DR-V2 add to the joint methods (Li, Xiao, Zheng, Wu and Cui, ICML 2023). */
#pragma once

#include "estimators/core/loss.h"

/* (mean[(o/p - (1-o)/(1-p)) c])^2 over D, p with its gradient: zero where weighted clicks and weighted
 * non-clicks agree about c. */
Var imbalance(Pass *s);
