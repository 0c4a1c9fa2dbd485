/* Summary: what the runs of a store say, computed into its tables (this file) and read out of them into
 * arrays (summary_read.h). With results/store the only folder that holds SQL; includes results/store and
 * results/statistics. This file: the tables behind the store's views, made of its runs. */
#pragma once

#include "results/store/store.h"
#include "sim/base/status.h"

enum { DECILES = 10, CALIBRATION_BINS = 10 };

/* Recomputes the summaries of every setting that was written to since the last time, from its runs, in one
 * transaction and a fixed order, so that equal runs give equal tables bit for bit. A no-op when nothing was
 * written. The mark of what is stale is set in the transaction that stores a run, so a kill at any instant
 * leaves no summary that looks newer than it is. Writes even to a store that was opened for reading; fails
 * when it is stale and there is no permission to write. */
Status summary_refresh(Store *store, Message *message);
