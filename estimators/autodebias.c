/* AutoDebias: weights and imputed labels meta-learned on the unbiased sample. Chen, Dong, Qiu, He, Xin, Chen,
 * Lin and Yang, SIGIR 2021, section 4. w1 = exp(lin(user, item, r) / 5) on O, w2 = exp(lin(user, item, o) /
 * 5) and m = sigmoid(lin(o, o r)) on D: a label each for what is unseen, seen 0 and seen 1. Read:
 * DongHande/AutoDebias train_explicit.py, on squared errors and sums, m a tanh for labels of +-1, the weights
 * still for the first 20 epochs. That the m of train_implicit.py sees o alone (`states` 2) is by account;
 * that file was not read. Both sums here are over |B|. */
#include "estimators/backbones/label_effects.h"
#include "estimators/core/estimator.h"
#include "estimators/shared/residual.h"

static const Constant constants[] = {
    {"lambda", 0.01, 0, 1e6, "weight of the imputed labels; the published code has 0.01 to 1"},
    {"lookahead_rate", 0.1, 0, 100, "step size of the look-ahead of the prediction model"},
    {"states", 3, 2, 3, "of an imputed label: 3 for unseen, seen 0 and seen 1, 2 for unseen and seen"},
    {0},
};
enum { LAMBDA, LOOKAHEAD_RATE, STATES };
enum { PREDICTION = 1 << 0, META = 1 << 1 };

static Var w1(Pass *s)
{
    return exponential(scale(logit(s, WEIGHT, O), 0.2F));
}

static Var w2(Pass *s)
{
    return exponential(scale(logit(s, WEIGHT_ALL, D), 0.2F));
}

static Var m(Pass *s)
{
    Var of_click = pseudo_label_logit(s, D);

    return sigmoid(constant(s, STATES) > 2 ? add(of_click, logit(s, RESIDUAL_E, D)) : of_click);
}

/* sum_O w1 e / |B| + lambda sum_D w2 e_hat / |B| */
static Var weighted(Pass *s, Var v1, Var e, Var v2, Var e_hat)
{
    return add(per_exposure(s, mul(v1, e)), scale(mean(mul(v2, e_hat)), constant(s, LAMBDA)));
}

/* l(r, c) */
static Var error(Pass *s)
{
    return bce(logit(s, CVR, O), conversions(s, O));
}

/* l(m, c) = l(0, c) + m (-logit c): linear in m, so that a look-ahead reaches m as it does a weight. */
static Var error_of_none(Pass *s)
{
    return softplus(logit(s, CVR, D));
}

static Var error_of_more(Pass *s)
{
    return scale(logit(s, CVR, D), -1);
}

static Var prediction(Pass *s)
{
    Var e_hat = bce(logit(s, CVR, D), stop(m(s)));

    return weighted(s, stop(w1(s)), error(s), stop(w2(s)), e_hat);
}

/* The risk on U after a step on the prediction's loss, to first order in w1, w2 and m. */
static Var meta(Pass *s)
{
    Var d_hat = add(lookahead_slope(s, error_of_none), mul(m(s), lookahead_slope(s, error_of_more)));

    return weighted(s, w1(s), lookahead_slope(s, error), w2(s), d_hat);
}

static const Lookahead lookahead = {.step = prediction, .risk = unbiased_risk, .rate = LOOKAHEAD_RATE};

const Estimator autodebias = {
    .name = "autodebias",
    .family = FAMILY_CONFOUNDING,
    .year = 2021,
    .summary = "weights of clicks and exposures and imputed labels, meta-learned on the unbiased sample",
    .cite = "Chen, Dong, Qiu, He, Xin, Chen, Lin and Yang, AutoDebias, SIGIR 2021",
    .follows = "naive",
    .idea = "Weights of clicks, weights of all exposures and imputed labels have few parameters, and are "
            "moved such that a step of the prediction lowers the risk on the unbiased sample.",
    .formula = "meta:       sum_O w1 A(e) / |B| + lambda mean_D w2 [ A(l(0, c)) + m A(-logit c) ]\n"
               "prediction: sum_O sg(w1) e / |B| + lambda mean_D sg(w2) l(sg m, c)\n"
               "A(x) = the change of mean_U l(r, c), by the weight of x in a trial step of c",
    .assumes = "Some items were shown at random, and bias is one of users, items and observed labels.",
    .fails = "Weights know the user, the item and the label, and nothing of the other features. It looks one "
             "small step ahead, and not to the end of training. On Coat its gain over combine cannot be told "
             "from chance (experiments/coat_tuned).",
    .needs = NEEDS_UNBIASED,
    .net = {HEAD(CVR), HEAD(WEIGHT) | HEAD(WEIGHT_ALL) | HEAD(IMPUTATION) | HEAD(RESIDUAL_E)},
    .own = {NULL, &label_effects},
    .constant = constants,
    .phase = {{meta, META, &lookahead}, {prediction, PREDICTION}},
    .source = READ_AUTHORS_CODE,
    .differs =
        "cross entropy and labels in (0, 1) in place of squares and +-1; all models move from the start",
};
