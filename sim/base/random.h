/* Keyed random streams: every draw of the program comes from a generator seeded by a hash of its purpose,
 * so results do not depend on order, on the number of workers, on which estimators run or on resuming. */
#pragma once

#include <gsl/gsl_rng.h>
#include <stdint.h>

typedef struct StreamKey {
    uint64_t seed; /* of the experiment */
    const char
        *setting; /* the readable "key=value ..." string; "" for what all settings share, such as the world */
    uint32_t world;
    uint32_t replicate;
} StreamKey;

/* The replicate number for draws that all replicates of a world share: its users, items, scores and test
 * exposures. */
#define EVERY_REPLICATE UINT32_MAX

/* 64-bit hash of the key and of `purpose`, a short word for what the draws are ("log", "batches", ...). */
uint64_t stream_hash(const StreamKey *key, const char *purpose);

/* Allocates a generator that starts at the stream of (key, purpose). NULL when out of memory; free with
 * gsl_rng_free. */
gsl_rng *stream_open(const StreamKey *key, const char *purpose);

/* Moves a generator that stream_open made to the start of another stream. */
void stream_restart(gsl_rng *generator, const StreamKey *key, const char *purpose);
