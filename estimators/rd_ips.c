/* Robust deconfounder, inverse propensity form: sum_O w l(r, c) / |B| with the worst weights that a
 * confounder of strength Gamma allows. Ding, Wu, Feng, Wang, He, Liao and Zhang, KDD 2022. Read:
 * Dingseewhole/Robust_Deconfounder_master IPS_RD.py and MF_ips of its model.py: `tied`, with projected ascent
 * every few epochs and Gamma 10 and 25. As errors are not negative, free weights are b in every row, and
 * rd_ips is ips with a propensity that is a little lower. */
#include "estimators/core/estimator.h"
#include "estimators/shared/robust.h"

enum { PREDICTION = 1 << 0, ADVERSARY = 1 << 1 };

static Var error(Pass *s)
{
    return bce(logit(s, CVR, O), conversions(s, O));
}

static Var adversary(Pass *s)
{
    return tied_adversary(s, error(s));
}

static Var prediction(Pass *s)
{
    Var e = error(s);

    return per_exposure(s, mul(worst_case_weight(s, e), e));
}

const Estimator rd_ips = {
    .name = "rd_ips",
    .family = FAMILY_CONFOUNDING,
    .year = 2022,
    .summary = "ips with the worst weights that bounded hidden confounding allows",
    .cite = "Ding, Wu, Feng, Wang, He, Liao and Zhang, Addressing unmeasured confounder, KDD 2022",
    .follows = "ips",
    .idea = "A hidden confounder that moves the odds of a click by a factor gamma at most leaves 1/p in an "
            "interval. The prediction is learned under the worst weights in it.",
    .formula = "sum_O W(e) e / |B|,  W(x) = b where x > 0, else a\n"
               "a = 1 + (1/p~ - 1) / gamma,  b = 1 + (1/p~ - 1) gamma",
    .assumes =
        "Confounders are bounded by gamma, which is known, and the worst case is a good one to prepare for.",
    .fails =
        "Errors are not negative, so that the worst weight is b in every row: it is ips with propensities a "
        "little lower, and its bias cannot be told from that of ips (experiments/unbiased_size).",
    .needs = NEEDS_PROPENSITY,
    .net = {HEAD(CVR), HEAD(WEIGHT)},
    .own = {NULL, &item_label},
    .constant = robust_constants,
    .phase = {{adversary, ADVERSARY, .only = "tied"}, {prediction, PREDICTION}},
    .source = READ_AUTHORS_CODE,
    .differs = "weights free in every row unless tied; tied ones ascend by Adam on every batch, inside their "
               "bounds, in place of projected steps every few epochs",
};
