/* Naive on clicks kept by rejection sampling: a click stays with probability min p~ / p~, the minimum over
 * the clicks of the batch, so that those kept spread like the exposures. Zhang, Zhou, Wang and Xu, KDD 2016;
 * a baseline of Ma et al., SIGIR 2018. */
#include "estimators/core/estimator.h"

static Var loss(Pass *s)
{
    Var accept = scale(inverse_propensity(s, O), least(propensity(s, O)));
    Var kept = above(sub(accept, uniform(s, O)), 0);

    return weighted_mean(kept, bce(logit(s, CVR, O), conversions(s, O)));
}

const Estimator unbias = {
    .name = "unbias",
    .family = FAMILY_CLICK_SPACE,
    .year = 2016,
    .summary = "naive on clicks kept by rejection sampling in proportion to 1/p",
    .cite =
        "Zhang, Zhou, Wang and Xu, Bid-aware gradient descent, KDD 2016; baseline of Ma et al., SIGIR 2018",
    .needs = NEEDS_PROPENSITY,
    .net = {HEAD(CVR)},
    .phase = {{loss}},
};
