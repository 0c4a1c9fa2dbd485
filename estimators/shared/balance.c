/* The networks, balancing weights and propensities of balance_ips and balance_dr; the look-ahead that moves
 * the propensity is in estimators/core. */
#include "estimators/shared/balance.h"

#include "estimators/shared/residual.h"

#include <math.h>

const Constant balance_constants[] = {
    [ALPHA] = {"alpha", 1, 0, 1e6, "weight of the squared gap between weighted and unbiased risk"},
    [LOOKAHEAD_RATE] = {"lookahead_rate", 0.1, 0, 100, "step size of the look-ahead of the prediction model"},
    {0},
};

Var balanced_weight(Pass *s)
{
    Var g = logit(s, WEIGHT, O);

    return mul(scale(softmax(g), (float)g->rows), residual_weight(s));
}

Var balance(Pass *s, Var risk)
{
    Var g = logit(s, WEIGHT, O);
    Var entropy = shift(sum(mul(softmax(g), log_softmax(g))), g->rows ? logf((float)g->rows) : 0);
    Var gap = sub(risk, unbiased_risk(s));

    return add(scale(square(gap), constant(s, ALPHA)), entropy);
}
