/* How long a command may run. */
#pragma once

#include "sim/base/status.h"

/* "90s", "50m", "2h", or "auto": seconds until the scheduler ends the job (SLURM_JOB_END_TIME), less one in
 * twenty and at least a minute of them, to store and leave in; 0 where there is none. */
Status time_limit_read(double *seconds, const char *text, Message *message);
