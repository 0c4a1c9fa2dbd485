/* The risk units of an experiment: what the risk layer adds to a run. */
#pragma once

#include "experiments/run/plan.h"

/* What is run, and whom to tell. */
typedef struct RiskRun {
    Store *store;
    const Plan *plan;
    int jobs;   /* threads that share the redraws of a task */
    bool *same; /* NULL: rows are stored. Else they are compared with the store's, and *same says whether all
                   are the same */
    void (*stored)(int units, void *context); /* NULL where they are compared */
    bool (*ends)(void *context);              /* whether no more are to be begun; may be NULL */
    void *context;
} RiskRun;

/* Does the plan's risk tasks one after the other, each stored in one transaction; calls `stored` with the
 * number of units after each. */
Status risk_run(const RiskRun *run, Message *message);
