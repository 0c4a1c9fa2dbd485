/* The other bookend: what was learned before the stream, and nothing after it. */
#include "estimators/core/estimator.h"
#include "estimators/shared/delayed.h"

static const StreamRule rule = {.entry = ENTRY_CLOSED};

const Estimator delay_pretrained = {
    .name = "delay_pretrained",
    .family = FAMILY_DELAYED,
    .year = 2021,
    .summary = "naive on the clicks whose windows close before the stream begins, and no training after",
    .cite = "baseline of Yang et al., Elapsed-time sampling, AAAI 2021",
    .follows = "naive",
    .idea = "It learns from the clicks whose windows close before the stream begins and then stands still: "
            "what methods on a stream have to beat.",
    .formula = "before the stream: mean_O l(r, c);  on it nothing",
    .assumes = "Rates do not change after the stream begins.",
    .fails = "Where rates drift or new items come, it falls behind with every step.",
    .source = READ_ACCOUNT,
    .needs = NEEDS_DELAYS,
    .net = {HEAD(CVR)},
    .stream = &rule,
    .phase = {{.loss = delayed_conversion}},
};
