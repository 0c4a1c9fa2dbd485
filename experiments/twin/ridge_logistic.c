/* Newton's method, each step by Cholesky (GSL). A penalised logistic likelihood is strictly concave, and from
 * 0 full steps settle within a few but for separation, which the penalty bounds. */
#include "experiments/twin/ridge_logistic.h"

#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>

enum { MOST_STEPS = 25 };

double sparse_logit(const SparseRows *x, size_t i, const double *coefficient)
{
    double sum = 0;
    for (size_t j = i * (size_t)x->per_row; j < (i + 1) * (size_t)x->per_row; j++)
        sum += (double)x->value[j] * coefficient[x->column[j]];
    return sum;
}

/* Gradient and (lower half of) negative Hessian of the penalised log likelihood. */
static void derivatives(const SparseRows *x, const LogisticSample *sample, const double *b,
                        gsl_vector *gradient, gsl_matrix *hessian)
{
    const size_t columns = (size_t)x->columns, m = (size_t)x->per_row;
    gsl_matrix_set_zero(hessian);
    for (size_t c = 0; c < columns; c++) {
        const double ridge = c + 1 < columns ? sample->ridge : 1e-8;
        gsl_vector_set(gradient, c, -ridge * b[c]);
        gsl_matrix_set(hessian, c, c, ridge);
    }
    for (size_t i = 0; i < x->rows; i++) {
        if (sample->among && !sample->among[i])
            continue;
        const double p = 1 / (1 + exp(-sparse_logit(x, i, b))), w = p * (1 - p), e = sample->outcome[i] - p;
        const uint32_t *column = x->column + i * m;
        const float *value = x->value + i * m;
        for (size_t j = 0; j < m; j++) {
            const double v = (double)value[j];
            gradient->data[column[j]] += e * v;
            for (size_t k = 0; k < m; k++)
                if (column[k] <= column[j])
                    hessian->data[column[j] * hessian->tda + column[k]] += w * v * (double)value[k];
        }
    }
}

Status ridge_logistic(const SparseRows *x, const LogisticSample *sample, double *coefficient,
                      Message *message)
{
    const size_t columns = (size_t)x->columns;
    gsl_matrix *hessian = gsl_matrix_alloc(columns, columns);
    gsl_vector *step = gsl_vector_alloc(columns);
    Status status = hessian && step ? STATUS_OK : fail_memory(message, "a logistic regression");
    double largest = HUGE_VAL;
    for (size_t c = 0; c < columns; c++)
        coefficient[c] = 0;
    for (int s = 0; !status && s < MOST_STEPS && largest > 1e-6; s++) {
        derivatives(x, sample, coefficient, step, hessian);
        if (gsl_linalg_cholesky_decomp1(hessian) || gsl_linalg_cholesky_svx(hessian, step)) {
            status = fail(message, STATUS_FAILED, "a logistic regression has no unique solution");
            break;
        }
        largest = 0;
        for (size_t c = 0; c < columns; c++) {
            coefficient[c] += gsl_vector_get(step, c);
            largest = fmax(largest, fabs(gsl_vector_get(step, c)));
        }
    }
    if (!status && !(largest < 1e-2))
        status = fail(message, STATUS_FAILED, "a logistic regression does not settle");
    gsl_matrix_free(hessian);
    gsl_vector_free(step);
    return status;
}
