/* Standard errors of any statistics of a log, by leaving out groups of it. */
#pragma once

/* Delete-a-group jackknife: value[g size + k] is statistic k without group g of `groups`; error[k] is
 * sqrt((G-1)/G sum_g (b_-g - mean)^2). NaN where a value is. */
void jackknife_errors(const double *value, int groups, int size, double *error);
