/* Elementwise kernels: a forward and a backward loop each. Backward loops add to the gradients of their
 * inputs. NaN passes through all of them. */
#pragma once

#include "sim/base/kernel.h"

#include <stdint.h>

/* y = f(x; k) and dx += dy f'(x), where y is at hand too. */
typedef struct Unary {
    void (*forward)(int n, const float *x, float k, float *y);
    void (*backward)(int n, const float *x, const float *y, float k, const float *dy, float *dx);
} Unary;

/* y = f(a, b) and da += dy df/da, db += dy df/db; da or db is NULL where nobody wants it. */
typedef struct Binary {
    void (*forward)(int n, const float *a, const float *b, float *y);
    void (*backward)(int n, const float *a, const float *b, const float *y, const float *dy, float *da,
                     float *db);
} Binary;

/* One step of Adam (Kingma and Ba 2015, algorithm 1), with the gradient g + l2 w. */
typedef struct AdamStep {
    float rate;       /* learning rate / (1 - beta1^t) */
    float correction; /* 1 / sqrt(1 - beta2^t) */
    float l2;
} AdamStep;

typedef struct ElementwiseKernels {
    Unary sigmoid, softplus, square, absolute, reciprocal, scale, shift, at_most, logarithm, exponential;
    Binary add, sub, mul, div, bce, logit_and;

    /* y = 1 where x > k, 0 elsewhere, NaN where x is NaN. */
    void (*above)(int n, const float *x, float k, float *y);

    /* y = logit(sigmoid(w) sigmoid(a) + (1 - sigmoid(w)) sigmoid(b)); dw, da or db is NULL where nobody wants
     * it. */
    void (*logit_mix_forward)(int n, const float *w, const float *a, const float *b, float *y);
    void (*logit_mix_backward)(int n, const float *w, const float *a, const float *b, const float *y,
                               const float *dy, float *dw, float *da, float *db);

    /* Sums in double: sum_i x_i, sum_i a_i b_i, sum_i exp(x_i). */
    double (*sum_of)(int n, const float *x);
    double (*dot_of)(int n, const float *a, const float *b);
    double (*sum_of_exp)(int n, const float *x);

    /* dx += dy - exp(y) sum_j dy_j, for y = x - log sum_j exp(x_j). */
    void (*log_softmax_backward)(int n, const float *y, const float *dy, float *dx);

    /* Adam on n weights with their moments. */
    void (*adam_update)(int n, const AdamStep *step, const float *grad, float *w, float *m, float *v);

    /* The same on `rows` rows of a table: the gradient of row[k] is grad[k], `stride` floats; in the table
     * its weights and their two moments lie side by side. stride is a multiple of 8. */
    void (*adam_update_rows)(uint32_t rows, const uint32_t *row, int stride, const AdamStep *step,
                             const float *grad, float *table);
} ElementwiseKernels;

KERNEL_TABLE(ElementwiseKernels, elementwise_kernels)
