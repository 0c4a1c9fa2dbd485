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
    .follows = "eib",
    .idea = "It imputes as eib does, and weighted clicks correct the imputation as in ips: one of the two "
            "may be wrong if the other is right. The models take turns.",
    .formula = "prediction: mean_D l(sg m, c) + sum_O [ e - l(sg m, c) ] / p~ / |B|\n"
               "imputation: sum_O [ l(r, sg c) - l(m, sg c) ]^2 / p~ / |B|",
    .assumes = "In every exposure the propensity or the imputed error is right, and clicks depend on nothing "
               "but what both know.",
    .fails =
        "Its bias is mean_D (p/p~ - 1) (e - e_hat): with both wrong it is biased "
        "(experiments/double_robustness), and a hidden confounder makes both wrong (experiments/compare). "
        "With noisy propensities it varies more than ips (experiments/propensity_noise).",
    .needs = NEEDS_PROPENSITY,
    .net = {HEAD(CVR), HEAD(IMPUTATION)},
    .labels = HEAD(IMPUTATION),
    .phase = {{doubly_robust_risk, PREDICTION_NET}, {imputation, IMPUTATION_NET}},
    .source = READ_PUBLIC_CODE,
    .differs =
        "the whole correction on clicks is divided by p, and e_hat is l(m, c) in both steps, as in the paper",
};
