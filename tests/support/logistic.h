/* Logistic regression in double with its sampling error: the independent truth about what a linear conversion
 * model is fitted to and converges to. */
#pragma once

#include "tests/support/monte_carlo.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_linalg.h>

enum { MAX_COEFFICIENTS = 16 };

/* minimise sum_i w_i [log(1 + exp z_i) - y_i z_i], z_i = theta . (1, x_i): a logistic regression when y_i is
 * a label or a probability; the doubly robust pseudo-label may lie outside [0, 1]. */
typedef struct Regression {
    const Features *x;
    double *w, *y; /* x->rows each */
} Regression;

static inline Regression regression_create(const Features *x)
{
    Regression r = {x, calloc(x->rows, sizeof(double)), calloc(x->rows, sizeof(double))};
    assert_true(r.w && r.y);
    return r;
}

static inline void regression_free(Regression *r)
{
    free(r->w);
    free(r->y);
}

/* A vector of coefficients, the intercept first, with its covariance. */
typedef struct Coefficients {
    size_t count;
    double theta[MAX_COEFFICIENTS];
    double covariance[MAX_COEFFICIENTS][MAX_COEFFICIENTS];
} Coefficients;

static inline void row_of(const Features *x, size_t i, double *row)
{
    size_t columns = (size_t)x->schema.dense;
    row[0] = 1;
    for (size_t d = 0; d < columns; d++) {
        row[d + 1] = (double)x->dense[i * columns + d];
    }
}

static inline double logit_at(const double *theta, const double *row, size_t count)
{
    double z = 0;
    for (size_t d = 0; d < count; d++) {
        z += theta[d] * row[d];
    }
    return z;
}

/* Gradient, Hessian and sum of outer products of row gradients at theta. */
typedef struct Derivatives {
    double gradient[MAX_COEFFICIENTS];
    double hessian[MAX_COEFFICIENTS][MAX_COEFFICIENTS], outer[MAX_COEFFICIENTS][MAX_COEFFICIENTS];
} Derivatives;

/* A row's share: its loss has derivatives g and h in the logit. */
static inline void derivatives_add(Derivatives *d, const double *row, size_t count, double g, double h)
{
    for (size_t a = 0; a < count; a++) {
        d->gradient[a] += g * row[a];
        for (size_t b = 0; b < count; b++) {
            d->hessian[a][b] += h * row[a] * row[b];
            d->outer[a][b] += g * g * row[a] * row[b];
        }
    }
}

static inline void derivatives_at(const Regression *r, size_t count, const double *theta, Derivatives *d)
{
    memset(d, 0, sizeof *d);
    for (size_t i = 0; i < r->x->rows; i++) {
        double row[MAX_COEFFICIENTS];
        row_of(r->x, i, row);
        double c = sigmoid_of(logit_at(theta, row, count));
        derivatives_add(d, row, count, r->w[i] * (c - r->y[i]), r->w[i] * c * (1 - c));
    }
}

/* x = A^-1 b for a symmetric positive definite A. */
static inline void solve(double a[MAX_COEFFICIENTS][MAX_COEFFICIENTS], const double *b, size_t count,
                         double *x)
{
    double copy[MAX_COEFFICIENTS][MAX_COEFFICIENTS];
    memcpy(copy, a, sizeof copy);
    gsl_matrix_view matrix = gsl_matrix_view_array_with_tda(&copy[0][0], count, count, MAX_COEFFICIENTS);
    gsl_vector_const_view right = gsl_vector_const_view_array(b, count);
    gsl_vector_view left = gsl_vector_view_array(x, count);
    assert_int_equal(gsl_linalg_cholesky_decomp1(&matrix.matrix), 0);
    assert_int_equal(gsl_linalg_cholesky_solve(&matrix.matrix, &right.vector, &left.vector), 0);
}

