/* Naive on clicks kept by rejection sampling: a click stays with probability min(1, scale / p~), so that
 * those kept spread like the exposures, but for those rarer than the scale. Zhang, Zhou, Wang and Xu, KDD
 * 2016; a baseline of Ma et al., SIGIR 2018. Read: the account of METHODS. */
#include "estimators/core/estimator.h"

enum { SCALE };
static const Constant constants[] = {
    {"scale", 0.1, 1e-6, 1e6, "the propensity below which every click stays, over the log's click rate"},
    {0},
};

static Var loss(Pass *s)
{
    Var accept = scale(inverse_propensity(s, O), constant(s, SCALE) * click_rate(s));
    Var kept = above(sub(accept, uniform(s, O)), 0);

    return per_exposure(s, mul(kept, bce(logit(s, CVR, O), conversions(s, O))));
}

const Estimator unbias = {
    .name = "unbias",
    .family = FAMILY_CLICK_SPACE,
    .year = 2016,
    .summary = "naive on clicks kept by rejection sampling in proportion to 1/p",
    .cite =
        "Zhang, Zhou, Wang and Xu, Bid-aware gradient descent, KDD 2016; baseline of Ma et al., SIGIR 2018",
    .follows = "naive",
    .idea = "Clicks are thinned out until those that stay are spread like the exposures.",
    .formula = "sum_O kept l(r, c) / |B|\n"
               "kept = 1 with probability min(1, s / p~),  s = scale x (click rate of the log)",
    .assumes = "Propensities are right and above s, and clicks depend on nothing but what they know.",
    .fails = "At the default scale it drops most clicks, and so varies more than ips, which weighs them. "
             "Exposures whose propensity is below s stay too rare, and a hidden confounder stays.",
    .needs = NEEDS_PROPENSITY,
    .net = {HEAD(CVR)},
    .constant = constants,
    .phase = {{loss}},
    .source = READ_ACCOUNT,
};
