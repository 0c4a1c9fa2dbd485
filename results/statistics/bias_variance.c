/* Means and variances over replicates at each exposure, and the jackknife over replicates in one pass: each
 * exposure adds what its sums would be without each of them. */
#include "results/statistics/bias_variance.h"

#include "results/statistics/moments.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Jackknife standard error of a quantity from its n leave-one-out values. */
static double jackknife(const double *without, int n)
{
    double centre = moments_mean(without, (size_t)n);
    double sum = 0;
    for (int b = 0; b < n; b++)
        sum += (without[b] - centre) * (without[b] - centre);
    return sqrt((double)(n - 1) / n * sum);
}

static double standard_error(const double *value, int n)
{
    return moments_sd(value, (size_t)n) / sqrt(n);
}

/* Squared errors of variance and bias_sq from their jackknives. Both are means over pairs of replicates, of
 * variance 4 z1 / n + 2 z2 / (n (n-1)), which the jackknife takes for 4 z1 / n + 4 z2 / (n (n-2)): at 4
 * replicates up to 3 times as much. Where replicates are normal, whatever their covariance between exposures,
 * z2 is the same for both and twice the z1 of the variance; so (n-2) / (n-1) of the jackknife of the variance
 * has the right mean, and what the jackknife of bias_sq has too much is that of the variance over n-1. The
 * last term of the true variance alone is a lower bound for it. */
typedef struct PairErrors {
    double variance, bias_sq; /* standard errors */
} PairErrors;

static PairErrors pair_errors(double variance_jackknife, double bias_sq_jackknife, int replicates)
{
    const double n = replicates, v = variance_jackknife * variance_jackknife,
                 b = bias_sq_jackknife * bias_sq_jackknife;
    return (PairErrors){sqrt(v * (n - 2) / (n - 1)),
                        sqrt(fmax(b - v / (n - 1), v * (n - 2) / (n * (n - 1))))};
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
    result.mse = moments_mean(sums.square_error, n);
    result.mse_mcse = standard_error(sums.square_error, replicates); /* the jackknife of a mean */
    result.bias_sq = replicates > 1 ? result.bias_sq / t : (double)NAN;
    result.variance = replicates > 1 ? result.variance / t : (double)NAN;
    const PairErrors error = pair_errors(jackknife(sums.variance_without, replicates),
                                         jackknife(sums.bias_sq_without, replicates), replicates);
    result.bias_sq_mcse = replicates > 2 ? error.bias_sq : (double)NAN;
    result.variance_mcse = replicates > 2 ? error.variance : (double)NAN;
    free(memory);
    return result;
}

/* Pseudo-values in place of the values without each replicate, their distances from the whole times `scale`.
 */
static void to_pseudo_values(double *without, int replicates, double whole, double scale)
{
    for (int b = 0; b < replicates; b++)
        without[b] = whole + scale * (replicates - 1) * (whole - without[b]);
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
    for (size_t i = 0; i < n; i++) {
        into->variance[i] /= t;
        into->bias_sq[i] /= t;
    }
    const double variance = jackknife(into->variance, replicates),
                 bias_sq = jackknife(into->bias_sq, replicates);
    const PairErrors error = pair_errors(variance, bias_sq, replicates);
    to_pseudo_values(into->variance, replicates, total.variance / t,
                     variance > 0 ? error.variance / variance : 1);
    to_pseudo_values(into->bias_sq, replicates, total.bias_sq / t, bias_sq > 0 ? error.bias_sq / bias_sq : 1);
    free(memory);
    return STATUS_OK;
}

ScalarPerformance scalar_performance(const double *estimate, int replicates, double truth)
{
    const size_t rows = (size_t)replicates;
    const double n = replicates;
    ScalarPerformance result = {0};
    double sd = moments_sd(estimate, rows);
    result.bias = moments_mean(estimate, rows) - truth;
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
