/* Logistic regression in double with its sampling error: the independent truth about what a linear conversion
 * model is fitted to and converges to. */
#pragma once

#include "tests/support/monte_carlo.h"

enum { MAX_COEFFICIENTS = 16 };

/* minimise sum_i w_i [log(1 + exp z_i) - y_i z_i], z_i = theta . (1, x_i): a logistic regression when y_i is
 * a label or a probability; the doubly robust pseudo-label may lie outside [0, 1]. */
typedef struct Regression {
    const Features *x;
    double *w, *y; /* x->rows each */
} Regression;

/* All weights and targets 0. */
Regression regression_create(const Features *x);
void regression_free(Regression *r);

/* A vector of coefficients, the intercept first, with its covariance. */
typedef struct Coefficients {
    size_t count;
    double theta[MAX_COEFFICIENTS];
    double covariance[MAX_COEFFICIENTS][MAX_COEFFICIENTS];
} Coefficients;

/* (1, x_i), and its product with theta. */
void regression_row(const Features *x, size_t i, double *row);
double regression_logit(const double *theta, const double *row, size_t count);

/* Gradient, Hessian and sum of outer products of row gradients at theta. */
typedef struct Derivatives {
    double gradient[MAX_COEFFICIENTS];
    double hessian[MAX_COEFFICIENTS][MAX_COEFFICIENTS], outer[MAX_COEFFICIENTS][MAX_COEFFICIENTS];
} Derivatives;

/* A row's share: its loss has derivatives g and h in the logit. */
void derivatives_add(Derivatives *d, const double *row, size_t count, double g, double h);

/* Newton's method from 0, until a step no longer moves anything. */
Coefficients regression_fit(const Regression *r);

/* Two independent estimates have the same limit: the square of their distance is chi-square with `count`
 * degrees of freedom. */
void same_limit(const char *what, const Coefficients *a, const Coefficients *b);

/* The test above would tell that this is not the limit. */
void other_limit(const char *what, const Coefficients *a, const Coefficients *b);

/* Fitted coefficients minimise their loss, whose derivatives at them these are: the Newton step that is left
 * is a small part of the sampling error. The covariance of that is put beside them. */
void near_minimum(const char *what, Derivatives *d, Coefficients *fitted);

/* The same for the regression itself. */
void is_minimum(const char *what, const Regression *r, Coefficients *fitted);
