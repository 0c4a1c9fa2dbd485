/* Elementwise kernels: the formulas of operations and the steps of Adam. All divide and take exponentials so
 * that nothing overflows on the way, whatever the logit. */
#include "estimators/nn/elementwise.h"
#include "sim/base/vector_math.h"

#include <stddef.h>

static void sigmoid_forward(int n, const float *restrict x, float k, float *restrict y)
{
    (void)k;
    for (int i = 0; i < n; i++)
        y[i] = sigmoid32(x[i]);
}

static void sigmoid_backward(int n, const float *x, const float *restrict y, float k,
                             const float *restrict dy, float *restrict dx)
{
    (void)x, (void)k;
    for (int i = 0; i < n; i++)
        dx[i] += dy[i] * y[i] * (1.0F - y[i]);
}

static void softplus_forward(int n, const float *restrict x, float k, float *restrict y)
{
    (void)k;
    for (int i = 0; i < n; i++)
        y[i] = softplus32(x[i]);
}

static void softplus_backward(int n, const float *restrict x, const float *y, float k,
                              const float *restrict dy, float *restrict dx)
{
    (void)y, (void)k;
    for (int i = 0; i < n; i++)
        dx[i] += dy[i] * sigmoid32(x[i]);
}

static void square_forward(int n, const float *restrict x, float k, float *restrict y)
{
    (void)k;
    for (int i = 0; i < n; i++)
        y[i] = x[i] * x[i];
}

static void square_backward(int n, const float *restrict x, const float *y, float k, const float *restrict dy,
                            float *restrict dx)
{
    (void)y, (void)k;
    for (int i = 0; i < n; i++)
        dx[i] += dy[i] * 2.0F * x[i];
}

static void exponential_forward(int n, const float *restrict x, float k, float *restrict y)
{
    (void)k;
    for (int i = 0; i < n; i++)
        y[i] = exp32(x[i]);
}

static void exponential_backward(int n, const float *x, const float *restrict y, float k,
                                 const float *restrict dy, float *restrict dx)
{
    (void)x, (void)k;
    for (int i = 0; i < n; i++)
        dx[i] += dy[i] * y[i];
}

static void absolute_forward(int n, const float *restrict x, float k, float *restrict y)
{
    (void)k;
    for (int i = 0; i < n; i++)
        y[i] = fabsf(x[i]);
}

static void absolute_backward(int n, const float *restrict x, const float *y, float k,
                              const float *restrict dy, float *restrict dx)
{
    (void)y, (void)k;
    for (int i = 0; i < n; i++)
        dx[i] += x[i] > 0.0F ? dy[i] : x[i] < 0.0F ? -dy[i] : 0.0F;
}

static void reciprocal_forward(int n, const float *restrict x, float k, float *restrict y)
{
    (void)k;
    for (int i = 0; i < n; i++)
        y[i] = 1.0F / x[i];
}

static void reciprocal_backward(int n, const float *x, const float *restrict y, float k,
                                const float *restrict dy, float *restrict dx)
{
    (void)x, (void)k;
    for (int i = 0; i < n; i++)
        dx[i] -= dy[i] * y[i] * y[i];
}

static void logarithm_forward(int n, const float *restrict x, float k, float *restrict y)
{
    (void)k;
    for (int i = 0; i < n; i++)
        y[i] = log32(x[i]);
}

static void logarithm_backward(int n, const float *restrict x, const float *y, float k,
                               const float *restrict dy, float *restrict dx)
{
    (void)y, (void)k;
    for (int i = 0; i < n; i++)
        dx[i] += dy[i] / x[i];
}

static void scale_forward(int n, const float *restrict x, float k, float *restrict y)
{
    for (int i = 0; i < n; i++)
        y[i] = k * x[i];
}

static void scale_backward(int n, const float *x, const float *y, float k, const float *restrict dy,
                           float *restrict dx)
{
    (void)x, (void)y;
    for (int i = 0; i < n; i++)
        dx[i] += k * dy[i];
}

