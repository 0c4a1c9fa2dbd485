/* Bookend: CVR of the unbiased sample alone, mean_U l(r, c). */
#include "estimators/core/estimator.h"

static Var loss(Pass *s)
{
    return mean(bce(logit(s, CVR, U), conversions(s, U)));
}

const Estimator unbiased_only = {
    .name = "unbiased_only",
    .family = FAMILY_CONFOUNDING,
    .year = 2023,
    .summary = "naive on the unbiased sample alone: a bound for methods that use it",
    .cite = "baseline of Li et al., Removing hidden confounding in recommendation, NeurIPS 2023",
    .needs = NEEDS_UNBIASED,
    .net = {HEAD(CVR)},
    .phase = {{loss}},
};
