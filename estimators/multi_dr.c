/* Joint doubly robust CVR estimation. Zhang, Bao, Liu, Yang, Lin, Wen and Ramezani, WWW 2020, eq. 10-12
 * (Multi-DR). Read: an account of the paper, whose code is not public; PaddlePaddle/PaddleRec
 * models/multitask/escm2/dygraph_model.py for the form whose imputation moves the prediction, there with p
 * live as well and an e_hat in (0, 1); haoxuanli-pku/ICML23-Propensity baseline/Multi_DR.py for
 * pseudo-labels, there added to the prediction's logit and fitted by the risk alone. Both constants at 0 are
 * the paper. */
#include "estimators/core/estimator.h"
#include "estimators/shared/joint_dr.h"

enum { IMPUTATION_MOVES_PREDICTION, PSEUDO_LABEL };
static const Constant constants[] = {
    {"imputation_moves_prediction", 0, 0, 1, "1: the loss of the imputation moves the prediction too"},
    {"pseudo_label", 0, 0, 1, "1: the imputation gives a label m and e_hat = l(m, c), not an error"},
    {0},
};

static Var loss(Pass *s)
{
    Var p = logit(s, CTR, D);
    JointForm form = {.labels = is_on(s, PSEUDO_LABEL),
                      .imputation_moves_prediction = is_on(s, IMPUTATION_MOVES_PREDICTION)};

    return add(mean(bce(p, clicks(s))), joint_doubly_robust(s, form));
}

const Estimator multi_dr = {
    .name = "multi_dr",
    .family = FAMILY_PROPENSITY,
    .year = 2020,
    .summary = "doubly robust CVR with jointly learned click, conversion and imputation towers",
    .cite = "Zhang, Bao, Liu, Yang, Lin, Wen and Ramezani, Large-scale causal approaches to debiasing CVR, "
            "WWW 2020",
    .net = {HEAD(CTR) | HEAD(CVR) | HEAD(IMPUTATION)},
    .constant = constants,
    .phase = {{loss}},
    .source = READ_PUBLIC_CODE,
    .differs = "prediction and propensity are stopped in the imputation's loss; imputed errors have no upper "
               "bound",
};
