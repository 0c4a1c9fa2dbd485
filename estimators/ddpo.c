/* Direct dual propensity optimisation: a conversion model q of clicks labels the non-clicks. Su, Meng, Zhu,
 * Lu and Li, SIGIR 2024. */
#include "estimators/core/estimator.h"

enum { CAP };
static const Constant constants[] = {
    {"cap", 15, 1, 1e6, "the largest inverse weight"},
    {0},
};

static Var loss(Pass *s)
{
    Var p = logit(s, CTR, D);
    Var c = logit(s, CVR, D);
    Var q = logit(s, IMPUTATION, O);
    Var r = conversions(s, O);
    Var label = stop(pseudo_label(s, D));
    Var w = clamp_max(inverse_propensity(s, O), constant(s, CAP));
    Var w_other = clamp_max(inverse_complement(s, D), constant(s, CAP));

    Var click = mean(bce(p, clicks(s)));
    Var global = mean(bce(logit_and(p, c), ctcvr_labels(s)));
    Var labeller = per_exposure(s, bce(q, r));
    Var clicked = per_exposure(s, mul(w, bce(logit(s, CVR, O), r)));
    Var others = mean(mul(mul(one_minus(clicks(s)), w_other), bce(c, label)));
    return add(add(click, global), add(labeller, add(clicked, others)));
}

const Estimator ddpo = {
    .name = "ddpo",
    .family = FAMILY_COUNTERFACTUAL,
    .year = 2024,
    .summary = "CVR weighted by 1/p on clicks and by 1/(1-p) on non-clicks with soft labels",
    .cite = "Su, Meng, Zhu, Lu and Li, Direct dual propensity optimization, SIGIR 2024",
    .net = {HEAD(CTR) | HEAD(CVR) | HEAD(IMPUTATION)},
    .constant = constants,
    .phase = {{loss}},
};
