/* What the workers of a run share; for the files of this folder that make a run. */
#pragma once

#include "experiments/run/run.h"
#include "experiments/run/unit.h"

#include <pthread.h>

/* A (setting, world) and its source: made by the first worker that needs them, gone after the last task. */
typedef struct Slot {
    pthread_mutex_t lock;
    Setting *setting;
    Source *source;
    int tasks; /* that are left, and units that wait for their predictions */
} Slot;

/* A replicate whose units are being run (run_work.c). */
typedef struct Replicate Replicate;

/* Methods from outside in this run (run_outside.h). */
typedef struct Outside Outside;

/* `lock` guards the store and everything below it. */
typedef struct RunState {
    const Spec *spec;
    const RunOptions *options;
    Plan plan;
    Slot *slot; /* settings x worlds */
    SampleCache *samples;
    Outside *outside;
    pthread_mutex_t lock;
    Store *store;
    int next;                /* task */
    Replicate **replicate;   /* those that are open, by when they were opened; room for all */
    int replicates, opening; /* `opening`: workers that are about to open one */
    pthread_cond_t changed;  /* the two */
    Task *later;             /* those with units that another process is at work on; room for all */
    int laters;
    double start, longest; /* `longest`: seconds that a unit has taken */
    RunProgress progress;
    Status status; /* of the first failure; workers stop at it */
    Message *message;
} RunState;

/* With the lock: counts units that were stored and tells of them; `context` is the RunState. */
void run_count(int units, void *context);

/* Stores a unit of the task, and gives its claim back. */
Status run_keep(RunState *run, const Task *task, const Setting *setting, const RunRow *unit,
                Message *message);

/* The same of a unit that has no predictions: `state` is why, and `why` says it in words. */
Status run_keep_failed(RunState *run, const Task *task, const Setting *setting, const char *estimator,
                       UnitState state, const Message *why, Message *message);

/* Gives a claimed unit back that was not run after all. */
void run_leave(RunState *run, const Task *task, const Setting *setting, const char *estimator);

/* With the lock: whether the time is up, so that no more is begun; `context` is the RunState. */
bool run_out_of_time(void *context);

/* Whether a failure has ended the run. */
bool run_stopping(RunState *run);

/* Runs the plan: all of its units, or until a failure. */
Status run_work(RunState *run);

/* The slot of a task, and its source opened; to be released whether or not it opens. */
Slot *slot_of(const RunState *run, const Task *task);
Status slot_acquire(RunState *run, const Task *task, Slot **slot, Message *message);

/* Closes what is open of it. */
void slot_close(Slot *slot);

/* One more unit needs the slot, and one less. */
void slot_hold(Slot *slot);
void slot_release(Slot *slot);
