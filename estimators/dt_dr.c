/* Disentangled doubly robust learning: see dt_ips. ICDE 2024 (DT-DR). Read: haoxuanli-pku/ICDE24-MNAR
 * real_world matrix_factorization_DT.py and DT-DR.py; the paper was not read. One loss, nothing is stopped: m
 * is live in the risk, and c and p are in the loss of the imputation, as in the code. A live c there pulls
 * predictions towards 1/2, since the expectation of a squared error of labels holds their variance. */
#include "estimators/shared/disentangled.h"

enum { THETA = DISENTANGLED_CONSTANTS, IMPUTATION_MOVES_PREDICTION };
static const Constant constants[] = {
    [ALPHA] = {"alpha", 0.5, 0, 1e6, "weight of the click loss"},
    [BETA] = {"beta", 1e-5, 0, 1e6, "weight of what keeps the two sets of embeddings apart and small"},
    [NORMALISED] = {"normalised", 0, 0, 1, "1: the overlap of embeddings is a mean over rows, not a sum"},
    [STOP_PROPENSITY] = {"stop_propensity", 0, 0, 1, "1: the weighted risk does not move the propensity"},
    [THETA] = {"theta", 1, 0, 1e6, "weight of the loss of the imputation"},
    [IMPUTATION_MOVES_PREDICTION] = {"imputation_moves_prediction", 1, 0, 1,
                                     "0: the loss of the imputation moves neither c nor p"},
    {0},
};

static Var loss(Pass *s)
{
    Var propensity_loss = disentangled_propensity(s);
    Var c = logit(s, CVR, D), c_clicked = logit(s, CVR, O);
    Var e_hat = bce(c, pseudo_label(s, D));
    Var r = conversions(s, O), m = pseudo_label(s, O);
    Var gap = sub(bce(c_clicked, r), bce(c_clicked, m));
    Var w = disentangled_weight(s);
    bool joint = is_on(s, IMPUTATION_MOVES_PREDICTION);
    Var seen = joint ? c_clicked : stop(c_clicked);
    Var miss = sub(bce(seen, r), bce(seen, m));

    Var risk = add(per_exposure(s, mul(w, gap)), mean(e_hat));
    Var imputation = mean(mul(joint ? w : stop(w), square(miss)));
    return add(add(risk, scale(imputation, constant(s, THETA))), propensity_loss);
}

const Estimator dt_dr = {
    .name = "dt_dr",
    .family = FAMILY_PROPENSITY,
    .year = 2024,
    .summary = "doubly robust with a p that adds to logit c what moves clicks alone",
    .cite = "the disentangled methods of haoxuanli-pku/ICDE24-MNAR, ICDE 2024",
    .follows = "dt_ips",
    .idea = "It is dt_ips with a doubly robust risk. One loss moves all models, and nothing is stopped.",
    .formula = "sum_O gap / clip(p) / |B| + mean_D l(m, c) + theta sum_O gap^2 / clip(p) / |O|\n"
               "+ alpha mean_D l(o, p) + beta [ R(D) + R(O) ],  gap = e - l(m, c),  p and R as in dt_ips",
    .assumes = "What dt_ips assumes, or imputed errors that are right.",
    .fails = "The expectation of gap^2 holds the variance of the labels, which pulls c towards 1/2: where "
             "conversions are rare, predictions come out far too high. `imputation_moves_prediction` 0 keeps "
             "it from that.",
    .net = {HEAD(CVR), HEAD(CLICK_OFFSET), HEAD(IMPUTATION)},
    .labels = HEAD(IMPUTATION),
    .constant = constants,
    .phase = {{loss}},
    .source = READ_AUTHORS_CODE,
    .differs = "one optimiser and L2 for the three nets, which start at the rates of what they learn",
};
