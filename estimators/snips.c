/* Self-normalised inverse propensity scoring. Swaminathan and Joachims, NIPS 2015; Schnabel et al., ICML
 * 2016, section 4. Read: MF_SNIPS of RyanWangZf/CVIB-Rec matrix_factorization.py. */
#include "estimators/core/estimator.h"

static Var loss(Pass *s)
{
    Var e = bce(logit(s, CVR, O), conversions(s, O));

    return weighted_mean(inverse_propensity(s, O), e);
}

const Estimator snips = {
    .name = "snips",
    .family = FAMILY_PROPENSITY,
    .year = 2016,
    .summary = "inverse propensity weights divided by their sum",
    .cite = "Swaminathan and Joachims, The self-normalized estimator, NIPS 2015; Schnabel et al., ICML 2016",
    .follows = "ips",
    .idea = "The weights of a batch rarely add up to its exposures. Divided by their sum, a batch of large "
            "weights pulls no more than another.",
    .formula = "wmean_O(1/p~, e)",
    .assumes = "What ips assumes; but propensities that are all wrong by one factor do no harm.",
    .fails = "A quotient of two sums is biased in small batches. It varies less than ips where overlap is "
             "poor (experiments/overlap), and fails where ips fails otherwise.",
    .needs = NEEDS_PROPENSITY,
    .net = {HEAD(CVR)},
    .phase = {{loss}},
    .source = READ_PUBLIC_CODE,
    .differs = "given or fitted propensities, clipped; the code has naive Bayes' of the label",
};
