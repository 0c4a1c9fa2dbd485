/* Logistic regression by Newton's method, in double, with its sandwich covariance. */
#include "tests/support/logistic.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_linalg.h>

Regression regression_create(const Features *x)
{
    Regression r = {x, calloc(x->rows, sizeof(double)), calloc(x->rows, sizeof(double))};
    assert_true(r.w && r.y);
    return r;
}

void regression_free(Regression *r)
{
    free(r->w);
    free(r->y);
}

void regression_row(const Features *x, size_t i, double *row)
{
    size_t columns = (size_t)x->schema.dense;
    row[0] = 1;
    for (size_t d = 0; d < columns; d++)
        row[d + 1] = (double)x->dense[i * columns + d];
}

double regression_logit(const double *theta, const double *row, size_t count)
{
    double z = 0;
    for (size_t d = 0; d < count; d++)
        z += theta[d] * row[d];
    return z;
}

void derivatives_add(Derivatives *d, const double *row, size_t count, double g, double h)
{
    for (size_t a = 0; a < count; a++) {
        d->gradient[a] += g * row[a];
        for (size_t b = 0; b < count; b++) {
            d->hessian[a][b] += h * row[a] * row[b];
            d->outer[a][b] += g * g * row[a] * row[b];
        }
    }
}

static void derivatives_at(const Regression *r, size_t count, const double *theta, Derivatives *d)
{
    memset(d, 0, sizeof *d);
    for (size_t i = 0; i < r->x->rows; i++) {
        double row[MAX_COEFFICIENTS];
        regression_row(r->x, i, row);
        double c = sigmoid_of(regression_logit(theta, row, count));
        derivatives_add(d, row, count, r->w[i] * (c - r->y[i]), r->w[i] * c * (1 - c));
    }
}

/* x = A^-1 b for a symmetric positive definite A. */
static void solve(double a[MAX_COEFFICIENTS][MAX_COEFFICIENTS], const double *b, size_t count, double *x)
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
static void sandwich(Derivatives *d, Coefficients *c)
{
    double half[MAX_COEFFICIENTS][MAX_COEFFICIENTS]; /* rows of (sum g g') H^-1 */
    for (size_t a = 0; a < c->count; a++)
        solve(d->hessian, d->outer[a], c->count, half[a]);
    for (size_t a = 0; a < c->count; a++) {
        double column[MAX_COEFFICIENTS];
        double x[MAX_COEFFICIENTS];
        for (size_t b = 0; b < c->count; b++)
            column[b] = half[b][a];
        solve(d->hessian, column, c->count, x);
        for (size_t b = 0; b < c->count; b++)
            c->covariance[b][a] = x[b];
    }
}

Coefficients regression_fit(const Regression *r)
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
static double squared_distance(const double *delta, double v[MAX_COEFFICIENTS][MAX_COEFFICIENTS],
                               size_t count)
{
    double x[MAX_COEFFICIENTS];
    solve(v, delta, count, x);
    return regression_logit(delta, x, count);
}

/* Of two independent estimates: chi-square with `count` degrees of freedom when they have the same limit. */
static double chi_square(const Coefficients *a, const Coefficients *b)
{
    double delta[MAX_COEFFICIENTS] = {0};
    double v[MAX_COEFFICIENTS][MAX_COEFFICIENTS] = {{0}};
    for (size_t i = 0; i < a->count; i++) {
        delta[i] = a->theta[i] - b->theta[i];
        for (size_t j = 0; j < a->count; j++)
            v[i][j] = a->covariance[i][j] + b->covariance[i][j];
    }
    return squared_distance(delta, v, a->count);
}

void same_limit(const char *what, const Coefficients *a, const Coefficients *b)
{
    double statistic = chi_square(a, b);
    if (!(gsl_cdf_chisq_Q(statistic, (double)a->count) > 2 * gsl_cdf_ugaussian_Q(STANDARD_ERRORS)))
        fail_msg("%s: chi-square %.1f on %zu degrees of freedom", what, statistic, a->count);
}

void other_limit(const char *what, const Coefficients *a, const Coefficients *b)
{
    double statistic = chi_square(a, b);
    if (gsl_cdf_chisq_Q(statistic, (double)a->count) > 2 * gsl_cdf_ugaussian_Q(STANDARD_ERRORS)) {
        fail_msg("%s: chi-square %.1f on %zu degrees of freedom; expected another limit", what, statistic,
                 a->count);
    }
}

void near_minimum(const char *what, Derivatives *d, Coefficients *fitted)
{
    double move[MAX_COEFFICIENTS];
    sandwich(d, fitted);
    solve(d->hessian, d->gradient, fitted->count, move);
    double errors = sqrt(squared_distance(move, fitted->covariance, fitted->count));
    if (!(errors < 0.01))
        fail_msg("%s: training left it %.3g standard errors from the minimum of its loss", what, errors);
}

void is_minimum(const char *what, const Regression *r, Coefficients *fitted)
{
    Derivatives d;
    derivatives_at(r, fitted->count, fitted->theta, &d);
    near_minimum(what, &d, fitted);
}
