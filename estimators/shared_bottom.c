/* Shared bottom. Caruana, Machine Learning 28, 1997.
 * mean l(o, p) + sum_O l(r, c) / |O| on the backbone of the same name. */
#include "estimators/core/estimator.h"
#include "estimators/shared/multi_task.h"

const Estimator shared_bottom = {
    .name = "shared_bottom",
    .family = FAMILY_MULTI_TASK,
    .year = 1997,
    .summary = "CTR over exposures and CVR over clicks on one shared first layer",
    .cite = "Caruana, Multitask learning, Machine Learning 28, 1997",
    .follows = "naive",
    .idea = "Click and conversion share a first layer, so that rare conversions profit from what frequent "
            "clicks teach.",
    .formula = "mean_D l(o, p) + mean_O l(r, c)",
    .assumes = "Features that tell of clicks tell of conversions too. For the level, what naive assumes.",
    .fails = "The loss of c is that of naive, and its limit is q. Tasks that need different features compete "
             "for the shared layer.",
    .backbone = "shared_bottom",
    .net = {HEAD(CTR) | HEAD(CVR)},
    .phase = {{multi_task_loss}},
};
