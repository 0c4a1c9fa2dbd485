/* The time of a stream of clicks in parts of equal length, by which metrics of its test clicks are stored
 * besides: whether a method drifts away shows only over time. */
#pragma once

#include "results/statistics/metrics.h"

enum { STREAM_PERIODS = 10 };

/* The spaces of the parts, "T1" to "T10": the clicked test exposures of each. Ends with NULL. */
extern const char *const stream_period_spaces[];

/* The place of the part that holds a time, from 0; -1 for a time outside of [from, to]. */
int stream_period(double time, double from, double to);

/* What is stored of a part itself, of the task cvr: "day", the mean time of its test clicks. Ends with a NULL
 * name; `value` is NULL. */
extern const Metric period_metric_table[];
extern const int period_metric_count;
