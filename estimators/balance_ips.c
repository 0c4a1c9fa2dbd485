/* Balancing unobserved confounding with a few unbiased ratings. Li, Xiao, Zheng, Wu and Cui, WWW 2023,
 * section 4 (Balance-IPS). w and their entropy: balance.h. */
#include "estimators/shared/balance.h"
#include "estimators/shared/residual.h"

static Var nominal(Pass *s)
{
    return mean(bce(logit(s, CTR, D), clicks(s)));
}

static Var error(Pass *s)
{
    return bce(logit(s, CVR, O), conversions(s, O));
}

/* sum_O w e / p / |B| */
static Var weighted(Pass *s, Var w, Var e)
{
    return per_exposure(s, mul(w, e));
}

static Var prediction(Pass *s)
{
    return weighted(s, stop(balanced_weight(s)), error(s));
}

/* The risk on U after a step on the prediction's loss, to first order in the weights. */
static Var propensity_ahead(Pass *s)
{
    return weighted(s, balanced_weight(s), lookahead_slope(s, error));
}

static Var balanced(Pass *s)
{
    return balance(s, weighted(s, balanced_weight(s), error(s)));
}

static const Lookahead lookahead = {.step = prediction, .risk = unbiased_risk, .rate = LOOKAHEAD_RATE};

const Estimator balance_ips = {
    .name = "balance_ips",
    .family = FAMILY_CONFOUNDING,
    .year = 2023,
    .summary = "inverse propensity with weights that balance its risk with that on the unbiased sample",
    .cite = "Li, Xiao, Zheng, Wu and Cui, Balancing unobserved confounding, WWW 2023",
    .needs = NEEDS_UNBIASED,
    .net = {HEAD(CVR), HEAD(CTR), HEAD(RESIDUAL_P), HEAD(WEIGHT)},
    .constant = balance_constants,
    .phase = {{nominal, BALANCE_NOMINAL},
              {propensity_ahead, BALANCE_PROPENSITY, &lookahead},
              {balanced, BALANCE_WEIGHT},
              {prediction, BALANCE_PREDICTION}},
};
