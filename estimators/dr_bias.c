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
    .needs = NEEDS_PROPENSITY,
    .net = {HEAD(CVR), HEAD(IMPUTATION)},
    .labels = HEAD(IMPUTATION),
    .phase = {{doubly_robust_risk, PREDICTION_NET}, {imputation, IMPUTATION_NET}},
};
