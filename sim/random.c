#include "sim/random.h"

/* Finaliser of splitmix64 (Steele, Lea and Flood 2014): every input bit moves every output bit. */
static uint64_t mix(uint64_t z)
{
    z += 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

static uint64_t mix_text(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = mix(hash ^ (unsigned char)*text);
    return mix(hash ^ 0x100); /* an end mark, so that ("ab", "c") and ("a", "bc") differ */
}

uint64_t stream_hash(const StreamKey *key, const char *purpose)
{
    uint64_t hash = mix_text(mix(key->seed), key->setting);
    hash = mix(hash ^ ((uint64_t)key->world << 32 | key->replicate));
    return mix_text(hash, purpose);
}

void stream_restart(gsl_rng *generator, const StreamKey *key, const char *purpose)
{
    gsl_rng_set(generator, (unsigned long)(stream_hash(key, purpose) & 0xffffffffUL));
}

gsl_rng *stream_open(const StreamKey *key, const char *purpose)
{
    gsl_rng *generator = gsl_rng_alloc(gsl_rng_mt19937);
    if (generator)
        stream_restart(generator, key, purpose);
    return generator;
}
