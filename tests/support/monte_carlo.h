/* Bounds from Monte Carlo error, for tests of simulations: a mean may be this many standard errors from what
 * it should be, and a p-value of another kind as small as what that many leave in the tails. */
#pragma once

#include "sim/world/world.h"
#include "tests/support/support.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

static const double STANDARD_ERRORS = 4.5;

/* Sanitizers make programs some ten times slower: samples shrink, and the bounds follow from their sizes. */
#ifdef __SANITIZE_ADDRESS__
enum { SHRINK = 10 };
#else
enum { SHRINK = 1 };
#endif

/* `got` estimates `want` with this standard error. */
static inline void within_error(const char *what, double got, double want, double error)
{
    if (!(fabs(got - want) <= STANDARD_ERRORS * error)) {
        fail_msg("%s: %.8g, expected %.8g; the standard error is %.3g, so that is %.1f of them off", what,
                 got, want, error, (got - want) / error);
    }
}

static inline double mean_of(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += x[i];
    }
    return sum / (double)n;
}

/* Variance over n independent values. */
static inline double variance_of(const double *x, size_t n)
{
    double mean = mean_of(x, n);
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (x[i] - mean) * (x[i] - mean);
    }
    return sum / (double)(n - 1);
}

static inline double error_of_mean(const double *x, size_t n)
{
    return sqrt(variance_of(x, n) / (double)n);
}

/* Independent values have this mean. */
static inline void mean_is(const char *what, const double *x, size_t n, double want)
{
    within_error(what, mean_of(x, n), want, error_of_mean(x, n));
}

/* Counts of n draws agree with these probabilities, which sum to 1. */
static inline void counts_agree(const char *what, const size_t *count, const double *p, size_t cells)
{
    double n = 0;
    double statistic = 0;
    for (size_t i = 0; i < cells; i++) {
        n += (double)count[i];
    }
    for (size_t i = 0; i < cells; i++) {
        assert_true(n * p[i] >= 5); /* or the statistic is not chi-square */
        statistic += ((double)count[i] - n * p[i]) * ((double)count[i] - n * p[i]) / (n * p[i]);
    }
    double tail = gsl_cdf_chisq_Q(statistic, (double)(cells - 1));
    if (!(tail > 2 * gsl_cdf_ugaussian_Q(STANDARD_ERRORS))) {
        fail_msg("%s: chi-square %.1f on %zu degrees of freedom", what, statistic, cells - 1);
    }
}

/* A log with its truth. */
typedef struct Drawn {
    Log log;
    Truth truth;
} Drawn;

static inline StreamKey drawn_key(uint32_t replicate)
{
    return (StreamKey){.seed = 5, .setting = "test", .replicate = replicate};
}

/* World 0 of seed 3. */
static inline World *world_of(const WorldOptions *options)
{
    World *world;
    OK(world_create(&world, options, 3, 0, message));
    return world;
}

static inline Drawn draw_of(const World *world, uint32_t replicate, const char *purpose, Sampling sampling,
                            size_t rows)
{
    StreamKey key = drawn_key(replicate);
    Drawn drawn;
    OK(world_draw(world, &(ExposureDraw){&key, purpose, sampling, rows}, &drawn.log, &drawn.truth, message));
    return drawn;
}

static inline void drawn_free(Drawn *drawn)
{
    log_free(&drawn->log);
    truth_free(&drawn->truth);
}

static inline double sigmoid_of(double x)
{
    return 1 / (1 + exp(-x));
}

static inline double logit_of(double p)
{
    return log(p / (1 - p));
}
