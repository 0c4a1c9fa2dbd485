/* Uncertainty-regularised knowledge distillation: a teacher learned on clicks, with a representation that
 * does not tell clicks from non-clicks, labels the non-clicks of a student of two heads, which are trusted
 * where the heads agree. Xu, Wei, Zhang, Liu, Wang and Zheng, WWW 2022. Read: the account of METHODS; no code
 * was found to hold it against. The teacher is trained to its end before the student starts, all epochs each.
 */
#include "estimators/core/estimator.h"

enum { STUDENT_NET = 1 << 0, TEACHER_NET = 1 << 1 };

enum { REVERSAL };
static const Constant constants[] = {
    {"reversal", 1, 0, 1000, "strength of the reversed gradient of the click discriminator"},
    {0},
};

static Var teacher(Pass *s)
{
    Var m = logit(s, IMPUTATION, O);
    Var d = gradient_reversal(s, DISCRIMINATOR, D, constant(s, REVERSAL));

    return add(mean(bce(m, conversions(s, O))), mean(bce(d, clicks(s))));
}

/* The mean of both heads' losses. */
static Var both(Pass *s, Space space, Var label)
{
    return scale(add(bce(logit(s, CVR, space), label), bce(logit(s, COUNTERFACTUAL, space), label)), 0.5F);
}

static Var student(Pass *s)
{
    Var c = logit(s, CVR, D), c_other = logit(s, COUNTERFACTUAL, D);
    Var m = stop(pseudo_label(s, D));
    Var kl = sub(bce(c_other, sigmoid(c)), bce(c, sigmoid(c))); /* KL(c || c') */
    Var trust = exponential(scale(kl, -1));

    Var clicked = per_exposure(s, both(s, O, conversions(s, O)));
    Var distilled = add(mul(trust, both(s, D, m)), kl);
    return add(clicked, mean(mul(one_minus(clicks(s)), distilled)));
}

const Estimator ukd = {
    .name = "ukd",
    .family = FAMILY_COUNTERFACTUAL,
    .year = 2022,
    .summary = "non-clicks labelled by a click-adaptive teacher, trusted where two student heads agree",
    .cite = "Xu, Wei, Zhang, Liu, Wang and Zheng, Uncertainty-regularized knowledge distillation, WWW 2022",
    .follows = "naive",
    .idea = "A teacher learns from clicks, with features from which clicks cannot be told, and labels the "
            "unclicked exposures. Two student heads learn from the labels, which are trusted where the heads "
            "agree.",
    .formula = "teacher: mean_O l(r, m) + mean_D l(o, d),  d with a reversed gradient\n"
               "student: sum_O both(r) / |B| + sum_N [ exp(-KL) both(sg m) + KL ] / |B|\n"
               "both(y) = [ l(y, c) + l(y, c') ] / 2,  KL = l(c, c') - l(c, c)",
    .assumes = "What moves clicks is not needed to predict conversions, and heads that agree are right.",
    .fails = "To hide clicks is to hide also what moves both clicks and conversions. The teacher learns from "
             "clicks alone, and a hidden confounder stays. Two heads that learn from the same labels may "
             "agree on what is wrong.",
    .net = {HEAD(CVR) | HEAD(COUNTERFACTUAL), HEAD(IMPUTATION) | HEAD(DISCRIMINATOR)},
    .labels = HEAD(COUNTERFACTUAL) | HEAD(IMPUTATION),
    .constant = constants,
    .phase = {{teacher, TEACHER_NET}, {student, STUDENT_NET, .stage = 1}},
    .source = READ_ACCOUNT,
    .differs = "not verified against code or paper",
};
