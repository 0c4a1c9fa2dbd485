/* The hash that makes a seed of a key, and the generator that starts from it. */
#include "sim/base/random.h"

#include <assert.h>

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

/* xoshiro256** (Blackman and Vigna 2021). GSL's own generators keep at most 32 bits of a seed, and among 10^5
 * streams two would then be expected to be the same one; this one starts from all 64. */
static uint64_t next(void *state)
{
    uint64_t *s = state, middle = s[1] * 5, shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = s[3] << 45 | s[3] >> 19;
    return (middle << 7 | middle >> 57) * 9;
}

/* The golden ratio steps are mix's own, so the state is four outputs of splitmix64, as its authors advise. */
static void set(void *state, unsigned long seed)
{
    uint64_t *s = state;
    for (uint64_t k = 0; k < 4; k++)
        s[k] = mix(seed + k * 0x9e3779b97f4a7c15ULL);
}

static unsigned long get(void *state)
{
    return (unsigned long)(next(state) >> 32);
}

static double get_double(void *state)
{
    return (double)(next(state) >> 11) * 0x1p-53;
}

static const gsl_rng_type xoshiro = {
    .name = "xoshiro256**",
    .max = 0xffffffffUL,
    .min = 0,
    .size = 4 * sizeof(uint64_t),
    .set = set,
    .get = get,
    .get_double = get_double,
};

void stream_restart(gsl_rng *generator, const StreamKey *key, const char *purpose)
{
    assert(generator->type == &xoshiro); /* of another type it would keep 32 bits of the hash */
    gsl_rng_set(generator, stream_hash(key, purpose));
}

gsl_rng *stream_open(const StreamKey *key, const char *purpose)
{
    gsl_rng *generator = gsl_rng_alloc(&xoshiro);
    if (generator)
        stream_restart(generator, key, purpose);
    return generator;
}
