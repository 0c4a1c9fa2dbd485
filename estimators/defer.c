/* Delayed feedback with real negatives: clicks after an observation window, and all of them again when their
 * label is known for good, so that fresh rows do not distort what features the model sees. */
#include "estimators/core/estimator.h"
#include "estimators/shared/delayed.h"

enum { OBSERVATION, DUPLICATE_IMMEDIATE };
static const Constant constants[] = {
    {"observation", 0.25, 0.01, 100000, "hours that a click is observed for before it is trained on"},
    {"duplicate_immediate", 1, 0, 1, "1: conversions that were seen enter twice too; 0: once"},
    {0},
};

static const StreamRule rule = {.entry = ENTRY_OBSERVED,
                                .again = AGAIN_DELAYED | AGAIN_IMMEDIATE | AGAIN_NEGATIVE};

/* min(f, c): a late conversion is a conversion, whatever two models say of them. */
static Var late(Pass *s, Var c)
{
    Var f = delayed_positive(s);

    return sub(f, clamp_min(sub(f, c), 0));
}

/* mean_O l(r, c) with the weights c / (c - f/2) and (1-c) / (1 - c + f/2) or, where a conversion that was
 * seen enters once, S and S (1-c) / (2(1-c) + f), S = c + 2(1-c) + f. */
static Var stream_loss(Pass *s)
{
    Var c = delayed_rate(s);
    Var f = late(s, c);
    Var not = one_minus(c);
    Var half = scale(f, 0.5F);
    if (is_on(s, DUPLICATE_IMMEDIATE))
        return delayed_weighted(s, divide(c, sub(c, half)), divide(not, add(not, half)));

    Var negatives = add(scale(not, 2), f);
    Var all = add(c, negatives);
    return delayed_weighted(s, all, divide(mul(all, not ), negatives));
}

const Estimator defer = {
    .name = "defer",
    .family = FAMILY_DELAYED,
    .year = 2021,
    .summary =
        "clicks after a short wait, and all again when their label is known for good, weighted by importance",
    .cite = "Gu, Sheng, Fan, Zhou and Zhu, Real negatives matter, KDD 2021",
    .follows = "es_dfm",
    .idea = "Real negatives enter again as well, once they are known, so that the features of the stream are "
            "spread like those of clicks.",
    .formula =
        "mean_O w l(r, c),  w = c / (c - f/2) where r = 1, else (1 - c) / (1 - c + f/2),  f at most c\n"
        "a click enters at s + w_o; all again: conversions when they come, the rest at s + w_a",
    .assumes = "f still holds on the stream and c is nearly right, as the weights are made of both.",
    .fails = "Real negatives come again as late as the attribution window closes. With f near c the weight "
             "of a conversion is up to 2, and a wrong c makes wrong weights.",
    .source = READ_PUBLIC_CODE,
    .differs = "f is at most c in the weights, and a model of its own, trained before the stream",
    .needs = NEEDS_DELAYS,
    .net = {HEAD(CVR), HEAD(DELAYED_POSITIVE)},
    .constant = constants,
    .stream = &rule,
    .immediate = "duplicate_immediate",
    .phase = {{.loss = delayed_conversion, .moves = 1 << 0},
              {.loss = delayed_positive_loss, .moves = 1 << 1},
              {.loss = stream_loss, .moves = 1 << 0, .stage = 1}},
};
