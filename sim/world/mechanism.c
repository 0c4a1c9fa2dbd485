/* The table of mechanisms, and what a world has of them. */
#include "sim/world/world_internal.h"

#include <stdio.h>

#define MECHANISM(Options, name) &name##_mechanism,
const Mechanism *const mechanism_table[MECHANISM_COUNT] = {MECHANISMS(MECHANISM)};
#undef MECHANISM

const void *world_mechanism(const World *world, const Mechanism *mechanism)
{
    for (int m = 0; m < world->mechanisms; m++)
        if (world->mechanism[m].mechanism == mechanism)
            return world->mechanism[m].state;
    return NULL;
}

Status mechanism_streams_open(gsl_rng *random[MECHANISM_COUNT], const World *world, const StreamKey *key,
                              const char *purpose, Message *message)
{
    for (int m = 0; m < MECHANISM_COUNT; m++)
        random[m] = NULL;
    for (int m = 0; m < world->mechanisms; m++) {
        const Mechanism *mechanism = world->mechanism[m].mechanism;
        char own[128];
        if (!mechanism->stream)
            continue;
        snprintf(own, sizeof own, "%s/%s", purpose, mechanism->stream);
        random[m] = stream_open(key, own);
        if (!random[m])
            return fail_memory(message, mechanism->name);
    }
    return STATUS_OK;
}

void mechanism_streams_restart(gsl_rng *random[MECHANISM_COUNT], const World *world, const StreamKey *key,
                               const char *purpose)
{
    for (int m = 0; m < world->mechanisms; m++) {
        char own[128];
        if (!random[m])
            continue;
        snprintf(own, sizeof own, "%s/%s", purpose, world->mechanism[m].mechanism->stream);
        stream_restart(random[m], key, own);
    }
}

void mechanism_streams_close(gsl_rng *random[MECHANISM_COUNT])
{
    for (int m = 0; m < MECHANISM_COUNT; m++)
        gsl_rng_free(random[m]);
}
