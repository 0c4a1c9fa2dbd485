/* Kernels of weighted sums of many matrices, with the softmax of their weights. */
#include "estimators/nn/mixture.h"
#include "sim/base/vector_math.h"

#include <math.h>
#include <stddef.h>

/* The largest of a row is taken out, so that no exponential overflows; they are taken in one loop over all
 * rows, because a row of a few gates is shorter than a vector. */
void softmax_forward(int rows, int n, const float *restrict x, float *restrict y)
{
    for (int r = 0; r < rows; r++) {
        const float *from = x + (size_t)r * (size_t)n;
        float *to = y + (size_t)r * (size_t)n;
        float top = from[0];
        for (int k = 1; k < n; k++)
            top = fmaxf(top, from[k]);
        for (int k = 0; k < n; k++)
            to[k] = from[k] - top;
    }
    for (size_t i = 0; i < (size_t)rows * (size_t)n; i++)
        y[i] = expf(y[i]);
    for (int r = 0; r < rows; r++) {
        float *to = y + (size_t)r * (size_t)n;
        float total = 0;
        for (int k = 0; k < n; k++)
            total += to[k];
        for (int k = 0; k < n; k++)
            to[k] /= total;
    }
}

void softmax_backward(int rows, int n, const float *restrict y, const float *restrict dy, float *restrict dx)
{
    for (int r = 0; r < rows; r++, y += n, dy += n, dx += n) {
        float mean = 0;
        for (int k = 0; k < n; k++)
            mean += y[k] * dy[k];
        for (int k = 0; k < n; k++)
            dx[k] += y[k] * (dy[k] - mean);
    }
}

void mixture_forward(const Mixture *shape, const float *weight, const float *restrict h, float *restrict y)
{
    int width = shape->width;
    for (int r = 0; r < shape->rows; r++, weight += shape->stride, y += width)
        for (int k = 0; k < shape->experts; k++, h += width)
            add_scaled(width, weight[k], h, y);
}

static float dot(int n, const float *a, const float *b)
{
    float sum = 0;
    for (int i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

void mixture_backward(const Mixture *shape, const float *weight, const float *h, const float *dy, float *dh,
                      float *dweight)
{
    size_t width = (size_t)shape->width, step = (size_t)shape->experts * width;
    for (int r = 0; r < shape->rows; r++, weight += shape->stride, dy += width, h += step) {
        for (int k = 0; dweight && k < shape->experts; k++)
            dweight[(size_t)r * (size_t)shape->stride + (size_t)k] =
                dot(shape->width, dy, h + (size_t)k * width);
        for (int k = 0; dh && k < shape->experts; k++)
            add_scaled(shape->width, weight[k], dy, dh + (size_t)r * step + (size_t)k * width);
    }
}

void add_scaled(int n, float k, const float *restrict x, float *restrict y)
{
    for (int i = 0; i < n; i++)
        y[i] += k * x[i];
}
