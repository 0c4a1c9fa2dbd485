/* Some of the units of an experiment: by setting, world, replicate and shard. */
#pragma once

#include "experiments/outside/unit_folder.h"
#include "experiments/spec/settings.h"
#include "experiments/spec/shard.h"

enum { MAX_PARTS = 16 };

/* Numbers from first to last. */
typedef struct NumberRange {
    int first, last;
} NumberRange;

/* All units, as far as nothing is said. */
typedef struct UnitSelection {
    int pairs;
    const char *pair[MAX_PARTS]; /* "KEY=VALUE" that the setting has to have */
    int worlds, replicates;
    NumberRange world[MAX_PARTS], replicate[MAX_PARTS];
    Shard shard;
} UnitSelection;

/* Reads "3" or "0..9". STATUS_USAGE for anything else; `option` opens the message. */
Status number_range_read(const char *text, NumberRange *range, const char *option, Message *message);

/* Whether each pair is one of the experiment's sweeps: STATUS_USAGE where none of its settings has it. */
Status unit_selection_check(const UnitSelection *selection, const Settings *settings, Message *message);

/* Which shard a unit is in depends on what it is about alone: its setting's text, world and replicate. */
bool unit_selected(const UnitSelection *selection, const Settings *settings, const UnitPlace *place);
