/* Residual correction of the propensity under hidden confounding. Li, Xiao, Zheng, Wu and Cui, NeurIPS 2023,
 * section 4 (Res-IPS). Read: the account of METHODS; there is no public code. Weights that depend on x alone
 * cannot change P(r | x, o=1): in a well specified model the residuals change the path, and beta the limit.
 */
#include "estimators/core/estimator.h"
#include "estimators/shared/residual.h"

static Var biased_risk(Pass *s, Var w)
{
    return per_exposure(s, mul(w, bce(logit(s, CVR, O), conversions(s, O))));
}

/* (L_biased(p_res) - mean_U e)^2, prediction and nominal model stopped by the phase. */
static Var consistency(Pass *s)
{
    return square(sub(biased_risk(s, residual_weight(s)), unbiased_risk(s)));
}

static Var prediction(Pass *s)
{
    return add(biased_risk(s, stop(residual_weight(s))), weighted_unbiased_risk(s));
}

const Estimator res_ips = {
    .name = "res_ips",
    .family = FAMILY_CONFOUNDING,
    .year = 2023,
    .summary = "inverse propensity with a residual propensity decided by the unbiased sample",
    .cite = "Li, Xiao, Zheng, Wu and Cui, Removing hidden confounding in recommendation, NeurIPS 2023",
    .needs = NEEDS_UNBIASED,
    .net = {HEAD(CVR), HEAD(CTR), HEAD(RESIDUAL_P)},
    .constant = residual_constants,
    .phase = {{nominal_propensity, RES_NOMINAL}, {consistency, RES_RESIDUAL}, {prediction, RES_PREDICTION}},
    .source = READ_ACCOUNT,
};
