/* The operations on logits far out, where float32 overflows, underflows and cancels; and on NaN. */
#include "estimators/nn/ops.h"

#include "tests/support/support.h"

#include <float.h>
#include <math.h>

static double p(double x)
{
    return 1 / (1 + exp(-x));
}

/* y = f(a, b) and its derivatives at extreme points, entry by entry in a batch that vectors take. */
enum { POINTS = 24 };
typedef struct Extreme {
    float a[POINTS], b[POINTS], da[POINTS], db[POINTS];
    Var y;
} Extreme;

static void run(Tape *tape, Extreme *x, Var (*unary)(Var), Var (*binary)(Var, Var))
{
    tape_reset(tape);
    memset(x->da, 0, sizeof x->da);
    memset(x->db, 0, sizeof x->db);
    Var a = tape_leaf(tape, POINTS, 1, x->a, x->da);
    x->y = unary ? unary(a) : binary(a, tape_leaf(tape, POINTS, 1, x->b, x->db));
    tape_backward(tape, sum(x->y));
}

/* Finite, and right to 16 ulp of `size`, the largest number added on the way (relatively right where that is
 * the result itself); numbers below float's normal range may be flushed to 0. */
static void right(const char *what, double a, double b, float got, double want, double size)
{
    if (!(fabs((double)got - want) <= 16 * (double)FLT_EPSILON * size + (double)FLT_MIN))
        fail_msg("%s at %g, %g: %.9g, expected %.9g", what, a, b, (double)got, want);
}

static const float point[POINTS] = {-1000,    -100, -80, -60, -40, -20, -17, -10, -5, -1, -0x1p-20F, 0,
                                    0x1p-20F, 1,    5,   10,  16,  17,  20,  40,  60, 80, 100,       1000};

static double stable_softplus(double z)
{
    return fmax(z, 0) + log1p(exp(-fabs(z)));
}

static void sigmoid_and_softplus_at_extremes(void **state)
{
    (void)state;
    Tape *tape;
    Extreme x;
    OK(tape_create(&tape, message));
    memcpy(x.a, point, sizeof point);
    run(tape, &x, sigmoid, NULL);
    for (int i = 0; i < POINTS; i++) {
        double z = (double)point[i];
        right("sigmoid", z, 0, x.y->value[i], p(z), p(z));
        right("sigmoid'", z, 0, x.da[i], p(z) * p(-z), p(z));
        assert_true(x.y->value[i] >= 0 && x.y->value[i] <= 1);
    }
    run(tape, &x, softplus, NULL);
    for (int i = 0; i < POINTS; i++) {
        double z = (double)point[i];
        right("softplus", z, 0, x.y->value[i], stable_softplus(z), stable_softplus(z));
        right("softplus'", z, 0, x.da[i], p(z), p(z));
    }
    tape_free(tape);
}

/* The loss is softplus(z) - y z, right to the rounding of its parts. */
static void bce_at_extremes(void **state)
{
    (void)state;
    static const float label[] = {0, 0.25F, 1};
    Tape *tape;
    Extreme x;
    OK(tape_create(&tape, message));
    memcpy(x.a, point, sizeof point);
    for (size_t k = 0; k < sizeof label / sizeof *label; k++) {
        for (int i = 0; i < POINTS; i++)
            x.b[i] = label[k];
        run(tape, &x, NULL, bce);
        for (int i = 0; i < POINTS; i++) {
            double z = (double)point[i];
            double y = (double)label[k];
            double size = stable_softplus(z) + y * fabs(z);
            double want = y * stable_softplus(-z) + (1 - y) * stable_softplus(z);
            right("bce", z, y, x.y->value[i], want, size);
            right("bce'", z, y, x.da[i], p(z) - y, p(z) + y);
            right("bce' of the label", z, y, x.db[i], -z, fabs(z));
            assert_true(isfinite(x.y->value[i]));
        }
    }
    tape_free(tape);
}

/* The exponent that is taken out reaches 160, and an error of 160 ulp in it is one of the derivative,
 * relatively. Limits: the smaller logit where the other is far above it, the sum where both are far below 0.
 */
