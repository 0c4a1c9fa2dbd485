/* Kernel balancing, doubly robust: see kb_ips. Li, Zheng, Xiao, Wu, Geng, Chen and Cui, ICLR 2024. Read:
 * haoxuanli-pku/ICLR24-Kernel-Balancing matrix_factorization_coat.py, where l(m, c) on clicks has no weight
 * and m and c stand in each other's place in the loss of the imputation. */
#include "estimators/shared/kernel_balance.h"

/* e - l(m, c) over O, c held fixed. */
static Var gap(Pass *s)
{
    Var c = stop(logit(s, CVR, O));

    return sub(bce(c, conversions(s, O)), bce(c, pseudo_label(s, O)));
}

static Var weight(Pass *s)
{
    return kernel_balance(s, stop(gap(s)));
}

static Var prediction(Pass *s)
{
    Var c = logit(s, CVR, D), c_clicked = logit(s, CVR, O);
    Var e_hat = bce(c, stop(pseudo_label(s, D))), e_hat_clicked = bce(c_clicked, stop(pseudo_label(s, O)));
    Var missing = sub(bce(c_clicked, conversions(s, O)), e_hat_clicked);

    return add(mean(mul(stop(kernel_weight(s)), missing)), mean(e_hat));
}

static Var imputation(Pass *s)
{
    return mean(mul(stop(kernel_weight(s)), square(gap(s))));
}

const Estimator kb_dr = {
    .name = "kb_dr",
    .family = FAMILY_PROPENSITY,
    .year = 2024,
    .summary = "doubly robust with weights that balance kernel functions at a few anchors",
    .cite = "Li, Zheng, Xiao, Wu, Geng, Chen and Cui, Kernel-based causal balancing, ICLR 2024",
    .follows = "kb_ips",
    .idea = "It is the doubly robust form of kb_ips: balanced weights correct imputed errors.",
    .formula = "weights:    that of kb_ips, whose anchors follow e - l(m, c)\n"
               "prediction: mean_O sg(w) [ e - l(sg m, c) ] + mean_D l(sg m, c)\n"
               "imputation: mean_O sg(w) [ l(r, sg c) - l(m, sg c) ]^2",
    .assumes = "Imputed errors are right, or what they miss is nearly a function of the kernel at the "
               "anchors. Clicks depend on nothing but the features.",
    .fails = "With weights near 1 the correction is that of the clicks as they are, so that a wrong "
             "imputation is corrected where clicks are and not elsewhere.",
    .needs = NEEDS_PROPENSITY,
    .net = {HEAD(CVR), HEAD(WEIGHT), HEAD(SECOND_IMPUTATION), HEAD(IMPUTATION)},
    .labels = HEAD(SECOND_IMPUTATION) | HEAD(IMPUTATION),
    .constant = kernel_balance_constants,
    .phase = {{kernel_features, KERNEL_FEATURES},
              {weight, KERNEL_WEIGHT, .stage = 1},
              {prediction, KERNEL_PREDICTION, .stage = 1},
              {imputation, KERNEL_IMPUTATION, .stage = 1}},
    .source = READ_AUTHORS_CODE,
    .differs = "as kb_ips; the whole correction on clicks has the weight, and e_hat is l(m, c) in both steps",
};
