/* Elementary functions against those of the C library in long double: the error of each stays below the limit
 * that sim/base/vector_math.h states, over all of its range. In float every 1009th number is tried, a prime
 * step; with CVRLAB_EXHAUSTIVE set, as `make exhaustive` does, every one of the 2^32 by all processors. */
#include "sim/base/random.h"
#include "sim/base/real.h"
#include "sim/base/vector_math.h"
#include "sim/base/workers.h"
#include "tests/support/support.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#if defined __SANITIZE_ADDRESS__ || defined CVRLAB_MEMCHECK
enum { STEP = 100003 };
#else
enum { STEP = 1009 };
#endif

/* The error in units of the last place of the truth, in numbers of `digits` bits whose least is 2^lowest. */
static double units(long double got, long double want, int digits, int lowest)
{
    int exponent;
    if (isnan(want) || isnan(got))
        return isnan(want) && isnan(got) ? 0 : INFINITY;
    if (isinf(want) || isinf(got))
        return got == want ? 0 : INFINITY;
    (void)frexpl(want, &exponent);
    long double unit = ldexpl(1, exponent - digits > lowest ? exponent - digits : lowest);
    return (double)(fabsl(got - want) / unit);
}

/* The same for a float, quick enough for all of them: the exponent comes from the bits of the truth. */
static double of_float(float got, double want)
{
    if (isnan(want) || isnan(got))
        return isnan(want) && isnan(got) ? 0 : INFINITY;
    if (isinf((float)want) || isinf(got))
        return got == (float)want ? 0 : INFINITY;
    int64_t exponent = (int64_t)(bits64(want) >> 52 & 2047) - 1022 - 24;
    double unit = double_of((uint64_t)((exponent > -149 ? exponent : -149) + 1023) << 52);
    return fabs(got - want) / unit;
}

/* Truth in double is closer than 10^-8 units of float. */
typedef struct FloatFunction {
    const char *name;
    float (*of)(float x);
    double (*truth)(double x);
    double limit;
    bool absolute; /* the limit is in 2^-24, else in units of the last place */
} FloatFunction;

/* Numbers in blocks, which threads take one after another. */
typedef struct FloatSearch {
    const FloatFunction *function;
    uint64_t step;
    atomic_int next;
    pthread_mutex_t lock;
    double worst;
    float at;
} FloatSearch;

static float exp_of(float x)
{
    return exp32(x);
}

static float log_of(float x)
{
    return log32(x);
}

static float log1p_of(float x)
{
    return log1p32(x);
}

static float sigmoid_of(float x)
{
    return sigmoid32(x);
}

static float softplus_of(float x)
{
    return softplus32(x);
}

static float tanh_of(float x)
{
    return tanh32(x);
}

static double sigmoid_truth(double x)
{
    return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x));
}

static double softplus_truth(double x)
{
    return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}

static void *search_floats(void *argument)
{
    enum { BLOCKS = 1 << 10 };
    const uint64_t size = (UINT64_C(1) << 32) / BLOCKS;
    FloatSearch *s = argument;
    const FloatFunction *f = s->function;
    double worst = 0;
    float at = 0;
    for (int block; (block = atomic_fetch_add(&s->next, 1)) < BLOCKS;) {
        uint64_t first = (uint64_t)block * size;
        for (uint64_t bits = (first + s->step - 1) / s->step * s->step; bits < first + size;
             bits += s->step) {
            float x = float_of((uint32_t)bits), got = f->of(x);
            double want = f->truth((double)x);
            double error = f->absolute && !isnan(want) ? 0x1p24 * fabs(got - want) : of_float(got, want);
            if (!(error <= worst)) {
                worst = error;
                at = x;
            }
        }
    }
    (void)pthread_mutex_lock(&s->lock);
    if (!(worst <= s->worst)) {
        s->worst = worst;
        s->at = at;
    }
    (void)pthread_mutex_unlock(&s->lock);
    return NULL;
}

static void floats_are_near(void **state)
{
    (void)state;
    static const FloatFunction function[] = {
        {"exp", exp_of, exp, 1.1, false},
        {"log", log_of, log, 0.9, false},
        {"log1p", log1p_of, log1p, 0.9, false},
        {"sigmoid", sigmoid_of, sigmoid_truth, 3, false},
        {"softplus", softplus_of, softplus_truth, 2, false},
        {"tanh", tanh_of, tanh, 3, true},
    };
    const bool exhaustive = getenv("CVRLAB_EXHAUSTIVE");
    for (size_t k = 0; k < sizeof function / sizeof *function; k++) {
        const FloatFunction *f = &function[k];
        FloatSearch search = {
            .function = f, .step = exhaustive ? 1 : STEP, .lock = PTHREAD_MUTEX_INITIALIZER};
        Message message = {""};
        int jobs = exhaustive ? (int)sysconf(_SC_NPROCESSORS_ONLN) : 1;
        assert_int_equal(workers_run(jobs, search_floats, &search, &message), STATUS_OK);
        print_message("%s: at most %.4f %s, at %a\n", f->name, search.worst,
                      f->absolute ? "of 2^-24" : "units of the last place", (double)search.at);
        if (!(search.worst <= f->limit))
            fail_msg("%s(%a) is off by %.3f units", f->name, (double)search.at, search.worst);
    }
}

