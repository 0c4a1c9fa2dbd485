/* Every exposure without a click taken as "would not convert": mean l(t, c) over D. It is the lower bound of
 * the field: its c is the CTCVR, low by the factor of the click rate. */
#include "estimators/core/estimator.h"

static Var loss(Pass *s)
{
    return mean(bce(logit(s, CVR, D), ctcvr_labels(s)));
}

const Estimator direct = {
    .name = "direct",
    .family = FAMILY_ENTIRE_SPACE,
    .year = 2008,
    .summary = "all unclicked exposures as negatives: a lower bound for all others",
    .cite = "the common baseline; no paper of its own",
    .net = {HEAD(CVR)},
    .cvr_of_all = true,
    .phase = {{loss}},
};
