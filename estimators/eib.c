/* Error imputation: measured errors on clicks, imputed ones elsewhere, [sum_O e + sum_N e_hat] / |B|. Steck,
 * KDD 2010; in the form of Wang, Zhang, Sun and Qi, ICML 2019, eq. 2. */
#include "estimators/core/estimator.h"
#include "estimators/shared/two_model.h"

static Var prediction(Pass *s)
{
    Var e = bce(logit(s, CVR, O), conversions(s, O));
    Var m = stop(pseudo_label(s, D));
    Var e_hat = bce(logit(s, CVR, D), m);

    return add(per_exposure(s, e), mean(mul(one_minus(clicks(s)), e_hat)));
}

static Var imputation(Pass *s)
{
    return per_exposure(s, square(imputation_gap(s)));
}

const Estimator eib = {
    .name = "eib",
    .family = FAMILY_PROPENSITY,
    .year = 2010,
    .summary = "errors of unclicked exposures imputed by a model learned on clicks",
    .cite = "Steck, Training and testing of recommender systems on data missing not at random, KDD 2010",
    .follows = "naive",
    .idea = "A second model learns the errors of clicks, and stands in for the errors of unclicked "
            "exposures, which nobody sees.",
    .formula = "prediction: sum_O e / |B| + sum_N l(sg m, c) / |B|\n"
               "imputation: sum_O [ l(r, sg c) - l(m, sg c) ]^2 / |B|",
    .assumes = "The imputation is right on unclicked exposures, though it is learned on clicks.",
    .fails = "Nothing corrects a wrong imputation, and where clicks are rare c follows it. With wrong "
             "imputations it is more biased than naive (experiments/double_robustness).",
    .net = {HEAD(CVR), HEAD(IMPUTATION)},
    .labels = HEAD(IMPUTATION),
    .phase = {{prediction, PREDICTION_NET}, {imputation, IMPUTATION_NET}},
};
