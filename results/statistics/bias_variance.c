/* Means and variances over replicates at each exposure, and the jackknife over replicates in one pass: each
 * exposure adds what its sums would be without each of them. */
#include "results/statistics/bias_variance.h"

#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Jackknife standard error of a quantity from its n leave-one-out values. */
static double jackknife(const double *without, int n)
{
    double centre = gsl_stats_mean(without, 1, (size_t)n);
    double sum = 0;
    for (int b = 0; b < n; b++)
        sum += (without[b] - centre) * (without[b] - centre);
    return sqrt((double)(n - 1) / n * sum);
}

static double standard_error(const double *value, int n)
{
    return n > 1 ? gsl_stats_sd(value, 1, (size_t)n) / sqrt(n) : (double)NAN;
}

/* Sums over exposures, for each replicate. */
typedef struct ReplicateSums {
    double *prediction, *square_error;          /* of the replicate */
    double *variance_without, *bias_sq_without; /* of the integrated quantities, had it not been there */
} ReplicateSums;

/* Without replicate b, with d = x_b - m: the mean is m - d / (B-1), the sum of squares about it is SS - d^2 B
 * / (B-1). */
static void add_exposure(const ReplicateSums *sums, const float *const *prediction, int replicates, size_t j,
                         double p, BiasVariance *total)
{
    const double n = replicates;
    double mean = 0;
    for (int b = 0; b < replicates; b++)
        mean += (double)prediction[b][j];
    mean /= n;
    double squares = 0;
    for (int b = 0; b < replicates; b++) {
        double d = (double)prediction[b][j] - mean;
        squares += d * d;
    }
    const double variance = squares / (n - 1);
    const double bias = mean - p;
    total->mean_bias += bias;
    total->variance += variance;
    total->bias_sq += bias * bias - variance / n;
    for (int b = 0; b < replicates; b++) {
        double x = (double)prediction[b][j];
        double d = x - mean;
        double bias_without = bias - d / (n - 1);
        double variance_without = (squares - d * d * n / (n - 1)) / (n - 2);
        sums->prediction[b] += x;
        sums->square_error[b] += (x - p) * (x - p);
        sums->variance_without[b] += variance_without;
        sums->bias_sq_without[b] += bias_without * bias_without - variance_without / (n - 1);
    }
}

BiasVariance bias_variance(const float *const *prediction, int replicates, const double *p, size_t rows)
{
    const size_t n = (size_t)replicates;
    const double t = (double)rows;
    double *memory = calloc(4 * n, sizeof *memory);
    if (!memory) {
        const double nan = (double)NAN;
        return (BiasVariance){nan, nan, nan, nan, nan, nan, nan, nan, nan, nan};
    }
    ReplicateSums sums = {memory, memory + n, memory + 2 * n, memory + 3 * n};
    BiasVariance result = {0};
    double truth = 0;
    for (size_t j = 0; j < rows; j++) {
        truth += p[j];
        add_exposure(&sums, prediction, replicates, j, p[j], &result);
    }
    for (size_t i = 0; i < 4 * n; i++)
        memory[i] /= t;
    result.mean_bias /= t;
    result.mean_bias_mcse = standard_error(sums.prediction, replicates);
    result.relative_bias = result.mean_bias / (truth / t);
    result.relative_bias_mcse = result.mean_bias_mcse / (truth / t);
    result.mse = gsl_stats_mean(sums.square_error, 1, n);
    result.mse_mcse = standard_error(sums.square_error, replicates); /* the jackknife of a mean */
    result.bias_sq = replicates > 1 ? result.bias_sq / t : (double)NAN;
    result.variance = replicates > 1 ? result.variance / t : (double)NAN;
    result.bias_sq_mcse = replicates > 2 ? jackknife(sums.bias_sq_without, replicates) : (double)NAN;
    result.variance_mcse = replicates > 2 ? jackknife(sums.variance_without, replicates) : (double)NAN;
    free(memory);
    return result;
}

Status bias_variance_pseudo_values(const float *const *prediction, int replicates, const double *p,
                                   size_t rows, const PseudoValues *into, Message *message)
{
    const size_t n = (size_t)replicates;
    const double t = (double)rows;
    double *memory = calloc(2 * n, sizeof *memory);
    if (!memory)
        return fail_memory(message, "the pseudo-values");
    memset(into->variance, 0, n * sizeof *into->variance);
    memset(into->bias_sq, 0, n * sizeof *into->bias_sq);
    ReplicateSums sums = {memory, memory + n, into->variance, into->bias_sq};
    BiasVariance total = {0};
    for (size_t j = 0; j < rows; j++)
        add_exposure(&sums, prediction, replicates, j, p[j], &total);
    for (size_t b = 0; b < n; b++) {
        into->variance[b] = (replicates * total.variance - (replicates - 1) * into->variance[b]) / t;
        into->bias_sq[b] = (replicates * total.bias_sq - (replicates - 1) * into->bias_sq[b]) / t;
    }
    free(memory);
    return STATUS_OK;
}

ScalarPerformance scalar_performance(const double *estimate, int replicates, double truth)
{
    const size_t rows = (size_t)replicates;
    const double n = replicates;
    ScalarPerformance result = {0};
    double sd = replicates > 1 ? gsl_stats_sd(estimate, 1, rows) : (double)NAN;
    result.bias = gsl_stats_mean(estimate, 1, rows) - truth;
    result.bias_mcse = sd / sqrt(n);
    result.empirical_se = sd;
    result.empirical_se_mcse = sd / sqrt(2 * (n - 1));
    for (int i = 0; i < replicates; i++)
        result.mse += (estimate[i] - truth) * (estimate[i] - truth);
    result.mse /= n;
    double squares = 0;
    for (int i = 0; i < replicates; i++) {
        double gap = (estimate[i] - truth) * (estimate[i] - truth) - result.mse;
        squares += gap * gap;
    }
    result.mse_mcse = sqrt(squares / (n * (n - 1)));
    return result;
}
