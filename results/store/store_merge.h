/* Joining stores: what shards of an experiment, run on several machines, come together in. */
#pragma once

#include "results/store/store.h"

typedef struct MergeCount {
    int64_t taken; /* units and risk rows that came into the store */
    int64_t there; /* that were there already, the same in every bit */
} MergeCount;

/* Brings what another store has of each experiment into this one, in one transaction: all of it or nothing.
 * Merged once more it changes nothing. A unit that has failed gives way to one that has not, and a risk row
 * to one with more redraws; where an experiment comes from is what the first store said. Both are open.
 *
 * The message names the other store. STATUS_USAGE where it is of an older layout, or where an experiment of
 * the same name has another value of a key, other code or other data there; STATUS_FAILED where units, risk
 * rows or test exposures of both are not the same bits, with the unit and the two hosts. */
Status store_merge(Store *store, Store *other, MergeCount *count, Message *message);
