/* Residual correction of the propensity under hidden confounding. Li, Xiao, Zheng, Wu and Cui, NeurIPS 2023,
 * section 4 (Res-IPS). */
#include "estimators/core/estimator.h"
#include "estimators/shared/residual.h"

static Var nominal(Pass *s)
{
    return mean(bce(logit(s, CTR, D), clicks(s)));
}

static Var biased_risk(Pass *s, Var c, Var w)
{
    return per_exposure(s, mul(w, bce(c, conversions(s, O))));
}

/* (L_biased(p_res) - mean_U e)^2, prediction stopped by the phase. */
static Var consistency(Pass *s)
{
    return square(sub(biased_risk(s, logit(s, CVR, O), residual_weight(s)), unbiased_risk(s)));
}

static Var prediction(Pass *s)
{
    return add(biased_risk(s, logit(s, CVR, O), stop(residual_weight(s))), unbiased_risk(s));
}

const Estimator res_ips = {
    .name = "res_ips",
    .family = FAMILY_CONFOUNDING,
    .year = 2023,
    .summary = "inverse propensity with a residual propensity decided by the unbiased sample",
    .cite = "Li, Xiao, Zheng, Wu and Cui, Removing hidden confounding in recommendation, NeurIPS 2023",
    .needs = NEEDS_UNBIASED,
    .net = {HEAD(CVR), HEAD(CTR), HEAD(RESIDUAL_P)},
    .phase = {{nominal, RES_NOMINAL}, {consistency, RES_RESIDUAL}, {prediction, RES_PREDICTION}},
};