static void shift_forward(int n, const float *restrict x, float k, float *restrict y)
{
    for (int i = 0; i < n; i++)
        y[i] = x[i] + k;
}

static void shift_backward(int n, const float *x, const float *y, float k, const float *restrict dy,
                           float *restrict dx)
{
    (void)x, (void)y, (void)k;
    for (int i = 0; i < n; i++)
        dx[i] += dy[i];
}

/* Comparisons are written so that NaN passes. */
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

static void above_forward(int n, const float *restrict x, float k, float *restrict y)
{
    for (int i = 0; i < n; i++)
        y[i] = x[i] > k ? 1.0F : x[i] <= k ? 0.0F : x[i];
}

static void add_forward(int n, const float *restrict a, const float *restrict b, float *restrict y)
{
    for (int i = 0; i < n; i++)
        y[i] = a[i] + b[i];
}

static void add_backward(int n, const float *a, const float *b, const float *y, const float *dy, float *da,
                         float *db)
{
    (void)a, (void)b, (void)y;
    for (int i = 0; da && i < n; i++)
        da[i] += dy[i];
    for (int i = 0; db && i < n; i++)
        db[i] += dy[i];
}

static void sub_forward(int n, const float *restrict a, const float *restrict b, float *restrict y)
{
    for (int i = 0; i < n; i++)
        y[i] = a[i] - b[i];
}

static void sub_backward(int n, const float *a, const float *b, const float *y, const float *dy, float *da,
                         float *db)
{
    (void)a, (void)b, (void)y;
    for (int i = 0; da && i < n; i++)
        da[i] += dy[i];
    for (int i = 0; db && i < n; i++)
        db[i] -= dy[i];
}

static void mul_forward(int n, const float *restrict a, const float *restrict b, float *restrict y)
{
    for (int i = 0; i < n; i++)
        y[i] = a[i] * b[i];
}

static void mul_backward(int n, const float *a, const float *b, const float *y, const float *dy, float *da,
                         float *db)
{
    (void)y;
    for (int i = 0; da && i < n; i++)
        da[i] += dy[i] * b[i];
    for (int i = 0; db && i < n; i++)
        db[i] += dy[i] * a[i];
}

static void div_forward(int n, const float *restrict a, const float *restrict b, float *restrict y)
{
    for (int i = 0; i < n; i++)
        y[i] = a[i] / b[i];
}

static void div_backward(int n, const float *a, const float *b, const float *y, const float *dy, float *da,
                         float *db)
{
    (void)a;
    for (int i = 0; da && i < n; i++)
        da[i] += dy[i] / b[i];
    for (int i = 0; db && i < n; i++)
        db[i] -= dy[i] * y[i] / b[i];
}

/* a: logit z; b: label. -b log sigmoid(z) - (1-b) log(1 - sigmoid(z)) = softplus(z) - b z. */
static void bce_forward(int n, const float *restrict z, const float *restrict label, float *restrict y)
{
    for (int i = 0; i < n; i++)
        y[i] = softplus32(z[i]) - label[i] * z[i];
}

static void bce_backward(int n, const float *z, const float *label, const float *y, const float *dy,
                         float *dz, float *dlabel)
{
    (void)y;
    for (int i = 0; dz && i < n; i++)
        dz[i] += dy[i] * (sigmoid32(z[i]) - label[i]);
    for (int i = 0; dlabel && i < n; i++)
        dlabel[i] -= dy[i] * z[i];
}

static inline float larger(float a, float b)
{
    return a > b ? a : b;
}

/* logit(sigmoid(a) sigmoid(b)) = -log(exp(-a) + exp(-b) + exp(-a-b)), since 1 - pc = (exp(-a) + exp(-b) +
 * exp(-a-b)) pc. The largest exponent is taken out, so that none overflows. */
static inline float logit_and(float a, float b)
{
    float top = larger(larger(-a, -b), -a - b);
    return -(top + log32(exp32(-a - top) + exp32(-b - top) + exp32(-a - b - top)));
}

