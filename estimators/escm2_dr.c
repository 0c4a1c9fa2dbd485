/* Entire space counterfactual multi-task model, doubly robust form. Wang, Chang, Liu, Huang, Chen, Yu, Li and
 * Chu, SIGIR 2022, eq. 11-15. */
#include "estimators/core/estimator.h"

enum { LAMBDA_C, LAMBDA_G };
static const Constant constants[] = {
    {"lambda_c", 0.1, 0, 1000, "weight of the counterfactual CVR risk"},
    {"lambda_g", 1, 0, 1000, "weight of the CTCVR loss over every exposure"},
    {0},
};

static Var loss(Pass *s)
{
    Var p = logit(s, CTR, D);
    Var c = logit(s, CVR, D);
    Var e_hat = softplus(logit(s, IMPUTATION, D));
    Var gap = sub(bce(logit(s, CVR, O), conversions(s, O)), softplus(logit(s, IMPUTATION, O)));
    Var w = inverse_propensity(s, O);

    Var click = mean(bce(p, clicks(s)));
    Var risk = add(mean(e_hat), per_exposure(s, mul(w, gap)));
    Var imputation = per_exposure(s, mul(w, square(gap)));
    Var global = mean(bce(logit_and(p, c), ctcvr_labels(s)));
    return add(click, add(scale(add(risk, imputation), constant(s, LAMBDA_C)),
                          scale(global, constant(s, LAMBDA_G))));
}

const Estimator escm2_dr = {
    .name = "escm2_dr",
    .family = FAMILY_PROPENSITY,
    .year = 2022,
    .summary = "ESMM with a doubly robust CVR risk as a regulariser",
    .cite = "Wang, Chang, Liu, Huang, Chen, Yu, Li and Chu, ESCM2, SIGIR 2022",
    .net = {HEAD(CTR) | HEAD(CVR) | HEAD(IMPUTATION)},
    .constant = constants,
    .phase = {{loss}},
};
