/* Standard errors of statistics of a log by its halves. A statistic here may be of a model that is fitted
 * anew, whose noise a jackknife, which multiplies small differences by the number of groups, would mistake
 * for that of the log. */
#pragma once

#include <gsl/gsl_rng.h>

/* Draws which groups are in the first half of each of `splits` splits: half[s groups + g] is 0 or 1, and each
 * half has groups / 2 of them. */
void half_samples_draw(int splits, int groups, gsl_rng *random, int *half);

/* value[(2 s + h) size + k] is statistic k of half h of split s. error[k] is sqrt(mean over splits of (b_0 -
 * b_1)^2 / 4), of a mean the standard error of the groups' mean in expectation. NaN where a value is. */
void half_samples_errors(const double *value, int splits, int size, double *error);
