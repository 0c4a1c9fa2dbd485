/* Sample means, their errors, and tests of them; worlds and logs to draw them from. */
#include "tests/support/monte_carlo.h"

#include <gsl/gsl_cdf.h>

void within_error(const char *what, double got, double want, double error)
{
    if (!(fabs(got - want) <= STANDARD_ERRORS * error)) {
        fail_msg("%s: %.8g, expected %.8g; the standard error is %.3g, so that is %.1f of them off", what,
                 got, want, error, (got - want) / error);
    }
}

double mean_of(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

double variance_of(const double *x, size_t n)
{
    double mean = mean_of(x, n);
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return sum / (double)(n - 1);
}

double error_of_mean(const double *x, size_t n)
{
    return sqrt(variance_of(x, n) / (double)n);
}

void mean_is(const char *what, const double *x, size_t n, double want)
{
    within_error(what, mean_of(x, n), want, error_of_mean(x, n));
}

void counts_agree(const char *what, const size_t *count, const double *p, size_t cells)
{
    double n = 0;
    double statistic = 0;
    for (size_t i = 0; i < cells; i++)
        n += (double)count[i];
    for (size_t i = 0; i < cells; i++) {
        assert_true(n * p[i] >= 5); /* or the statistic is not chi-square */
        statistic += ((double)count[i] - n * p[i]) * ((double)count[i] - n * p[i]) / (n * p[i]);
    }
    double tail = gsl_cdf_chisq_Q(statistic, (double)(cells - 1));
    if (!(tail > 2 * gsl_cdf_ugaussian_Q(STANDARD_ERRORS)))
        fail_msg("%s: chi-square %.1f on %zu degrees of freedom", what, statistic, cells - 1);
}

StreamKey drawn_key(uint32_t replicate)
{
    return (StreamKey){.seed = 5, .setting = "test", .replicate = replicate};
}

World *world_of(const WorldOptions *options)
{
    World *world;
    OK(world_create(&world, options, 3, 0, message));
    return world;
}

Drawn draw_of(const World *world, uint32_t replicate, const char *purpose, Sampling sampling, size_t rows)
{
    StreamKey key = drawn_key(replicate);
    Drawn drawn;
    OK(world_draw(world, &(ExposureDraw){&key, purpose, sampling, rows, 0}, &drawn.log, &drawn.truth,
                  message));
    return drawn;
}

void drawn_free(Drawn *drawn)
{
    log_free(&drawn->log);
    truth_free(&drawn->truth);
}

double sigmoid_of(double x)
{
    return 1 / (1 + exp(-x));
}

double logit_of(double p)
{
    return log(p / (1 - p));
}
