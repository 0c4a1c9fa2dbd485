/* Direct dual propensity optimisation: a conversion model q of clicks labels the non-clicks, and softens the
 * labels of clicks. Su, Meng, Zhu, Lu and Li, SIGIR 2024, eq. 9, 10, 15 and 18. Read: TL-UESTC/DDPO main.py
 * and models/ddpo_ccp.py. Weights of each space sum to 1 and the sums are divided by the batch once more, so
 * that with risk_weight 1 the debiasing term is 1/|B| of a mean: such a ddpo is esmm with a conversion head
 * beside it. The code's clip at 15 acts on batches without clicks alone, and is left out. */
#include "estimators/core/estimator.h"

enum { CLICK_WEIGHT, LABEL_WEIGHT, RISK_WEIGHT, CTCVR_WEIGHT };
static const Constant constants[] = {
    {"click_weight", 1, 0, 1e6, "weight of the click loss"},
    {"label_weight", 1, 0, 1e6, "weight of the loss of the labelling model q on clicks"},
    {"risk_weight", 1, 0, 1e6, "weight of the CVR risk; the paper tunes 1e-4 to 5"},
    {"ctcvr_weight", 1, 0, 1e6, "weight of the CTCVR loss over every exposure"},
    {0},
};

/* 1 / max(p, 1e-6), stopped, neither clipped nor distorted. */
static Var inverse(Var p)
{
    return stop(reciprocal(clamp_min(p, 1e-6F)));
}

static Var loss(Pass *s)
{
    Var p = logit(s, CTR, D);
    Var c = logit(s, CVR, D);
    Var q_logit = logit(s, IMPUTATION, D);
    Var r = conversions(s, O);
    Var q_clicked = stop(pseudo_label(s, O)), q_other = stop(pseudo_label(s, N));

    Var click = mean(bce(p, clicks(s)));
    Var global = mean(bce(logit_and(p, c), ctcvr_labels(s)));
    Var labeller = per_exposure(s, bce(logit(s, IMPUTATION, O), r));
    Var soft = add(r, mul(one_minus(r), q_clicked));
    Var clicked = weighted_mean(inverse(live_propensity(s, O)), bce(logit(s, CVR, O), soft));
    Var others = weighted_mean(inverse(one_minus(live_propensity(s, N))), bce(logit(s, CVR, N), q_other));
    Var risk = scale(add(clicked, others), 1 / weight_of(q_logit));
    return add(add(scale(click, constant(s, CLICK_WEIGHT)), scale(global, constant(s, CTCVR_WEIGHT))),
               add(scale(labeller, constant(s, LABEL_WEIGHT)), scale(risk, constant(s, RISK_WEIGHT))));
}

const Estimator ddpo = {
    .name = "ddpo",
    .family = FAMILY_COUNTERFACTUAL,
    .year = 2024,
    .summary = "CVR weighted by 1/p on clicks and by 1/(1-p) on non-clicks, with soft labels on both",
    .cite = "Su, Meng, Zhu, Lu and Li, Direct dual propensity optimization, SIGIR 2024",
    .follows = "dcmt",
    .idea = "Conversions of clicks are weighted by 1/p and those of unclicked exposures by 1/(1-p). Where "
            "they have no label, a model m of clicks gives one, and it softens the labels of clicks.",
    .formula = "click_weight mean_D l(o, p) + label_weight sum_O l(r, m) / |B| + risk_weight R\n"
               "+ ctcvr_weight mean_D l(t, p c),  R = (R_O + R_N) / |B|\n"
               "R_O = wmean_O(1 / max(p, 1e-6), l(r + (1-r) sg m, c))\n"
               "R_N = wmean_N(1 / max(1-p, 1e-6), l(sg m, c))",
    .assumes = "Labels of a model of clicks are right on unclicked exposures, and clicks depend on nothing "
               "but the features.",
    .fails = "m learns q, so that labels carry the bias of naive, and a softened label of a click is above "
             "q. R is divided by the batch once more: unless risk_weight is large, it is esmm with a "
             "conversion head beside it.",
    .net = {HEAD(CTR) | HEAD(CVR) | HEAD(IMPUTATION)},
    .labels = HEAD(IMPUTATION),
    .constant = constants,
    .phase = {{loss}},
    .source = READ_AUTHORS_CODE,
    .differs = "no attention between the towers (.002 of AUC in the paper's ablation), no dropout",
};
