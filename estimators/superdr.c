/* Super-population doubly robust learning: imputed errors are corrected by eps (o - p), eps one number.
 * NeurIPS 2025 (SuperDR). Read: the paper, whose formulas are pictures; its code is not public. As printed, c
 * does not see eps but by way of the imputation, which is fitted to errors less the correction, and with p
 * right and imputed errors wrong the risk has the expectation mean e - eps mean(1 - p): it is not unbiased
 * where dr_jl is. eps has steps and a learning rate of its own, after those of the imputation; `closed_form`
 * takes the best eps of each batch, and `squared` squares the errors as tdr does, so that eps reaches c. */
#include "estimators/backbones/shift.h"
#include "estimators/core/estimator.h"
#include "estimators/shared/two_model.h"

enum { EPS_NET = 1 << 2 };

enum { EPS_RATE, CLOSED_FORM, SQUARED };
static const Constant constants[] = {
    {"eps_rate", 100, 0, 1e6, "learning rate of eps over that of the models"},
    {"closed_form", 0, 0, 1, "1: eps is the best of each batch, not learned"},
    {"squared", 0, 0, 1, "1: the risk is that of squared errors, which eps moves the prediction in"},
    {0},
};

/* sum_O (1-p)/p (e - e_hat) / sum_O (1-p)^2/p, no gradient; 0 where that is nothing. */
static float best_eps(Pass *s)
{
    Var p = propensity(s, O);
    Var gap = stop(imputation_gap(s));
    float above_line = sum(divide(mul(one_minus(p), gap), p))->value[0];
    float below_line = sum(divide(square(one_minus(p)), p))->value[0];

    return below_line == 0 ? 0 : above_line / below_line;
}

/* e~ - e_hat = eps x, where x = o - p~ over the rows of a space; live eps where it is learned. */
static Var correction(Pass *s, Space space, Var x)
{
    if (is_on(s, CLOSED_FORM))
        return scale(x, best_eps(s));
    return mul(logit(s, RESIDUAL_E, space), x);
}

static Var prediction(Pass *s)
{
    Var c = logit(s, CVR, D), c_clicked = logit(s, CVR, O);
    Var e = bce(c_clicked, conversions(s, O));
    Var p = propensity(s, D), p_clicked = propensity(s, O);
    Var e_hat = bce(c, stop(pseudo_label(s, D))), e_hat_clicked = bce(c_clicked, stop(pseudo_label(s, O)));
    Var corrected = add(e_hat, stop(correction(s, D, sub(clicks(s), p))));
    Var corrected_clicked = add(e_hat_clicked, stop(correction(s, O, one_minus(p_clicked))));
    if (is_on(s, SQUARED)) {
        e = square(e);
        corrected = square(corrected);
        corrected_clicked = square(corrected_clicked);
    }

    return add(per_exposure(s, mul(sub(e, corrected_clicked), inverse_propensity(s, O))), mean(corrected));
}

static Var imputation(Pass *s)
{
    Var miss = sub(imputation_gap(s), correction(s, O, one_minus(propensity(s, O))));

    return per_exposure(s, mul(inverse_propensity(s, O), square(miss)));
}

const Estimator superdr = {
    .name = "superdr",
    .family = FAMILY_PROPENSITY,
    .year = 2025,
    .summary = "dr_jl with imputed errors corrected along o - p, whose risk is biased where p alone is right",
    .cite = "Unveiling extraneous sampling bias with data missing-not-at-random, NeurIPS 2025",
    .follows = "dr_jl",
    .idea = "As in tdr one number corrects the imputed errors, here along o - p and in every step. It has "
            "steps and a learning rate of its own.",
    .formula =
        "prediction: mean_D e~ + sum_O (e - e~) / p~ / |B|,  e~ = l(sg m, c) + sg(eps) (o - p~)\n"
        "imputation: sum_O [ l(r, sg c) - l(m, sg c) - eps (1 - p~) ]^2 / p~ / |B|,  for m, then for eps",
    .assumes = "The imputation is right, so that eps is near 0.",
    .fails = "With right propensities its risk has the expectation mean_D e - eps mean_D (1 - p): where the "
             "imputation is wrong it is biased, and dr_jl is not. eps moves the prediction by way of the "
             "imputation alone.",
    .needs = NEEDS_PROPENSITY,
    .net = {HEAD(CVR), HEAD(IMPUTATION), HEAD(RESIDUAL_E)},
    .labels = HEAD(IMPUTATION),
    .own = {NULL, NULL, &shift_backbone},
    .constant = constants,
    .phase = {{prediction, PREDICTION_NET},
              {imputation, IMPUTATION_NET},
              {imputation, EPS_NET, .rate = "eps_rate"}},
    .source = READ_PAPER,
    .differs =
        "embeddings are learned with the rest, not taken from a factorisation; given or fitted propensities, "
        "clipped",
};
