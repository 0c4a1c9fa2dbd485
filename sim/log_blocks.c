/* Where blocks of a log begin and end, and the filling of a window with some of them. Blocks are small parts
 * of a window, so that a window mixes rows from all over the log. */
#include "sim/log_blocks.h"

enum { BLOCKS_OF_WINDOW = 16 };

LogBlocks log_blocks(size_t rows, size_t window_rows)
{
    const size_t windows = (rows + window_rows - 1) / window_rows;
    return (LogBlocks){.rows = rows, .blocks = windows * BLOCKS_OF_WINDOW, .window = BLOCKS_OF_WINDOW};
}

size_t log_blocks_rows(const LogBlocks *blocks, size_t block)
{
    return blocks->rows * (block + 1) / blocks->blocks - blocks->rows * block / blocks->blocks;
}

size_t log_blocks_most(const LogBlocks *blocks)
{
    return blocks->window * ((blocks->rows + blocks->blocks - 1) / blocks->blocks);
}

/* Rows [first, first + rows) of a log: columns that it has lie in the log's own memory. `action` has to
 * outlive it. */
static Log part_of(const Log *log, size_t first, size_t rows, Behaviour *action)
{
    Log part = *log;
    part.x.rows = rows;
    part.x.id += first * (size_t)log->x.schema.categorical;
    part.x.dense += first * (size_t)log->x.schema.dense;
    part.click += first;
    part.conversion += first;
    if (log->behaviour) {
        action->action = log->behaviour->action + first;
        part.behaviour = action;
    }
    return part;
}

void log_blocks_read(const LogBlocks *blocks, void *reader, const uint32_t *block, Log *window)
{
    size_t first = 0;
    for (size_t k = 0; k < blocks->window; k++) {
        Behaviour action;
        Log part = part_of(window, first, log_blocks_rows(blocks, block[k]), &action);
        if (part.x.rows)
            blocks->read(reader, block[k], &part);
        window->x.stream = part.x.stream;
        first += part.x.rows;
    }
    window->x.rows = first;
}
