/* Logs of a world in blocks. Each block has streams of its own, so that it can be drawn again alone: its rows
 * are of the same world as those of world_draw(), but other draws. */
#include "sim/world/world_internal.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct BlockReader {
    Generator *generator;
    const StreamKey *key;
} BlockReader;

static void close_reader(void *reader)
{
    BlockReader *r = reader;
    if (r)
        generator_close(r->generator);
    free(r);
}

static Status open_reader(const LogBlocks *blocks, size_t rows, void **reader, Log *window, Message *message)
{
    const BlockSource *source = blocks->source;
    BlockReader *r = calloc(1, sizeof *r);
    *reader = r;
    *window = (Log){0};
    if (!r)
        return fail_memory(message, "a reader of blocks");
    r->key = source->key;
    Status status =
        generator_open(&r->generator, source->world, source->key, "log/block", SAMPLE_EXPOSURES, message);
    if (!status)
        status = log_create(window, world_schema(source->world), rows, message);
    if (!status)
        status = world_add_columns(source->world, window, NULL, message);
    if (!status)
        return STATUS_OK;
    close_reader(r);
    log_free(window);
    *reader = NULL;
    return status;
}

static bool read_block(void *reader, size_t block, Log *rows)
{
    const BlockReader *r = reader;
    char purpose[64];
    snprintf(purpose, sizeof purpose, "log/block %zu", block);
    generator_restart(r->generator, r->key, purpose);
    generator_next(r->generator, rows, NULL);
    return true;
}

LogBlocks world_blocks(const BlockSource *source, size_t rows, size_t window_rows)
{
    LogBlocks blocks = log_blocks(rows, window_rows);
    blocks.source = source;
    blocks.open = open_reader;
    blocks.read = read_block;
    blocks.close = close_reader;
    return blocks;
}
