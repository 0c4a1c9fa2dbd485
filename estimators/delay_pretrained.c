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
    .source = READ_ACCOUNT,
    .needs = NEEDS_DELAYS,
    .net = {HEAD(CVR)},
    .stream = &rule,
    .phase = {{.loss = delayed_conversion}},
};
