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
    .follows = "naive",
    .idea = "Without propensities, it asks that predictions on clicks and over all exposures agree in the "
            "mean, and a small term works against too much confidence.",
    .formula = "mean_O l(r, c) + alpha [ -c_O log c_D - (1 - c_O) log(1 - c_D) ] + gamma mean_O c log c\n"
               "c_O = mean_O c,  c_D = mean_D c",
    .assumes = "Clicks convert about as often as all exposures would.",
    .fails =
        "Where clicks convert more often, agreement is wrong. Means that agree cost their entropy, which is "
        "least at 0: where conversions are rare it lowers all predictions, whether or not they are too high.",
    .net = {HEAD(CVR)},
    .constant = constants,
    .phase = {{loss}},
    .source = READ_AUTHORS_CODE,
    .differs = "mean predictions of both spaces agree, as METHODS has the paper; the code takes single rows",
};
