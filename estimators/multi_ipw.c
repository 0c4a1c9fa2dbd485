/* Joint inverse propensity weighting. Zhang, Bao, Liu, Yang, Lin, Wen and Ramezani, WWW 2020, eq. 7
 * (Multi-IPW). */
#include "estimators/core/estimator.h"

static Var loss(Pass *s)
{
    Var p = logit(s, CTR, D);
    Var e = bce(logit(s, CVR, O), conversions(s, O));

    return add(mean(bce(p, clicks(s))),                            /* click */
               per_exposure(s, mul(e, inverse_propensity(s, O)))); /* inverse propensity weighted risk */
}

const Estimator multi_ipw = {
    .name = "multi_ipw",
    .family = FAMILY_PROPENSITY,
    .year = 2020,
    .summary = "inverse propensity weighting with the propensity learned jointly as CTR",
    .cite = "Zhang, Bao, Liu, Yang, Lin, Wen and Ramezani, Large-scale causal approaches to debiasing CVR, "
            "WWW 2020",
    .follows = "ips",
    .idea = "The propensity is the click tower of the same network: it shares its embeddings, and needs no "
            "first stage.",
    .formula = "mean_D l(o, p) + sum_O e / p~ / |B|",
    .assumes = "What ips assumes of propensities holds of the click tower.",
    .fails = "Early in training the click tower is wrong, and the weights with it. It fails where ips fails "
             "otherwise. In PAPERS it is less biased than naive and ranks worse.",
    .net = {HEAD(CTR) | HEAD(CVR)},
    .phase = {{loss}},
};
