/* The best that could be had: each click at once, with its true label, which nobody knows by then. */
#include "estimators/core/estimator.h"
#include "estimators/shared/delayed.h"

static const StreamRule rule = {.entry = ENTRY_FUTURE};

const Estimator delay_oracle = {
    .name = "delay_oracle",
    .family = FAMILY_DELAYED,
    .year = 2021,
    .summary = "naive on a stream of clicks with true labels, which nobody knows by then: a bound",
    .cite = "bound of Yang et al., Elapsed-time sampling, AAAI 2021",
    .follows = "delay_vanilla",
    .idea = "Clicks are trained on at once with the label that they will have, which nobody knows by then: "
            "the best that could be had.",
    .formula = "mean_O l(r, c),  a click enters at s, with its true label",
    .assumes = "The future is known.",
    .fails = "It is a bound and no method: a program that runs cannot have its labels.",
    .source = READ_ACCOUNT,
    .needs = NEEDS_DELAYS,
    .net = {HEAD(CVR)},
    .stream = &rule,
    .learns_cut = true,
    .phase = {{.loss = delayed_conversion}, {.loss = delayed_conversion, .stage = 1}},
};
