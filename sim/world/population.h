/* The users and items of a world, and how often each is exposed. */
#pragma once

#include "sim/base/random.h"
#include "sim/base/status.h"

#include <stdint.h>

/* One side of an exposure: users or items. */
typedef struct Population {
    int members, latent;
    double *z;       /* latent vectors ~ N(0, I), members x latent */
    float *copy;     /* what estimators see of them: z + noise, members x latent */
    uint32_t *group; /* segment or category, in [0, groups): whose direction z leans to most */
    /* Cumulative exposure probabilities, members entries; NULL when all are exposed alike. */
    double *exposure;
    uint32_t *guide; /* the member at share g / guides, for every g; NULL likewise */
    uint32_t guides; /* a power of two: the product with a share is exact */
} Population;

typedef struct PopulationOptions {
    const char *stream; /* "users" or "items": members do not change with the other side */
    int members, latent, groups;
    double zipf;  /* exponent of exposure by rank, which is the id; 0 is uniform */
    double noise; /* sd of the noise on the copies */
} PopulationOptions;

Status population_create(Population *population, const PopulationOptions *options, const StreamKey *key,
                         Message *message);
void population_free(Population *population);

/* The share of exposures that a member has. */
double population_share(const Population *population, uint32_t member);

/* The member at `share` in [0, 1) of the cumulative exposure. */
uint32_t population_exposed(const Population *population, double share);

/* The member at `share` in [0, 1) when all are alike. */
uint32_t population_any(const Population *population, double share);
