/* Targeted doubly robust learning: dr_jl, whose last prediction steps correct the imputed errors along
 * d0 = 1/p~ - 1 by eps = sum_O d0 (e - e_hat) / sum_O d0^2, with which the doubly robust value and that of
 * the imputed errors alone are the same number. Li, Lyu, Zheng and Wu, ICLR 2023 (TDR). Read: TDR-JL of
 * haoxuanli-pku/ICDE24-MNAR real_world/TDR_based.py, whose one targeted step comes after dr_jl has converged,
 * has squares, so that the correction has a gradient through e_hat, and a part over clicks that is not
 * divided by p. Added without squares, a correction that is stopped would train as dr_jl. Squares of cross
 * entropy are no proper score: many targeted steps end far from the truth.
 * `collaborative` is the other form of the paper, from memory and an abstract, since no public code has it:
 * every prediction step is targeted, with an eps of its own batch, after an imputation step each. */
#include "estimators/core/estimator.h"
#include "estimators/shared/two_model.h"

enum { TARGETED_STEPS, COLLABORATIVE };
static const Constant constants[] = {
    {"targeted_steps", 1, 0, 1e6, "targeted steps of the prediction at the end; 0 is dr_jl"},
    {"collaborative", 0, 0, 1, "1: every step of the prediction is targeted"},
    {0},
};

static Var imputation(Pass *s)
{
    return imputation_risk(s, inverse_propensity(s, O));
}

/* sum x y / sum y^2, no gradient; 0 where y is. */
static float slope_along(Var x, Var y)
{
    float squares = sum(square(y))->value[0];

    return squares == 0 ? 0 : sum(mul(x, y))->value[0] / squares;
}

static Var targeted(Pass *s)
{
    Var r_hat = logit(s, CVR, D), r_hat_clicked = logit(s, CVR, O);
    Var e_hat = bce(r_hat, stop(pseudo_label(s, D)));
    Var e_hat_clicked = bce(r_hat_clicked, stop(pseudo_label(s, O)));
    Var e = bce(r_hat_clicked, conversions(s, O));
    Var w = inverse_propensity(s, O);

    float eps = slope_along(sub(e, e_hat_clicked), shift(w, -1));
    Var corrected = add(e_hat, scale(shift(inverse_propensity(s, D), -1), eps));
    Var corrected_clicked = add(e_hat_clicked, scale(shift(w, -1), eps));
    Var gap = sub(square(e), square(corrected_clicked));
    return add(per_exposure(s, mul(w, gap)), mean(square(corrected)));
}

static Var prediction(Pass *s)
{
    return is_on(s, COLLABORATIVE) ? targeted(s) : doubly_robust_risk(s);
}

const Estimator tdr = {
    .name = "tdr",
    .family = FAMILY_PROPENSITY,
    .year = 2023,
    .summary = "doubly robust, with imputed errors corrected along 1/p - 1 in its last step",
    .cite = "Li, Lyu, Zheng and Wu, TDR-CL: targeted doubly robust collaborative learning, ICLR 2023",
    .follows = "dr_jl",
    .idea = "In the last steps one number eps moves the imputed errors along 1/p - 1, so that the doubly "
            "robust value and that of imputation alone are the same.",
    .formula =
        "dr_jl to its end, then targeted_steps of\n"
        "prediction: sum_O (e^2 - e_d^2) / p~ / |B| + mean_D e_d^2,  e_d = l(sg m, c) + eps (1/p~ - 1)\n"
        "eps = sum_O (1/p~ - 1) [ e - l(m, c) ] / sum_O (1/p~ - 1)^2",
    .assumes = "What dr_jl assumes.",
    .fails = "One step changes little: on Coat it cannot be told from dr_jl (experiments/coat_tuned). The "
             "square of a cross-entropy is no proper score, so that many steps end far from the truth.",
    .needs = NEEDS_PROPENSITY,
    .net = {HEAD(CVR), HEAD(IMPUTATION)},
    .labels = HEAD(IMPUTATION),
    .constant = constants,
    .phase = {{prediction, PREDICTION_NET},
              {imputation, IMPUTATION_NET},
              {targeted, PREDICTION_NET, .stage = 1}},
    .last_steps = "targeted_steps",
    .source = READ_AUTHORS_CODE,
    .differs =
        "imputed errors on clicks are divided by p, as in the paper; given or fitted propensities; the "
        "collaborative form is from memory",
    .from_memory = "collaborative",
};
