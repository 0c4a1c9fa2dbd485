/* Kernels of weighted sums of many matrices. Backward loops add to the gradients of their inputs, but for
 * that of weights. NaN passes through all of them. */
#pragma once

#include "sim/base/kernel.h"

/* Experts side by side in a row of h, rows x (experts width), and a weight each, `stride` floats from row to
 * row. */
typedef struct Mixture {
    int rows, experts, width, stride;
} Mixture;

typedef struct MixtureKernels {
    /* y = softmax of each row of x, and dx += y (dy - sum y dy); rows x n. */
    void (*softmax_forward)(int rows, int n, const float *x, float *y);
    void (*softmax_backward)(int rows, int n, const float *y, const float *dy, float *dx);

    /* y[r] += sum_k weight[r][k] h[r][k]; y rows x width. */
    void (*mixture_forward)(const Mixture *shape, const float *weight, const float *h, float *y);

    /* dh[r][k] += weight[r][k] dy[r] and dweight[r][k] = <dy[r], h[r][k]>; dh or dweight is NULL where nobody
     * wants it. */
    void (*mixture_backward)(const Mixture *shape, const float *weight, const float *h, const float *dy,
                             float *dh, float *dweight);

    /* y += k x */
    void (*add_scaled)(int n, float k, const float *x, float *y);
} MixtureKernels;

KERNEL_TABLE(MixtureKernels, mixture_kernels)
