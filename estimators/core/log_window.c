/* Windows of a log. Which blocks share a window is drawn anew for each epoch; the rows of a window are
 * shuffled by whoever takes batches from it. */
#include "estimators/core/log_window.h"

#include <gsl/gsl_randist.h>
#include <stdlib.h>

struct LogWindow {
    const Log *whole; /* NULL: in blocks, which the rest is of */
    const LogBlocks *blocks;
    void *reader;
    Log log;
    uint32_t *order; /* of the blocks in this epoch */
    size_t next;     /* in `order` */
    gsl_rng *generator;
};

static Status open_blocks(LogWindow *w, const StreamKey *key, Message *message)
{
    const LogBlocks *blocks = w->blocks;
    w->order = malloc(blocks->blocks * sizeof *w->order);
    w->generator = stream_open(key, "batches/blocks");
    w->next = blocks->blocks;
    if (!w->order || !w->generator)
        return fail_memory(message, "the order of the blocks");
    for (size_t i = 0; i < blocks->blocks; i++)
        w->order[i] = (uint32_t)i;
    Status status = blocks->open(blocks, log_blocks_most(blocks), &w->reader, &w->log, message);
    if (!status && blocks->propensity &&
        !(w->log.propensity = calloc(log_blocks_most(blocks), sizeof *w->log.propensity)))
        status = fail_memory(message, "the propensities of a window");
    return status;
}

Status log_window_create(LogWindow **window, const Log *log, const LogBlocks *blocks, const StreamKey *key,
                         Message *message)
{
    *window = NULL;
    LogWindow *w = calloc(1, sizeof *w);
    if (!w)
        return fail_memory(message, "a window of the log");
    w->whole = blocks ? NULL : log;
    w->blocks = blocks;
    Status status = blocks ? open_blocks(w, key, message) : STATUS_OK;
    if (status)
        log_window_free(w);
    else
        *window = w;
    return status;
}

void log_window_free(LogWindow *w)
{
    if (!w)
        return;
    if (w->blocks && w->reader)
        w->blocks->close(w->reader);
    log_free(&w->log);
    free(w->order);
    gsl_rng_free(w->generator);
    free(w);
}

size_t log_window_count(const LogWindow *w)
{
    return w->whole ? 1 : w->blocks->blocks / w->blocks->window;
}

size_t log_window_fewest(const LogWindow *w)
{
    return w->whole ? w->whole->x.rows : w->blocks->window * (w->blocks->rows / w->blocks->blocks);
}

size_t log_window_most(const LogWindow *w)
{
    return w->whole ? w->whole->x.rows : log_blocks_most(w->blocks);
}

void log_window_epoch(LogWindow *w)
{
    if (w->blocks)
        w->next = w->blocks->blocks;
}

bool log_window_next(LogWindow *w)
{
    if (w->whole)
        return true;
    if (w->next == w->blocks->blocks) {
        gsl_ran_shuffle(w->generator, w->order, w->blocks->blocks, sizeof *w->order);
        w->next = 0;
    }
    const bool read = log_blocks_read(w->blocks, w->reader, w->order + w->next, &w->log);
    if (!read)
        w->log.x.rows = 0;
    w->next += w->blocks->window;
    return read;
}

const Log *log_window_log(const LogWindow *w)
{
    return w->whole ? w->whole : &w->log;
}
