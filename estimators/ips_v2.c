/* Inverse propensity weighting with balanced propensities, joint. Li, Xiao, Zheng, Wu and Cui, ICML 2023
 * (IPS-V2). */
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
    Var e = bce(logit(s, CVR, O), conversions(s, O));

    Var click = mean(bce(p, clicks(s)));
    Var risk = per_exposure(s, mul(e, inverse_propensity(s, O)));
    Var global = mean(bce(logit_and(p, c), ctcvr_labels(s)));
    return add(add(click, risk), add(global, scale(imbalance(s), constant(s, ETA))));
}

const Estimator ips_v2 = {
    .name = "ips_v2",
    .family = FAMILY_PROPENSITY,
    .year = 2023,
    .summary = "multi_ipw with a CTCVR loss and propensities that balance the predictions",
    .cite = "Li, Xiao, Zheng, Wu and Cui, Propensity matters, ICML 2023",
    .net = {HEAD(CTR) | HEAD(CVR)},
    .constant = constants,
    .phase = {{loss}},
};
