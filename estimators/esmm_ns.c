/* Entire space multi-task model without shared embeddings. Ma, Zhao, Huang, Wang, Hu, Zhu and Gai, SIGIR
 * 2018, section 3 (ESMM-NS). */
#include "estimators/core/estimator.h"

static Var loss(Pass *s)
{
    Var p = logit(s, CTR, D);
    Var c = logit(s, CVR, D);

    return add(mean(bce(p, clicks(s))),                      /* click */
               mean(bce(logit_and(p, c), ctcvr_labels(s)))); /* click and conversion */
}

const Estimator esmm_ns = {
    .name = "esmm_ns",
    .family = FAMILY_ENTIRE_SPACE,
    .year = 2018,
    .summary = "ESMM whose CTR and CVR share no embeddings",
    .cite = "Ma, Zhao, Huang, Wang, Hu, Zhu and Gai, Entire space multi-task model, SIGIR 2018",
    .follows = "esmm",
    .idea = "It is esmm with one model for clicks and another for conversions, which shows what shared "
            "embeddings are worth.",
    .formula = "mean_D l(o, p) + mean_D l(t, p c),  p and c of two nets",
    .assumes = "What esmm assumes of clicks and conversions.",
    .fails = "Its limit is q, as that of esmm. Embeddings of c learn from clicks that convert alone: in "
             "PAPERS it ranks conversions worse than esmm, and than naive.",
    .net = {HEAD(CVR), HEAD(CTR)},
    .phase = {{loss}},
};
