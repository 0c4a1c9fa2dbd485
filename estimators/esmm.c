/* Entire space multi-task model. Ma, Zhao, Huang, Wang, Hu, Zhu and Gai, SIGIR 2018, eq. 3. Read: the ESMM
 * of Hjh233/NISE torch_rechub trainers/mtl_trainer.py. */
#include "estimators/core/estimator.h"

static Var loss(Pass *s)
{
    Var p = logit(s, CTR, D);
    Var c = logit(s, CVR, D);

    return add(mean(bce(p, clicks(s))),                      /* click */
               mean(bce(logit_and(p, c), ctcvr_labels(s)))); /* click and conversion */
}

const Estimator esmm = {
    .name = "esmm",
    .family = FAMILY_ENTIRE_SPACE,
    .year = 2018,
    .summary = "CVR as the factor between CTR and CTCVR, both learned over every exposure",
    .cite = "Ma, Zhao, Huang, Wang, Hu, Zhu and Gai, Entire space multi-task model, SIGIR 2018",
    .follows = "naive",
    .idea = "Click, and click with conversion, are known of every exposure. CVR is the factor between the "
            "two, so that it is learned over all exposures and shares its embeddings with clicks. As a "
            "factor it cannot exceed 1, which the quotient of division may.",
    .formula = "mean_D l(o, p) + mean_D l(t, p c)",
    .assumes = "P(click and conversion) is p times p_r: given the features, clicks and potential conversions "
               "are independent.",
    .fails = "The factor that fits is q, so that training over the entire space does not remove the bias of "
             "a hidden confounder (experiments/selection). Over all exposures its errors of p and of c are "
             "correlated (experiments/entire_space).",
    .net = {HEAD(CTR) | HEAD(CVR)},
    .phase = {{loss}},
    .source = READ_PUBLIC_CODE,
};
