/* Bias, variance and their Monte Carlo errors from predictions over replicates. */
#pragma once

#include "sim/base/status.h"

#include <stddef.h>

/* Of `replicates` predictions of `rows` fixed test exposures with known truth; x_jb is the prediction of
 * exposure j in replicate b, m_j and s_j^2 its mean and variance over b. bias_sq + variance = mse, exactly.
 * What is not defined for so few replicates is NaN: variance, bias_sq and the MCSEs of the means below 2, the
 * MCSEs of variance and bias_sq below 3. */
typedef struct BiasVariance {
    double mean_bias, mean_bias_mcse;         /* (1/T) sum_j (m_j - p_j); sd_b(mean_j prediction) / sqrt(B) */
    double relative_bias, relative_bias_mcse; /* both over mean p */
    double bias_sq, bias_sq_mcse;   /* (1/T) sum_j [(m_j - p_j)^2 - s_j^2 / B]: unbiased, may be negative */
    double variance, variance_mcse; /* (1/T) sum_j s_j^2 */
    double mse, mse_mcse;           /* (1/(T B)) sum_jb (prediction - p_j)^2 */
} BiasVariance;

/* prediction[b] points at the rows predictions of replicate b; rows and replicates are at least 1. MCSEs of
 * variance and bias_sq by jackknife over replicates, in O(rows x replicates), with a correction for few of
 * them that is exact in the mean where replicates are normal. All NaN when out of memory. */
BiasVariance bias_variance(const float *const *prediction, int replicates, const double *p, size_t rows);

/* Jackknife pseudo-values of variance and bias_sq: theta + f (B-1) (theta - theta without replicate b), with
 * the f that makes the correction of the MCSE above. Arrays of B. */
typedef struct PseudoValues {
    double *variance, *bias_sq;
} PseudoValues;

/* Fills the arrays of `into`, of at least 3 replicates. Both quantities are sums over pairs of replicates, so
 * the mean of the pseudo-values is the quantity itself, and sd / sqrt(B) its MCSE as above. */
Status bias_variance_pseudo_values(const float *const *prediction, int replicates, const double *p,
                                   size_t rows, const PseudoValues *into, Message *message);

/* Of a scalar estimate over replicates (Morris, White and Crowther 2019, table 6). What one replicate does
 * not define is NaN. */
typedef struct ScalarPerformance {
    double bias, bias_mcse, empirical_se, empirical_se_mcse, mse, mse_mcse;
} ScalarPerformance;
ScalarPerformance scalar_performance(const double *estimate, int replicates, double truth);
