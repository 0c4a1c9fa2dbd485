/* Doubly robust with balanced propensities, joint. Li, Xiao, Zheng, Wu and Cui, ICML 2023 (DR-V2). */
#include "estimators/core/estimator.h"
#include "estimators/shared/imbalance.h"

enum { ETA };
static const Constant constants[] = {
    {"eta", 1, 0, 1e6, "weight of the squared imbalance"},
    {0},
};

static Var loss(Pass *s)
{
    Var p = logit(s, CTR, D);
    Var c = logit(s, CVR, D);
    Var e_hat = softplus(logit(s, IMPUTATION, D));
    Var gap = sub(bce(logit(s, CVR, O), conversions(s, O)), softplus(logit(s, IMPUTATION, O)));
    Var w = inverse_propensity(s, O);

    Var click = mean(bce(p, clicks(s)));
    Var risk = add(mean(e_hat), per_exposure(s, mul(w, gap)));
    Var imputation = per_exposure(s, mul(w, square(gap)));
    Var global = mean(bce(logit_and(p, c), ctcvr_labels(s)));
    return add(add(click, add(risk, imputation)), add(global, scale(imbalance(s), constant(s, ETA))));
}

const Estimator dr_v2 = {
    .name = "dr_v2",
    .family = FAMILY_PROPENSITY,
    .year = 2023,
    .summary = "multi_dr with a CTCVR loss and propensities that balance the predictions",
    .cite = "Li, Xiao, Zheng, Wu and Cui, Propensity matters, ICML 2023",
    .net = {HEAD(CTR) | HEAD(CVR) | HEAD(IMPUTATION)},
    .constant = constants,
    .phase = {{loss}},
};
