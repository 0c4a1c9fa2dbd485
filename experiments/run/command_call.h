/* A call of a command for some units: its words, its environment, and what it says when it ends. */
#pragma once

#include "experiments/run/run_outside_internal.h"

/* A call of a command for some units. */
typedef struct Call {
    RunState *run;
    OutsideState *state;
    const char *const *folder; /* of the units */
    int units;
    uint32_t seed;   /* of the first, for {seed} */
    const char *log; /* file */
    ProcessEnd end;
} Call;

/* Whether the command wants the folder of a unit at a place of its own. */
bool names_unit(const Arguments *arguments);

/* Runs the command for the units and sets call->end. Folders are appended to its words, unless {unit} says
 * where the one goes. */
Status call_command(Call *call, Message *message);

/* Whether a call ended as it should. */
bool ended_well(const ProcessEnd *end);

/* How a call ended that did not end well, for a unit that has no predictions: its state, and why in words. */
UnitState say_ending(const Call *call, Message *why);

/* The last lines of a log, at most `lines` of them; the text is clean but for its line breaks. */
void log_tail(const char *path, int lines, char tail[LOG_TAIL]);
