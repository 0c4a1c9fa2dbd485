/* An experiment file and what a command line changes of it. */
#include "experiments/cli/spec_options.h"

#include "experiments/cli/program_files.h"
#include "experiments/inputs/source.h"
#include "experiments/outside/plugins.h"
#include "experiments/spec/assign.h"
#include "experiments/spec/spec_check.h"
#include "experiments/spec/spec_read.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static Status assign(Spec *spec, const char *key, const char *value, const char *where, Message *message)
{
    return value ? spec_set(spec, key, value, where, message) : STATUS_OK;
}

void cli_note(const char *format, ...)
{
    char text[sizeof(Message)];
    Message message;
    va_list values;
    va_start(values, format);
    (void)vsnprintf(text, sizeof text, format, values);
    va_end(values);
    Status status = fail(&message, STATUS_OK, "%s", text);
    (void)status; /* nothing has failed */
    (void)fprintf(stderr, "cvrlab: note: %s\n", message.text);
}

Status spec_options_read(Spec *spec, const char *operand, const SpecOptions *options, Message *message)
{
    char replicates[16];
    snprintf(replicates, sizeof replicates, "%d", options->replicates);
    SpecLines lines;
    char path[PATH_MAX];
    Status status = program_spec(path, operand, message);
    if (!status)
        status = spec_read(spec, &lines, path, message);
    for (int i = 0; !status && i < options->set.values; i++) {
        status = spec_assign(spec, options->set.value[i], "--set", message);
        spec_lines_forget(&lines, options->set.value[i]);
    }
    if (!status)
        status = assign(spec, "replicates", options->replicates ? replicates : NULL, "--replicates", message);
    if (!status)
        status = assign(spec, "data.path", options->data, "--data", message);
    if (!status)
        status = plugins_open(spec, message);
    Message why;
    char place[PATH_MAX + 16];
    if (!status && ((status = spec_check(spec, &why)) || (status = source_check(spec, &why)))) {
        spec_fault_place(&lines, path, why.text, place, sizeof place);
        return fail(message, status, "%s: %s", place, why.text);
    }
    char unlisted[SPEC_WORD];
    if (!status && spec_unlisted(spec, unlisted))
        cli_note("%s: estimator.%s: not in the experiment, so its options have no effect", path, unlisted);
    char idle[SPEC_TEXT];
    if (!status && spec_idle(spec, idle))
        cli_note("%s: %s: no effect on %s", path, idle, spec->layout ? "real data" : "a simulated world");
    return status;
}

/* The default store is below results/, which a user's own folder may not have yet. */
void spec_options_free(Spec *spec)
{
    if (spec)
        plugins_close(spec);
    free(spec);
}

Status spec_store_path(const Spec *spec, const char *db, const Shard *shard, char *path, size_t size,
                       Message *message)
{
    if (db) {
        snprintf(path, size, "%s", db);
        return STATUS_OK;
    }
    if (mkdir("results", 0777) && errno != EEXIST)
        return fail(message, STATUS_FAILED, "results: cannot create the folder: %s", strerror(errno));
    if (shard->parts)
        snprintf(path, size, "results/%s.%d-of-%d.db", spec->name, shard->part, shard->parts);
    else
        snprintf(path, size, "results/%s.db", spec->name);
    return STATUS_OK;
}
