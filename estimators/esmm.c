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
    .net = {HEAD(CTR) | HEAD(CVR)},
    .phase = {{loss}},
    .source = READ_PUBLIC_CODE,
};
