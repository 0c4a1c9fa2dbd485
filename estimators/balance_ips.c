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
    .follows = "ips",
    .idea = "A weight for each click is learned such that the weighted risk of clicks equals the risk on the "
            "unbiased sample. A look-ahead moves the propensity so that a step of the prediction lowers that "
            "risk.",
    .formula =
        "nominal:    mean_D l(o, p)\n"
        "propensity: sum_O A(e) / p_res / |B|,  p_res = clip(sigmoid(logit p + g_p))\n"
        "weight:     alpha ( sum_O w e / p_res / |B| - U_risk )^2 + mean_O w log w,  w = |O| softmax_O(g)\n"
        "prediction: sum_O sg(w / p_res) e / |B|\n"
        "A(x) = the change of U_risk = mean_U l(r, c), by the weight of x in a trial step of c",
    .assumes = "Some items were shown at random and all their outcomes seen.",
    .fails = "Weights that depend on the features alone do not change P(r | x, o=1), and the prediction is "
             "not trained on the sample itself. It has more error than combine (experiments/unbiased_size).",
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
