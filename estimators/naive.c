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
    .net = {HEAD(CVR)},
    .phase = {{loss}},
};
