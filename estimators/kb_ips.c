/* Kernel balancing: weights of clicks that balance the functions of a kernel which matter. Li, Zheng, Xiao,
 * Wu, Geng, Chen and Cui, ICLR 2024 (RKB, WKB and AKB by `anchors`). Read:
 * haoxuanli-pku/ICLR24-Kernel-Balancing matrix_factorization_coat.py, whose imbalances add up inside the
 * bracket, so that those of opposite signs cancel, whose scaling of features has a slip of precedence, and
 * whose anchors are chosen by coefficients of places in the batch; the paper was not read. */
#include "estimators/shared/kernel_balance.h"

static Var weight(Pass *s)
{
    Var e = bce(stop(logit(s, CVR, O)), conversions(s, O));

    return kernel_balance(s, e);
}

static Var prediction(Pass *s)
{
    return mean(mul(stop(kernel_weight(s)), bce(logit(s, CVR, O), conversions(s, O))));
}

const Estimator kb_ips = {
    .name = "kb_ips",
    .family = FAMILY_PROPENSITY,
    .year = 2024,
    .summary = "weights of clicks that balance kernel functions at a few anchors, in place of 1/p",
    .cite = "Li, Zheng, Xiao, Wu, Geng, Chen and Cui, Kernel-based causal balancing, ICLR 2024",
    .follows = "ips",
    .idea = "Weights are to make clicks look like all exposures in the functions that matter, so they are "
            "learned to do just that, and no propensity is inverted.",
    .formula = "weights:    mean_O w log w + gamma sum_j [ max(h_D - h_O - C, 0) + max(h_O - h_D - C, 0) ]\n"
               "prediction: mean_O sg(w) e,  w = exp(g)\n"
               "h_D = mean_D k(x_j, .),  h_O = mean_O w k(x_j, .),  x_j three anchors,  C = slack",
    .assumes = "The errors are nearly functions of the kernel at the anchors, and clicks depend on nothing "
               "but the features.",
    .fails = "Where features are close together the kernel is close to 1, and the anchors ask for a mean "
             "weight of 1 and little more: it is then near naive.",
    .needs = NEEDS_PROPENSITY,
    .net = {HEAD(CVR), HEAD(WEIGHT), HEAD(SECOND_IMPUTATION)},
    .labels = HEAD(SECOND_IMPUTATION),
    .constant = kernel_balance_constants,
    .phase = {{kernel_features, KERNEL_FEATURES},
              {weight, KERNEL_WEIGHT, .stage = 1},
              {prediction, KERNEL_PREDICTION, .stage = 1}},
    .source = READ_AUTHORS_CODE,
    .differs = "imbalances count one by one; anchors by a system with a ridge on up to 256 rows of a batch; "
               "weights start "
               "at 1, without label-dependent propensities",
};
