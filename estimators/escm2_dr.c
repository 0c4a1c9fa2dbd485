/* Entire space counterfactual multi-task model, doubly robust form. Wang, Chang, Liu, Huang, Chen, Yu, Li and
 * Chu, SIGIR 2022, eq. 11-15. Read: PaddlePaddle/PaddleRec models/multitask/escm2 (dygraph_model.py, net.py),
 * where the imputation's loss moves the prediction, p is live, and the backbone is mmoe. The weights of the
 * risk are 1 here, as those of the methods that this one is compared with. */
#include "estimators/core/estimator.h"
#include "estimators/shared/joint_dr.h"

enum { LAMBDA_C, LAMBDA_G, IMPUTATION_MOVES_PREDICTION, PSEUDO_LABEL };
static const Constant constants[] = {
    {"lambda_c", 1, 0, 1000, "weight of the counterfactual CVR risk"},
    {"lambda_g", 1, 0, 1000, "weight of the CTCVR loss over every exposure"},
    {"imputation_moves_prediction", 0, 0, 1, "1: the loss of the imputation moves the prediction too"},
    {"pseudo_label", 0, 0, 1, "1: the imputation gives a label m and e_hat = l(m, c), not an error"},
    {0},
};

static Var loss(Pass *s)
{
    Var p = logit(s, CTR, D);
    Var c = logit(s, CVR, D);
    JointForm form = {.labels = is_on(s, PSEUDO_LABEL),
                      .imputation_moves_prediction = is_on(s, IMPUTATION_MOVES_PREDICTION)};

    Var click = mean(bce(p, clicks(s)));
    Var risk = joint_doubly_robust(s, form);
    Var global = mean(bce(logit_and(p, c), ctcvr_labels(s)));
    return add(click, add(scale(risk, constant(s, LAMBDA_C)), scale(global, constant(s, LAMBDA_G))));
}

const Estimator escm2_dr = {
    .name = "escm2_dr",
    .family = FAMILY_PROPENSITY,
    .year = 2022,
    .summary = "ESMM with a doubly robust CVR risk as a regulariser",
    .cite = "Wang, Chang, Liu, Huang, Chen, Yu, Li and Chu, ESCM2, SIGIR 2022",
    .follows = "escm2_ips",
    .idea =
        "It is escm2_ips with the doubly robust risk of multi_dr, and so with a tower that imputes errors.",
    .formula = "mean_D l(o, p) + lambda_c (L_risk + L_imp) + lambda_g mean_D l(t, p c)\n"
               "L_risk = mean_D e_hat + sum_O (e - e_hat) / p~ / |B|\n"
               "L_imp  = sum_O (sg e - e_hat)^2 / p~ / |B|",
    .assumes = "What multi_dr and esmm assume.",
    .fails = "As in multi_dr, imputed errors do not reach c. In public code the loss of the imputation moves "
             "the prediction, and predictions come out far too high (experiments/variants). In "
             "experiments/sensitivity it ranks worse than esmm in every setting.",
    .net = {HEAD(CTR) | HEAD(CVR) | HEAD(IMPUTATION)},
    .constant = constants,
    .phase = {{loss}},
    .source = READ_PUBLIC_CODE,
    .differs =
        "prediction and propensity are stopped in the imputation's loss; plain towers in place of mmoe",
};
