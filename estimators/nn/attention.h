/* Kernels of attention over two tokens a and b. A row of tokens is [k | q | v], d columns each. With
 * s = <k, q> / sqrt(d) of a token: y = w v_a + (1 - w) v_b, w = sigmoid(s_a - s_b). */
#pragma once

#include "sim/base/kernel.h"

typedef struct AttentionKernels {
    /* y, rows x d; first and second, w and 1 - w of each row, are for the way back. */
    void (*forward)(int rows, int d, const float *a, const float *b, float *first, float *second, float *y);

    /* For the token x of the two, whose weights are `own`: dx += its gradient. */
    void (*backward)(int rows, int d, const float *x, const float *other, const float *own, const float *rest,
                     const float *dy, float *dx);
} AttentionKernels;

KERNEL_TABLE(AttentionKernels, attention_kernels)
