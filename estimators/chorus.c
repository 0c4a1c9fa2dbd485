/* ChorusCVR: beside c = P(conversion | click) a tower of u = P(no conversion | click), which must agree with
 * it. By an account of two re-implementations that quote the paper's equation numbers (3, 4, 7, 9, 10); there
 * is no code of the authors, and the paper was not read. They leave p live in the weights and have no click
 * loss; here p is stopped there, and learned by `click_weight` l(o, p). With `align` and `negative` 0 and
 * `batch` 1 this is escm2_ips. */
#include "estimators/core/estimator.h"

enum { CLICK_WEIGHT, NEGATIVE, ALIGN, BATCH };
static const Constant constants[] = {
    {"click_weight", 1, 0, 1000, "weight of the click loss; public code has none"},
    {"negative", 1, 0, 1000, "weight of the losses of u, the probability of no conversion"},
    {"align", 1, 0, 1000, "weight of the agreement of c and 1 - u"},
    {"batch", 0, 0, 1, "1: risks over clicks and non-clicks are means over the batch, not over their space"},
    {0},
};

/* A mean over O of a term, or over the batch. */
static Var risk_over_clicks(Pass *s, Var x)
{
    return is_on(s, BATCH) ? per_exposure(s, x) : mean(x);
}

/* A = l(sg(1-u), c) + l(sg(1-c), u). The head IMPUTATION is 1 - u, which r of clicks is a label of. */
static Var disagreement(Pass *s, Space space)
{
    Var c = logit(s, CVR, space);
    Var not_u = logit(s, IMPUTATION, space);
    Var of_c = bce(c, stop(pseudo_label(s, space)));

    return add(of_c, bce(not_u, stop(sigmoid(c))));
}

/* mean_O A/p~ + mean_N A/(1-p)~ */
static Var alignment(Pass *s)
{
    Var seen = risk_over_clicks(s, mul(disagreement(s, O), inverse_propensity(s, O)));
    Var unseen = mul(disagreement(s, N), inverse_complement(s, N));
    if (!is_on(s, BATCH))
        return add(seen, mean(unseen));
    return add(seen, scale(sum(unseen), 1 / weight_of(clicks(s))));
}

/* mean l(o (1-r), p u) + mean_O l(1-r, u)/p~ */
static Var negative_risk(Pass *s)
{
    Var p = logit(s, CTR, D);
    Var u = scale(logit(s, IMPUTATION, D), -1);
    Var unconverted = sub(clicks(s), ctcvr_labels(s));
    Var global = mean(bce(logit_and(p, u), unconverted));
    Var e = bce(logit(s, IMPUTATION, O), conversions(s, O));

    return add(global, risk_over_clicks(s, mul(e, inverse_propensity(s, O))));
}

static Var loss(Pass *s)
{
    Var p = logit(s, CTR, D);
    Var c = logit(s, CVR, D);
    Var e = bce(logit(s, CVR, O), conversions(s, O));

    Var click = scale(mean(bce(p, clicks(s))), constant(s, CLICK_WEIGHT));
    Var risk = risk_over_clicks(s, mul(e, inverse_propensity(s, O)));
    Var total = add(click, add(risk, mean(bce(logit_and(p, c), ctcvr_labels(s)))));
    if (is_on(s, NEGATIVE))
        total = add(total, scale(negative_risk(s), constant(s, NEGATIVE)));
    if (is_on(s, ALIGN))
        total = add(total, scale(alignment(s), constant(s, ALIGN)));
    return total;
}

const Estimator chorus = {
    .name = "chorus",
    .family = FAMILY_COUNTERFACTUAL,
    .year = 2025,
    .summary = "conversion and non-conversion towers over the whole space, which must agree",
    .cite = "ChorusCVR: chorus supervision for entire space post-click conversion rate modeling, 2025",
    .follows = "escm2_ips",
    .idea = "A second tower u learns that a click does not convert, a label that is frequent where "
            "conversions are rare. The two towers must agree over the whole space.",
    .formula = "click_weight mean_D l(o, p) + mean_D l(t, p c) + mean_O e / p~\n"
               "+ negative [ mean_D l(o (1-r), p u) + mean_O l(1-r, u) / p~ ]\n"
               "+ align [ mean_O A / p~ + mean_N A / (1-p)~ ],  A = l(sg(1-u), c) + l(sg(1-c), u)",
    .assumes = "What escm2_ips assumes.",
    .fails = "Agreement brings no outcome: on unclicked exposures the towers agree on what clicks have "
             "taught them. A mean over O of e/p is larger than the risk by |B|/|O|, so that where clicks are "
             "rare it outweighs the other parts; `batch` 1 undoes that.",
    .backbone = "shared_bottom",
    .net = {HEAD(CTR) | HEAD(CVR) | HEAD(IMPUTATION)},
    .labels = HEAD(IMPUTATION),
    .constant = constants,
    .phase = {{loss}},
    .source = READ_PUBLIC_CODE,
    .differs =
        "p is stopped in the weights and has a loss of its own; somebody else's code, the paper was not read",
};
