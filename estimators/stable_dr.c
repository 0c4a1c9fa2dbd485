/* Stable doubly robust learning: a self-normalised risk, doubly robust through a propensity that balances the
 * imputed errors, sum_D (1 - o/p)(e_hat - mean e_hat) = 0. Li, Zheng and Wu, ICLR 2023. */
#include "estimators/core/estimator.h"
#include "estimators/shared/two_model.h"

enum { PROPENSITY_NET = 1 << 2 };

enum { ETA };
static const Constant constants[] = {
    {"eta", 1e-3, 0, 1e6, "weight of the balance of imputed errors in the propensity's loss"},
    {0},
};

static Var propensity_model(Pass *s)
{
    Var click = mean(bce(logit(s, CTR, D), clicks(s)));
    Var e_hat = stop(bce(logit(s, CVR, D), pseudo_label(s, D)));
    Var centred = shift(e_hat, -mean(e_hat)->value[0]);
    Var p = clipped(s, live_propensity(s, D));
    Var imbalance = sum(mul(one_minus(divide(clicks(s), p)), centred));

    return add(click, scale(square(imbalance), constant(s, ETA)));
}

static Var prediction(Pass *s)
{
    return weighted_mean(inverse_propensity(s, O), bce(logit(s, CVR, O), conversions(s, O)));
}

static Var imputation(Pass *s)
{
    return imputation_risk(s, inverse_propensity(s, O));
}

const Estimator stable_dr = {
    .name = "stable_dr",
    .family = FAMILY_PROPENSITY,
    .year = 2023,
    .summary = "self-normalised risk with propensities that balance the imputed errors",
    .cite = "Li, Zheng and Wu, StableDR: stabilized doubly robust learning, ICLR 2023",
    .net = {HEAD(CVR), HEAD(IMPUTATION), HEAD(CTR)},
    .constant = constants,
    .phase = {{propensity_model, PROPENSITY_NET}, {prediction, PREDICTION_NET}, {imputation, IMPUTATION_NET}},
};
