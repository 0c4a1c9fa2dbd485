/* Raw scores of calibration samples, for the next world of the same users, items and score functions:
 * settings of a sweep mostly differ in what comes after these. A world is the same in every bit with the
 * cache and without it. For several threads. */
#pragma once

#include "sim/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct WorldOptions;

typedef struct SampleCache SampleCache;

/* Holds up to `most` samples of some megabytes each; the one that was not asked for longest makes room. NULL
 * when out of memory. */
SampleCache *sample_cache_create(int most);
void sample_cache_free(SampleCache *cache);

/* What the raw scores of a world depend on. */
typedef struct SampleKey {
    const struct WorldOptions *options;
    uint64_t seed;
    uint32_t index;
} SampleKey;

/* Copies the numbers of the sample, if the cache has it; `cache` may be NULL. */
bool sample_cache_get(SampleCache *cache, const SampleKey *key, double *numbers, size_t count);

/* Keeps a copy. Where there is no memory for it, nothing is kept. */
void sample_cache_put(SampleCache *cache, const SampleKey *key, const double *numbers, size_t count);
