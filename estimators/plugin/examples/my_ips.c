/* Inverse propensity scoring whose weights saturate: a native estimator in a file of its own. With w = 1/p~ a
 * click counts w / (1 + w / cap), which is w of likely clicks and never above `cap`. */
#include "cvrlab_estimator.h"

enum { CAP };
static const Constant constants[] = {
    {"cap", 20, 1, 1e6, "what the weight of a click stays below"},
    {0},
};

static Var loss(Pass *s)
{
    Var e = bce(logit(s, CVR, O), conversions(s, O));                       /* l(r, c) over O */
    Var weight = reciprocal(shift(propensity(s, O), 1 / constant(s, CAP))); /* 1 / (p~ + 1/cap) */

    return per_exposure(s, mul(weight, e)); /* sum_O weight l(r, c) / |B| */
}

static const Estimator my_ips = {
    .name = "my_ips",
    .family = FAMILY_PROPENSITY,
    .year = 2026,
    .summary = "ips with weights that saturate",
    .cite = "the example of estimators/plugin",
    .needs = NEEDS_PROPENSITY,
    .net = {HEAD(CVR)},
    .constant = constants,
    .phase = {{loss}},
};

CVRLAB_ESTIMATOR(my_ips);
