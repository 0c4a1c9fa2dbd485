/* Doubly robust with balanced propensities, joint. Li, Xiao, Zheng, Wu and Cui, ICML 2023 (DR-V2). Read:
 * haoxuanli-pku/ICML23-Propensity DR_V2.py, where nothing is stopped (both constants that say "moves" at 1),
 * errors are squared and the imputation's weight is tuned; and the form of the same group from 2024, by
 * a third-party benchmark, where the risk moves the imputation and the imputation's loss not the prediction.
 * The form without either keeps each loss to its own model. */
#include "estimators/core/estimator.h"
#include "estimators/shared/imbalance.h"
#include "estimators/shared/joint_dr.h"

enum { ETA, RISK_MOVES_IMPUTATION, IMPUTATION_MOVES_PREDICTION, SPLIT_BALANCE };
static const Constant constants[] = {
    {"eta", 1, 0, 1e6, "weight of the squared imbalance"},
    {"risk_moves_imputation", 0, 0, 1, "1: the doubly robust risk moves the imputation too"},
    {"imputation_moves_prediction", 0, 0, 1, "1: the loss of the imputation moves the prediction too"},
    {"split_balance", 0, 0, 1, "1: the square is the product of the means of two random halves of the batch"},
    {0},
};

static Var loss(Pass *s)
{
    Var p = logit(s, CTR, D);
    Var c = logit(s, CVR, D);
    JointForm form = {.labels = true,
                      .imputation_moves_prediction = is_on(s, IMPUTATION_MOVES_PREDICTION),
                      .risk_moves_imputation = is_on(s, RISK_MOVES_IMPUTATION)};

    Var click = mean(bce(p, clicks(s)));
    Var risk = joint_doubly_robust(s, form);
    Var global = mean(bce(logit_and(p, c), ctcvr_labels(s)));
    Var balance = scale(imbalance(s, is_on(s, SPLIT_BALANCE)), constant(s, ETA));
    return add(add(click, add(risk, global)), balance);
}

const Estimator dr_v2 = {
    .name = "dr_v2",
    .family = FAMILY_PROPENSITY,
    .year = 2023,
    .summary = "multi_dr with pseudo-labels, a CTCVR loss and propensities that balance the predictions",
    .cite = "Li, Xiao, Zheng, Wu and Cui, Propensity matters, ICML 2023",
    .follows = "escm2_dr",
    .idea = "It is ips_v2 with a doubly robust risk, whose imputation is a label, so that imputed errors "
            "reach c.",
    .formula = "mean_D l(o, p) + L_risk + L_imp + mean_D l(t, p c) + eta balance\n"
               "L_risk = mean_D l(sg m, c) + sum_O [ e - l(sg m, c) ] / p~ / |B|\n"
               "L_imp  = sum_O [ l(r, sg c) - l(m, sg c) ]^2 / p~ / |B|\n"
               "balance = ( mean_D [ ( o / clip(p) - (1 - o) / clip(1 - p) ) c ] )^2,  p and c live",
    .assumes = "What dr_jl assumes, with propensities as in ips_v2.",
    .fails =
        "The balance has the faults that it has in ips_v2. As its code of 2023 moves the models, the loss of "
        "the imputation moves the prediction, which comes out far too high (experiments/variants).",
    .net = {HEAD(CTR) | HEAD(CVR) | HEAD(IMPUTATION)},
    .labels = HEAD(IMPUTATION),
    .constant = constants,
    .phase = {{loss}},
    .source = READ_AUTHORS_CODE,
    .differs =
        "each loss moves its own model; cross entropy in place of squared errors; propensities clipped",
};
