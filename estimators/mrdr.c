/* More robust doubly robust: the imputation minimises the variance of the estimate. Guo, Zou, Liu, Ye, Wang,
 * Wang, Chen, Yin and Chang, SIGIR 2021, eq. 10. */
#include "estimators/core/estimator.h"
#include "estimators/shared/two_model.h"

static Var imputation(Pass *s)
{
    Var p = propensity(s, O);

    return imputation_risk(s, divide(one_minus(p), square(p)));
}

const Estimator mrdr = {
    .name = "mrdr",
    .family = FAMILY_PROPENSITY,
    .year = 2021,
    .summary = "dr_jl with imputation weights (1-p)/p^2 that minimise the variance",
    .cite = "Guo, Zou, Liu, Ye, Wang, Wang, Chen, Yin and Chang, Enhanced doubly robust learning, SIGIR 2021",
    .needs = NEEDS_PROPENSITY,
    .net = {HEAD(CVR), HEAD(IMPUTATION)},
    .phase = {{doubly_robust_risk, PREDICTION_NET}, {imputation, IMPUTATION_NET}},
};
