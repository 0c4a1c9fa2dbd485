/* A log that is never held whole: blocks of rows, each of which can be made again alone and in any order. The
 * one who makes the blocks fills in the functions; the one who reads them needs nothing else. */
#pragma once

#include "sim/base/temporary_file.h"
#include "sim/log.h"

#include <stdbool.h>

/* Consecutive blocks of nearly equal size; a window is the number of them that are held at a time. */
typedef struct LogBlocks LogBlocks;
struct LogBlocks {
    size_t rows;   /* of the log */
    size_t blocks; /* a multiple of `window` */
    size_t window; /* blocks, at least 1 */
    const void *source;
    /* p_hat of the rows in their order, as floats; NULL where an estimator learns it. */
    const TemporaryFile *propensity;
    /* Makes a reader, and `window` with room for that many rows. Readers are independent of each other, one a
     * thread. Free with `close` and log_free. */
    Status (*open)(const LogBlocks *blocks, size_t rows, void **reader, Log *window, Message *message);
    /* Fills `rows`, a part of a window, with a block: the same in every bit whenever it is asked
     * for. Allocates nothing. False where it cannot be read. */
    bool (*read)(void *reader, size_t block, Log *rows);
    void (*close)(void *reader);
};

/* `rows` in as few windows as hold at most about `window_rows` each. The functions stay to be filled in. */
LogBlocks log_blocks(size_t rows, size_t window_rows);

/* The first row of a block, the number of its rows, and the most that a window can have. */
size_t log_blocks_first(const LogBlocks *blocks, size_t block);
size_t log_blocks_rows(const LogBlocks *blocks, size_t block);
size_t log_blocks_most(const LogBlocks *blocks);

/* Reads blocks block[0..blocks->window) one after the other into a window with room for log_blocks_most(),
 * and sets its number of rows. Propensities are read where the window has room for them and the log has them.
 * False where a block cannot be read. */
bool log_blocks_read(const LogBlocks *blocks, void *reader, const uint32_t *block, Log *window);

/* log_blocks_read of a number of the log's windows in its own order, from 0 on; the message says what failed.
 */
Status log_blocks_read_window(const LogBlocks *blocks, void *reader, size_t number, Log *window,
                              Message *message);

/* Fails about a block that could not be read. */
Status log_blocks_failed(Message *message);

/* Makes the first window of the log; free with log_free. */
Status log_blocks_start(const LogBlocks *blocks, Log *window, Message *message);
