/* Balancing unobserved confounding with a few unbiased ratings. Li, Xiao, Zheng, Wu and Cui, WWW 2023,
 * section 4 (Balance-IPS). Read: haoxuanli-pku/WWW23-Balancing-Unobserved-Confounding BAL-IPS_coat.py, with a
 * naive Bayes propensity that nothing moves, softmax weights that sum to 1 in the batch, and both terms of
 * their loss weighted by hand. The look-ahead is METHODS'. */
#include "estimators/shared/balance.h"
#include "estimators/shared/residual.h"

static Var error(Pass *s)
{
    return bce(logit(s, CVR, O), conversions(s, O));
}

/* sum_O e / p / |B|: what the look-ahead steps on. */
static Var unweighted(Pass *s)
{
    return per_exposure(s, mul(residual_weight(s), error(s)));
}

/* The risk on U after that step, to first order in 1 / p. */
static Var propensity_ahead(Pass *s)
{
    return per_exposure(s, mul(residual_weight(s), lookahead_slope(s, error)));
}

/* sum_O w e / p / |B| */
static Var weighted(Pass *s)
{
    return per_exposure(s, mul(mul(balancing_weight(s, WEIGHT), residual_weight(s)), error(s)));
}

static Var balanced(Pass *s)
{
    return balance(s, WEIGHT, weighted(s));
}

static const Lookahead lookahead = {.step = unweighted, .risk = unbiased_risk, .rate = LOOKAHEAD_RATE};

const Estimator balance_ips = {
    .name = "balance_ips",
    .family = FAMILY_CONFOUNDING,
    .year = 2023,
    .summary = "inverse propensity with weights that balance its risk with that on the unbiased sample",
    .cite = "Li, Xiao, Zheng, Wu and Cui, Balancing unobserved confounding, WWW 2023",
    .needs = NEEDS_UNBIASED,
    .net = {HEAD(CVR), HEAD(CTR), HEAD(RESIDUAL_P), HEAD(WEIGHT)},
    .constant = balance_constants,
    .phase = {{nominal_propensity, BALANCE_NOMINAL},
              {propensity_ahead, BALANCE_PROPENSITY, &lookahead},
              {balanced, BALANCE_WEIGHT},
              {weighted, BALANCE_PREDICTION}},
    .source = READ_AUTHORS_CODE,
    .differs = "propensity learned and corrected by a look-ahead; weights have mean 1",
};