/* Numbers of all sizes, and such as the program has. */
static double draw(gsl_rng *generator, int k)
{
    double x = gsl_ran_gaussian_ziggurat(generator, 1);
    switch (k % 4) {
    case 0:
        return ldexp(x, (int)gsl_rng_uniform_int(generator, 2100) - 1050);
    case 1:
        return 300 * x;
    case 2:
        return x;
    default:
        return 1 + ldexp(x, -(int)gsl_rng_uniform_int(generator, 50));
    }
}

static void doubles_are_near(void **state)
{
    (void)state;
    skipped_under_valgrind("it computes long double in 64 bits");
    StreamKey key = {.seed = 4, .setting = ""};
    gsl_rng *generator = stream_open(&key, "real");
    assert_non_null(generator);
    for (int k = 0; k < 1000000; k++) {
        double x = draw(generator, k);
        double e = units(real_exp(x), expl(x), 53, -1074), l = units(real_log(x), logl(x), 53, -1074),
               p = units(real_log1p(x), log1pl(x), 53, -1074);
        if (expl(x) > (long double)DBL_MAX)
            e = real_exp(x) == HUGE_VAL ? 0 : INFINITY;
        if (!(e <= 1.1) || !(l <= 0.9) || !(p <= 0.9))
            fail_msg("at %a: exp is off by %.3f units, log by %.3f, log1p by %.3f", x, e, l, p);
        if (x > 0.001 && x < 1000) {
            double y = 3 * fabs(x) < 700 ? -0.7 : 0.1;
            double off = units(real_power(x, y), powl(x, y), 53, -1074);
            assert_true(off <= fabs(y * log(x)) + 2);
        }
    }
    gsl_rng_free(generator);
}

static void ends_are_right(void **state)
{
    (void)state;
    assert_true(real_exp(-INFINITY) == 0 && real_exp(INFINITY) == HUGE_VAL && isnan(real_exp(NAN)));
    assert_true(real_exp(0) == 1 && real_log(1) == 0 && real_log1p(0) == 0);
    assert_true(real_log(0) == -HUGE_VAL && real_log(-0.0) == -HUGE_VAL && isnan(real_log(-1)));
    assert_true(real_log(INFINITY) == HUGE_VAL && isnan(real_log(NAN)));
    assert_true(real_log1p(-1) == -HUGE_VAL && isnan(real_log1p(-1.5)) && real_log1p(INFINITY) == HUGE_VAL);
    assert_true(real_power(0, 2) == 0 && real_power(0, 0) == 1 && real_power(1, 5) == 1);
    assert_true(real_sigmoid(0) == 0.5 && real_sigmoid(-INFINITY) == 0 && real_sigmoid(INFINITY) == 1);
}

/* fmaf() without the instruction rounds once: ties, cancellation, subnormal results and overflow. */
static float plain_fma(float a, float b, float c)
{
    return fma32(a, b, c);
}

static void multiply_adds_round_once(void **state)
{
    (void)state;
    StreamKey key = {.seed = 6, .setting = ""};
    gsl_rng *generator = stream_open(&key, "fma");
    assert_non_null(generator);
    for (int k = 0; k < 2000000; k++) {
        float a = float_of((uint32_t)gsl_rng_get(generator)), b = float_of((uint32_t)gsl_rng_get(generator));
        float c = k % 3 ? -a * b : float_of((uint32_t)gsl_rng_get(generator));
        if (k % 3 == 1) /* a neighbour of a tie */
            c = float_of(bits32(c) + (uint32_t)gsl_rng_uniform_int(generator, 3));
        if (k % 7 == 0) {
            a = 1 + (float)gsl_rng_uniform_int(generator, 64) * FLT_EPSILON;
            b = 1 + (float)gsl_rng_uniform_int(generator, 64) * FLT_EPSILON;
            c = ldexpf((float)gsl_rng_uniform_int(generator, 64), -(int)gsl_rng_uniform_int(generator, 60));
        }
        float got = plain_fma(a, b, c), want = fmaf(a, b, c);
        if (isnan(want) ? !isnan(got) : bits32(got) != bits32(want))
            fail_msg("%a %a + %a gives %a, not %a", (double)a, (double)b, (double)c, (double)got,
                     (double)want);
    }
    gsl_rng_free(generator);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floats_are_near),
        cmocka_unit_test(doubles_are_near),
        cmocka_unit_test(ends_are_right),
        cmocka_unit_test(multiply_adds_round_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
