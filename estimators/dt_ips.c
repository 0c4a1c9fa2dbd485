/* Disentangled inverse propensity scoring: the propensity sees what moves conversions and, through embeddings
 * of its own, what moves clicks alone. ICDE 2024 (DT-IPS). Read: haoxuanli-pku/ICDE24-MNAR real_world
 * matrix_factorization_DT.py and DT-IPS.py; the paper was not read. Nothing is stopped there: a live 1/p in
 * the risk raises p on badly predicted clicks, which `stop_propensity` keeps it from. It needs a cause of
 * clicks that is none of conversions, such as placement.click of simulated worlds. */
#include "estimators/shared/disentangled.h"

static const Constant constants[] = {
    [ALPHA] = {"alpha", 0.5, 0, 1e6, "weight of the click loss"},
    [BETA] = {"beta", 1e-3, 0, 1e6, "weight of what keeps the two sets of embeddings apart and small"},
    [NORMALISED] = {"normalised", 0, 0, 1, "1: the overlap of embeddings is a mean over rows, not a sum"},
    [STOP_PROPENSITY] = {"stop_propensity", 0, 0, 1, "1: the weighted risk does not move the propensity"},
    {0},
};

static Var loss(Pass *s)
{
    Var propensity_loss = disentangled_propensity(s);
    Var e = bce(logit(s, CVR, O), conversions(s, O));

    return add(mean(mul(e, disentangled_weight(s))), propensity_loss);
}

const Estimator dt_ips = {
    .name = "dt_ips",
    .family = FAMILY_PROPENSITY,
    .year = 2024,
    .summary = "inverse propensity with a p that adds to logit c what moves clicks alone",
    .cite = "the disentangled methods of haoxuanli-pku/ICDE24-MNAR, ICDE 2024",
    .follows = "multi_ipw",
    .idea = "Clicks have causes of their own. A second set of embeddings carries what moves clicks alone, "
            "and is kept apart from those of conversions.",
    .formula = "sum_O e / clip(p) / |O| + alpha mean_D l(o, p) + beta [ R(D) + R(O) ]\n"
               "logit p = logit c + b,  p live\n"
               "R(X) = sum over categorical columns of mean[ (A' B)^2 ] + mean[ A^2 and B^2 ]\n"
               "A and B the embeddings of the nets of c and b, of the rows of X",
    .assumes = "There is a cause of clicks that is none of conversions, and what else moves clicks adds to "
               "the logit of c.",
    .fails = "A live weight lowers the loss by raising p where the prediction is bad. A' B is a sum over "
             "rows, so that beta depends on the size of the batch.",
    .net = {HEAD(CVR), HEAD(CLICK_OFFSET)},
    .constant = constants,
    .phase = {{loss}},
    .source = READ_AUTHORS_CODE,
    .differs = "one optimiser and L2 for both nets; the two start at the rates of conversions and clicks",
};
