/* Residual correction of propensity and imputed error under hidden confounding. Li, Xiao, Zheng, Wu and Cui,
 * NeurIPS 2023, section 4 (Res-DR). e_res = l(m, c) + g_e(x). */
#include "estimators/core/estimator.h"
#include "estimators/shared/residual.h"

static Var nominal(Pass *s)
{
    Var c = stop(logit(s, CVR, O));
    Var gap = sub(bce(c, conversions(s, O)), bce(c, pseudo_label(s, O)));
    Var p = logit(s, CTR, D);

    return add(mean(bce(p, clicks(s))), per_exposure(s, mul(inverse_propensity(s, O), square(gap))));
}

static Var residual_error(Pass *s, Space space)
{
    return add(bce(logit(s, CVR, space), pseudo_label(s, space)), logit(s, RESIDUAL_E, space));
}

/* mean_D e_res + sum_O (e - e_res) / p_res / |B| */
static Var biased_risk(Pass *s, Var w)
{
    Var everywhere = mean(residual_error(s, D));
    Var gap = sub(bce(logit(s, CVR, O), conversions(s, O)), residual_error(s, O));

    return add(everywhere, per_exposure(s, mul(w, gap)));
}

/* (L_biased(p_res, e_res) - mean_U e)^2, prediction and nominal models stopped by the phase. */
static Var consistency(Pass *s)
{
    return square(sub(biased_risk(s, residual_weight(s)), unbiased_risk(s)));
}

static Var prediction(Pass *s)
{
    return add(biased_risk(s, stop(residual_weight(s))), unbiased_risk(s));
}

const Estimator res_dr = {
    .name = "res_dr",
    .family = FAMILY_CONFOUNDING,
    .year = 2023,
    .summary = "doubly robust with residual propensity and imputed error decided by the unbiased sample",
    .cite = "Li, Xiao, Zheng, Wu and Cui, Removing hidden confounding in recommendation, NeurIPS 2023",
    .needs = NEEDS_UNBIASED,
    .net = {HEAD(CVR), HEAD(CTR) | HEAD(IMPUTATION), HEAD(RESIDUAL_P) | HEAD(RESIDUAL_E)},
    .phase = {{nominal, RES_NOMINAL}, {consistency, RES_RESIDUAL}, {prediction, RES_PREDICTION}},
};
