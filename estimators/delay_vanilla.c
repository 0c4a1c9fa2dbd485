/* The baseline of streams: each click once, when its observation window has passed, with the label that it
 * has by then. */
#include "estimators/core/estimator.h"
#include "estimators/shared/delayed.h"

static const Constant constants[] = {
    {"observation", 0.25, 0.01, 100000, "hours that a click is observed for before it is trained on"},
    {0},
};

static const StreamRule rule = {.entry = ENTRY_OBSERVED};

const Estimator delay_vanilla = {
    .name = "delay_vanilla",
    .family = FAMILY_DELAYED,
    .year = 2021,
    .summary = "naive on a stream of clicks, each after a short wait: later conversions are taken for none",
    .cite = "baseline of Gu et al., Real negatives matter, KDD 2021",
    .follows = "naive",
    .idea = "Clicks are trained on soon, after a short wait, with the label that they have by then.",
    .formula = "mean_O l(r, c),  a click enters at s + w_o, with what has come",
    .assumes = "Hardly any conversion comes after the wait.",
    .fails = "Later conversions count as none: it learns p_r - f, which is too low.",
    .source = READ_ACCOUNT,
    .needs = NEEDS_DELAYS,
    .net = {HEAD(CVR)},
    .constant = constants,
    .stream = &rule,
    .learns_cut = true,
    .phase = {{.loss = delayed_conversion}, {.loss = delayed_conversion, .stage = 1}},
};
