/* Joint doubly robust CVR estimation. Zhang, Bao, Liu, Yang, Lin, Wen and Ramezani, WWW 2020, eq. 10-12
 * (Multi-DR). */
#include "estimators/core/estimator.h"

static Var loss(Pass *s)
{
    Var p = logit(s, CTR, D);
    Var e_hat = softplus(logit(s, IMPUTATION, D));
    Var gap = sub(bce(logit(s, CVR, O), conversions(s, O)), softplus(logit(s, IMPUTATION, O)));
    Var w = inverse_propensity(s, O);

    Var click = mean(bce(p, clicks(s)));
    Var risk = add(mean(e_hat), per_exposure(s, mul(w, gap)));
    Var imputation = per_exposure(s, mul(w, square(gap)));
    return add(click, add(risk, imputation));
}

const Estimator multi_dr = {
    .name = "multi_dr",
    .family = FAMILY_PROPENSITY,
    .year = 2020,
    .summary = "doubly robust CVR with jointly learned click, conversion and imputation towers",
    .cite = "Zhang, Bao, Liu, Yang, Lin, Wen and Ramezani, Large-scale causal approaches to debiasing CVR, "
            "WWW 2020",
    .net = {HEAD(CTR) | HEAD(CVR) | HEAD(IMPUTATION)},
    .phase = {{loss}},
};
