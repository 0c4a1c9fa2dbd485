/* Inverse propensity weighting with balanced propensities, joint. Li, Xiao, Zheng, Wu and Cui, ICML 2023
 * (IPS-V2). Read: haoxuanli-pku/ICML23-Propensity IPS_V2.py and DR_V2.py, on squared errors, p not clipped,
 * weights tuned to the data, eta .01 to 1. With eta 0 this is escm2_ips. */
#include "estimators/core/estimator.h"
#include "estimators/shared/imbalance.h"

enum { ETA, SPLIT_BALANCE };
static const Constant constants[] = {
    {"eta", 1, 0, 1e6, "weight of the squared imbalance"},
    {"split_balance", 0, 0, 1, "1: the square is the product of the means of two random halves of the batch"},
    {0},
};

static Var loss(Pass *s)
{
    Var p = logit(s, CTR, D);
    Var c = logit(s, CVR, D);
    Var e = bce(logit(s, CVR, O), conversions(s, O));

    Var click = mean(bce(p, clicks(s)));
    Var risk = per_exposure(s, mul(e, inverse_propensity(s, O)));
    Var global = mean(bce(logit_and(p, c), ctcvr_labels(s)));
    Var balance = scale(imbalance(s, is_on(s, SPLIT_BALANCE)), constant(s, ETA));
    return add(add(click, add(risk, global)), balance);
}

const Estimator ips_v2 = {
    .name = "ips_v2",
    .family = FAMILY_PROPENSITY,
    .year = 2023,
    .summary = "multi_ipw with a CTCVR loss and propensities that balance the predictions",
    .cite = "Li, Xiao, Zheng, Wu and Cui, Propensity matters, ICML 2023",
    .follows = "escm2_ips",
    .idea = "Right propensities balance any function of the features between clicks and non-clicks, so they "
            "are asked to balance the prediction.",
    .formula = "mean_D l(o, p) + sum_O e / p~ / |B| + mean_D l(t, p c) + eta balance\n"
               "balance = ( mean_D [ ( o / clip(p) - (1 - o) / clip(1 - p) ) c ] )^2,  p and c live",
    .assumes = "What escm2_ips assumes, and that a propensity which balances the prediction is nearer to the "
               "right one.",
    .fails = "It balances one function and no other, and lowers the imbalance by moving c as well as p. The "
             "square of the mean of a batch is mostly noise.",
    .net = {HEAD(CTR) | HEAD(CVR)},
    .constant = constants,
    .phase = {{loss}},
    .source = READ_AUTHORS_CODE,
    .differs = "cross entropy in place of squared errors; propensities clipped",
};
