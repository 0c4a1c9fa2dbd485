/* A method at its start and the first batch of the toy log, for tests that run single losses. */
#pragma once

#include "tests/support/toy_log.h"

typedef struct Bench {
    const Toy *toy;
    Method method;
    EstimatorOptions options;
    Sampler *sampler;
    PassContext context;
} Bench;

/* Embeddings start far from 0. Close it with bench_close. */
void bench_open(Bench *bench, const Toy *toy, const char *name, Draw draw);
void bench_close(Bench *bench);
