/* The dual form of delayed feedback, as the NetCVR code has it: two sub-streams, clicks after an observation
 * window and clicks whose label is known for good. In both a negative counts as both labels. */
#include "estimators/core/estimator.h"
#include "estimators/shared/delayed.h"

static const Constant constants[] = {
    {"observation", 0.25, 0.01, 100000, "hours that a click is observed for before it is trained on"},
    {0},
};

static const StreamRule rule = {.entry = ENTRY_OBSERVED, .again = AGAIN_DELAYED | AGAIN_NEGATIVE};

/* Of a negative the share z has the label 0 when it is first seen, and 1 - c + f when it is known for good;
 * the rest has the label 1. */
static Var stream_loss(Pass *s)
{
    Var r = conversions(s, O);
    Var c = stop(sigmoid(logit(s, CVR, O)));
    Var again = of_kind(s, STREAM_NEGATIVE);
    Var known = clamp_max(add(one_minus(c), delayed_positive(s)), 1);
    Var share = add(mul(again, known), mul(one_minus(again), real_negative(s)));
    Var label = add(r, mul(one_minus(r), one_minus(share)));

    return mean(bce(logit(s, CVR, O), label));
}

const Estimator ddfm = {
    .name = "ddfm",
    .family = FAMILY_DELAYED,
    .year = 2026,
    .summary = "clicks after a short wait, and all but those seen to convert again, negatives as both labels",
    .cite = "DDFM as in the NetCVR code, WWW 2026",
    .follows = "defer",
    .idea = "As in defer, negatives enter again when they are known, and as in defuse, a negative counts as "
            "both labels. Weights are all 1.",
    .formula = "mean_O l(y, c)\n"
               "y = 1 where r = 1;  1 - z of a first negative;  max(c - f, 0) of one that enters again\n"
               "a click enters at s + w_o; a later conversion again when it comes, a negative at s + w_a",
    .assumes = "f and z, learned before the stream, still hold on it, and c is nearly right, as labels are "
               "made of it.",
    .fails = "A negative that is known for good still gets c - f of the other label, which only the true f "
             "and c make right. Where delays drift, f and z are of the past.",
    .source = READ_ACCOUNT,
    .differs = "real negatives enter again when their window has closed, which the code does not wait for",
    .needs = NEEDS_DELAYS,
    .net = {HEAD(CVR), HEAD(DELAYED_POSITIVE) | HEAD(REAL_NEGATIVE)},
    .constant = constants,
    .stream = &rule,
    .phase = {{.loss = delayed_conversion, .moves = 1 << 0},
              {.loss = delayed_auxiliary, .moves = 1 << 1},
              {.loss = stream_loss, .moves = 1 << 0, .stage = 1}},
};
