/* The experiment of a command that is about one: its file, as options of the command line change it. */
#pragma once

#include "experiments/cli/options.h"
#include "experiments/run/plan.h"

typedef struct SpecOptions {
    OptionList set;   /* --set KEY=VALUE */
    const char *data; /* --data; NULL for what the file says */
    int replicates;   /* --replicates; 0 likewise */
} SpecOptions;

/* Reads the file, or the shipped experiment of that name, sets what the options say, and checks the whole,
 * real data included. Notes to standard error what has no effect. */
Status spec_options_read(Spec *spec, const char *operand, const SpecOptions *options, Message *message);

/* Frees an experiment that was read so, or none. */
void spec_options_free(Spec *spec);

/* Where the store of the experiment is: `db`, or where that is NULL results/NAME.db, of a shard
 * results/NAME.I-of-N.db. */
Status spec_store_path(const Spec *spec, const char *db, const Shard *shard, char *path, size_t size,
                       Message *message);

/* Prints "cvrlab: note: ..." to standard error, as clean a line as a failure's. */
void cli_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
