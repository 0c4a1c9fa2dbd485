/* The risk units of an experiment: what the risk layer adds to a run. */
#pragma once

#include "experiments/run/plan.h"

/* Does the plan's risk tasks, one predictor after the other, each by `jobs` threads over its redraws and
 * stored in one transaction; calls `stored` with the number of units after each. */
Status risk_run(Store *store, const Plan *plan, int jobs, void (*stored)(int units, void *context),
                void *context, Message *message);
