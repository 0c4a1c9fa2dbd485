/* A handful of samples, gone through one by one. */
#include "sim/world/sample_cache.h"

#include "sim/world/world.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct CachedSample {
    WorldOptions options; /* as shared_options gives them */
    uint64_t seed;
    uint32_t index;
    double *numbers; /* NULL: none */
    size_t count;
    uint64_t asked; /* when it was asked for last */
} CachedSample;

struct SampleCache {
    pthread_mutex_t lock;
    CachedSample *sample;
    int most;
    uint64_t now; /* counts questions */
};

SampleCache *sample_cache_create(int most)
{
    SampleCache *cache = calloc(1, sizeof *cache);
    CachedSample *sample = calloc((size_t)most, sizeof *sample);
    if (!cache || !sample) {
        free(cache);
        free(sample);
        return NULL;
    }
    *cache = (SampleCache){.sample = sample, .most = most};
    pthread_mutex_init(&cache->lock, NULL);
    return cache;
}

void sample_cache_free(SampleCache *cache)
{
    if (!cache)
        return;
    for (int i = 0; i < cache->most; i++)
        free(cache->sample[i].numbers);
    pthread_mutex_destroy(&cache->lock);
    free(cache->sample);
    free(cache);
}

/* Without what raw scores do not depend on. A new option is a part of the key until it is named here. */
static void shared_options(const WorldOptions *options, WorldOptions *shared)
{
    memcpy(shared, options, sizeof *shared); /* with the gaps, that are compared too */
    shared->segments = shared->categories = 0;
    shared->feature_noise = shared->dependence = 0;
    shared->sigma_o = shared->sigma_r = shared->gamma_o = shared->gamma_r = shared->delta = 0;
    shared->ctr = shared->cvr = 0;
}

static CachedSample *find(SampleCache *cache, const SampleKey *key, const WorldOptions *options)
{
    for (int i = 0; i < cache->most; i++) {
        CachedSample *sample = &cache->sample[i];
        if (sample->numbers && sample->seed == key->seed && sample->index == key->index &&
            /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): gaps are copied with the rest */
            !memcmp(&sample->options, options, sizeof *options))
            return sample;
    }
    return NULL;
}

bool sample_cache_get(SampleCache *cache, const SampleKey *key, double *numbers, size_t count)
{
    WorldOptions options;
    if (!cache)
        return false;
    shared_options(key->options, &options);
    pthread_mutex_lock(&cache->lock);
    CachedSample *sample = find(cache, key, &options);
    const bool there = sample && sample->count == count;
    if (there) {
        memcpy(numbers, sample->numbers, count * sizeof *numbers);
        sample->asked = ++cache->now;
    }
    pthread_mutex_unlock(&cache->lock);
    return there;
}

void sample_cache_put(SampleCache *cache, const SampleKey *key, const double *numbers, size_t count)
{
    WorldOptions options;
    double *copy = cache ? malloc(count * sizeof *copy) : NULL;
    if (!copy)
        return;
    memcpy(copy, numbers, count * sizeof *copy);
    shared_options(key->options, &options);
    pthread_mutex_lock(&cache->lock);
    CachedSample *found = find(cache, key, &options), *place = found ? found : cache->sample;
    /* places that are free were never asked for */
    for (int i = 1; !found && i < cache->most; i++)
        if (cache->sample[i].asked < place->asked)
            place = &cache->sample[i];
    free(place->numbers);
    *place = (CachedSample){options, key->seed, key->index, copy, count, ++cache->now};
    pthread_mutex_unlock(&cache->lock);
}
