/* Progressive layered extraction. Tang, Liu, Zhao and Gong, RecSys 2020.
 * mean l(o, p) + sum_O l(r, c) / |O| on the backbone of the same name. */
#include "estimators/core/estimator.h"
#include "estimators/shared/multi_task.h"

const Estimator ple = {
    .name = "ple",
    .family = FAMILY_MULTI_TASK,
    .year = 2020,
    .summary = "CTR over exposures and CVR over clicks on layers of own and shared experts",
    .cite = "Tang, Liu, Zhao and Gong, Progressive layered extraction, RecSys 2020",
    .backbone = "ple",
    .net = {HEAD(CTR) | HEAD(CVR)},
    .phase = {{multi_task_loss}},
};
