/* Balancing unobserved confounding with a few unbiased ratings. Li, Xiao, Zheng, Wu and Cui, WWW 2023,
 * section 4 (Balance-DR). e_hat = l(m, c); w and their entropy: balance.h. */
#include "estimators/shared/balance.h"
#include "estimators/shared/residual.h"
#include "estimators/shared/two_model.h"

static Var nominal(Pass *s)
{
    Var click = mean(bce(logit(s, CTR, D), clicks(s)));

    return add(click, imputation_risk(s, inverse_propensity(s, O)));
}

static Var imputed_error(Pass *s, Space space)
{
    return bce(logit(s, CVR, space), stop(pseudo_label(s, space)));
}

/* e - e_hat */
static Var gap(Pass *s)
{
    return sub(bce(logit(s, CVR, O), conversions(s, O)), imputed_error(s, O));
}

/* mean_D e_hat + sum_O w (e - e_hat) / p / |B| */
static Var doubly_robust(Pass *s, Var w)
{
    Var everywhere = mean(imputed_error(s, D));

    return add(everywhere, per_exposure(s, mul(w, gap(s))));
}

static Var prediction(Pass *s)
{
    return doubly_robust(s, stop(balanced_weight(s)));
}

/* The risk on U after a step on the prediction's loss, to first order in the weights. */
static Var propensity_ahead(Pass *s)
{
    return per_exposure(s, mul(balanced_weight(s), lookahead_slope(s, gap)));
}

static Var balanced(Pass *s)
{
    return balance(s, doubly_robust(s, balanced_weight(s)));
}

static const Lookahead lookahead = {.step = prediction, .risk = unbiased_risk, .rate = LOOKAHEAD_RATE};

const Estimator balance_dr = {
    .name = "balance_dr",
    .family = FAMILY_CONFOUNDING,
    .year = 2023,
    .summary = "doubly robust with weights that balance its risk with that on the unbiased sample",
    .cite = "Li, Xiao, Zheng, Wu and Cui, Balancing unobserved confounding, WWW 2023",
    .needs = NEEDS_UNBIASED,
    .net = {HEAD(CVR), HEAD(CTR) | HEAD(IMPUTATION), HEAD(RESIDUAL_P), HEAD(WEIGHT)},
    .constant = balance_constants,
    .phase = {{nominal, BALANCE_NOMINAL},
              {propensity_ahead, BALANCE_PROPENSITY, &lookahead},
              {balanced, BALANCE_WEIGHT},
              {prediction, BALANCE_PREDICTION}},
};
