/* The squared imbalance of propensities that IPS-V2 and DR-V2 add to their losses. */
#include "estimators/shared/imbalance.h"

Var imbalance(Pass *s)
{
    Var o = clicks(s);
    Var p = live_propensity(s, D);
    Var c = sigmoid(logit(s, CVR, D));
    Var w = sub(divide(o, clipped(s, p)), divide(one_minus(o), clipped(s, one_minus(p))));

    return square(mean(mul(w, c)));
}
