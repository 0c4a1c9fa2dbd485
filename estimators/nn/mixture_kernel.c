/* Kernels of weighted sums of many matrices, with the softmax of their weights. */
#include "estimators/nn/mixture.h"
#include "sim/base/vector_math.h"

#include <stddef.h>

/* The largest of a row is taken out, so that no exponential overflows; they are taken in one loop over all
 * rows, because a row of a few gates is shorter than a vector. */
static void softmax_forward(int rows, int n, const float *restrict x, float *restrict y)
{
    for (int r = 0; r < rows; r++) {
        const float *from = x + (size_t)r * (size_t)n;
        float *to = y + (size_t)r * (size_t)n;
        float top = from[0];
        for (int k = 1; k < n; k++)
            top = from[k] > top ? from[k] : top;
        for (int k = 0; k < n; k++)
            to[k] = from[k] - top;
    }
    for (size_t i = 0; i < (size_t)rows * (size_t)n; i++)
        y[i] = exp32(y[i]);
    for (int r = 0; r < rows; r++) {
        float *to = y + (size_t)r * (size_t)n;
        float total = 0;
        for (int k = 0; k < n; k++)
            total += to[k];
        for (int k = 0; k < n; k++)
            to[k] /= total;
    }
}

static void softmax_backward(int rows, int n, const float *restrict y, const float *restrict dy,
                             float *restrict dx)
{
    for (int r = 0; r < rows; r++, y += n, dy += n, dx += n) {
        float mean = 0;
        for (int k = 0; k < n; k++)
            mean += y[k] * dy[k];
        for (int k = 0; k < n; k++)
            dx[k] += y[k] * (dy[k] - mean);
    }
}

static void add_scaled(int n, float k, const float *restrict x, float *restrict y)
{
    for (int i = 0; i < n; i++)
        y[i] = fma32(k, x[i], y[i]);
}

static void mixture_forward(const Mixture *shape, const float *weight, const float *restrict h,
                            float *restrict y)
{
    int width = shape->width;
    for (int r = 0; r < shape->rows; r++, weight += shape->stride, y += width)
        for (int k = 0; k < shape->experts; k++, h += width)
            add_scaled(width, weight[k], h, y);
}

static void mixture_backward(const Mixture *shape, const float *weight, const float *h, const float *dy,
                             float *dh, float *dweight)
{
    size_t width = (size_t)shape->width, step = (size_t)shape->experts * width;
    for (int r = 0; r < shape->rows; r++, weight += shape->stride, dy += width, h += step) {
        for (int k = 0; dweight && k < shape->experts; k++)
            dweight[(size_t)r * (size_t)shape->stride + (size_t)k] =
                dot32(shape->width, dy, h + (size_t)k * width);
        for (int k = 0; dh && k < shape->experts; k++)
            add_scaled(shape->width, weight[k], dy, dh + (size_t)r * step + (size_t)k * width);
    }
}

const MixtureKernels KERNEL(mixture_kernels) = {softmax_forward, softmax_backward, mixture_forward,
                                                mixture_backward, add_scaled};
