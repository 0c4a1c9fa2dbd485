/* Doubly robust joint learning. Wang, Zhang, Sun and Qi, ICML 2019, eq. 4 and 8. */
#include "estimators/core/estimator.h"
#include "estimators/shared/two_model.h"

static Var imputation(Pass *s)
{
    return imputation_risk(s, inverse_propensity(s, O));
}

const Estimator dr_jl = {
    .name = "dr_jl",
    .family = FAMILY_PROPENSITY,
    .year = 2019,
    .summary = "doubly robust learning with an imputation model in alternating steps",
    .cite = "Wang, Zhang, Sun and Qi, Doubly robust joint learning, ICML 2019",
    .needs = NEEDS_PROPENSITY,
    .net = {HEAD(CVR), HEAD(IMPUTATION)},
    .phase = {{doubly_robust_risk, PREDICTION_NET}, {imputation, IMPUTATION_NET}},
};
