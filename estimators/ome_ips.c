/* Inverse propensity scoring of wrong labels: ips with the corrected loss l~ in the place of l. From memory
 * of Outcome measurement error, KDD 2024 (OME), of which abstract and name were read; its code
 * (haoxuanli-pku/KDD24-OME-DR) is not public where we looked. That l~ has the mean l is derived. */
#include "estimators/shared/outcome_error.h"

static Var loss(Pass *s)
{
    Var e = corrected_error(s, logit(s, CVR, O));

    return per_exposure(s, mul(e, inverse_propensity(s, O)));
}

const Estimator ome_ips = {
    .name = "ome_ips",
    .family = FAMILY_PROPENSITY,
    .year = 2024,
    .summary = "ips of labels that are wrong at known or estimated rates",
    .cite = "Debiased recommendation with outcome measurement error, KDD 2024, arXiv 2406.17182",
    .follows = "ips",
    .idea = "Labels of clicks are wrong at some rate. A loss that is corrected for it has the right mean, "
            "and is weighted as in ips.",
    .formula = "sum_O e~ / p~ / |B|,  e~ = l((r~ - rho01) / (1 - rho01 - rho10), c)",
    .assumes = "The rates rho01 and rho10 are known and the same for all clicks, or some exposures surely "
               "convert and some surely do not. The rest is as in ips.",
    .fails =
        "Wrong rates are a bias of their own. Rates from quantiles are wrong where no exposure is near 0 or "
        "1. The correction divides by 1 - rho01 - rho10, and so adds to the variance of the weights.",
    .needs = NEEDS_PROPENSITY,
    .net = {HEAD(CVR), HEAD(COUNTERFACTUAL)},
    .labels = HEAD(COUNTERFACTUAL),
    .constant = outcome_error_constants,
    .phase = {{label_model, 1 << 1, .only = "quantile"}, {loss, 1 << 0}},
    .source = READ_MEMORY,
    .differs = "neither code nor paper was read; rates are quantiles over a batch, not extremes",
};
