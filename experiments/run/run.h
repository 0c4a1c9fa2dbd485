/* Runs an experiment: worker threads over its tasks, one writer at a time to the store.
 *
 * This folder turns a spec into stored results: what is left to run (plan.h), one unit of it (unit.h, tune.h)
 * and the risk layer (risk_run.h, risk_layer.h). It may include all but experiments/report and
 * experiments/cli. */
#pragma once

#include "experiments/run/plan.h"

/* How far a run has come. */
typedef struct RunProgress {
    int64_t before;    /* units to run that were in the store already, or came there by another process */
    int64_t done;      /* units that this run has done */
    int64_t missing;   /* units that this run has to do, with those that are done */
    int64_t diverged;  /* of `done` */
    int64_t failed;    /* of `done` and `before`: neither done nor diverged */
    int64_t skipped;   /* of `done`: a model from outside has said that it does not apply */
    int64_t elsewhere; /* units of other shards that the store has not */
    bool to_decide;    /* precision asks for more units once those that are missing here are there */
    bool out_of_time;  /* RunOptions.seconds have ended it */
    int64_t outside;   /* units, in none of these, whose predictions are not at hand */
    double seconds;    /* since it started */
} RunProgress;

typedef struct RunOptions {
    int jobs; /* worker threads, at least 1; results do not depend on it */
    Only only;
    Only redo;     /* estimators whose stored units are deleted and run again; none without names */
    bool redo_all; /* all units are */
    bool keep;     /* units of other code or data than now stay, and that is recorded */
    /* A folder of units, as `cvrlab export` writes them, with predictions of the methods of `only`, which are
     * made outside: they are scored, and nothing is trained. NULL: none. */
    const char *offered;
    const char *offered_file; /* their file in the folder of a unit; NULL: cvr.npy, cvr.txt or cvr.csv */
    bool trust_labels; /* where dense columns differ from this program's, ids and labels alone are compared */
    Store *decided; /* by whose units stages of `precision` are decided; NULL: by those of the run's store */
    double seconds; /* after which no unit is begun that may take as long as the longest so far; 0: no end */
    const int *device; /* that may be lent to commands: numbers of GPUs */
    int devices;
    void (*note)(const char *text, void *context); /* a line that the user should know; may be NULL */
    void (*progress)(const RunProgress *progress,
                     void *context); /* after each unit, one call at a time; may be NULL */
    void *context;
} RunOptions;

/* Registers the experiment in the store, unless that has units of other code or data than now (see
 * origin_check.h; STATUS_USAGE), runs the risk layer and then the units that the store lacks, with
 * `precision` stage by stage, stamps its end when none is left, and brings the summaries up to date. What was
 * stored before a failure stays. *progress is how far it came. A failure that concerns a unit alone, or a
 * replicate, is stored as that of its units, and is none of the run; memory, the store and the data's files
 * concern all. */
Status run_experiment(Store *store, const Spec *spec, const RunOptions *options, RunProgress *progress,
                      Message *message);

/* Number of processors that this process may use. */
int run_processors(void);
