/* Terms of the residual methods, and of those that use the unbiased sample as they do. */
#include "estimators/shared/residual.h"

const Constant residual_constants[] = {
    [BETA] = {"beta", -1, -1, 1e6,
              "weight of the unbiased risk of the prediction; -1 for |U| / |O|, at most 1"},
    {0},
};

Var nominal_propensity(Pass *s)
{
    return mean(bce(logit(s, CTR, D), clicks(s)));
}

Var residual_weight(Pass *s)
{
    Var p_res = clipped(s, sigmoid(add(propensity_logit(s, O), logit(s, RESIDUAL_P, O))));

    return reciprocal(p_res);
}

Var unbiased_risk(Pass *s)
{
    return mean(bce(logit(s, CVR, U), conversions(s, U)));
}

Var weighted_unbiased_risk(Pass *s)
{
    float beta = constant(s, BETA);
    if (beta < 0) {
        float share = share_of_unbiased(s);
        beta = share < 0.5F ? share / (1 - share) : 1;
    }

    return scale(unbiased_risk(s), beta);
}
