/* Kernels of dense layers: products of small matrices with what comes before and after them, row-major, of
 * any shape. A stride is the distance between rows. Every number of a result is one chain of fused
 * multiply-adds in a fixed order, whatever the vectors, so that machines agree in every bit. NaN passes
 * through all of them. */
#pragma once

#include "sim/base/kernel.h"

/* y = start + x w, rows x cols, over `depth` terms. */
typedef struct Product {
    int rows, cols, depth;
    const float *x; /* rows x depth; of product_transposed, depth x rows */
    int x_stride;
    const float *w; /* depth x cols */
    int w_stride;
    float *y;
    int y_stride;
    bool add;          /* start is what y holds; */
    const float *bias; /* else this in every row, cols; where it is NULL too, 0 */
    bool relu;         /* then max(0, y) */
} Product;

/* Rows of a batch to take through the steps of a backward pass together, so that they stay in the cache; a
 * multiple of what is in registers at a time. */
enum { DENSE_ROWS = 60 };

typedef struct DenseKernels {
    void (*product)(const Product *p);

    /* y += x' w; `add` is taken as set, and bias and relu as not. */
    void (*product_transposed)(const Product *p);

    /* out (cols x rows) = in' where in is rows x cols with a stride. */
    void (*transpose)(int rows, int cols, const float *in, int stride, float *out);

    /* Through y = max(0, x) where `relu`: dy = 0 where y <= 0. Then dbias += the sums of the columns of dy,
     * where dbias is not NULL. y and dy are rows x cols. */
    void (*bias_backward)(int rows, int cols, const float *y, bool relu, float *dy, float *dbias);
} DenseKernels;

KERNEL_TABLE(DenseKernels, dense_kernels)
