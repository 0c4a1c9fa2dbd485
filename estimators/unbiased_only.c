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
    .follows = "naive",
    .idea = "It is naive on the unbiased sample, and never sees the log: what methods that use both have to "
            "beat.",
    .formula = "mean_U l(r, c)",
    .assumes = "Some items were shown at random and all their outcomes seen.",
    .fails = "The sample is small, so that it varies. Without confounding, clicks are far better than a "
             "small sample (experiments/unbiased_size).",
    .needs = NEEDS_UNBIASED,
    .net = {HEAD(CVR)},
    .phase = {{loss}},
};
