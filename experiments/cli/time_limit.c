/* A time limit as an option, and where a scheduler says when it ends the job. */
#include "experiments/cli/time_limit.h"

#include "sim/base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double time_left(void)
{
    const char *end = getenv("SLURM_JOB_END_TIME");
    const double left = end ? strtod(end, NULL) - (double)time(NULL) : 0;
    return left > 0 ? fmax(left - fmax(left / 20, 60), 1) : 0;
}

Status time_limit_read(double *seconds, const char *text, Message *message)
{
    char found[SHOWN_TEXT], *end;
    if (!strcmp(text, "auto")) {
        *seconds = time_left();
        return STATUS_OK;
    }
    const double number = strtod(text, &end);
    const double unit = !strcmp(end, "s") ? 1 : !strcmp(end, "m") ? 60 : !strcmp(end, "h") ? 3600 : 0;
    if (end == text || !(unit > 0) || !(number > 0) || number > 1e6)
        return fail(
            message, STATUS_USAGE,
            "--max-time: found '%s'; expected a time such as 90s, 50m or 2h, or auto in a job of Slurm",
            shown(text, found));
    *seconds = number * unit;
    return STATUS_OK;
}
