/* Parts of the units of an experiment, for one of several machines each. */
#pragma once

#include "sim/base/status.h"

#include <stdbool.h>

/* Number `part` of `parts`, from 1; of 0 parts: all units. Which part a unit is in depends on what it is
 * about and on `parts` alone, so that it stays there when settings, replicates or estimators are added. */
typedef struct Shard {
    int part, parts;
} Shard;

/* "I/N", I from 1 to N, or "auto/N": then I is what the scheduler calls this task. An array job of Slurm
 * (SLURM_ARRAY_TASK_ID), SGE (SGE_TASK_ID) or PBS (PBS_ARRAY_INDEX) counts its tasks from 1; an indexed job
 * of Kubernetes (JOB_COMPLETION_INDEX) counts from 0. STATUS_USAGE says what was expected. */
Status shard_read(Shard *shard, const char *text, Message *message);

/* The part of `parts` that a unit is in: of a setting, or of what its draws are keyed by (settings_log),
 * world, replicate, and what else tells units apart. */
int shard_of(int parts, const char *setting, int world, int replicate, const char *about);

/* Whether it is in this one. */
bool shard_has(const Shard *shard, const char *setting, int world, int replicate, const char *about);
