/* The elementwise kernels that choose by a comparison. They are apart from the rest because -ffast-math lets
 * a comparison turn NaN into a number: a layer that has diverged would come out of max(0, x) as zeros, and
 * its loss and predictions would look sound. Here NaN passes. */
#include "estimators/nn/elementwise.h"

#include <stddef.h>

static void at_most_forward(int n, const float *restrict x, float k, float *restrict y)
{
    for (int i = 0; i < n; i++)
        y[i] = x[i] > k ? k : x[i];
}

static void at_most_backward(int n, const float *restrict x, const float *y, float k,
                             const float *restrict dy, float *restrict dx)
{
    (void)y;
    for (int i = 0; i < n; i++)
        dx[i] += x[i] < k ? dy[i] : 0.0F;
}

const Unary unary_at_most = {at_most_forward, at_most_backward};

void above_forward(int n, const float *restrict x, float k, float *restrict y)
{
    for (int i = 0; i < n; i++)
        y[i] = x[i] > k ? 1.0F : x[i] <= k ? 0.0F : x[i];
}

void bias_forward(int rows, int cols, const float *restrict bias, int relu, float *restrict x)
{
    for (int r = 0; r < rows; r++) {
        float *row = x + (size_t)r * (size_t)cols;
        for (int c = 0; c < cols; c++)
            row[c] += bias[c];
        for (int c = 0; relu && c < cols; c++)
            row[c] = row[c] < 0.0F ? 0.0F : row[c];
    }
}

void bias_backward(int rows, int cols, const float *restrict y, int relu, float *restrict dy,
                   float *restrict dbias)
{
    for (int r = 0; r < rows; r++) {
        float *row = dy + (size_t)r * (size_t)cols;
        const float *out = y + (size_t)r * (size_t)cols;
        for (int c = 0; relu && c < cols; c++)
            row[c] = out[c] > 0.0F ? row[c] : 0.0F;
        for (int c = 0; dbias && c < cols; c++)
            dbias[c] += row[c];
    }
}
