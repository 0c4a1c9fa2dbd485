/* The rows that batches are drawn from: the whole log, or one window of a log in blocks after the other. */
#pragma once

#include "sim/base/random.h"
#include "sim/log_blocks.h"

typedef struct LogWindow LogWindow;

/* The window of `blocks`, or of `log` where that is NULL, whose only window it then is. Stream
 * "batches/blocks" of `key`. */
Status log_window_create(LogWindow **window, const Log *log, const LogBlocks *blocks, const StreamKey *key,
                         Message *message);
void log_window_free(LogWindow *window);

/* Windows of an epoch, and the fewest and the most rows of one. */
size_t log_window_count(const LogWindow *window);
size_t log_window_fewest(const LogWindow *window);
size_t log_window_most(const LogWindow *window);

/* Starts a new epoch: the next window is the first of a new order of the blocks. */
void log_window_epoch(LogWindow *window);

/* Moves to the next window of the epoch, or to the first of the next. Allocates nothing. False where it
 * cannot be read: the window is empty then. */
bool log_window_next(LogWindow *window);

/* Its rows, until the next move. A log in blocks has none before the first. */
const Log *log_window_log(const LogWindow *window);
