/* How far an experiment has come that is run in several stores. */
#pragma once

#include "results/tables/grid.h"

/* Opens the stores at the paths, and prints for each experiment in them the units of each store, their sum
 * against what its spec plans, and, from when each was begun and last written, units a second and the time
 * left. A unit that is in two stores counts twice. */
Status shard_progress_print(const char *const *path, int paths, const GridFormat *format, FILE *file,
                            Message *message);
