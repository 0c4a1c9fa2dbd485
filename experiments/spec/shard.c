/* Shards by hashes, and where schedulers say which task of an array this is. */
#include "experiments/spec/shard.h"

#include "sim/base/random.h"
#include "sim/base/text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Where a scheduler says which task of an array this is, and the number of the first. */
static const struct {
    const char *variable, *scheduler;
    long first;
} task_number[] = {
    {"SLURM_ARRAY_TASK_ID", "Slurm", 1},
    {"PBS_ARRAY_INDEX", "PBS", 1},
    {"JOB_COMPLETION_INDEX", "Kubernetes", 0},
    {"SGE_TASK_ID", "SGE", 1},
};

/* A whole number that ends at `end`. */
static bool read_number(const char *text, const char *end, long *number)
{
    char *stop;
    *number = strtol(text, &stop, 10);
    return stop == end && stop > text && *text >= '0' && *text <= '9' && *number < INT_MAX;
}

static Status read_task(Shard *shard, const char *text, Message *message)
{
    for (size_t i = 0; i < sizeof task_number / sizeof *task_number; i++) {
        const char *value = getenv(task_number[i].variable);
        const long first = task_number[i].first;
        char found[SHOWN_TEXT];
        long number;
        if (!value || !strcmp(value, "undefined")) /* as SGE has it of a job that is no array */
            continue;
        if (!read_number(value, value + strlen(value), &number) || number < first ||
            number - first >= shard->parts)
            return fail(message, STATUS_USAGE,
                        "--shard %s: found %s=%s; expected a number from %ld to %ld: an array job of %s "
                        "whose tasks are these",
                        text, task_number[i].variable, shown(value, found), first, first + shard->parts - 1,
                        task_number[i].scheduler);
        shard->part = (int)(number - first + 1);
        return STATUS_OK;
    }
    return fail(message, STATUS_USAGE,
                "--shard %s: found no SLURM_ARRAY_TASK_ID, PBS_ARRAY_INDEX, JOB_COMPLETION_INDEX or "
                "SGE_TASK_ID; expected an array job of a scheduler, or I/N",
                text);
}

Status shard_read(Shard *shard, const char *text, Message *message)
{
    char found[SHOWN_TEXT];
    const char *slash = strchr(text, '/');
    long part = 1, parts = 0;
    const bool is_auto = slash && slash - text == 4 && !strncmp(text, "auto", 4);
    if (!slash || !read_number(slash + 1, slash + strlen(slash), &parts) || parts < 1 ||
        (!is_auto && (!read_number(text, slash, &part) || part < 1 || part > parts)))
        return fail(message, STATUS_USAGE,
                    "--shard: found '%s'; expected I/N with I from 1 to N, or auto/N in an array job",
                    shown(text, found));
    *shard = (Shard){(int)part, (int)parts};
    return is_auto ? read_task(shard, text, message) : STATUS_OK;
}

int shard_of(int parts, const char *setting, int world, int replicate, const char *about)
{
    const StreamKey key = {.setting = setting, .world = (uint32_t)world, .replicate = (uint32_t)replicate};
    return 1 + (int)(stream_hash(&key, about) % (uint64_t)parts);
}

bool shard_has(const Shard *shard, const char *setting, int world, int replicate, const char *about)
{
    return shard->parts == 0 || shard_of(shard->parts, setting, world, replicate, about) == shard->part;
}
