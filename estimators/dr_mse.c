/* Doubly robust with an imputation between the smallest bias and the smallest variance. Dai, Li, Wu, Dong,
 * Zhou, Zhang, Zhang, Zhang and Sun, KDD 2022 (DR-MSE). */
#include "estimators/core/estimator.h"
#include "estimators/shared/two_model.h"

enum { GAMMA };
static const Constant constants[] = {
    {"gamma", 0.5, 0, 1, "weight of the bias against the variance: 1 is dr_bias, 0 is mrdr"},
    {0},
};

static Var imputation(Pass *s)
{
    Var bias = bias_weight(s), variance = variance_weight(s);
    Var w = add(scale(bias, constant(s, GAMMA)), scale(variance, 1 - constant(s, GAMMA)));

    return imputation_risk(s, w);
}

const Estimator dr_mse = {
    .name = "dr_mse",
    .family = FAMILY_PROPENSITY,
    .year = 2022,
    .summary = "dr_jl with imputation weights that trade bias for variance",
    .cite = "Dai, Li, Wu, Dong, Zhou, Zhang, Zhang, Zhang and Sun, A generalized doubly robust framework, "
            "KDD 2022",
    .follows = "dr_bias",
    .idea = "Bias and variance of the risk are traded: the weights of the imputation are a mixture of those "
            "of dr_bias and mrdr.",
    .formula = "prediction: mean_D l(sg m, c) + sum_O [ e - l(sg m, c) ] / p~ / |B|\n"
               "imputation: sum_O w [ l(r, sg c) - l(m, sg c) ]^2 / |B|\n"
               "w = gamma (1 - p~)^2 / p~^3 + (1 - gamma) (1 - p~) / p~^2",
    .assumes = "What dr_bias assumes, and that one gamma suits all exposures.",
    .fails = "At small propensities the cube is the larger part, and it is dr_bias. On Coat its gain over "
             "dr_jl cannot be told from chance (experiments/coat_tuned).",
    .needs = NEEDS_PROPENSITY,
    .net = {HEAD(CVR), HEAD(IMPUTATION)},
    .labels = HEAD(IMPUTATION),
    .constant = constants,
    .phase = {{doubly_robust_risk, PREDICTION_NET}, {imputation, IMPUTATION_NET}},
};
