/* Fake-negative calibration: on the stream of fnw, without weights, the model learns b = c / (1 + c), from
 * which c follows. */
#include "estimators/core/estimator.h"
#include "estimators/shared/delayed.h"

static const StreamRule rule = {.entry = ENTRY_CLICK, .again = AGAIN_DELAYED};

/* Before the stream: its rows all at once, that is mean_O l(0, b) + r l(1, b). */
static Var closed_loss(Pass *s)
{
    Var z = logit(s, CVR, O);
    Var r = conversions(s, O);
    Var as_none = softplus(z);                  /* l(0, b) */
    Var as_conversion = softplus(scale(z, -1)); /* l(1, b) */

    return mean(add(as_none, mul(r, as_conversion)));
}

/* min(1, b / (1-b)), of which the quotient is the exponential of the logit. */
static Var predict(Pass *s)
{
    return exponential(clamp_max(logit(s, CVR, D), 0));
}

const Estimator fnc = {
    .name = "fnc",
    .family = FAMILY_DELAYED,
    .year = 2019,
    .summary = "the stream of fnw without weights, whose known bias is undone in the prediction",
    .cite = "Ktena, Tejani, Theis, Myana, Dilipkumar, Huszar, Yoo and Shi, Addressing delayed feedback, "
            "RecSys 2019",
    .follows = "fnw",
    .idea = "On the stream of fnw a plain loss learns b = p_r / (1 + p_r), which is solved for p_r when "
            "predicting.",
    .formula = "mean_O l(r, b);  predicts min(1, b / (1 - b))\n"
               "before the stream: mean_O [ l(0, b) + r l(1, b) ]",
    .assumes =
        "Each conversion has entered once as a negative: rates hardly change while conversions are awaited.",
    .fails = "An error of b is up to four times as large in the prediction. Where rates drift, conversions "
             "that enter are those of earlier clicks.",
    .source = READ_PUBLIC_CODE,
    .differs = "predictions are at most 1, and the model before the stream is one of b too",
    .needs = NEEDS_DELAYS,
    .net = {HEAD(CVR)},
    .stream = &rule,
    .predict = predict,
    .phase = {{.loss = closed_loss}, {.loss = delayed_conversion, .stage = 1}},
};
