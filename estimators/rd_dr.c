/* Robust deconfounder, doubly robust form: the worst weights on e - e_hat. Ding, Wu, Feng, Wang, He, Liao and
 * Zhang, KDD 2022. */
#include "estimators/core/estimator.h"
#include "estimators/shared/robust.h"
#include "estimators/shared/two_model.h"

enum { GAMMA };
static const Constant constants[] = {
    {"gamma", 1.5, 1, 1000, "how far hidden confounders may move the odds of a click; 1 for not at all"},
    {0},
};

static Var prediction(Pass *s)
{
    Var r_hat = logit(s, CVR, D), r_hat_clicked = logit(s, CVR, O);
    Var m = stop(pseudo_label(s, D)), m_clicked = stop(pseudo_label(s, O));
    Var gap = sub(bce(r_hat_clicked, conversions(s, O)), bce(r_hat_clicked, m_clicked));
    Var w = worst_case_weight(s, gap, constant(s, GAMMA));

    return add(per_exposure(s, mul(w, gap)), mean(bce(r_hat, m)));
}

static Var imputation(Pass *s)
{
    return imputation_risk(s, inverse_propensity(s, O));
}

const Estimator rd_dr = {
    .name = "rd_dr",
    .family = FAMILY_CONFOUNDING,
    .year = 2022,
    .summary = "dr_jl with the worst weights that bounded hidden confounding allows",
    .cite = "Ding, Wu, Feng, Wang, He, Liao and Zhang, Addressing unmeasured confounder, KDD 2022",
    .needs = NEEDS_PROPENSITY,
    .net = {HEAD(CVR), HEAD(IMPUTATION)},
    .constant = constants,
    .phase = {{prediction, PREDICTION_NET}, {imputation, IMPUTATION_NET}},
};
