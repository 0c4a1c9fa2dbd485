/* Residual correction of propensity and imputation under hidden confounding. Li, Xiao, Zheng, Wu and Cui,
 * NeurIPS 2023, section 4 (Res-DR). Read: the account of METHODS; there is no public code. The residual acts
 * on the pseudo-label, m_res = sigmoid(logit m + g_e(x)): added to the error l(m, c) itself it would have no
 * gradient in c and change no prediction. */
#include "estimators/core/estimator.h"
#include "estimators/shared/residual.h"
#include "estimators/shared/two_model.h"

static Var nominal(Pass *s)
{
    Var click = nominal_propensity(s);

    return add(click, imputation_risk(s, inverse_propensity(s, O)));
}

/* l(m_res, c) */
static Var residual_error(Pass *s, Space space)
{
    Var m_res = sigmoid(add(stop(pseudo_label_logit(s, space)), logit(s, RESIDUAL_E, space)));

    return bce(logit(s, CVR, space), m_res);
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
    return add(biased_risk(s, stop(residual_weight(s))), weighted_unbiased_risk(s));
}

const Estimator res_dr = {
    .name = "res_dr",
    .family = FAMILY_CONFOUNDING,
    .year = 2023,
    .summary = "doubly robust with residual propensity and pseudo-label decided by the unbiased sample",
    .cite = "Li, Xiao, Zheng, Wu and Cui, Removing hidden confounding in recommendation, NeurIPS 2023",
    .follows = "res_ips",
    .idea = "The unbiased sample decides a residual of the propensity and one of the pseudo-label, so that "
            "it can correct where weights cannot.",
    .formula = "nominal:    mean_D l(o, p) + sum_O [ l(r, sg c) - l(m, sg c) ]^2 / p~ / |B|\n"
               "residual:   ( mean_D e_res + sum_O (e - e_res) / p_res / |B| - U_risk )^2\n"
               "prediction: mean_D e_res + sum_O (e - e_res) / sg(p_res) / |B| + beta U_risk\n"
               "e_res = l(m_res, c),  m_res = sigmoid(sg(logit m) + g_e),  p_res and U_risk as in res_ips",
    .assumes = "Some items were shown at random and all their outcomes seen, enough of them to learn a "
               "function of the features.",
    .fails = "One squared difference of means decides two functions, so that much is left to how they are "
             "learned. A small sample that weighs as much as all clicks makes it far worse "
             "(experiments/variants).",
    .needs = NEEDS_UNBIASED,
    .net = {HEAD(CVR), HEAD(CTR) | HEAD(IMPUTATION), HEAD(RESIDUAL_P) | HEAD(RESIDUAL_E)},
    .labels = HEAD(IMPUTATION),
    .constant = residual_constants,
    .phase = {{nominal, RES_NOMINAL}, {consistency, RES_RESIDUAL}, {prediction, RES_PREDICTION}},
    .source = READ_ACCOUNT,
    .differs = "the residual is added to the logit of the pseudo-label, not to the error",
};
