/* Bookend: CVR of clicks and unbiased sample pooled, [sum_O l(r, c) + sum_U l(r, c)] / (|O| + |U|). */
#include "estimators/core/estimator.h"

static Var loss(Pass *s)
{
    Var biased = mean(bce(logit(s, CVR, O), conversions(s, O)));
    Var unbiased = mean(bce(logit(s, CVR, U), conversions(s, U)));
    float share = share_of_unbiased(s); /* batches do not keep the sizes of the data */

    return add(scale(biased, 1 - share), scale(unbiased, share));
}

const Estimator combine = {
    .name = "combine",
    .family = FAMILY_CONFOUNDING,
    .year = 2023,
    .summary = "naive on clicks and the unbiased sample pooled: the other bound for methods that use it",
    .cite = "baseline of Li et al., Removing hidden confounding in recommendation, NeurIPS 2023",
    .follows = "naive",
    .idea = "It is naive on clicks and unbiased sample together, each row counted once: the other baseline "
            "of methods that use both.",
    .formula = "(1 - s) mean_O l(r, c) + s mean_U l(r, c),  s = |U| / (|O| + |U|) of the whole data",
    .assumes =
        "Clicks are biased so little, or the sample is so large, that one row is worth as much as another.",
    .fails = "Its limit lies between q and p_r, and clicks that outnumber the sample hold it near q.",
    .needs = NEEDS_UNBIASED,
    .net = {HEAD(CVR)},
    .phase = {{loss}},
};
