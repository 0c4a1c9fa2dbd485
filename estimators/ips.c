/* Inverse propensity scoring. Schnabel, Swaminathan, Singh, Chandak and Joachims, ICML 2016, eq. 3 and 9.
 * Read: MF_IPS of RyanWangZf/CVIB-Rec matrix_factorization.py. */
#include "estimators/core/estimator.h"

static Var loss(Pass *s)
{
    Var e = bce(logit(s, CVR, O), conversions(s, O));

    return per_exposure(s, mul(e, inverse_propensity(s, O)));
}

const Estimator ips = {
    .name = "ips",
    .family = FAMILY_PROPENSITY,
    .year = 2016,
    .summary = "click-space loss weighted by 1/p, with given or separately fitted propensities",
    .cite = "Schnabel, Swaminathan, Singh, Chandak and Joachims, Recommendations as treatments, ICML 2016",
    .follows = "naive",
    .idea = "A click where clicks are rare stands for many exposures like it, so it counts 1/p times: "
            "weighted clicks are spread like all exposures.",
    .formula = "sum_O e / p~ / |B|",
    .assumes = "Propensities are right and above the clip, and clicks depend on nothing but what they know.",
    .fails = "Small propensities make it vary (experiments/overlap), and clipping them brings bias back "
             "(experiments/propensity_clip). Where the model can be right and nothing hidden is at work, "
             "naive has the same limit and less variance. A propensity of the features leaves the bias of a "
             "hidden confounder (experiments/compare), and a wrong one is worse than none "
             "(experiments/omitted_features).",
    .needs = NEEDS_PROPENSITY,
    .net = {HEAD(CVR)},
    .phase = {{loss}},
    .source = READ_PUBLIC_CODE,
    .differs = "given or fitted propensities, clipped; the code has naive Bayes' of the label",
};
