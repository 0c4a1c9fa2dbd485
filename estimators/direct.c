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
    .follows = "naive",
    .idea = "Whoever did not click did not buy: every exposure is a row, and those without a click are "
            "negatives.",
    .formula = "mean_D l(t, c)",
    .assumes = "Unclicked exposures would not have converted.",
    .fails = "It learns p q, which is too low by the factor of the click rate, and ranks by clicks as much "
             "as by conversions (experiments/false_negatives).",
    .net = {HEAD(CVR)},
    .cvr_of_all = true,
    .phase = {{loss}},
};
