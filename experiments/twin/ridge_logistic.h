/* Logistic regression with a ridge penalty, by Newton's method: what a log is described with where a net
 * would be more than is asked. */
#pragma once

#include "sim/base/status.h"

#include <stddef.h>
#include <stdint.h>

/* Rows of a sparse matrix: row i has value[i per_row + j] in column[i per_row + j]. */
typedef struct SparseRows {
    size_t rows;
    int columns, per_row;
    const uint32_t *column;
    const float *value;
} SparseRows;

typedef struct LogisticSample {
    const uint8_t *outcome;
    const uint8_t *among; /* rows that count; NULL: all */
    double ridge;         /* of sum ridge b^2 / 2, of all columns but the last, the constant */
} LogisticSample;

/* Coefficients, `columns` of them. STATUS_FAILED where the Newton steps do not settle. */
Status ridge_logistic(const SparseRows *x, const LogisticSample *sample, double *coefficient,
                      Message *message);

/* The logit of row i. */
double sparse_logit(const SparseRows *x, size_t i, const double *coefficient);
