/* Wall-clock time, for how long things take. */
#pragma once

#include <time.h>

/* Seconds since some instant that stays the same while the machine runs. */
static inline double clock_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}
