/* Batch learning: each click once, when its attribution window has passed, with its true label. Nothing is
 * wrong but late. */
#include "estimators/core/estimator.h"
#include "estimators/shared/delayed.h"

static const StreamRule rule = {.entry = ENTRY_CLOSED};

const Estimator delay_wait = {
    .name = "delay_wait",
    .family = FAMILY_DELAYED,
    .year = 2026,
    .summary = "naive on a stream of clicks, each once its attribution window has closed: right, but late",
    .cite = "baseline BDL of the NetCVR code, WWW 2026",
    .follows = "delay_vanilla",
    .idea =
        "Clicks are trained on once their attribution window has closed, when the label is known for good.",
    .formula = "mean_O l(r, c),  a click enters at s + w_a",
    .assumes = "Rates of now are those of an attribution window ago.",
    .fails =
        "No label is wrong, but all are late: where rates drift it follows with the delay of the window.",
    .source = READ_ACCOUNT,
    .differs = "clicks come when their windows close, not once a day",
    .needs = NEEDS_DELAYS,
    .net = {HEAD(CVR)},
    .stream = &rule,
    .learns_cut = true,
    .phase = {{.loss = delayed_conversion}, {.loss = delayed_conversion, .stage = 1}},
};
