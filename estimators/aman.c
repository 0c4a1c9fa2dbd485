/* All missing as negative, sampled: naive plus a share of the unclicked rows as negatives. Pan, Zhou, Cao,
 * Liu, Lukose, Scholz and Yang, ICDM 2008; a baseline of Ma et al., SIGIR 2018. */
#include "estimators/core/estimator.h"

enum { SHARE };
static const Constant constants[] = {
    {"share", 0.1, 0, 1, "share of the unclicked rows that are taken as negatives"},
    {0},
};

static Var loss(Pass *s)
{
    Var o = clicks(s);
    Var drawn = above(uniform(s, D), 1 - constant(s, SHARE));
    Var kept = add(o, mul(one_minus(o), drawn));

    return weighted_mean(kept, bce(logit(s, CVR, D), ctcvr_labels(s)));
}

const Estimator aman = {
    .name = "aman",
    .family = FAMILY_ENTIRE_SPACE,
    .year = 2008,
    .summary = "naive plus a random share of the unclicked exposures as negatives",
    .cite = "Pan, Zhou, Cao, Liu, Lukose, Scholz and Yang, One-class collaborative filtering, ICDM 2008",
    .follows = "direct",
    .idea = "An exposure without a click may be one that nobody wanted, so a random share of them are taken "
            "as negatives.",
    .formula = "wmean_D(kept, l(t, c)),  kept = 1 on O, and on N with probability share",
    .assumes = "Unclicked exposures would not have converted.",
    .fails =
        "With the click rate p its limit is p q / (p + share (1 - p)), which is below q, and the more so the "
        "rarer clicks are. Where a confounder makes q too high, the two errors may cancel by chance.",
    .net = {HEAD(CVR)},
    .constant = constants,
    .phase = {{loss}},
};
