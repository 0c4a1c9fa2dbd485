/* Doubly robust learning of wrong labels: dr_jl with the corrected loss l~ in the place of the errors on
 * clicks, in both steps. From memory of Outcome measurement error, KDD 2024 (OME-DR), as ome_ips. */
#include "estimators/shared/outcome_error.h"
#include "estimators/shared/two_model.h"

static Var prediction(Pass *s)
{
    Var r_hat = logit(s, CVR, D), r_hat_clicked = logit(s, CVR, O);
    Var m = stop(pseudo_label(s, D)), m_clicked = stop(pseudo_label(s, O));
    Var e = corrected_error(s, r_hat_clicked);
    Var e_hat = bce(r_hat_clicked, m_clicked);

    Var corrected = per_exposure(s, mul(sub(e, e_hat), inverse_propensity(s, O)));
    Var imputed = mean(bce(r_hat, m));
    return add(corrected, imputed);
}

const Estimator ome_dr = {
    .name = "ome_dr",
    .family = FAMILY_PROPENSITY,
    .year = 2024,
    .summary = "dr_jl of labels that are wrong at known or estimated rates",
    .cite = "Debiased recommendation with outcome measurement error, KDD 2024, arXiv 2406.17182",
    .follows = "dr_jl",
    .idea = "Labels of clicks are wrong at some rate. A loss that is corrected for it has the right mean, "
            "and takes the place of the errors of dr_jl.",
    .formula = "prediction: mean_D l(sg m, c) + sum_O [ e~ - l(sg m, c) ] / p~ / |B|\n"
               "imputation: sum_O [ l~(r~, sg c) - l(m, sg c) ]^2 / p~ / |B|\n"
               "e~ = l~(r~, c) = l((r~ - rho01) / (1 - rho01 - rho10), c)",
    .assumes = "The rates rho01 and rho10 are known and the same for all clicks, or some exposures surely "
               "convert and some surely do not. The rest is as in dr_jl.",
    .fails = "Wrong rates are a bias of their own, which double robustness does not reach. Rates from "
             "quantiles are wrong where no exposure is near 0 or 1.",
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
