/* Stable doubly robust learning: a self-normalised risk, doubly robust through a propensity that balances the
 * imputed errors, sum_D (1 - o/p)(e_hat - mean e_hat) = 0. Li, Zheng and Wu, ICLR 2023. Read: a stored
 * copy of Stable-DR, taken to be that of haoxuanli-pku/ICDE24-MNAR real_world, where the balance, of weight
 * 1, moves one number, the smoothing of a naive Bayes propensity, and the propensity's own loss that number
 * too. Here p0 is learned by its click loss and the one number shifts its logit. `balance_moves_network` lets
 * the balance move all of p. */
#include "estimators/backbones/shift.h"
#include "estimators/core/estimator.h"
#include "estimators/shared/two_model.h"

enum { PROPENSITY_NET = 1 << 2, SHIFT_NET = 1 << 3 };

enum { BALANCE_MOVES_NETWORK, ETA };
static const Constant constants[] = {
    {"balance_moves_network", 0, 0, 1, "1: the balance moves the whole propensity, not one number"},
    {"eta", 0.01, 0, 1e6, "weight of the balance, times |B|, where it moves the whole propensity"},
    {0},
};

/* p = sigmoid(sg(logit p0) + g), or p0 itself where the balance moves it. */
static Var balanced_propensity(Pass *s, Space space)
{
    if (is_on(s, BALANCE_MOVES_NETWORK))
        return clipped(s, live_propensity(s, space));
    return clipped(s, sigmoid(add(propensity_logit(s, space), logit(s, RESIDUAL_P, space))));
}

static Var propensity_model(Pass *s)
{
    Var click = mean(bce(logit(s, CTR, D), clicks(s)));
    Var e_hat = stop(bce(logit(s, CVR, D), pseudo_label(s, D)));
    Var centred = shift(e_hat, -mean(e_hat)->value[0]);
    Var p = balanced_propensity(s, D);

    Var imbalance = square(mean(mul(one_minus(divide(clicks(s), p)), centred)));
    if (is_on(s, BALANCE_MOVES_NETWORK))
        imbalance = scale(imbalance, constant(s, ETA) * weight_of(e_hat));
    return add(click, imbalance);
}

static Var weight(Pass *s)
{
    return stop(reciprocal(balanced_propensity(s, O)));
}

static Var prediction(Pass *s)
{
    return weighted_mean(weight(s), bce(logit(s, CVR, O), conversions(s, O)));
}

static Var imputation(Pass *s)
{
    return imputation_risk(s, weight(s));
}

const Estimator stable_dr = {
    .name = "stable_dr",
    .family = FAMILY_PROPENSITY,
    .year = 2023,
    .summary = "self-normalised risk with propensities that balance the imputed errors",
    .cite = "Li, Zheng and Wu, StableDR: stabilized doubly robust learning, ICLR 2023",
    .follows = "dr_jl",
    .idea = "The imputed errors choose the propensity: weighted clicks must give them the mean that they "
            "have over all exposures. The risk itself is that of snips, which is doubly robust with such a "
            "propensity.",
    .formula = "propensity: mean_D l(o, p0) + ( mean_D (1 - o/p) (e_hat - mean_D e_hat) )^2\n"
               "prediction: wmean_O(sg(1/p), e)\n"
               "imputation: sum_O sg(1/p) [ l(r, sg c) - l(m, sg c) ]^2 / |B|\n"
               "p = clip(sigmoid(sg(logit p0) + g)),  e_hat = sg l(m, c)",
    .assumes = "Propensities are right but for a shift of their logits, or imputed errors are right. Clicks "
               "depend on nothing but what both know.",
    .fails = "One number g balances one function of the features and no other. With an imputation that is "
             "wrong it fails where snips fails.",
    .net = {HEAD(CVR), HEAD(IMPUTATION), HEAD(CTR), HEAD(RESIDUAL_P)},
    .labels = HEAD(IMPUTATION),
    .own = {NULL, NULL, NULL, &shift_backbone},
    .constant = constants,
    .phase = {{propensity_model, PROPENSITY_NET | SHIFT_NET},
              {prediction, PREDICTION_NET},
              {imputation, IMPUTATION_NET}},
    .source = READ_AUTHORS_CODE,
    .differs = "the number that the balance moves shifts the logit of a learned propensity in place of "
               "smoothing naive Bayes",
};
