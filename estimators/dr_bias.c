/* Doubly robust with the imputation that makes the bias small. Dai, Li, Wu, Dong, Zhou, Zhang, Zhang, Zhang
 * and Sun, KDD 2022 (DR-BIAS). */
#include "estimators/core/estimator.h"
#include "estimators/shared/two_model.h"

static Var imputation(Pass *s)
{
    return imputation_risk(s, bias_weight(s));
}

const Estimator dr_bias = {
    .name = "dr_bias",
    .family = FAMILY_PROPENSITY,
    .year = 2022,
    .summary = "dr_jl with imputation weights (1-p)^2/p^3 that minimise the bias",
    .cite = "Dai, Li, Wu, Dong, Zhou, Zhang, Zhang, Zhang and Sun, A generalized doubly robust framework, "
            "KDD 2022",
    .follows = "dr_jl",
    .idea =
        "The imputation is fitted hardest where the bias of the risk would come from, at small propensities.",
    .formula = "prediction: mean_D l(sg m, c) + sum_O [ e - l(sg m, c) ] / p~ / |B|\n"
               "imputation: sum_O [ l(r, sg c) - l(m, sg c) ]^2 (1 - p~)^2 / p~^3 / |B|",
    .assumes = "What dr_jl assumes, and propensities that are good enough to weigh by their cubes.",
    .fails = "Weights grow as 1/p^3, so that even fewer clicks than in mrdr decide the imputation. It fails "
             "where dr_jl fails otherwise.",
    .needs = NEEDS_PROPENSITY,
    .net = {HEAD(CVR), HEAD(IMPUTATION)},
    .labels = HEAD(IMPUTATION),
    .phase = {{doubly_robust_risk, PREDICTION_NET}, {imputation, IMPUTATION_NET}},
};