/* H^-1 (sum g g') H^-1: the covariance of a minimiser over independent rows (Huber 1967). */
static inline void sandwich(Derivatives *d, Coefficients *c)
{
    double half[MAX_COEFFICIENTS][MAX_COEFFICIENTS]; /* rows of (sum g g') H^-1 */
    for (size_t a = 0; a < c->count; a++) {
        solve(d->hessian, d->outer[a], c->count, half[a]);
    }
    for (size_t a = 0; a < c->count; a++) {
        double column[MAX_COEFFICIENTS];
        double x[MAX_COEFFICIENTS];
        for (size_t b = 0; b < c->count; b++) {
            column[b] = half[b][a];
        }
        solve(d->hessian, column, c->count, x);
        for (size_t b = 0; b < c->count; b++) {
            c->covariance[b][a] = x[b];
        }
    }
}

/* Newton's method from 0, until a step no longer moves anything. */
static inline Coefficients minimise(const Regression *r)
{
    Coefficients c = {.count = (size_t)r->x->schema.dense + 1};
    Derivatives d;
    double largest = HUGE_VAL;
    for (int step = 0; largest > 1e-12; step++) {
        double move[MAX_COEFFICIENTS];
        assert_true(step < 50);
        derivatives_at(r, c.count, c.theta, &d);
        solve(d.hessian, d.gradient, c.count, move);
        largest = 0;
        for (size_t a = 0; a < c.count; a++) {
            c.theta[a] -= move[a];
            largest = fmax(largest, fabs(move[a]));
        }
    }
    sandwich(&d, &c);
    return c;
}

/* delta' V^-1 delta. */
static inline double squared_distance(const double *delta, double v[MAX_COEFFICIENTS][MAX_COEFFICIENTS],
                                      size_t count)
{
    double x[MAX_COEFFICIENTS];
    solve(v, delta, count, x);
    return logit_at(delta, x, count);
}

/* Of two independent estimates: chi-square with `count` degrees of freedom when they have the same limit. */
static inline double chi_square(const Coefficients *a, const Coefficients *b)
{
    double delta[MAX_COEFFICIENTS];
    double v[MAX_COEFFICIENTS][MAX_COEFFICIENTS] = {{0}};
    for (size_t i = 0; i < a->count; i++) {
        delta[i] = a->theta[i] - b->theta[i];
        for (size_t j = 0; j < a->count; j++) {
            v[i][j] = a->covariance[i][j] + b->covariance[i][j];
        }
    }
    return squared_distance(delta, v, a->count);
}

static inline void same_limit(const char *what, const Coefficients *a, const Coefficients *b)
{
    double statistic = chi_square(a, b);
    if (!(gsl_cdf_chisq_Q(statistic, (double)a->count) > 2 * gsl_cdf_ugaussian_Q(STANDARD_ERRORS))) {
        fail_msg("%s: chi-square %.1f on %zu degrees of freedom", what, statistic, a->count);
    }
}

/* The test above would tell that this is not the limit. */
static inline void other_limit(const char *what, const Coefficients *a, const Coefficients *b)
{
    double statistic = chi_square(a, b);
    if (gsl_cdf_chisq_Q(statistic, (double)a->count) > 2 * gsl_cdf_ugaussian_Q(STANDARD_ERRORS)) {
        fail_msg("%s: chi-square %.1f on %zu degrees of freedom; expected another limit", what, statistic,
                 a->count);
    }
}

/* Fitted coefficients minimise their loss, whose derivatives at them these are: the Newton step that is left
 * is a small part of the sampling error. The covariance of that is put beside them. */
static inline void near_minimum(const char *what, Derivatives *d, Coefficients *fitted)
{
    double move[MAX_COEFFICIENTS];
    sandwich(d, fitted);
    solve(d->hessian, d->gradient, fitted->count, move);
    double errors = sqrt(squared_distance(move, fitted->covariance, fitted->count));
    if (!(errors < 0.01)) {
        fail_msg("%s: training left it %.3g standard errors from the minimum of its loss", what, errors);
    }
}

static inline void is_minimum(const char *what, const Regression *r, Coefficients *fitted)
{
    Derivatives d;
    derivatives_at(r, fitted->count, fitted->theta, &d);
    near_minimum(what, &d, fitted);
}
