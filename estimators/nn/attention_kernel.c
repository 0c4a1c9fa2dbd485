/* Attention over two tokens. */
#include "estimators/nn/attention.h"
#include "sim/base/vector_math.h"

#include <stddef.h>

static void attend_forward(int rows, int d, const float *restrict a, const float *restrict b,
                           float *restrict first, float *restrict second, float *restrict y)
{
    const ptrdiff_t row = 3 * (ptrdiff_t)d;
    float root = 1.0F / __builtin_sqrtf((float)d);
    for (int r = 0; r < rows; r++, a += row, b += row, y += d) {
        float gap = root * (dot32(d, a, a + d) - dot32(d, b, b + d));
        float of_a = sigmoid32(gap), of_b = sigmoid32(-gap);
        first[r] = of_a;
        second[r] = of_b;
        for (int c = 0; c < d; c++)
            y[c] = of_a * a[2 * d + c] + of_b * b[2 * d + c];
    }
}

/* dv = w dy, ds = w (1 - w) <dy, v - v'>, dk = ds q / sqrt(d), dq = ds k / sqrt(d), for the token `x` of the
 * two; v' is the other one's. */
static void attend_backward(int rows, int d, const float *restrict x, const float *restrict other,
                            const float *restrict own, const float *restrict rest, const float *restrict dy,
                            float *restrict dx)
{
    const ptrdiff_t row = 3 * (ptrdiff_t)d, v = row - d;
    float root = 1.0F / __builtin_sqrtf((float)d);
    for (int r = 0; r < rows; r++, x += row, other += row, dy += d, dx += row) {
        float gain = dot32(d, dy, x + v) - dot32(d, dy, other + v);
        float ds = root * own[r] * rest[r] * gain;
        for (int c = 0; c < d; c++) {
            dx[c] += ds * x[d + c];
            dx[d + c] += ds * x[c];
            dx[2 * d + c] += own[r] * dy[c];
        }
    }
}

const AttentionKernels KERNEL(attention_kernels) = {attend_forward, attend_backward};
