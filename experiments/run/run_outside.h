/* Units of methods from outside in a run: predictions that are at hand, plug-ins, and commands, whose units
 * wait in folders until there are enough for a call. */
#pragma once

#include "experiments/run/run_internal.h"

/* Readies what the methods of the run need: plug-ins are loaded, and a folder for units is made beside the
 * store, where what was left by processes that were killed is removed. Free it with outside_free(), also
 * after a failure. */
Status outside_create(RunState *run, Message *message);
void outside_free(RunState *run);

/* A unit of the method: run at once, or written down and run with others in a call, then also its storing is
 * done. */
Status outside_unit(RunState *run, const Task *task, Slot *slot, const Sample *sample,
                    Propensities *propensities, const char *method, UnitResult *result, Message *message);

/* Runs the units that wait for others, for no more will come from this worker. */
Status outside_finish(RunState *run, Message *message);

/* A worker holds a thread of --jobs while it works. */
void outside_enter(RunState *run);
void outside_leave(RunState *run);
