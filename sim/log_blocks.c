/* Where blocks of a log begin and end, and the filling of a window with some of them. Blocks are small parts
 * of a window, so that a window mixes rows from all over the log. */
#include "sim/log_blocks.h"

enum { BLOCKS_OF_WINDOW = 16 };

LogBlocks log_blocks(size_t rows, size_t window_rows)
{
    const size_t windows = (rows + window_rows - 1) / window_rows;
    return (LogBlocks){.rows = rows, .blocks = windows * BLOCKS_OF_WINDOW, .window = BLOCKS_OF_WINDOW};
}

size_t log_blocks_first(const LogBlocks *blocks, size_t block)
{
    return blocks->rows * block / blocks->blocks;
}

size_t log_blocks_rows(const LogBlocks *blocks, size_t block)
{
    return log_blocks_first(blocks, block + 1) - log_blocks_first(blocks, block);
}

size_t log_blocks_most(const LogBlocks *blocks)
{
    return blocks->window * ((blocks->rows + blocks->blocks - 1) / blocks->blocks);
}

/* Rows [first, first + rows) of a log: columns that it has lie in the log's own memory. `action` and `delays`
 * have to outlive it. */
static Log part_of(const Log *log, size_t first, size_t rows, Behaviour *action, Delays *delays)
{
    Log part = *log;
    part.x.rows = rows;
    part.x.id += first * (size_t)log->x.schema.categorical;
    part.x.dense += first * (size_t)log->x.schema.dense;
    part.click += first;
    part.conversion += first;
    part.propensity += log->propensity ? first : 0;
    part.weight += log->weight ? first : 0;
    if (log->behaviour) {
        action->action = log->behaviour->action + first;
        part.behaviour = action;
    }
    if (log->delays) {
        *delays = (Delays){log->delays->click_time + first, log->delays->conversion_time + first};
        part.delays = delays;
    }
    return part;
}

static bool read_block(const LogBlocks *blocks, void *reader, size_t block, Log *rows)
{
    const size_t bytes = sizeof *rows->propensity;
    if (rows->x.rows && !blocks->read(reader, block, rows))
        return false;
    return !blocks->propensity || !rows->propensity ||
           temporary_file_read(blocks->propensity, rows->propensity, rows->x.rows * bytes,
                               log_blocks_first(blocks, block) * bytes);
}

bool log_blocks_read(const LogBlocks *blocks, void *reader, const uint32_t *block, Log *window)
{
    size_t first = 0;
    for (size_t k = 0; k < blocks->window; k++) {
        Behaviour action;
        Delays delays;
        Log part = part_of(window, first, log_blocks_rows(blocks, block[k]), &action, &delays);
        if (!read_block(blocks, reader, block[k], &part))
            return false;
        window->x.stream = part.x.stream;
        first += part.x.rows;
    }
    window->x.rows = first;
    return true;
}

Status log_blocks_read_window(const LogBlocks *blocks, void *reader, size_t number, Log *window,
                              Message *message)
{
    uint32_t block[blocks->window];
    for (size_t k = 0; k < blocks->window; k++)
        block[k] = (uint32_t)(number * blocks->window + k);
    return log_blocks_read(blocks, reader, block, window) ? STATUS_OK : log_blocks_failed(message);
}

Status log_blocks_start(const LogBlocks *blocks, Log *window, Message *message)
{
    void *reader;
    Status status = blocks->open(blocks, log_blocks_most(blocks), &reader, window, message);
    if (status)
        return status;
    status = log_blocks_read_window(blocks, reader, 0, window, message);
    blocks->close(reader);
    return status;
}

Status log_blocks_failed(Message *message)
{
    return fail(message, STATUS_FAILED, "the log in blocks: cannot read its temporary files again");
}
