/* A run as commands show it. */
#pragma once

#include "experiments/run/run.h"

/* Ctrl-C, and the signal of a scheduler whose time is up, stop the program with STATUS_UNFINISHED; unless
 * whoever started it has them ignored. */
void run_take_stops(void);

/* Where a run's store is. */
typedef struct RunPlace {
    const char *db; /* NULL: as spec_store_path has it */
    const char
        *scratch; /* the folder that it is written in before it is moved there (local_store.h); NULL: there */
} RunPlace;

/* Opens the store, runs the experiment, and tells how it goes and ends on standard
 * error; STATUS_UNITS_FAILED where some units have failed, STATUS_UNFINISHED where the time was up before the
 * end. The options' callbacks are set here. */
Status run_display(const Spec *spec, const RunPlace *place, const RunOptions *options, Message *message);
