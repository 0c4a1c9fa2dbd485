/* What was known when. A conversion that is taken back has no time either. */
#include "sim/data/log_times.h"

#include <math.h>

/* In days, a tenth of a millisecond. Times of whole seconds are rounded when they become days, and two that
 * are a window apart must not become more. */
static const double rounding = 1e-9;

static void take_back(Log *log, size_t row)
{
    log->conversion[row] = 0;
    log->delays->conversion_time[row] = INFINITY;
}

void log_times_attribute(Log *log, double window)
{
    const Delays *d = log->delays;
    for (size_t i = 0; i < log->x.rows; i++) {
        if (log->conversion[i] && d->conversion_time[i] - d->click_time[i] > window + rounding)
            take_back(log, i);
        log_passed(log, i);
    }
}

void log_times_forget(Log *log, double time)
{
    for (size_t i = 0; i < log->x.rows; i++)
        if (log->conversion[i] && log->delays->conversion_time[i] > time)
            take_back(log, i);
}

void log_times_mark(const Log *log, double time, bool *mark)
{
    for (size_t i = 0; i < log->x.rows; i++)
        mark[i] = log->delays->click_time[i] > time;
}

double log_times_end(const Log *log)
{
    double end = -INFINITY;
    for (size_t i = 0; i < log->x.rows; i++) {
        end = fmax(end, log->delays->click_time[i]);
        if (log->conversion[i])
            end = fmax(end, log->delays->conversion_time[i]);
        log_passed(log, i);
    }
    return end;
}

size_t log_times_open(const Log *log, double window, double time)
{
    size_t open = 0;
    for (size_t i = 0; i < log->x.rows; i++)
        open += log->click[i] && log->delays->click_time[i] + window > time + rounding;
    return open;
}
