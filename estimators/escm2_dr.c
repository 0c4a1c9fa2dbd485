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
    .net = {HEAD(CTR) | HEAD(CVR) | HEAD(IMPUTATION)},
    .constant = constants,
    .phase = {{loss}},
    .source = READ_PUBLIC_CODE,
    .differs =
        "prediction and propensity are stopped in the imputation's loss; plain towers in place of mmoe",
};
