/* The normal distribution, of one number and of two, the same in every bit on every machine. */
#pragma once

/* The density of N(0, 1). */
double normal_density(double x);

/* P(X < x), X ~ N(0, 1): its relative error is below 1e-13 from x = -20 on, and it is 0 far below. */
double normal_cdf(double x);

/* The correlation up to which two numbers are known. */
static const double most_correlation = 0.99;

/* P(X < a, Y < b) of standard normal numbers with a correlation within +-most_correlation: its error is below
 * 1e-13. */
double bivariate_normal_cdf(double a, double b, double correlation);

/* Their density at (a, b): the derivative of the above in the correlation. */
double bivariate_normal_density(double a, double b, double correlation);
