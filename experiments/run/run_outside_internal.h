/* What the files about methods from outside share: run_outside.c, run_command.c, run_plugin.c, run_lending.c.
 */
#pragma once

#include "experiments/outside/predictions.h"
#include "experiments/outside/process.h"
#include "experiments/outside/unit_folder.h"
#include "experiments/run/run_outside.h"
#include "experiments/run/tune.h"
#include "experiments/spec/outside_method.h"

#include <limits.h>

enum {
    MAX_DEVICES = 64,
    LOG_TAIL = 4096,
    ROOM = 64, /* for names below a folder of units or logs */
};

/* A unit that is written down. */
typedef struct Waiting {
    Task task;
    Slot *slot; /* held */
    char label[UNIT_LABEL], folder[PATH_MAX];
    char tuned[TUNED_TEXT];
    uint32_t seed;
    double *weight; /* its own, of unit_weights(): what these are made of is gone by the end of a call */
} Waiting;

/* A method from outside in this run. */
typedef struct OutsideState {
    const OutsideMethod *method;
    Arguments arguments;
    int batch;
    bool tested, testing; /* its first unit; `testing`: one worker is at it, the others wait */
    bool broken;          /* that has failed, and ends the run */
    Waiting *unit;        /* `batch` at most */
    int waiting;
} OutsideState;

struct Outside {
    char work[PATH_MAX], own[PATH_MAX], logs[PATH_MAX]; /* folders; "" where there are none */
    int own_lock;
    ProcessStarter *starter; /* NULL without commands */
    pthread_mutex_t lock;    /* of what follows */
    pthread_cond_t changed;
    int threads;                /* of --jobs that nobody holds */
    bool gathering;             /* somebody waits for several: nobody else takes any before */
    double device[MAX_DEVICES]; /* shares of them that are free */
    OutsideState state[MAX_OUTSIDE];
};

/* Threads of --jobs and shares of devices, which calls hold while they run (run_lending.c). A worker gives
 * its own thread back before it takes several: else two that wait for each other's would wait for ever. */
void lend_threads(RunState *run, int count);
void return_threads(RunState *run, int count);

/* The place among the devices of one that has so much of itself free; waits until there is one. */
int lend_device(RunState *run, double share);
void return_device(RunState *run, int place, double share);

/* Makes the weights that the unit is scored by. */
Status outside_weigh(Waiting *unit, const Sample *sample, Propensities *propensities, Message *message);

/* Scores the predictions in `result` and stores the unit; `diverged` says why they mean nothing, NULL: they
 * do not. `seconds` is for a report that has none. */
Status outside_keep(RunState *run, const Waiting *unit, const OutsideMethod *method, UnitResult *result,
                    const PredictionReport *report, const char *diverged, double seconds, Message *message);

/* How a unit's options are searched. */
typedef struct OptionSearch {
    const Sample *sample;
    Propensities *propensities;
    const char *method;
    TuneTrial *trial;
    void *context;
} OptionSearch;

/* Searches the options of a unit, and sets them in a copy of its setting, which is to be freed; *tuned is
 * NULL without a search. */
Status outside_search(const OptionSearch *search, Waiting *unit, Spec **tuned, Message *message);

/* A unit of a command: written down, and run in a call when there are enough of them. */
Status command_unit(RunState *run, OutsideState *state, Waiting *unit, const Sample *sample,
                    Propensities *propensities, Message *message);

/* Runs the units of a command that wait. */
Status command_finish(RunState *run, OutsideState *state, Message *message);

/* Readies a command that has units to do. */
Status command_ready(const RunState *run, OutsideState *state, Message *message);

/* A unit of a plug-in, at once. */
Status plugin_unit(RunState *run, const OutsideState *state, Waiting *unit, const Sample *sample,
                   Propensities *propensities, UnitResult *result, Message *message);
