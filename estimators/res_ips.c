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
    .follows = "ips",
    .idea =
        "Under a hidden confounder no propensity of the features is right. A residual on its logit is "
        "learned such that the weighted risk of clicks and the risk on the unbiased sample are one number.",
    .formula = "nominal:    mean_D l(o, p)\n"
               "residual:   ( sum_O e / p_res / |B| - U_risk )^2\n"
               "prediction: sum_O e / sg(p_res) / |B| + beta U_risk\n"
               "p_res = clip(sigmoid(logit p + g_p)),  U_risk = mean_U l(r, c)",
    .assumes = "Some items were shown at random and all their outcomes seen.",
    .fails = "Weights that depend on the features alone do not change P(r | x, o=1): in a model that can be "
             "right, beta alone moves its limit. With a large sample the sample alone has less error "
             "(experiments/unbiased_size).",
    .needs = NEEDS_UNBIASED,
    .net = {HEAD(CVR), HEAD(CTR), HEAD(RESIDUAL_P)},
    .constant = residual_constants,
    .phase = {{nominal_propensity, RES_NOMINAL}, {consistency, RES_RESIDUAL}, {prediction, RES_PREDICTION}},
    .source = READ_ACCOUNT,
};
