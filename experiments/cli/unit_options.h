/* The options of commands about some units of an experiment. */
#pragma once

#include "experiments/cli/options.h"
#include "experiments/outside/unit_selection.h"

typedef struct UnitOptions {
    OptionList setting, world, replicate;
    const char *shard;
} UnitOptions;

/* Rows of a table of options. */
#define UNIT_OPTIONS(units)                                                                                  \
    {                                                                                                        \
        "setting",                                                                                           \
        0,                                                                                                   \
        OPTION_LIST,                                                                                         \
        "KEY=VALUE",                                                                                         \
        "units of settings with this value alone; may be repeated",                                          \
        &(units).setting},                                                                                   \
        {"world", 'w', OPTION_LIST, "N|N..M", "units of these worlds, from 0", &(units).world},              \
        {"replicate", 'r', OPTION_LIST, "N|N..M", "units of these replicates, from 0", &(units).replicate},  \
    {                                                                                                        \
        "shard", 0, OPTION_TEXT, "I/N|auto/N", "part I of N; auto: the scheduler says I", &(units).shard     \
    }

/* Reads what was given. STATUS_USAGE for what is no number, range or shard. */
Status unit_options_read(const UnitOptions *options, UnitSelection *selection, Message *message);