static void logit_and_forward(int n, const float *restrict a, const float *restrict b, float *restrict y)
{
    for (int i = 0; i < n; i++)
        y[i] = logit_and(a[i], b[i]);
}

/* dz/da = (exp(-a) + exp(-a-b)) / (exp(-a) + exp(-b) + exp(-a-b)) = exp(z - a) (1 + exp(-b)); likewise for b.
 */
static void logit_and_backward(int n, const float *a, const float *b, const float *y, const float *dy,
                               float *da, float *db)
{
    for (int i = 0; da && i < n; i++)
        da[i] += dy[i] * (exp32(y[i] - a[i]) + exp32(y[i] - a[i] - b[i]));
    for (int i = 0; db && i < n; i++)
        db[i] += dy[i] * (exp32(y[i] - b[i]) + exp32(y[i] - a[i] - b[i]));
}

/* log(exp(a) + exp(b)). */
static inline float log_sum(float a, float b)
{
    return larger(a, b) + log1p32(exp32(-fabsf(a - b)));
}

/* With s, p, q the sigmoids of w, a, b and c = s p + (1-s) q: log c - log(1 - c), where 1 - c = s (1-p) +
 * (1-s) (1-q) is a mixture too. Every logarithm is -softplus of a logit. */
static void logit_mix_forward(int n, const float *restrict w, const float *restrict a,
                              const float *restrict b, float *restrict y)
{
    for (int i = 0; i < n; i++) {
        float s = -softplus32(-w[i]), rest = -softplus32(w[i]);
        y[i] = log_sum(s - softplus32(-a[i]), rest - softplus32(-b[i])) -
               log_sum(s - softplus32(a[i]), rest - softplus32(b[i]));
    }
}

/* dz/da = s p (1-p) / (c (1-c)), dz/db likewise, dz/dw = s (1-s) (p (1-q) - q (1-p)) / (c (1-c)), each term
 * as the exponential of a sum of logarithms: they are at most 1, though their factors may not be. */
static void logit_mix_backward(int n, const float *w, const float *a, const float *b, const float *y,
                               const float *dy, float *dw, float *da, float *db)
{
    for (int i = 0; i < n; i++) {
        float s = -softplus32(-w[i]), rest = -softplus32(w[i]);
        float p = -softplus32(-a[i]), not_p = -softplus32(a[i]), q = -softplus32(-b[i]),
              not_q = -softplus32(b[i]);
        float spread = softplus32(-y[i]) + softplus32(y[i]); /* -log(c (1-c)) */
        if (da)
            da[i] += dy[i] * exp32(s + p + not_p + spread);
        if (db)
            db[i] += dy[i] * exp32(rest + q + not_q + spread);
        if (dw)
            dw[i] += dy[i] * (exp32(s + rest + p + not_q + spread) - exp32(s + rest + q + not_p + spread));
    }
}

/* Sums in eight parts, as those of vector.h. */
typedef double Sums __attribute__((vector_size(PARTS * sizeof(double))));

