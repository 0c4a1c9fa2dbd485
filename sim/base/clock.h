/* How long things take: by the wall clock, and by what a thread has computed. */
#pragma once

#include <time.h>

/* Seconds since some instant that stays the same while the machine runs. */
static inline double clock_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds that this thread has computed for: a busy machine does not change how many a piece of work takes.
 */
static inline double clock_thread_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}
