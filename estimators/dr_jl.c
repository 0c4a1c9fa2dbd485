/* Doubly robust joint learning. Wang, Zhang, Sun and Qi, ICML 2019, eq. 4 and 8. Read: the part before the
 * targeted step of TDR-JL in haoxuanli-pku/ICDE24-MNAR real_world/TDR_based.py, whose l(m, c) on clicks is
 * not divided by p, and whose imputation has m and c in each other's place. */
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
    .labels = HEAD(IMPUTATION),
    .phase = {{doubly_robust_risk, PREDICTION_NET}, {imputation, IMPUTATION_NET}},
    .source = READ_PUBLIC_CODE,
    .differs =
        "the whole correction on clicks is divided by p, and e_hat is l(m, c) in both steps, as in the paper",
};
