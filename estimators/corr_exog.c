/* Correlated exogenous variables, KDD 2025: a selection model with a binary outcome, o = 1{g_o(x) + e_o > 0}
 * and r = 1{g_r(x) + e_r > 0} with standard normal errors of correlation rho = tanh(v), after Heckman; so it
 * needs no unbiased sample under a hidden confounder that is normal. Read:
 * WallaceSUI/kdd25-background-variable new_model.py (MF_BV_Multi_bin_JL_G), which takes P(o=1, r) by fixed
 * Monte-Carlo draws a pair, whose steps alternate after a fit of g_o alone, and which predicts sigmoid(g_r)
 * though the model says Phi(g_r). Here P is an integral, all is one likelihood unless `alternate`, and
 * nothing is fitted before. */
#include "estimators/backbones/shift.h"
#include "estimators/core/estimator.h"

enum { WEIGHT_OF_LIKELIHOOD, ALTERNATE, SIGMOID, RHO };
static const Constant constants[] = {
    {"weight", 1, 0, 1,
     "weight of the likelihood of clicks, the rest that of cross entropy; the code .4 to .8"},
    {"alternate", 0, 0, 1, "1: steps of conversions with clicks held fixed and the other way round"},
    {"sigmoid", 0, 0, 1, "1: predicts sigmoid(g_r), as published, in place of Phi(g_r)"},
    {"rho", 2, -0.99, 2, "correlation of the errors; above 1: it is learned"},
    {0},
};
enum { CLICK_NET = 1 << 0, CONVERSION_NET = 1 << 1, CORRELATION_NET = 1 << 2 };

/* g of a head: its logit on the scale of a probit, where sigmoid(z) is nearly Phi(g), so that heads start at
 * their rates. */
static Var probit(Pass *s, Head head, Space space)
{
    const float probit_of_logit = 0.62665707F; /* sqrt(pi / 8) */

    return scale(logit(s, head, space), probit_of_logit);
}

/* rho over O. */
static Var correlation(Pass *s)
{
    Var tanh_v = shift(scale(sigmoid(scale(logit(s, RESIDUAL_E, O), 2)), 2), -1);
    const float rho = constant(s, RHO), most = 0.99F;
    if (rho <= 1)
        return shift(scale(tanh_v, 0), rho);
    return clamp_min(clamp_max(tanh_v, most), -most);
}

static Var minus_log(Var probability)
{
    return scale(logarithm(clamp_min(probability, 1e-5F)), -1);
}

/* -log P(o=1, r) over O: P11 is Phi2(g_o, g_r; rho), and P10 = Phi2(g_o, -g_r; -rho). */
static Var clicked_term(Pass *s, Var g_o, Var g_r)
{
    Var sign = shift(scale(conversions(s, O), 2), -1);
    Var rho = correlation(s);

    return minus_log(joint_normal_probability(g_o, mul(g_r, sign), mul(rho, sign)));
}

/* The same, with what there is of cross entropy. */
static Var clicked_loss(Pass *s, Var g_o, Var g_r)
{
    const float weight = constant(s, WEIGHT_OF_LIKELIHOOD);
    Var likelihood = scale(clicked_term(s, g_o, g_r), weight);

    return add(likelihood, scale(bce(g_r, conversions(s, O)), 1 - weight));
}

/* -sum_N log P(o=0) / |B|. */
static Var unclicked_loss(Pass *s)
{
    Var none = minus_log(normal_probability(scale(probit(s, CTR, D), -1)));

    return mean(mul(one_minus(clicks(s)), none));
}

static Var joint_likelihood(Pass *s)
{
    Var unclicked = unclicked_loss(s);
    Var g_o = probit(s, CTR, O);

    return add(unclicked, per_exposure(s, clicked_loss(s, g_o, probit(s, CVR, O))));
}

static Var conversion_step(Pass *s)
{
    Var g_o = stop(probit(s, CTR, O));

    return mean(clicked_loss(s, g_o, probit(s, CVR, O)));
}

static Var click_step(Pass *s)
{
    Var unclicked = unclicked_loss(s);
    Var g_r = stop(probit(s, CVR, O));

    return add(unclicked, per_exposure(s, clicked_term(s, probit(s, CTR, O), g_r)));
}

static Var predict(Pass *s)
{
    Var g_r = probit(s, CVR, D);

    return is_on(s, SIGMOID) ? sigmoid(g_r) : normal_probability(g_r);
}

const Estimator corr_exog = {
    .name = "corr_exog",
    .family = FAMILY_CONFOUNDING,
    .year = 2025,
    .summary = "clicks and conversions as two probits with correlated errors, by likelihood",
    .cite = "Correlated exogenous variables in recommendation, KDD 2025; after Heckman, Econometrica 1979",
    .idea = "Clicks and conversions are two probits whose errors are correlated, which is what a normal "
            "confounder does to them. The likelihood of both finds the correlation, and needs no unbiased "
            "sample.",
    .formula = "sum_O clicked / |B| - sum_N log Phi(-g_o) / |B|;  predicts Phi(g_r)\n"
               "clicked = -weight [ r log P11 + (1-r) log P10 ] + (1 - weight) l(r, sigmoid(g_r))\n"
               "P11 = Phi2(g_o, g_r; rho),  P10 = Phi(g_o) - P11,  rho = tanh(v)",
    .assumes = "Errors are normal and links are probits. A cause of clicks that is none of conversions tells "
               "of the correlation; without one the form alone does.",
    .fails = "Where nothing moves clicks alone, a wrong form gives a wrong correlation. Of a world of logits "
             "it is an approximation.",
    .net = {HEAD(CTR), HEAD(CVR), HEAD(RESIDUAL_E)},
    .own = {NULL, NULL, &shift_backbone},
    .constant = constants,
    .phase = {{joint_likelihood, .unless = "alternate"},
              {conversion_step, CONVERSION_NET | CORRELATION_NET, .only = "alternate"},
              {click_step, CLICK_NET | CORRELATION_NET, .only = "alternate"}},
    .predict = predict,
    .source = READ_AUTHORS_CODE,
    .differs =
        "one likelihood in place of alternating steps, exact in place of Monte Carlo, predicts Phi(g_r); "
        "no fit of g_o before",
};
