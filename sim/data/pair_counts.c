/* Repeats of a pair are found by sorting: a set of the pairs would take more memory, and is asked once. */
#include "sim/data/pair_counts.h"

#include <stdlib.h>

static Status reserve(PairCounts *counts, Message *message)
{
    if (counts->rows < counts->room)
        return STATUS_OK;
    size_t room = counts->room ? 2 * counts->room : READER_BLOCK;
    uint64_t *larger = reallocarray(counts->pair, room, sizeof *larger);
    if (!larger)
        return fail_memory(message, "the pairs of users and items");
    counts->pair = larger;
    counts->room = room;
    return STATUS_OK;
}

Status pair_counts_add(PairCounts parts[PARTS], const RowBlock *block, Message *message)
{
    const Features *x = &block->log.x;
    for (size_t i = 0; i < x->rows; i++) {
        PairCounts *counts = &parts[block->part[i]];
        const uint32_t *id = x->id + i * (size_t)x->schema.categorical;
        Status status = reserve(counts, message);
        if (status)
            return status;
        counts->pair[counts->rows++] = (uint64_t)id[FIELD_USER] << 32 | id[FIELD_ITEM];
    }
    return STATUS_OK;
}

static int compare_pairs(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

size_t pair_counts_repeats(PairCounts *counts)
{
    size_t repeats = 0;
    if (counts->rows)
        qsort(counts->pair, counts->rows, sizeof *counts->pair, compare_pairs);
    for (size_t i = 1; i < counts->rows; i++)
        repeats += counts->pair[i] == counts->pair[i - 1];
    return repeats;
}

void pair_counts_free(PairCounts parts[PARTS])
{
    for (int p = 0; p < PARTS; p++) {
        free(parts[p].pair);
        parts[p] = (PairCounts){0};
    }
}
