/* Attention over two tokens: an operation of the tape with its loops, which need vector math. */
#include "estimators/nn/ops.h"
#include "sim/base/vector_math.h"

#include <assert.h>
#include <math.h>

/* A row of tokens is [k | q | v], d columns each. With s = <k, q> / sqrt(d) of a token:
 *   y = w v_a + (1 - w) v_b, w = sigmoid(s_a - s_b). */

static float dot(int d, const float *restrict x, const float *restrict y)
{
    float sum = 0;
    for (int c = 0; c < d; c++)
        sum += x[c] * y[c];
    return sum;
}

/* By exp(-|x|), which does not overflow. */
static float weight(float x)
{
    float e = expf(-fabsf(x)), y = 1.0F / (1.0F + e);
    return x < 0.0F ? e * y : y;
}

static void attend_forward(int rows, int d, const float *restrict a, const float *restrict b,
                           float *restrict first, float *restrict second, float *restrict y)
{
    const ptrdiff_t row = 3 * (ptrdiff_t)d;
    float root = 1.0F / sqrtf((float)d);
    for (int r = 0; r < rows; r++, a += row, b += row, y += d) {
        float gap = root * (dot(d, a, a + d) - dot(d, b, b + d));
        float of_a = weight(gap), of_b = weight(-gap);
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
    float root = 1.0F / sqrtf((float)d);
    for (int r = 0; r < rows; r++, x += row, other += row, dy += d, dx += row) {
        float gain = dot(d, dy, x + v) - dot(d, dy, other + v);
        float ds = root * own[r] * rest[r] * gain;
        for (int c = 0; c < d; c++) {
            dx[c] += ds * x[d + c];
            dx[d + c] += ds * x[c];
            dx[2 * d + c] += own[r] * dy[c];
        }
    }
}

static void node_backward(Node *y)
{
    Node *a = y->input[0], *b = y->input[1];
    const float *first = y->saved, *second = first + y->rows;
    if (a->needs_grad)
        attend_backward(y->rows, y->cols, a->value, b->value, first, second, y->grad, gradient(a));
    if (b->needs_grad)
        attend_backward(y->rows, y->cols, b->value, a->value, second, first, y->grad, gradient(b));
}

Var attend(Var a, Var b)
{
    assert(a->rows == b->rows && a->cols == b->cols && a->cols % 3 == 0);
    Var y = tape_node(a->tape, a->rows, a->cols / 3, a, b, NULL, node_backward);
    float *weights = tape_floats(a->tape, 2 * (size_t)a->rows); /* kept for the backward pass */
    y->saved = weights;
    attend_forward(y->rows, y->cols, a->value, b->value, weights, weights + y->rows, y->value);
    return y;
}
