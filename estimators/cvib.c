/* Counterfactual variational information bottleneck: naive, predictions on clicks and over D that agree in
 * the mean, and no overconfidence. Wang, Chen, Wen, Huang, Kuruoglu and Zheng, NeurIPS 2020. Read:
 * RyanWangZf/CVIB-Rec matrix_factorization.py (MF_VITA), whose agreement is of single rows with a softmax
 * over the batch; the mean predictions of both spaces are the paper's, as METHODS gives them. */
#include "estimators/core/estimator.h"

enum { ALPHA, GAMMA };
static const Constant constants[] = {
    {"alpha", 0.1, 0, 1000, "weight of the cross entropy between the mean predictions on O and over D"},
    {"gamma", 0.01, 0, 1000, "weight of mean_O(c log c)"},
    {0},
};

static Var loss(Pass *s)
{
    Var c = logit(s, CVR, O);
    Var m_clicked = mean(sigmoid(c)), m = mean(sigmoid(logit(s, CVR, D)));
    float alpha = c->rows ? constant(s, ALPHA) : 0; /* no clicks, no mean to agree with */

    Var agree =
        scale(add(mul(m_clicked, logarithm(m)), mul(one_minus(m_clicked), logarithm(one_minus(m)))), -1);
    Var log_c = scale(softplus(scale(c, -1)), -1);
    Var confidence = mean(mul(sigmoid(c), log_c));
    return add(mean(bce(c, conversions(s, O))),
               add(scale(agree, alpha), scale(confidence, constant(s, GAMMA))));
}

const Estimator cvib = {
    .name = "cvib",
    .family = FAMILY_PROPENSITY,
    .year = 2020,
    .summary = "naive whose mean predictions on clicks and over all exposures must agree",
    .cite = "Wang, Chen, Wen, Huang, Kuruoglu and Zheng, Information theoretic counterfactual learning, "
            "NeurIPS 2020",
    .net = {HEAD(CVR)},
    .constant = constants,
    .phase = {{loss}},
    .source = READ_AUTHORS_CODE,
    .differs = "mean predictions of both spaces agree, as METHODS has the paper; the code takes single rows",
};
