/* The balance of propensities that IPS-V2 and DR-V2 share. Halves are drawn row by row: clicked rows come
 * first in D, so that neither the first half nor every other row would be a random one. */
#include "estimators/shared/imbalance.h"

Var imbalance(Pass *s, bool split)
{
    Var o = clicks(s);
    Var p = live_propensity(s, D);
    Var c = sigmoid(logit(s, CVR, D));
    Var w = sub(divide(o, clipped(s, p)), divide(one_minus(o), clipped(s, one_minus(p))));
    Var term = mul(w, c);

    if (!split)
        return square(mean(term));
    Var half = above(uniform(s, D), 0.5F);
    return mul(weighted_mean(half, term), weighted_mean(one_minus(half), term));
}
