/* Bounds from Monte Carlo error, for tests of simulations: a mean may be this many standard errors from what
 * it should be, and a p-value of another kind as small as what that many leave in the tails. */
#pragma once

#include "sim/world/world.h"
#include "tests/support/support.h"

#include <math.h>

static const double STANDARD_ERRORS = 4.5;

/* Sanitizers make programs some ten times slower, and valgrind more: samples shrink, and the bounds follow
 * from their sizes. */
#if defined __SANITIZE_ADDRESS__ || defined CVRLAB_MEMCHECK
enum { SHRINK = 10 };
#else
enum { SHRINK = 1 };
#endif

/* `got` estimates `want` with this standard error. */
void within_error(const char *what, double got, double want, double error);

double mean_of(const double *x, size_t n);

/* Variance over n independent values. */
double variance_of(const double *x, size_t n);

double error_of_mean(const double *x, size_t n);

/* Independent values have this mean. */
void mean_is(const char *what, const double *x, size_t n, double want);

/* Counts of n draws agree with these probabilities, which sum to 1. */
void counts_agree(const char *what, const size_t *count, const double *p, size_t cells);

/* A log with its truth. */
typedef struct Drawn {
    Log log;
    Truth truth;
} Drawn;

StreamKey drawn_key(uint32_t replicate);

/* World 0 of seed 3. */
World *world_of(const WorldOptions *options);

Drawn draw_of(const World *world, uint32_t replicate, const char *purpose, Sampling sampling, size_t rows);

void drawn_free(Drawn *drawn);

double sigmoid_of(double x);

double logit_of(double p);
