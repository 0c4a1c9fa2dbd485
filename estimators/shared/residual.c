/* The networks and terms that the residual methods share. */
#include "estimators/shared/residual.h"

Var residual_weight(Pass *s)
{
    Var p_res = clipped(s, sigmoid(add(propensity_logit(s, O), logit(s, RESIDUAL_P, O))));

    return reciprocal(p_res);
}

Var unbiased_risk(Pass *s)
{
    return mean(bce(logit(s, CVR, U), conversions(s, U)));
}
