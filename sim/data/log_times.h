/* Logs whose clicks and conversions have times (Log.delays), as they are known at some time. */
#pragma once

#include "sim/log.h"

#include <stdbool.h>

/* Conversions that come more than `window` days after their click are none. A tenth of a millisecond
 * more is not more. */
void log_times_attribute(Log *log, double window);

/* Conversions after a time are not known: 0. */
void log_times_forget(Log *log, double time);

/* Marks the rows of which the exposure itself is after a time. */
void log_times_mark(const Log *log, double time, bool *mark);

/* The latest time of a log, -INFINITY without rows. */
double log_times_end(const Log *log);

/* Clicks whose window is not closed at a time: conversions of them may be missing. */
size_t log_times_open(const Log *log, double window, double time);
