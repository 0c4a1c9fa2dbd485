/* Direct entire-space causal multi-task model without self-normalisation: its risks divide by |B|. Zhu,
 * Zhong, Yang, Jin, Gao, Chen, Zhang, Zhang and Wang, ICDE 2023. Read: Hjh233/NISE torch_rechub
 * trainers/mtl_trainer.py and models/multi_task/dcmt.py, with three separate towers and p not clipped. */
#include "estimators/core/estimator.h"

enum { WEIGHT_OF_RISKS, PRIOR };
static const Constant constants[] = {
    {"weight", 1, 0, 1000, "weight of the factual and counterfactual risks"},
    {"prior", 1e-3, 0, 1000, "weight of |1 - (c + c')| inside them"},
    {0},
};

static Var loss(Pass *s)
{
    Var p = logit(s, CTR, D);
    Var c = logit(s, CVR, D);
    Var c_other = logit(s, COUNTERFACTUAL, D);
    Var e = bce(logit(s, CVR, O), conversions(s, O));
    Var e_other = softplus(scale(c_other, -1)); /* l(1, c') */
    Var w_other = mul(one_minus(clicks(s)), inverse_complement(s, D));

    Var click = mean(bce(p, clicks(s)));
    Var factual = per_exposure(s, mul(inverse_propensity(s, O), e));
    Var counterfactual = mean(mul(w_other, e_other));
    Var prior = mean(absolute(one_minus(add(sigmoid(c), sigmoid(c_other)))));
    Var global = mean(bce(logit_and(p, c), ctcvr_labels(s)));
    Var risk = add(add(factual, counterfactual), scale(prior, constant(s, PRIOR)));
    return add(click, add(scale(risk, constant(s, WEIGHT_OF_RISKS)), global));
}

const Estimator dcmt_plain = {
    .name = "dcmt_plain",
    .family = FAMILY_COUNTERFACTUAL,
    .year = 2023,
    .summary = "dcmt with inverse propensity weights that are not normalised by their sums",
    .cite = "Zhu, Zhong, Yang, Jin, Gao, Chen, Zhang, Zhang and Wang, DCMT, ICDE 2023",
    .follows = "dcmt",
    .idea = "It is dcmt with weights that are not divided by their sums, as in public code.",
    .formula = "mean_D l(o, p) + weight R + mean_D l(t, p c)\n"
               "R = sum_O e / p~ / |B| + sum_N l(1, c') / (1-p)~ / |B| + prior mean_D |1 - (c + c')|",
    .assumes = "What dcmt assumes, and propensities that are right in level.",
    .fails = "It fails where dcmt fails. In PAPERS its error cannot be told from that of dcmt.",
    .net = {HEAD(CTR) | HEAD(CVR) | HEAD(COUNTERFACTUAL)},
    .constant = constants,
    .phase = {{loss}},
    .source = READ_PUBLIC_CODE,
    .differs = "twin heads share their first layer; propensities clipped",
};
