/* The memory of logs, estimated from the columns of the world before anything is drawn. Workers share the log
 * of a replicate as far as it has estimators for them. */
#include "experiments/run/log_memory.h"

#include "experiments/inputs/stream_sample.h"
#include "experiments/spec/settings.h"

#include <stdio.h>
#include <unistd.h>

double log_memory_available(void)
{
    char line[128];
    double kibibytes = 0;
    FILE *file = fopen("/proc/meminfo", "r");
    while (file && kibibytes <= 0 && fgets(line, sizeof line, file))
        if (sscanf(line, "MemAvailable: %lf", &kibibytes) != 1)
            kibibytes = 0;
    if (file)
        fclose(file);
    if (kibibytes > 0)
        return 1024 * kibibytes;
    return (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
}

/* Features, click, conversion, action and times, and a place in a shuffled order for each worker. A stream
 * lies in files, unless the truth of each exposure is needed while it is drawn. */
static double bytes_of(const Spec *spec, int logs, int jobs)
{
    const Schema schema = world_schema_of(&spec->world);
    const double row = 4.0 * (schema.categorical + schema.dense) + 2 + (spec->world.behaviour.rate > 0) +
                       (spec->world.delay.days > 0 ? 2 * sizeof(double) : 0);
    const bool in_memory = !spec->delayed.pretrain || stream_is_drawn_whole(spec);
    return (double)spec->log_size * ((in_memory ? logs * row : 0) + 4.0 * jobs);
}

Status log_memory_check(const Spec *spec, int jobs, double available, Message *message)
{
    Settings settings;
    if (spec->layout || spec->estimators == 0)
        return STATUS_OK;
    Status status = settings_create(&settings, spec, message);
    if (status)
        return status;
    const double grown = (double)spec->precision.max * (spec_grows_worlds(spec) ? spec->replicates : 1),
                 logs_of_setting = grown > 0 ? grown : (double)spec->worlds * spec->replicates,
                 tasks = settings.count * logs_of_setting;
    const int workers = jobs < tasks * spec->estimators ? jobs : (int)tasks * spec->estimators;
    const int logs = (workers + spec->estimators - 1) / spec->estimators;
    for (int i = 0; !status && i < settings.count; i++) {
        Setting setting;
        status = settings_make(&settings, i, &setting, message);
        if (status || setting.spec.log_order == LOG_BLOCKS)
            continue;
        const double bytes = bytes_of(&setting.spec, logs, workers);
        if (bytes > available)
            return fail(message, STATUS_USAGE,
                        "%s%slog.size: %lld exposures take %.3g GB in memory with --jobs %d, and %.3g GB are "
                        "available; expected a smaller log.size or 'log.order: blocks'",
                        setting.text, setting.text[0] ? ": " : "", (long long)setting.spec.log_size,
                        bytes / 1e9, jobs, available / 1e9);
    }
    return status;
}
