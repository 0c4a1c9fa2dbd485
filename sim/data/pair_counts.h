/* How often ratings repeat a pair of user and item: they are joined (load.h), and whoever reads a file should
 * know how many were. */
#pragma once

#include "sim/data/reader.h"

/* The pairs of the rows of one part, 8 bytes each. All zero is none. */
typedef struct PairCounts {
    uint64_t *pair;
    size_t rows, room;
} PairCounts;

/* Adds the rows of a block to the counts of their parts. */
Status pair_counts_add(PairCounts parts[PARTS], const RowBlock *block, Message *message);

/* Rows less different pairs. Reorders the pairs. */
size_t pair_counts_repeats(PairCounts *counts);

void pair_counts_free(PairCounts parts[PARTS]);
