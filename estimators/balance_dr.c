/* Balancing unobserved confounding with a few unbiased ratings. Li, Xiao, Zheng, Wu and Cui, WWW 2023,
 * section 4 (Balance-DR). e_hat = l(sg m, c). Read: haoxuanli-pku/WWW23-Balancing-Unobserved-Confounding
 * BAL-DR_coat.py: two weight models moved in turn, an imputation of errors fitted on the unbiased sample, a
 * naive Bayes propensity that nothing moves. The look-ahead is METHODS'; it takes its step on this method's
 * own risk, as that of balance_ips would leave the scale of 1/p free. */
#include "estimators/shared/balance.h"
#include "estimators/shared/residual.h"

static Var nominal(Pass *s)
{
    Var click = nominal_propensity(s);

    return add(click, mean(bce(logit(s, IMPUTATION, U), conversions(s, U))));
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

/* mean_D e_hat + sum_O (e - e_hat) / p / |B|: what the look-ahead steps on. */
static Var unweighted(Pass *s)
{
    Var everywhere = mean(imputed_error(s, D));

    return add(everywhere, per_exposure(s, mul(residual_weight(s), gap(s))));
}

/* The risk on U after that step, to first order in 1 / p. */
static Var propensity_ahead(Pass *s)
{
    return per_exposure(s, mul(residual_weight(s), lookahead_slope(s, gap)));
}

/* mean_D w1 e_hat + sum_O w2 (e - e_hat) / p / |B| */
static Var weighted(Pass *s)
{
    Var everywhere = mean(mul(balancing_weight(s, WEIGHT_ALL), imputed_error(s, D)));
    Var w = mul(balancing_weight(s, WEIGHT), residual_weight(s));

    return add(everywhere, per_exposure(s, mul(w, gap(s))));
}

static Var balanced_everywhere(Pass *s)
{
    return balance(s, WEIGHT_ALL, weighted(s));
}

static Var balanced(Pass *s)
{
    return balance(s, WEIGHT, weighted(s));
}

static const Lookahead lookahead = {.step = unweighted, .risk = unbiased_risk, .rate = LOOKAHEAD_RATE};

const Estimator balance_dr = {
    .name = "balance_dr",
    .family = FAMILY_CONFOUNDING,
    .year = 2023,
    .summary = "doubly robust with weights that balance its risk with that on the unbiased sample",
    .cite = "Li, Xiao, Zheng, Wu and Cui, Balancing unobserved confounding, WWW 2023",
    .follows = "balance_ips",
    .idea = "It is the doubly robust form of balance_ips: the imputation is learned on the unbiased sample, "
            "and weights of imputed errors and of their correction balance the risk.",
    .formula =
        "nominal:    mean_D l(o, p) + mean_U l(r, m)\n"
        "propensity: sum_O A(gap) / p_res / |B|,  gap = e - e_hat,  e_hat = l(sg m, c)\n"
        "weights:    alpha ( risk - U_risk )^2 + mean_D w1 log w1, then the same with mean_O w2 log w2\n"
        "prediction: risk = mean_D w1 e_hat + sum_O w2 gap / p_res / |B|,  w1, w2 and p_res stopped\n"
        "A, p_res and U_risk as in balance_ips,  w1 = |D| softmax_D(g1),  w2 = |O| softmax_O(g2)",
    .assumes =
        "Some items were shown at random and all their outcomes seen, enough of them to learn an imputation.",
    .fails = "Unless weights keep it from that, the correction by clicks brings back q where the imputation "
             "was nearer to p_r. In PAPERS it has more error than res_dr.",
    .needs = NEEDS_UNBIASED,
    .net = {HEAD(CVR), HEAD(CTR) | HEAD(IMPUTATION), HEAD(RESIDUAL_P), HEAD(WEIGHT), HEAD(WEIGHT_ALL)},
    .labels = HEAD(IMPUTATION),
    .constant = balance_constants,
    .phase = {{nominal, BALANCE_NOMINAL},
              {propensity_ahead, BALANCE_PROPENSITY, &lookahead},
              {balanced_everywhere, BALANCE_WEIGHT_ALL},
              {balanced, BALANCE_WEIGHT},
              {weighted, BALANCE_PREDICTION}},
    .source = READ_AUTHORS_CODE,
    .differs =
        "propensity learned and corrected by a look-ahead; weights have mean 1; the imputation is a label",
};
