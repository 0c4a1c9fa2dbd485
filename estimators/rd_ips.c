/* Robust deconfounder, inverse propensity form: sum_O w l(r, c) / |B| with the worst weights that a
 * confounder of strength Gamma allows. Ding, Wu, Feng, Wang, He, Liao and Zhang, KDD 2022. */
#include "estimators/core/estimator.h"
#include "estimators/shared/robust.h"

enum { GAMMA };
static const Constant constants[] = {
    {"gamma", 1.5, 1, 1000, "how far hidden confounders may move the odds of a click; 1 for not at all"},
    {0},
};

static Var loss(Pass *s)
{
    Var e = bce(logit(s, CVR, O), conversions(s, O));
    Var w = worst_case_weight(s, e, constant(s, GAMMA));

    return per_exposure(s, mul(w, e));
}

const Estimator rd_ips = {
    .name = "rd_ips",
    .family = FAMILY_CONFOUNDING,
    .year = 2022,
    .summary = "ips with the worst weights that bounded hidden confounding allows",
    .cite = "Ding, Wu, Feng, Wang, He, Liao and Zhang, Addressing unmeasured confounder, KDD 2022",
    .needs = NEEDS_PROPENSITY,
    .net = {HEAD(CVR)},
    .constant = constants,
    .phase = {{loss}},
};
