/* Robust deconfounder, doubly robust form: the worst weights on e - e_hat, and on (e - e_hat)^2 in the
 * imputation step. Ding, Wu, Feng, Wang, He, Liao and Zhang, KDD 2022. Read:
 * Dingseewhole/Robust_Deconfounder_master DR_RD.py and MF_dr of its model.py: `tied`, weights of both steps
 * moved by projected ascent every few epochs, Gamma 10 and 3. Free in every row, the adversary sees the
 * label, and at a constant rate q the prediction goes to q + q(1-q)(Gamma - 1/Gamma): hence the low default
 * of Gamma. */
#include "estimators/core/estimator.h"
#include "estimators/shared/robust.h"
#include "estimators/shared/two_model.h"

enum { ADVERSARY = 1 << 2 };

/* e - e_hat */
static Var gap(Pass *s)
{
    Var r_hat = logit(s, CVR, O);

    return sub(bce(r_hat, conversions(s, O)), bce(r_hat, stop(pseudo_label(s, O))));
}

static Var adversary(Pass *s)
{
    return tied_adversary(s, gap(s));
}

static Var prediction(Pass *s)
{
    Var r_hat = logit(s, CVR, D);
    Var m = stop(pseudo_label(s, D));
    Var on_clicks = gap(s);
    Var w = worst_case_weight(s, on_clicks);

    return add(per_exposure(s, mul(w, on_clicks)), mean(bce(r_hat, m)));
}

static Var imputation(Pass *s)
{
    return imputation_risk(s, highest_weight(s));
}

const Estimator rd_dr = {
    .name = "rd_dr",
    .family = FAMILY_CONFOUNDING,
    .year = 2022,
    .summary = "dr_jl with the worst weights that bounded hidden confounding allows",
    .cite = "Ding, Wu, Feng, Wang, He, Liao and Zhang, Addressing unmeasured confounder, KDD 2022",
    .follows = "dr_jl",
    .idea = "It is dr_jl whose weights are the worst that a confounder bounded by gamma allows.",
    .formula = "prediction: sum_O W(gap) gap / |B| + mean_D l(sg m, c),  gap = e - l(sg m, c)\n"
               "imputation: sum_O b [ l(r, sg c) - l(m, sg c) ]^2 / |B|\n"
               "W(x) = b where x > 0, else a;  a = 1 + (1/p~ - 1) / gamma,  b = 1 + (1/p~ - 1) gamma",
    .assumes = "Confounders are bounded by gamma, which is known, and imputed errors are nearly right.",
    .fails = "The adversary sees the label of a row and takes b for conversions: at constant rates c ends at "
             "q + (1-p) q (1-q) (gamma - 1/gamma), which is above q. In experiments/catalogue it is more "
             "biased than dr_jl.",
    .needs = NEEDS_PROPENSITY,
    .net = {HEAD(CVR), HEAD(IMPUTATION), HEAD(WEIGHT)},
    .labels = HEAD(IMPUTATION),
    .own = {NULL, NULL, &item_label},
    .constant = robust_constants,
    .phase = {{adversary, ADVERSARY, .only = "tied"},
              {prediction, PREDICTION_NET},
              {imputation, IMPUTATION_NET}},
    .source = READ_AUTHORS_CODE,
    .differs =
        "weights free in every row unless tied; tied ones ascend by Adam on every batch and are those of "
        "the prediction step alone",
};
