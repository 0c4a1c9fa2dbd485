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
    .follows = "dr_jl",
    .idea = "A third tower of the same network imputes the error of each exposure, and weighted clicks "
            "correct it.",
    .formula = "mean_D l(o, p) + L_risk + L_imp\n"
               "L_risk = mean_D e_hat + sum_O (e - e_hat) / p~ / |B|\n"
               "L_imp  = sum_O (sg e - e_hat)^2 / p~ / |B|",
    .assumes = "Propensities or imputed errors are right, and clicks depend on nothing but what they know.",
    .fails = "e_hat has no c in it, so that c gets the gradient of multi_ipw: the value is doubly robust, "
             "the training is not. Where the loss of the imputation moves the prediction too, as in public "
             "code, it pulls c towards 1/2 (experiments/variants).",
    .net = {HEAD(CTR) | HEAD(CVR) | HEAD(IMPUTATION)},
    .constant = constants,
    .phase = {{loss}},
    .source = READ_PUBLIC_CODE,
    .differs = "prediction and propensity are stopped in the imputation's loss; imputed errors have no upper "
               "bound",
};
