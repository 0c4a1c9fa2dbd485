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
