/* Elementwise kernels: the formulas of operations and the steps of Adam. All divide and take exponentials so
 * that nothing overflows on the way, whatever the logit. */
#include "estimators/nn/elementwise.h"
#include "sim/base/vector_math.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

/* Of exp(-|x|) alone, which does not overflow: under -ffast-math gcc refines an approximate reciprocal, and
 * that of infinity becomes NaN. */
static inline float sigmoidf(float x)
{
    float e = expf(-fabsf(x)), y = 1.0F / (1.0F + e);
    return x < 0.0F ? e * y : y;
}

/* log(1 + exp(x)) without overflow. */
static inline float softplusf(float x)
{
    return fmaxf(x, 0.0F) + log1pf(expf(-fabsf(x)));
}

static void sigmoid_forward(int n, const float *restrict x, float k, float *restrict y)
{
    (void)k;
    for (int i = 0; i < n; i++)
        y[i] = sigmoidf(x[i]);
}

static void sigmoid_backward(int n, const float *x, const float *restrict y, float k,
                             const float *restrict dy, float *restrict dx)
{
    (void)x, (void)k;
    for (int i = 0; i < n; i++)
        dx[i] += dy[i] * y[i] * (1.0F - y[i]);
}

const Unary unary_sigmoid = {sigmoid_forward, sigmoid_backward};

static void softplus_forward(int n, const float *restrict x, float k, float *restrict y)
{
    (void)k;
    for (int i = 0; i < n; i++)
        y[i] = softplusf(x[i]);
}

static void softplus_backward(int n, const float *restrict x, const float *y, float k,
                              const float *restrict dy, float *restrict dx)
{
    (void)y, (void)k;
    for (int i = 0; i < n; i++)
        dx[i] += dy[i] * sigmoidf(x[i]);
}

const Unary unary_softplus = {softplus_forward, softplus_backward};

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

const Unary unary_square = {square_forward, square_backward};

static void exponential_forward(int n, const float *restrict x, float k, float *restrict y)
{
    (void)k;
    for (int i = 0; i < n; i++)
        y[i] = expf(x[i]);
}

static void exponential_backward(int n, const float *x, const float *restrict y, float k,
                                 const float *restrict dy, float *restrict dx)
{
    (void)x, (void)k;
    for (int i = 0; i < n; i++)
        dx[i] += dy[i] * y[i];
}

const Unary unary_exponential = {exponential_forward, exponential_backward};

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

const Unary unary_absolute = {absolute_forward, absolute_backward};

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

const Unary unary_reciprocal = {reciprocal_forward, reciprocal_backward};

static void logarithm_forward(int n, const float *restrict x, float k, float *restrict y)
{
    (void)k;
    for (int i = 0; i < n; i++)
        y[i] = logf(x[i]);
}

static void logarithm_backward(int n, const float *restrict x, const float *y, float k,
                               const float *restrict dy, float *restrict dx)
{
    (void)y, (void)k;
    for (int i = 0; i < n; i++)
        dx[i] += dy[i] / x[i];
}

const Unary unary_logarithm = {logarithm_forward, logarithm_backward};

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

const Unary unary_scale = {scale_forward, scale_backward};

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

const Unary unary_shift = {shift_forward, shift_backward};

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

const Binary binary_add = {add_forward, add_backward};

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

const Binary binary_sub = {sub_forward, sub_backward};

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

const Binary binary_mul = {mul_forward, mul_backward};

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

const Binary binary_div = {div_forward, div_backward};

/* a: logit z; b: label. -b log sigmoid(z) - (1-b) log(1 - sigmoid(z)) = softplus(z) - b z. */
static void bce_forward(int n, const float *restrict z, const float *restrict label, float *restrict y)
{
    for (int i = 0; i < n; i++)
        y[i] = softplusf(z[i]) - label[i] * z[i];
}

static void bce_backward(int n, const float *z, const float *label, const float *y, const float *dy,
                         float *dz, float *dlabel)
{
    (void)y;
    for (int i = 0; dz && i < n; i++)
        dz[i] += dy[i] * (sigmoidf(z[i]) - label[i]);
    for (int i = 0; dlabel && i < n; i++)
        dlabel[i] -= dy[i] * z[i];
}

const Binary binary_bce = {bce_forward, bce_backward};

/* logit(sigmoid(a) sigmoid(b)) = -log(exp(-a) + exp(-b) + exp(-a-b)), since 1 - pc = (exp(-a) + exp(-b) +
 * exp(-a-b)) pc. The largest exponent is taken out, so that none overflows. */
static inline float logit_and(float a, float b)
{
    float top = fmaxf(fmaxf(-a, -b), -a - b);
    return -(top + logf(expf(-a - top) + expf(-b - top) + expf(-a - b - top)));
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
        da[i] += dy[i] * (expf(y[i] - a[i]) + expf(y[i] - a[i] - b[i]));
    for (int i = 0; db && i < n; i++)
        db[i] += dy[i] * (expf(y[i] - b[i]) + expf(y[i] - a[i] - b[i]));
}

