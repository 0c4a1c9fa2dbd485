/* Click-space CVR: what everybody does first. sum_O l(r, c) / |O|. */
#include "estimators/core/estimator.h"

static Var loss(Pass *s)
{
    return mean(bce(logit(s, CVR, O), conversions(s, O)));
}

const Estimator naive = {
    .name = "naive",
    .family = FAMILY_CLICK_SPACE,
    .year = 2006,
    .summary = "conversion model of the clicked exposures alone",
    .cite = "the common baseline; no paper of its own",
    .idea = "Only clicks have an outcome, so it learns from them and applies what it has learned to every "
            "exposure.",
    .formula = "mean_O l(r, c)",
    .assumes =
        "Given the features, clicks and potential conversions are independent, and the model can be right.",
    .fails = "It learns q, the conversion rate of clicks. Where something hidden moves both clicks and "
             "conversions, or the outcome itself moves clicks, q is not p_r. A model that cannot be right is "
             "fitted where clicks are, and is biased elsewhere (experiments/propensity).",
    .net = {HEAD(CVR)},
    .phase = {{loss}},
};
