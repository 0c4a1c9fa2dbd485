/* The units of an experiment, and which of them the store lacks. */
#pragma once

#include "experiments/run/stages.h"
#include "experiments/spec/shard.h"
#include "results/store/store.h"

/* One replicate of one setting in one world: its units share the drawn data. */
typedef struct Task {
    int setting; /* its number */
    int world, replicate;
    int missing;                       /* units to run; 0: the test exposures alone are missing */
    uint8_t estimator[MAX_ESTIMATORS]; /* their places in the spec's list */
} Task;

/* One fixed predictor of the risk layer of one setting in one world. */
typedef struct RiskTask {
    int setting, world;
    int predictor;               /* its place in the spec's list */
    int missing;                 /* estimators that the store lacks, or has fewer redraws of */
    uint8_t estimator[MAX_RISK]; /* their places in the spec's list */
} RiskTask;

/* What is left to run. A setting is its number here; the worker that opens its world makes its spec. */
typedef struct Plan {
    Settings settings;
    Stages stages; /* how many worlds and replicates each has */
    Task *task; /* those with a missing unit, by setting, world and replicate, and where the store has runs of
                   a world but not its test exposures */
    int tasks;
    RiskTask *risk_task; /* likewise, by setting, world and predictor */
    int risk_tasks;
    int64_t missing, there; /* units to run; units that `only` wants and the store has already */
    int64_t failed;         /* of `there`: neither done nor diverged */
    int64_t outside;        /* units, in neither, whose predictions are made outside and are not at hand */
    int64_t elsewhere;      /* units of other shards that the store has not */
    /* The experiment is complete after the tasks: `only` left out no missing unit, and no stage is to come.
     */
    bool complete;
} Plan;

/* Names of the estimators to run, trained ones and those of the risk layer; no names for all of them. */
typedef struct Only {
    Shard shard; /* units of the same log and estimator, of which one may be trained for all, are in one */
    int names;
    const char *const *name;
    bool failed;  /* units that have failed are run again */
    bool offered; /* predictions of methods that are made outside are at hand: these are run, and are else
                     left out */
} Only;

/* STATUS_USAGE for a name that is not one of the experiment's estimators; `option` is the one that named it.
 */
Status only_check(const Only *only, const char *option, const Spec *spec, Message *message);

/* Whether the estimator is to run. */
bool only_wants(const Only *only, const char *estimator);

/* Whether a unit that the store has in this state is to run again: one that has failed where that is asked
 * for and, of a method from outside, also without: what kept it from running is often not the model's fault.
 */
bool only_runs_again(const Only *only, const Spec *spec, const char *estimator, UnitState state);

/* The experiment must be registered in the store, and the spec outlive the plan. `decided`: the store whose
 * units decide stages (stages.h): the same one, or one that shards were merged into. */
Status plan_create(Plan *plan, const Spec *spec, const Only *only, Store *store, Store *decided,
                   Message *message);
void plan_free(Plan *plan);
