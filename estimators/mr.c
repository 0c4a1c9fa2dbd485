/* Multiple robust learning: several propensities and several imputations, of which it is enough that one is
 * right. Li, Dai, Li, Lyu, Dong, Zhou and Wu, AAAI 2023 (MR). Read: the proof of Theorem 1, of the value
 * alone; the way it is learned by was not to be read, and what is here is ours. With u the candidates of a
 * row, 1/p~ of two propensities and l(m, c) of two imputations, the value mean_D u'eta, eta the regression of
 * e on u over clicks, is also sum_O omega e with weights that give each u its mean over D. The second
 * propensity is a logistic regression and the second imputation has the weights of mrdr. */
#include "estimators/backbones/logistic.h"
#include "estimators/core/estimator.h"
#include "estimators/shared/positive_system.h"
#include "estimators/shared/two_model.h"

enum { SECOND_IMPUTATION_NET = 1 << 2, SECOND_PROPENSITY_NET = 1 << 3 };

enum { IMPUTED, RIDGE };
static const Constant constants[] = {
    {"imputed", 0, 0, 1,
     "1: the doubly robust risk with the regression of errors on the candidates; 0: the weights"},
    {"ridge", 1e-3, 0, 1, "of the regression, over the mean square of each candidate"},
    {0},
};

/* The candidates of the rows of a space, no gradient. */
enum { CANDIDATES = 4 };
typedef struct Candidates {
    Var u[CANDIDATES];
} Candidates;

static Candidates candidates(Pass *s, Space space)
{
    Candidates of;
    Var c = stop(logit(s, CVR, space));
    Var p = stop(sigmoid(logit(s, SECOND_CTR, space)));
    Var m = stop(pseudo_label(s, space)), second = stop(sigmoid(logit(s, SECOND_IMPUTATION, space)));
    of.u[0] = inverse_propensity(s, space);
    of.u[1] = reciprocal(clipped(s, p));
    of.u[2] = bce(c, m);
    of.u[3] = bce(c, second);
    return of;
}

/* sum_O a b, rows by their weights. */
static double sum_of_products(const Node *a, const Node *b)
{
    double total = 0;
    for (int i = 0; i < a->rows; i++)
        total += (a->row_weight ? (double)a->row_weight[i] : 1) * (double)a->value[i] * (double)b->value[i];
    return total;
}

/* x = A^-1 b, A = sum_O u u' with the ridge on its diagonal; all 0 where clicks do not decide it. */
static void regress(Pass *s, const Candidates *clicked, double x[CANDIDATES])
{
    double a[CANDIDATES * CANDIDATES] = {0};
    for (int j = 0; j < CANDIDATES; j++) {
        for (int k = 0; k <= j; k++)
            a[j * CANDIDATES + k] = sum_of_products(clicked->u[j], clicked->u[k]);
        a[j * CANDIDATES + j] *= 1 + (double)constant(s, RIDGE);
    }
    positive_system_solve(CANDIDATES, a, x);
}

/* omega over O, no gradient: x'u with x = A^-1 mean_D u. */
static Var balancing_weights(Pass *s)
{
    double x[CANDIDATES];
    Candidates everywhere = candidates(s, D), clicked = candidates(s, O);
    for (int k = 0; k < CANDIDATES; k++)
        x[k] = (double)mean(everywhere.u[k])->value[0];
    regress(s, &clicked, x);
    Var omega = scale(clicked.u[0], (float)x[0]);
    for (int k = 1; k < CANDIDATES; k++)
        omega = add(omega, scale(clicked.u[k], (float)x[k]));
    return omega;
}

/* i = eta'u of the rows of a space, the imputed errors with c live. */
static Var regressed_errors(Pass *s, Space space, const Candidates *of, const double eta[CANDIDATES])
{
    Var c = logit(s, CVR, space);
    Var first = bce(c, stop(pseudo_label(s, space)));
    Var second = bce(c, stop(sigmoid(logit(s, SECOND_IMPUTATION, space))));
    Var weights = add(scale(of->u[0], (float)eta[0]), scale(of->u[1], (float)eta[1]));

    return add(weights, add(scale(first, (float)eta[2]), scale(second, (float)eta[3])));
}

static Var doubly_robust(Pass *s)
{
    double eta[CANDIDATES] = {0};
    Candidates everywhere = candidates(s, D), clicked = candidates(s, O);
    Var e = bce(logit(s, CVR, O), conversions(s, O));
    for (int k = 0; k < CANDIDATES; k++)
        eta[k] = sum_of_products(clicked.u[k], e);
    regress(s, &clicked, eta);
    Var imputed = regressed_errors(s, D, &everywhere, eta);
    Var gap = sub(e, regressed_errors(s, O, &clicked, eta));

    return add(per_exposure(s, mul(gap, inverse_propensity(s, O))), mean(imputed));
}

static Var prediction(Pass *s)
{
    if (is_on(s, IMPUTED))
        return doubly_robust(s);
    Var omega = balancing_weights(s);

    return sum(mul(omega, bce(logit(s, CVR, O), conversions(s, O))));
}

static Var imputation(Pass *s)
{
    return imputation_risk(s, inverse_propensity(s, O));
}

static Var second_imputation(Pass *s)
{
    Var c = stop(logit(s, CVR, O));
    Var m = sigmoid(logit(s, SECOND_IMPUTATION, O));
    Var gap = sub(bce(c, conversions(s, O)), bce(c, m));

    return per_exposure(s, mul(variance_weight(s), square(gap)));
}

static Var second_propensity(Pass *s)
{
    return mean(bce(logit(s, SECOND_CTR, D), clicks(s)));
}

const Estimator mr = {
    .name = "mr",
    .family = FAMILY_PROPENSITY,
    .year = 2023,
    .summary = "two propensities and two imputations, of which one has to be right",
    .cite = "Li, Dai, Li, Lyu, Dong, Zhou and Wu, Multiple robust learning for recommendation, AAAI 2023",
    .follows = "dr_jl",
    .idea = "Two propensities and two imputations are candidates. Clicks get weights that give each "
            "candidate the mean that it has over all exposures.",
    .formula = "prediction: sum_O omega e,  omega = u' A^-1 mean_D u\n"
               "propensity: mean_D l(o, p2)\n"
               "imputations: of m that of dr_jl, of m2 that of mrdr\n"
               "u = (1/p~, 1/clip(p2), l(m, c), l(m2, c)), without gradient\n"
               "A = sum_O u u' with its diagonal times 1 + ridge",
    .assumes = "One of the four models is right, and clicks depend on nothing but what it knows.",
    .fails = "Weights may be negative, and push predictions away from such labels. Candidates that are "
             "nearly alike leave the weights to the ridge.",
    .needs = NEEDS_PROPENSITY,
    .net = {HEAD(CVR), HEAD(IMPUTATION), HEAD(SECOND_IMPUTATION), HEAD(SECOND_CTR)},
    .labels = HEAD(IMPUTATION) | HEAD(SECOND_IMPUTATION),
    .own = {NULL, NULL, NULL, &logistic_backbone},
    .constant = constants,
    .phase = {{prediction, PREDICTION_NET},
              {imputation, IMPUTATION_NET},
              {second_imputation, SECOND_IMPUTATION_NET},
              {second_propensity, SECOND_PROPENSITY_NET}},
    .source = READ_PAPER,
    .differs = "the value is the paper's, the way it is learned by ours; a ridge that is relative to each "
               "candidate",
};
