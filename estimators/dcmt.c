/* Direct entire-space causal multi-task model, self-normalised. Zhu, Zhong, Yang, Jin, Gao, Chen, Zhang,
 * Zhang and Wang, ICDE 2023, eq. 8-13. N = D \ O has r = 0, so its counterfactual label is 1. Read:
 * Hjh233/NISE torch_rechub trainers/mtl_trainer.py and models/multi_task/dcmt.py, which is not normalised and
 * has three separate towers; the twin heads on one first layer and the normalised weights are the paper's, as
 * METHODS gives them. */
#include "estimators/core/estimator.h"

enum { WEIGHT_OF_RISKS, PRIOR };
static const Constant constants[] = {
    {"weight", 1, 0, 1000, "weight of the factual and counterfactual risks"},
    {"prior", 1e-3, 0, 1000, "weight of |1 - (c + c')| inside them"},
    {0},
};

static Var loss(Pass *s)
{
    Var p = logit(s, CTR, D);
    Var c = logit(s, CVR, D);
    Var c_other = logit(s, COUNTERFACTUAL, D);

    Var click = mean(bce(p, clicks(s)));
    Var factual = weighted_mean(inverse_propensity(s, O), bce(logit(s, CVR, O), conversions(s, O)));
    /* l(1, c') = softplus(-logit c') */
    Var counterfactual =
        weighted_mean(inverse_complement(s, N), softplus(scale(logit(s, COUNTERFACTUAL, N), -1)));
    Var prior = mean(absolute(one_minus(add(sigmoid(c), sigmoid(c_other)))));
    Var global = mean(bce(logit_and(p, c), ctcvr_labels(s)));
    Var risk = add(add(factual, counterfactual), scale(prior, constant(s, PRIOR)));
    return add(click, add(scale(risk, constant(s, WEIGHT_OF_RISKS)), global));
}

const Estimator dcmt = {
    .name = "dcmt",
    .family = FAMILY_COUNTERFACTUAL,
    .year = 2023,
    .summary = "twin CVR tower: conversions on clicks, non-conversions on non-clicks, tied by a soft prior",
    .cite = "Zhu, Zhong, Yang, Jin, Gao, Chen, Zhang, Zhang and Wang, DCMT, ICDE 2023",
    .follows = "escm2_ips",
    .idea =
        "Beside the conversions of clicks a twin tower learns the non-conversions of unclicked exposures. "
        "Weights make each of the two speak for all exposures, and a soft prior has the towers add up to 1.",
    .formula = "mean_D l(o, p) + weight R + mean_D l(t, p c)\n"
               "R = wmean_O(1/p~, e) + wmean_N(1/(1-p)~, l(1, c')) + prior mean_D |1 - (c + c')|",
    .assumes = "Propensities are right, clicks depend on nothing but what they know, and what the twin "
               "learns of unclicked exposures tells of conversions.",
    .fails = "r is 0 on every unclicked exposure, so that c' tends to 1; as far as the prior has weight, it "
             "pulls c to 0. In the setting of its paper it ranks conversions worse than esmm (PAPERS).",
    .net = {HEAD(CTR) | HEAD(CVR) | HEAD(COUNTERFACTUAL)},
    .constant = constants,
    .phase = {{loss}},
    .source = READ_PUBLIC_CODE,
    .differs = "self-normalised, and twin heads share their first layer, as METHODS has the paper",
};