static inline double total_of(const Sums *sums)
{
    const Sums s = *sums;
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

static double sum_of(int n, const float *x)
{
    Sums sums = {0};
    int i = 0;
    for (; i + PARTS <= n; i += PARTS)
        for (int k = 0; k < PARTS; k++)
            sums[k] += (double)x[i + k];
    for (int k = 0; i + k < n; k++)
        sums[k] += (double)x[i + k];
    return total_of(&sums);
}

/* Products of floats are exact in double. */
static double dot_of(int n, const float *a, const float *b)
{
    Sums sums = {0};
    int i = 0;
    for (; i + PARTS <= n; i += PARTS)
        for (int k = 0; k < PARTS; k++)
            sums[k] += (double)a[i + k] * (double)b[i + k];
    for (int k = 0; i + k < n; k++)
        sums[k] += (double)a[i + k] * (double)b[i + k];
    return total_of(&sums);
}

static double sum_of_exp(int n, const float *x)
{
    Sums sums = {0};
    int i = 0;
    for (; i + PARTS <= n; i += PARTS)
        for (int k = 0; k < PARTS; k++)
            sums[k] += (double)exp32(x[i + k]);
    for (int k = 0; i + k < n; k++)
        sums[k] += (double)exp32(x[i + k]);
    return total_of(&sums);
}

static void log_softmax_backward(int n, const float *restrict y, const float *restrict dy, float *restrict dx)
{
    float total = (float)sum_of(n, dy);
    for (int i = 0; i < n; i++)
        dx[i] += dy[i] - exp32(y[i]) * total;
}

static inline void adam(int n, const AdamStep *step, const float *restrict grad, float *restrict w,
                        float *restrict m, float *restrict v)
{
    const float beta1 = 0.9F, rest1 = 0.1F, beta2 = 0.999F, rest2 = 0.001F; /* 1 - 0.999F is off by 1e-5 */
    const float epsilon = 1e-8F, rate = step->rate, correction = step->correction, l2 = step->l2;
    for (int i = 0; i < n; i++) {
        float g = fma32(l2, w[i], grad[i]);
        m[i] = fma32(beta1, m[i], rest1 * g);
        v[i] = fma32(beta2, v[i], rest2 * g * g);
        w[i] -= rate * m[i] / fma32(__builtin_sqrtf(v[i]), correction, epsilon);
    }
}

static void adam_update(int n, const AdamStep *step, const float *grad, float *w, float *m, float *v)
{
    adam(n, step, grad, w, m, v);
}

/* Functions of their own, so that their one vector is not mixed up with the loop over rows. */
__attribute__((noinline)) static void adam_eight(const AdamStep *step, const float *grad, float *w, float *m,
                                                 float *v)
{
    adam(8, step, grad, w, m, v);
}

__attribute__((noinline)) static void adam_sixteen(const AdamStep *step, const float *grad, float *w,
                                                   float *m, float *v)
{
    adam(16, step, grad, w, m, v);
}

static void adam_update_rows(uint32_t rows, const uint32_t *row, int stride, const AdamStep *step,
                             const float *grad, float *table)
{
    enum { AHEAD = 8, LINE_FLOATS = 16 }; /* rows lie all over a table that may not fit in the cache */
    size_t size = (size_t)stride;
    for (uint32_t k = 0; k < rows; k++, grad += size) {
        const float *next = table + 3 * size * row[k + AHEAD < rows ? k + AHEAD : k];
        for (size_t i = 0; i < 3 * size; i += LINE_FLOATS)
            __builtin_prefetch(next + i, 1);
        float *w = table + 3 * size * row[k];
        size_t i = 0;
        for (; i + 16 <= size; i += 16)
            adam_sixteen(step, grad + i, w + i, w + size + i, w + 2 * size + i);
        if (i < size)
            adam_eight(step, grad + i, w + i, w + size + i, w + 2 * size + i);
    }
}

const ElementwiseKernels KERNEL(elementwise_kernels) = {
    .sigmoid = {sigmoid_forward, sigmoid_backward},
    .softplus = {softplus_forward, softplus_backward},
    .square = {square_forward, square_backward},
    .absolute = {absolute_forward, absolute_backward},
    .reciprocal = {reciprocal_forward, reciprocal_backward},
    .scale = {scale_forward, scale_backward},
    .shift = {shift_forward, shift_backward},
    .at_most = {at_most_forward, at_most_backward},
    .logarithm = {logarithm_forward, logarithm_backward},
    .exponential = {exponential_forward, exponential_backward},
    .add = {add_forward, add_backward},
    .sub = {sub_forward, sub_backward},
    .mul = {mul_forward, mul_backward},
    .div = {div_forward, div_backward},
    .bce = {bce_forward, bce_backward},
    .logit_and = {logit_and_forward, logit_and_backward},
    .above = above_forward,
    .logit_mix_forward = logit_mix_forward,
    .logit_mix_backward = logit_mix_backward,
    .sum_of = sum_of,
    .dot_of = dot_of,
    .sum_of_exp = sum_of_exp,
    .log_softmax_backward = log_softmax_backward,
    .adam_update = adam_update,
    .adam_update_rows = adam_update_rows,
};
