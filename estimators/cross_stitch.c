/* Cross-stitch network. Misra, Shrivastava, Gupta and Hebert, CVPR 2016.
 * mean l(o, p) + sum_O l(r, c) / |O| on the backbone of the same name. */
#include "estimators/core/estimator.h"
#include "estimators/shared/multi_task.h"

const Estimator cross_stitch = {
    .name = "cross_stitch",
    .family = FAMILY_MULTI_TASK,
    .year = 2016,
    .summary = "CTR over exposures and CVR over clicks on towers with learned links",
    .cite = "Misra, Shrivastava, Gupta and Hebert, Cross-stitch networks for multi-task learning, CVPR 2016",
    .follows = "shared_bottom",
    .idea = "Each task has a tower of its own, and after each layer learned weights say how much the towers "
            "exchange.",
    .formula = "mean_D l(o, p) + mean_O l(r, c)",
    .assumes = "Layers of the two towers are worth mixing, in shares that are the same for all exposures. "
               "For the level, what naive assumes.",
    .fails = "The loss of c is that of naive, and its limit is q.",
    .backbone = "cross_stitch",
    .net = {HEAD(CTR) | HEAD(CVR)},
    .phase = {{multi_task_loss}},
};