const Binary binary_logit_and = {logit_and_forward, logit_and_backward};

/* log(exp(a) + exp(b)). */
static inline float log_sum(float a, float b)
{
    return fmaxf(a, b) + log1pf(expf(-fabsf(a - b)));
}

/* With s, p, q the sigmoids of w, a, b and c = s p + (1-s) q: log c - log(1 - c), where 1 - c = s (1-p) +
 * (1-s) (1-q) is a mixture too. Every logarithm is -softplus of a logit. */
void logit_mix_forward(int n, const float *restrict w, const float *restrict a, const float *restrict b,
                       float *restrict y)
{
    for (int i = 0; i < n; i++) {
        float s = -softplusf(-w[i]), rest = -softplusf(w[i]);
        y[i] = log_sum(s - softplusf(-a[i]), rest - softplusf(-b[i])) -
               log_sum(s - softplusf(a[i]), rest - softplusf(b[i]));
    }
}

/* dz/da = s p (1-p) / (c (1-c)), dz/db likewise, dz/dw = s (1-s) (p (1-q) - q (1-p)) / (c (1-c)), each term
 * as the exponential of a sum of logarithms: they are at most 1, though their factors may not be. */
void logit_mix_backward(int n, const float *w, const float *a, const float *b, const float *y,
                        const float *dy, float *dw, float *da, float *db)
{
    for (int i = 0; i < n; i++) {
        float s = -softplusf(-w[i]), rest = -softplusf(w[i]);
        float p = -softplusf(-a[i]), not_p = -softplusf(a[i]), q = -softplusf(-b[i]),
              not_q = -softplusf(b[i]);
        float spread = softplusf(-y[i]) + softplusf(y[i]); /* -log(c (1-c)) */
        if (da)
            da[i] += dy[i] * expf(s + p + not_p + spread);
        if (db)
            db[i] += dy[i] * expf(rest + q + not_q + spread);
        if (dw)
            dw[i] += dy[i] * (expf(s + rest + p + not_q + spread) - expf(s + rest + q + not_p + spread));
    }
}

double sum_of(int n, const float *x)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += (double)x[i];
    return sum;
}

double dot_of(int n, const float *a, const float *b)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

double sum_of_exp(int n, const float *x)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += (double)expf(x[i]);
    return sum;
}

void log_softmax_backward(int n, const float *restrict y, const float *restrict dy, float *restrict dx)
{
    float total = (float)sum_of(n, dy);
    for (int i = 0; i < n; i++)
        dx[i] += dy[i] - expf(y[i]) * total;
}

/* Under -ffast-math gcc refines an approximate root, and that of a number that has underflowed is NaN:
 * FLT_MIN keeps v above those, and adds nothing to an epsilon of 1e-8. */
static inline void adam(int n, const AdamStep *step, const float *restrict grad, float *restrict w,
                        float *restrict m, float *restrict v)
{
    const float beta1 = 0.9F, rest1 = 0.1F, beta2 = 0.999F, rest2 = 0.001F; /* 1 - 0.999F is off by 1e-5 */
    const float epsilon = 1e-8F, rate = step->rate, correction = step->correction, l2 = step->l2;
    for (int i = 0; i < n; i++) {
        float g = grad[i] + l2 * w[i];
        m[i] = beta1 * m[i] + rest1 * g;
        v[i] = beta2 * v[i] + rest2 * g * g;
        w[i] -= rate * m[i] / (sqrtf(v[i] + FLT_MIN) * correction + epsilon);
    }
}

void adam_update(int n, const AdamStep *step, const float *grad, float *w, float *m, float *v)
{
    adam(n, step, grad, w, m, v);
}

/* A function of its own, so that its one vector is not mixed up with the loop over rows. */
__attribute__((noinline)) static void adam_eight(const AdamStep *step, const float *grad, float *w, float *m,
                                                 float *v)
{
    adam(8, step, grad, w, m, v);
}

void adam_update_rows(uint32_t rows, const uint32_t *row, int stride, const AdamStep *step, const float *grad,
                      float *table)
{
    enum { AHEAD = 8, LINE_FLOATS = 16 }; /* rows lie all over a table that may not fit in the cache */
    size_t size = (size_t)stride;
    for (uint32_t k = 0; k < rows; k++, grad += size) {
        const float *next = table + 3 * size * row[k + AHEAD < rows ? k + AHEAD : k];
        for (size_t i = 0; i < 3 * size; i += LINE_FLOATS)
            __builtin_prefetch(next + i, 1);
        float *w = table + 3 * size * row[k];
        for (size_t i = 0; i < size; i += 8)
            adam_eight(step, grad + i, w + i, w + size + i, w + 2 * size + i);
    }
}
