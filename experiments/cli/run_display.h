/* A run as commands show it. */
#pragma once

#include "experiments/run/run.h"

/* Ctrl-C, and the signal of a scheduler whose time is up, stop the program with STATUS_UNFINISHED; unless
 * whoever started it has them ignored. */
void run_take_stops(void);

/* Opens the store (see spec_store_path), runs the experiment, and tells how it goes and ends on standard
 * error; STATUS_UNITS_FAILED where some units have failed, STATUS_UNFINISHED where the time was up before the
 * end. The options' callbacks are set here. */
Status run_display(const Spec *spec, const char *db, const RunOptions *options, Message *message);
