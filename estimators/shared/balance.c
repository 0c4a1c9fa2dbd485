/* The balancing weights and what they minimise: one form for those of clicks and those of all exposures. */
#include "estimators/shared/balance.h"

#include "estimators/shared/residual.h"
#include "sim/base/real.h"

#include <math.h>

const Constant balance_constants[] = {
    [ALPHA] = {"alpha", 1, 0, 1e6, "weight of the squared gap between weighted and unbiased risk"},
    [LOOKAHEAD_RATE] = {"lookahead_rate", 0.1, 0, 100, "step size of the look-ahead of the prediction model"},
    {0},
};

static Var weight_logit(Pass *s, Head head)
{
    return logit(s, head, head == WEIGHT ? O : D);
}

Var balancing_weight(Pass *s, Head head)
{
    Var g = weight_logit(s, head);

    return scale(softmax(g), weight_of(g));
}

Var balance(Pass *s, Head head, Var risk)
{
    Var g = weight_logit(s, head);
    Var entropy = shift(sum(mul(softmax(g), log_softmax(g))), g->rows ? real_log_float(weight_of(g)) : 0);
    Var gap = sub(risk, unbiased_risk(s));

    return add(scale(square(gap), constant(s, ALPHA)), entropy);
}
