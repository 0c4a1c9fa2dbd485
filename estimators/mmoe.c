/* Multi-gate mixture of experts. Ma, Zhao, Yi, Chen, Hong and Chi, KDD 2018.
 * mean l(o, p) + sum_O l(r, c) / |O| on the backbone of the same name. */
#include "estimators/core/estimator.h"
#include "estimators/shared/multi_task.h"

const Estimator mmoe = {
    .name = "mmoe",
    .family = FAMILY_MULTI_TASK,
    .year = 2018,
    .summary = "CTR over exposures and CVR over clicks on experts with a gate a task",
    .cite = "Ma, Zhao, Yi, Chen, Hong and Chi, Modeling task relationships with multi-gate "
            "mixture-of-experts, KDD 2018",
    .follows = "shared_bottom",
    .idea = "Experts are shared, and each task mixes them by a gate of its own, exposure by exposure, so "
            "that it need not share what does not help it.",
    .formula = "mean_D l(o, p) + mean_O l(r, c)",
    .assumes = "The features tell which experts an exposure needs. For the level, what naive assumes.",
    .fails = "The loss of c is that of naive, and its limit is q. The gate and the tower of conversions "
             "learn from clicks alone, which may be few.",
    .backbone = "mmoe",
    .net = {HEAD(CTR) | HEAD(CVR)},
    .phase = {{multi_task_loss}},
};
