/* Whether the logs that a run holds at once fit into memory. */
#pragma once

#include "experiments/spec/spec.h"

/* Fails with STATUS_USAGE where the logs of some setting, as many as `jobs` workers hold at once, take more
 * than `available` bytes. For simulated worlds; a log in blocks fits. */
Status log_memory_check(const Spec *spec, int jobs, double available, Message *message);

/* Bytes that the system can still give: MemAvailable of /proc/meminfo, or all memory where there is none. */
double log_memory_available(void);
