/* Mixture of sequential experts. Qin, Cheng, Zhao, Chen, Metzler and Qin, KDD 2020.
 * mean l(o, p) + sum_O l(r, c) / |O| on the backbone of the same name. */
#include "estimators/core/estimator.h"
#include "estimators/shared/multi_task.h"

const Estimator mose = {
    .name = "mose",
    .family = FAMILY_MULTI_TASK,
    .year = 2020,
    .summary = "CTR over exposures and CVR over clicks on LSTM experts that read activity streams",
    .cite = "Qin, Cheng, Zhao, Chen, Metzler and Qin, Multitask mixture of sequential experts for user "
            "activity streams, KDD 2020",
    .follows = "mmoe",
    .idea = "LSTM experts read the last events of the user, so that an interest that changes is seen.",
    .formula = "mean_D l(o, p) + mean_O l(r, c)",
    .assumes = "Activity streams are logged and tell of conversions what the features do not. For the level, "
               "what naive assumes.",
    .fails = "The loss of c is that of naive, and its limit is q. Where streams say nothing it has the error "
             "of mmoe (experiments/streams), at many times the cost.",
    .backbone = "mose",
    .net = {HEAD(CTR) | HEAD(CVR)},
    .phase = {{multi_task_loss}},
};
