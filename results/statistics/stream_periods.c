/* Parts of a stream: their names, and which one a time is in. */
#include "results/statistics/stream_periods.h"

const char *const stream_period_spaces[] = {"T1", "T2", "T3", "T4",  "T5", "T6",
                                            "T7", "T8", "T9", "T10", NULL};

int stream_period(double time, double from, double to)
{
    if (!(time >= from && time <= to))
        return -1;
    const int period = (int)((time - from) / (to - from) * STREAM_PERIODS);
    return period < STREAM_PERIODS ? period : STREAM_PERIODS - 1;
}

const Metric period_metric_table[] = {
    {"day", "mean time of the test clicks of a tenth of the stream, days", BETTER_TRUTH, NULL, false, "T"},
    {0},
};

const int period_metric_count = sizeof period_metric_table / sizeof *period_metric_table - 1;
