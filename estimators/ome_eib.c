/* Error imputation of wrong labels: eib with the corrected loss l~ in the place of the errors on clicks, and
 * the imputation of ome_dr, whose weight is 1/p~. From memory of Outcome measurement error, KDD 2024
 * (OME-EIB), as ome_ips. */
#include "estimators/shared/outcome_error.h"
#include "estimators/shared/two_model.h"

static Var prediction(Pass *s)
{
    Var e = corrected_error(s, logit(s, CVR, O));
    Var e_hat = bce(logit(s, CVR, D), stop(pseudo_label(s, D)));

    return add(per_exposure(s, e), mean(mul(one_minus(clicks(s)), e_hat)));
}

const Estimator ome_eib = {
    .name = "ome_eib",
    .family = FAMILY_PROPENSITY,
    .year = 2024,
    .summary = "eib of labels that are wrong at known or estimated rates",
    .cite = "Debiased recommendation with outcome measurement error, KDD 2024, arXiv 2406.17182",
    .follows = "eib",
    .idea = "Labels of clicks are wrong at some rate. A loss that is corrected for it has the right mean, "
            "and takes the place of the errors of eib.",
    .formula = "prediction: sum_O e~ / |B| + sum_N l(sg m, c) / |B|\n"
               "imputation: sum_O [ l~(r~, sg c) - l(m, sg c) ]^2 / p~ / |B|\n"
               "e~ = l~(r~, c) = l((r~ - rho01) / (1 - rho01 - rho10), c)",
    .assumes = "The rates rho01 and rho10 are known and the same for all clicks, or some exposures surely "
               "convert and some surely do not. The rest is as in eib.",
    .fails = "Wrong rates are a bias of their own. Rates from quantiles are wrong where no exposure is near "
             "0 or 1. A corrected label below 0 has no least loss, so that logits are capped.",
    .needs = NEEDS_PROPENSITY,
    .net = {HEAD(CVR), HEAD(IMPUTATION), HEAD(COUNTERFACTUAL)},
    .labels = HEAD(IMPUTATION) | HEAD(COUNTERFACTUAL),
    .constant = outcome_error_constants,
    .phase = {{label_model, LABEL_NET, .only = "quantile"},
              {prediction, PREDICTION_NET},
              {corrected_imputation, IMPUTATION_NET}},
    .source = READ_MEMORY,
    .differs = "neither code nor paper was read; rates are quantiles over a batch, not extremes",
};
