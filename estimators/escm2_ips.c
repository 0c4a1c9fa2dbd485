/* Entire space counterfactual multi-task model, inverse propensity form. Wang, Chang, Liu, Huang, Chen, Yu,
 * Li and Chu, SIGIR 2022, eq. 9 and 15. Read: PaddlePaddle/PaddleRec models/multitask/escm2
 * (dygraph_model.py, net.py) and alipay/MMLRec model/escm.py, which divide by p times the batch's clicks,
 * PaddleRec twice, cap the result at 15, and weight the risk by 0.5 and 0.1. Here the risk is the mean over
 * exposures that the paper has, of weight 1, as those of the methods that this one is compared with. */
#include "estimators/core/estimator.h"

enum { LAMBDA_C, LAMBDA_G };
static const Constant constants[] = {
    {"lambda_c", 1, 0, 1000, "weight of the counterfactual CVR risk"},
    {"lambda_g", 1, 0, 1000, "weight of the CTCVR loss over every exposure"},
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
    return add(click, add(scale(risk, constant(s, LAMBDA_C)), scale(global, constant(s, LAMBDA_G))));
}

const Estimator escm2_ips = {
    .name = "escm2_ips",
    .family = FAMILY_PROPENSITY,
    .year = 2022,
    .summary = "ESMM with an inverse propensity weighted CVR risk as a regulariser",
    .cite = "Wang, Chang, Liu, Huang, Chen, Yu, Li and Chu, ESCM2, SIGIR 2022",
    .follows = "esmm",
    .idea = "It adds to esmm the inverse propensity risk of clicks, which holds c to the conversions of "
            "clicks and not to the product with p alone.",
    .formula = "mean_D l(o, p) + lambda_c sum_O e / p~ / |B| + lambda_g mean_D l(t, p c)",
    .assumes = "What multi_ipw and esmm assume.",
    .fails =
        "Its parts have the limit q unless p knows a cause of clicks that c lacks. In "
        "experiments/sensitivity it ranks worse than esmm in every setting, and is less biased in a few.",
    .net = {HEAD(CTR) | HEAD(CVR)},
    .constant = constants,
    .phase = {{loss}},
    .source = READ_PUBLIC_CODE,
    .differs =
        "the risk is a mean over exposures, its weights are not capped at 15; plain towers in place of "
        "mmoe",
};
