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
    .follows = "mmoe",
    .idea = "Besides the shared experts each task has some of its own, which the other task cannot spoil, on "
            "several levels.",
    .formula = "mean_D l(o, p) + mean_O l(r, c)",
    .assumes = "A part of what conversions need is of no use to clicks. For the level, what naive assumes.",
    .fails = "The loss of c is that of naive, and its limit is q. Experts of conversions alone learn from "
             "clicks alone, which may be few.",
    .backbone = "ple",
    .net = {HEAD(CTR) | HEAD(CVR)},
    .phase = {{multi_task_loss}},
};
