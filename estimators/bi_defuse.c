/* The two-head form of defuse: conversions within the observation window, whose labels are true when a click
 * enters, and later ones, of which an observed click is one by the chance that the head itself gives. */
#include "estimators/core/estimator.h"
#include "estimators/shared/delayed.h"

static const Constant constants[] = {
    {"observation", 0.25, 0.01, 100000, "hours that a click is observed for before it is trained on"},
    {0},
};

static const StreamRule rule = {.entry = ENTRY_OBSERVED, .again = AGAIN_DELAYED};

/* Before the stream: mean_O l(1{d <= w_o}, c_in) + l(1{d > w_o}, c_out), c_in of the CVR head. */
static Var closed_loss(Pass *s)
{
    Var in = bce(logit(s, CVR, O), seen_early(s));
    Var out = delayed_positive_loss(s);

    return add(mean(in), out);
}

/* c_in learns from the rows of clicks that enter, by their mean. For c_out a conversion that came later has
 * the label 1, and a click that enters counts as both: y^2 l(1, c_out) + (1-y) (1+y) l(0, c_out), y = c_out
 * without gradient. */
static Var stream_loss(Pass *s)
{
    Var first = of_kind(s, STREAM_FIRST);
    Var in = weighted_mean(first, bce(logit(s, CVR, O), conversions(s, O)));
    Var a = logit(s, DELAYED_POSITIVE, O);
    Var of_one = mul(first, square(stop(sigmoid(a))));
    Var of_zero = sub(first, of_one);
    Var as_one = mul(add(one_minus(first), of_one), softplus(scale(a, -1)));
    Var as_zero = mul(of_zero, softplus(a));

    return add(in, mean(add(as_one, as_zero)));
}

/* min(1, c_in + c_out). */
static Var predict(Pass *s)
{
    Var in = sigmoid(logit(s, CVR, D));
    Var out = sigmoid(logit(s, DELAYED_POSITIVE, D));

    return clamp_max(add(in, out), 1);
}

const Estimator bi_defuse = {
    .name = "bi_defuse",
    .family = FAMILY_DELAYED,
    .year = 2022,
    .summary = "the stream of defuse with a head for conversions in time and one for those that come later",
    .cite = "Chen, Jin, Zhao, Wang, Liu, Xu and Zheng, Asymptotically unbiased estimation, WWW 2022",
    .follows = "defuse",
    .idea = "One head learns the conversions within the wait, whose labels are true when a click enters, and "
            "another the later ones. Their sum is the CVR.",
    .formula = "mean over first rows of l(r, c_in)\n"
               "+ mean_O of: y^2 l(1, c_out) + (1-y) (1+y) l(0, c_out), y = sg c_out, on first rows;\n"
               "  l(1, c_out) on later conversions\n"
               "predicts min(1, c_in + c_out)\n"
               "before the stream: mean_O [ l(1{d <= w_o}, c_in) + l(1{d > w_o}, c_out) ]",
    .assumes = "c_out is nearly right, as its labels are made of it.",
    .fails = "Labels of late conversions are its own predictions, so that an error of c_out corrects itself "
             "by late conversions alone. Where rates drift, these are of earlier clicks.",
    .source = READ_AUTHORS_CODE,
    .differs = "the heads share the layers of the backbone, in place of experts mixed by attention",
    .needs = NEEDS_DELAYS,
    .net = {HEAD(CVR) | HEAD(DELAYED_POSITIVE)},
    .constant = constants,
    .stream = &rule,
    .predict = predict,
    .phase = {{.loss = closed_loss}, {.loss = stream_loss, .stage = 1}},
};
