/* Entire-space variational information: a teacher of t over all exposures, which sees the features crossed
 * with p, labels the non-clicks of c, and linear maps of the last two hidden layers of c are to be its own.
 * AAAI 2025 (EVI). Read: q1179897215/EVI src/models/evi.py and configs/model/evi_model.yaml; the paper was
 * not read. There the experts are 8 of width 256 with dropout .3, towers are 128-64-32, embeddings are 5 wide
 * and dense columns together have one; weight decay is 1e-6, training one epoch, p is clipped to [.001,
 * .999], and the risk has the weight of the click loss, .2, in place of the one that is configured, .5. The
 * variance of the layers is computed once and never learned. As the teacher learns t it gives p c: its labels
 * are low by the factor p, and c ends below the truth. `teacher_on_clicks` teaches it r of clicks. */
#include "estimators/core/estimator.h"

enum { MAPS = 2 }; /* hidden layers that are held against the teacher's */

enum { CLICK, RISK, UNCLICKED, TEACHER, CTCVR, INFORMATION, LEARNED_VARIANCE, TEACHER_ON_CLICKS };
static const Constant constants[] = {
    {"click_weight", 0.2, 0, 1000, "weight of the click loss"},
    {"risk_weight", 0.5, 0, 1000, "weight of the CVR risk; 0.2 in the code, whatever is configured"},
    {"unclicked_weight", 1, 0, 1000, "weight of the non-clicks, which the teacher labels, in that risk"},
    {"teacher_weight", 0.2, 0, 1000, "weight of the loss of the teacher"},
    {"ctcvr_weight", 0.1, 0, 1000, "weight of the CTCVR loss over every exposure"},
    {"information_weight", 0.8, 0, 1000, "weight of the distance of hidden layers from the teacher's"},
    {"learned_variance", 0, 0, 1, "1: the variances in that distance are learned, one a column"},
    {"teacher_on_clicks", 0, 0, 1, "1: the teacher learns r of clicks, not t of exposures"},
    {0},
};

/* [ sum_O l(r, c)/p~ + unclicked_weight sum_N l(sg(p_t), c)/(1-p)~ ] / |B| */
static Var risk(Pass *s)
{
    Var e = bce(logit(s, CVR, O), conversions(s, O));
    Var seen = per_exposure(s, mul(e, inverse_propensity(s, O)));
    if (!is_on(s, UNCLICKED))
        return seen;
    Var label = stop(pseudo_label(s, N));
    Var labelled = bce(logit(s, CVR, N), label);
    Var unseen = sum(mul(labelled, inverse_complement(s, N)));

    return add(seen, scale(unseen, constant(s, UNCLICKED) / weight_of(clicks(s))));
}

/* mean l(t, p_t), or sum_O l(r, p_t) / |B| */
static Var teacher(Pass *s)
{
    Var p_t = logit(s, IMPUTATION, D);
    if (is_on(s, TEACHER_ON_CLICKS))
        return per_exposure(s, bce(logit(s, IMPUTATION, O), conversions(s, O)));
    return mean(bce(p_t, ctcvr_labels(s)));
}

/* s^2 = softplus(5 + a) + 1e-3, and a is learned, from 0 on, or stays there. */
static Var variance(Pass *s, Var h, int back)
{
    Var a = column_numbers(s, h, back);

    return shift(softplus(shift(is_on(s, LEARNED_VARIANCE) ? a : stop(a), 5)), 1e-3F);
}

/* mean [log s^2 + (h_t - W h - b)^2 / s^2] / 2 of a layer of c and of the teacher's; NULL where there is
 * none. */
static Var layer_distance(Pass *s, int back)
{
    Var h_t = hidden_layer(s, IMPUTATION, D, back), h = hidden_layer(s, CVR, D, back);
    if (!h_t || !h)
        return NULL;
    Var apart = square(sub(h_t, mapped(s, h, back)));
    Var s2 = variance(s, h, back);

    return scale(mean(add(logarithm(s2), divide(apart, s2))), 0.5F);
}

static Var loss(Pass *s)
{
    Var p = logit(s, CTR, D);
    Var c = logit(s, CVR, D);

    Var taught = teacher(s); /* before the risk, which wants a part of its labels */
    Var click = scale(mean(bce(p, clicks(s))), constant(s, CLICK));
    Var global = scale(mean(bce(logit_and(p, c), ctcvr_labels(s))), constant(s, CTCVR));
    Var total = add(click, add(scale(risk(s), constant(s, RISK)), global));
    if (is_on(s, TEACHER))
        total = add(total, scale(taught, constant(s, TEACHER)));
    for (int back = 0; back < MAPS && is_on(s, INFORMATION); back++) {
        Var distance = layer_distance(s, back);
        if (distance)
            total = add(total, scale(distance, constant(s, INFORMATION)));
    }
    return total;
}

const Estimator evi = {
    .name = "evi",
    .family = FAMILY_COUNTERFACTUAL,
    .year = 2025,
    .summary = "non-clicks labelled by a teacher of all exposures, whose hidden layers c is to predict",
    .cite = "EVI: entire-space variational information, AAAI 2025",
    .follows = "escm2_ips",
    .idea =
        "Clicks are weighed as in escm2_ips, and what was not clicked gets labels of a teacher that learns "
        "from all exposures. The CVR tower also has to predict the teacher's hidden layers.",
    .formula =
        "click_weight mean_D l(o, p) + ctcvr_weight mean_D l(t, p c) + teacher_weight mean_D l(t, p_t)\n"
        "+ risk_weight [ sum_O e / p~ + unclicked_weight sum_N l(sg p_t, c) / (1-p)~ ] / |B|\n"
        "+ information_weight sum_k mean_D [ log s^2 + (h_t - W h)^2 / s^2 ] / 2",
    .assumes =
        "What escm2_ips assumes, and that the teacher knows the rate of conversion of unclicked exposures.",
    .fails = "The teacher learns p c, not c, so that its labels are low by the factor p: the risk alone has "
             "the limit q (1 + p) / 2. With teacher_on_clicks they are not, and it has the limit q.",
    .backbone = "mmoe",
    .net = {HEAD(CTR) | HEAD(CVR), HEAD(IMPUTATION)},
    .labels_of_all = HEAD(IMPUTATION),
    .crossed = 1 << 1,
    .maps = MAPS,
    .constant = constants,
    .phase = {{loss}},
    .source = READ_AUTHORS_CODE,
    .differs =
        "sizes are those of the backbone, without dropout, and propensities are clipped as elsewhere; the "
        "paper was not read",
};
