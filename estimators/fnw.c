/* Fake-negative weighting: every click enters at once as a negative, and every conversion again when it
 * comes; rows of the stream are weighted to the true distribution. */
#include "estimators/core/estimator.h"
#include "estimators/shared/delayed.h"

static const StreamRule rule = {.entry = ENTRY_CLICK, .again = AGAIN_DELAYED};

/* mean_O l(r, c) with the weights 1 + c where r is 1 and (1-c)(1+c) where it is 0, c without gradient. */
static Var stream_loss(Pass *s)
{
    Var c = stop(sigmoid(logit(s, CVR, O)));
    Var of_one = shift(c, 1);

    return delayed_weighted(s, of_one, mul(one_minus(c), of_one));
}

const Estimator fnw = {
    .name = "fnw",
    .family = FAMILY_DELAYED,
    .year = 2019,
    .summary = "clicks as negatives at once, conversions again when they come, weighted by importance",
    .cite = "Ktena, Tejani, Theis, Myana, Dilipkumar, Huszar, Yoo and Shi, Addressing delayed feedback, "
            "RecSys 2019",
    .follows = "delay_vanilla",
    .idea = "Every click is a negative at once, and a conversion enters again when it comes. Weights undo "
            "the false negatives.",
    .formula = "mean_O w l(r, c),  w = 1 + c where r = 1, else (1 - c) (1 + c)\n"
               "a click enters at s with 0; a conversion again, with 1, when it comes",
    .assumes = "c is nearly right, as the weights are made of it, and rates hardly change while conversions "
               "are awaited.",
    .fails = "A wrong c makes wrong weights. Where rates drift, conversions that enter are those of earlier "
             "clicks.",
    .source = READ_PUBLIC_CODE,
    .needs = NEEDS_DELAYS,
    .net = {HEAD(CVR)},
    .stream = &rule,
    .phase = {{.loss = delayed_conversion}, {.loss = stream_loss, .stage = 1}},
};
