/* The interval of weights that the robust deconfounder lets its adversary choose from. */
#include "estimators/shared/robust.h"

Var worst_case_weight(Pass *s, Var error, float gamma)
{
    Var w = inverse_propensity(s, O);
    Var high = above(error, weighted_mean(w, error)->value[0]);
    Var reach = shift(scale(high, gamma - 1 / gamma), 1 / gamma); /* Gamma or 1 / Gamma */

    return shift(mul(shift(w, -1), reach), 1);
}
