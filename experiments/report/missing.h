/* Which parts of an experiment its store lacks units of. */
#pragma once

#include "experiments/spec/spec.h"
#include "results/store/store.h"

/* Marks the shards of `parts` (experiments/spec/shard.h) that have units which the spec asks for and the
 * store has not: missing[i] is of shard i + 1. Units that have failed are there. */
Status missing_shards(Store *store, const Spec *spec, int parts, bool *missing, Message *message);