static void logit_and_at_extremes(void **state)
{
    skipped_under_valgrind("long double has 64 bits");
    (void)state;
    Tape *tape;
    Extreme x;
    OK(tape_create(&tape, message));
    memcpy(x.a, point, sizeof point);
    for (int j = 0; j < POINTS; j++) {
        for (int i = 0; i < POINTS; i++)
            x.b[i] = point[j];
        run(tape, &x, NULL, logit_and);
        for (int i = 0; i < POINTS; i++) {
            double a = (double)point[i];
            double b = (double)point[j];
            long double u = expl(-(long double)a); /* e^2000 is no trouble to long double */
            long double v = expl(-(long double)b);
            long double against = u + v + u * v; /* (1 - p c) / (p c) */
            double size = fmax(1, fmax(fabs(a), fmax(fabs(b), fabs(a + b))));
            right("logit_and", a, b, x.y->value[i], (double)-logl(against), size);
            right("logit_and' a", a, b, x.da[i], (double)((u + u * v) / against), size);
            right("logit_and' b", a, b, x.db[i], (double)((v + u * v) / against), size);
            assert_true(isfinite(x.y->value[i]) && isfinite(x.da[i]) && isfinite(x.db[i]));
        }
    }
    tape_free(tape);
}

/* Two numbers of up to 2000 are added on the way, and so for the exponents of the derivatives. */
static void check_mix(const float *w, float a, float b, const float *y, float *const grad[3], int i)
{
    long double s = 1 / (1 + expl(-(long double)w[i])), rest = 1 / (1 + expl((long double)w[i]));
    long double pa = 1 / (1 + expl(-(long double)a)), not_a = 1 / (1 + expl((long double)a));
    long double pb = 1 / (1 + expl(-(long double)b)), not_b = 1 / (1 + expl((long double)b));
    long double c = s * pa + rest * pb, not_c = s * not_a + rest * not_b;
    double size = 1 + fabs((double)w[i]) + fabs((double)a) + fabs((double)b);
    right("logit_mix", (double)a, (double)b, y[i], (double)(logl(c) - logl(not_c)), size);
    right("logit_mix' a", (double)a, (double)b, grad[1][i], (double)(s * pa * not_a / (c * not_c)), size);
    right("logit_mix' b", (double)a, (double)b, grad[2][i], (double)(rest * pb * not_b / (c * not_c)), size);
    right("logit_mix' w", (double)a, (double)b, grad[0][i],
          (double)(s * rest * (pa * not_b - pb * not_a) / (c * not_c)), size);
    assert_true(isfinite(y[i]) && isfinite(grad[0][i]) && isfinite(grad[1][i]) && isfinite(grad[2][i]));
}

static void logit_mix_at_extremes(void **state)
{
    skipped_under_valgrind("long double has 64 bits");
    (void)state;
    Tape *tape;
    OK(tape_create(&tape, message));
    for (int k = 0; k < POINTS * POINTS; k++) {
        float w[POINTS], a[POINTS], b[POINTS], dw[POINTS] = {0}, da[POINTS] = {0}, db[POINTS] = {0};
        float *const grad[3] = {dw, da, db};
        memcpy(w, point, sizeof point);
        for (int i = 0; i < POINTS; i++) {
            a[i] = point[k / POINTS];
            b[i] = point[k % POINTS];
        }
        tape_reset(tape);
        Var y = logit_mix(tape_leaf(tape, POINTS, 1, w, dw), tape_leaf(tape, POINTS, 1, a, da),
                          tape_leaf(tape, POINTS, 1, b, db));
        tape_backward(tape, sum(y));
        for (int i = 0; i < POINTS; i++)
            check_mix(w, a[i], b[i], y->value, grad, i);
    }
    tape_free(tape);
}

/* A model that has diverged must look so: its NaN is not floored to a sound 0. */
static void nan_passes_comparisons(void **state)
{
    (void)state;
    Tape *tape;
    float x[3] = {NAN, 1, -1};
    float one = 1;
    float zero = 0;
    OK(tape_create(&tape, message));
    Var column = tape_leaf(tape, 3, 1, x, NULL);
    Var y = linear(column, tape_leaf(tape, 1, 1, &one, NULL), tape_leaf(tape, 1, 1, &zero, NULL), true);
    assert_true(isnan(y->value[0]) && y->value[1] == 1 && y->value[2] == 0);
    assert_true(isnan(clamp_max(column, 0.5F)->value[0]) && isnan(clamp_min(column, 0.5F)->value[0]));
    tape_free(tape);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sigmoid_and_softplus_at_extremes),
        cmocka_unit_test(bce_at_extremes),
        cmocka_unit_test(logit_and_at_extremes),
        cmocka_unit_test(logit_mix_at_extremes),
        cmocka_unit_test(nan_passes_comparisons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
