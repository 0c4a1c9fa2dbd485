/* Inverse propensity scoring with weights tempered by an exponent: 0 is naive but for a factor, 1 is ips. */
#include "estimators/core/estimator.h"

enum { POWER };
static const Constant constants[] = {
    {"power", 0.5, 0, 1, "exponent of the inverse propensity"},
    {0},
};

static Var loss(Pass *s)
{
    Var e = bce(logit(s, CVR, O), conversions(s, O)); /* l(r, c) over clicks */
    Var weight = exponential(scale(logarithm(propensity(s, O)), -constant(s, POWER))); /* p~^-power */

    return per_exposure(s, mul(weight, e)); /* sum_O weight l(r, c) / |B| */
}

const Estimator tempered_ips = {
    .name = "tempered_ips",
    .family = FAMILY_PROPENSITY,
    .year = 2026,
    .summary = "ips with tempered weights: less variance for some bias",
    .cite = "the example of estimators/README.md",
    .follows = "ips",
    .idea = "Large weights vary most, so all are drawn towards 1.",
    .formula = "sum_O p~^-power e / |B|",
    .assumes = "What ips assumes, and that some bias is worth less variance.",
    .fails = "With a power below 1, clicks of small propensities count for too few exposures.",
    .needs = NEEDS_PROPENSITY,
    .net = {HEAD(CVR)},
    .constant = constants,
    .phase = {{loss}},
};
