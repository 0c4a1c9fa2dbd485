/* Sources of propensities, and their distortion against its formula. */
#include "sim/propensity/propensity.h"

#include "sim/base/random.h"
#include "sim/propensity/from_truth.h"
#include "sim/truth.h"
#include "tests/support/support.h"

#include <float.h>
#include <gsl/gsl_randist.h>
#include <math.h>

static const Distortion none = {.scale = 1};
static const float given[] = {0.001F, 0.02F, 0.05F, 0.3F, 0.5F, 0.77F, 0.999F};
enum { N = sizeof given / sizeof *given };
static const double mean_given = 0.37;

/* The formulas are evaluated in double, so a step errs by its rounding to float, 2^-24 of the value. A later
 * step passes on no more than the whole error of an earlier one. */
static void near(double got, double want, int steps)
{
    if (!(fabs(got - want) <= steps * 0x1p-24 * want * (1 + 1e-6))) {
        fail_msg("%.9g, expected %.9g", got, want);
    }
}

/* The same in terms of odds: p / (1-p) -> exp(shift) (p / (1-p))^scale. */
static double moved(double p, double scale, double shift)
{
    double odds = exp(shift) * pow(p / (1 - p), scale);
    return odds / (1 + odds);
}

static double mixed(double p, double beta)
{
    return 1 / ((1 - beta) / p + beta / mean_given);
}

static void distorted(const Distortion *how, const float *noise, float *p)
{
    memcpy(p, given, sizeof given);
    distort(how, mean_given, noise, N, p);
}

static void nothing_moves_nothing(void **state)
{
    (void)state;
    static const float noise[N] = {1, -1, 2, -2, 3, -3, 4};
    const Distortion some[] = {{.scale = 1.1},
                               {.scale = 1, .shift = 0.1},
                               {.scale = 1, .noise = 0.1},
                               {.scale = 1, .beta = 0.1},
                               {.scale = 0}};
    float p[N];
    assert_true(distortion_is_none(&none));
    distorted(&none, NULL, p);
    assert_memory_equal(p, given, sizeof p);
    distorted(&none, noise, p); /* draws without a noise level have no effect */
    assert_memory_equal(p, given, sizeof p);
    for (size_t k = 0; k < sizeof some / sizeof *some; k++) {
        assert_false(distortion_is_none(&some[k]));
        distorted(&some[k], noise, p);
        for (int i = 0; i < N; i++) {
            assert_true(p[i] != given[i] || given[i] == 0.5F);
        }
    }
    float untouched = 0.25F;
    distort(&some[0], 0.5, NULL, 0, &untouched);
    assert_true(untouched == 0.25F);
}

static void scale_and_shift_act_on_the_logit(void **state)
{
    (void)state;
    const Distortion how[] = {
        {.scale = 1, .shift = 1.5}, {.scale = 1, .shift = -2},   {.scale = 0.5}, {.scale = 2}, {.scale = -1},
        {.scale = 0, .shift = -1},  {.scale = 1.5, .shift = 0.7}};
    float p[N];
    for (size_t k = 0; k < sizeof how / sizeof *how; k++) {
        distorted(&how[k], NULL, p);
        for (int i = 0; i < N; i++) {
            near((double)p[i], moved((double)given[i], how[k].scale, how[k].shift), 1);
        }
    }
}

static void noise_adds_to_the_logit(void **state)
{
    (void)state;
    static const float noise[N] = {0, 1, -1, 2, -2.5F, 0.5F, -3};
    const Distortion how = {.scale = 0.8, .shift = 0.3, .noise = 0.6};
    float p[N];
    distorted(&how, noise, p);
    for (int i = 0; i < N; i++) {
        near((double)p[i], moved((double)given[i], 0.8, 0.3 + 0.6 * (double)noise[i]), 1);
    }
}

static void the_mixture_is_of_inverses(void **state)
{
    (void)state;
    static const double beta[] = {0.1, 0.5, 0.9, 1};
    float p[N];
    for (size_t k = 0; k < sizeof beta / sizeof *beta; k++) {
        const Distortion how = {.scale = 1, .beta = beta[k]};
        distorted(&how, NULL, p);
        for (int i = 0; i < N; i++) {
            near((double)p[i], mixed((double)given[i], beta[k]), 1);
        }
    }
}

static void the_logit_moves_before_the_mixture(void **state)
{
    (void)state;
    const Distortion how = {.scale = 2, .shift = 0.5, .beta = 0.4};
    float p[N];
    distorted(&how, NULL, p);
    for (int i = 0; i < N; i++) {
        double want = mixed(moved((double)given[i], 2, 0.5), 0.4);
        double swapped = moved(mixed((double)given[i], 0.4), 2, 0.5);
        near((double)p[i], want, 2);
        assert_true(fabs(want / swapped - 1) > 1e-3); /* the order shows */
    }
}

/* Rows do not see each other. */
static void a_row_does_not_depend_on_its_place(void **state)
{
    (void)state;
    static const float noise[N] = {0, 1, -1, 2, -2.5F, 0.5F, -3};
    const Distortion how = {.scale = 0.8, .shift = 0.3, .noise = 0.6, .beta = 0.2};
    float p[N];
    distorted(&how, noise, p);
    for (int i = 0; i < N; i++) {
        float alone = given[i];
        distort(&how, mean_given, &noise[i], 1, &alone);
        assert_true(alone == p[i]);
    }
}

static void results_stay_probabilities(void **state)
{
    (void)state;
    static const float extreme[] = {FLT_MIN, 1e-30F, 1e-7F, 0.5F, 1 - FLT_EPSILON, 1 - FLT_EPSILON / 2, 1};
    static const double scale[] = {-1, 0, 0.01, 1, 3, 100};
    static const double shift[] = {-1000, -100, -1, 0, 1, 100, 1000};
    static const double beta[] = {0, 1e-9, 0.5, 1 - 1e-9, 1};
    static const double mean[] = {(double)FLT_MIN, 0.01, 1};
    static const float draw[] = {-40, 0, 40};
    enum { E = sizeof extreme / sizeof *extreme };
    for (size_t a = 0; a < sizeof scale / sizeof *scale; a++) {
        for (size_t b = 0; b < sizeof shift / sizeof *shift; b++) {
            for (size_t c = 0; c < 3 * sizeof beta / sizeof *beta; c++) {
                const Distortion how = {scale[a], shift[b], 5, beta[c / 3]};
                float p[E];
                float noise[E];
                memcpy(p, extreme, sizeof p);
                for (int i = 0; i < E; i++) {
                    noise[i] = draw[c % 3];
                }
                distort(&how, mean[c % 3], noise, E, p);
                for (int i = 0; i < E; i++) {
                    assert_true(p[i] > 0 && p[i] <= 1);
                }
            }
        }
    }
    const Distortion half = {.scale = 0.5};
    float one = 1; /* as good as 1 - 2^-25, whose odds are 2^25 */
    distort(&half, 1, NULL, 1, &one);
    near((double)one, moved(1 - 0x1p-25, 0.5, 0), 1);
}

enum { ROWS = 500 };

/* A truth with p_o ~ U(low, high) and other click probabilities beside it. */
static void draw_truth(Truth *truth, double low, double high)
{
    StreamKey key = {.seed = 3, .setting = ""};
    gsl_rng *generator = stream_open(&key, "truth");
    assert_non_null(generator);
    OK(truth_create(truth, ROWS, message));
    for (int i = 0; i < ROWS; i++) {
        truth->p_o[i] = gsl_ran_flat(generator, low, high);
        truth->p_o_full[i] = gsl_rng_uniform_pos(generator);
        truth->p_o_given[i] = gsl_rng_uniform_pos(generator);
    }
    gsl_rng_free(generator);
}

static double mean_of(const float *p)
{
    double sum = 0;
    for (int i = 0; i < ROWS; i++) {
        sum += (double)p[i];
    }
    return sum / ROWS;
}

static void oracle_and_full_are_copies(void **state)
{
    (void)state;
    Truth truth;
    float p[ROWS];
    draw_truth(&truth, 0.01, 0.3);
    truth_propensity(&truth, PROPENSITY_ORACLE, p);
    for (int i = 0; i < ROWS; i++) {
        assert_true(p[i] == (float)truth.p_o[i]);
    }
    truth_propensity(&truth, PROPENSITY_FULL, p);
    for (int i = 0; i < ROWS; i++) {
        assert_true(p[i] == (float)truth.p_o_full[i]);
    }
    truth.p_o[0] = 1e-60; /* would be 0 as float, and divided by */
    truth.p_o[1] = 1;
    truth_propensity(&truth, PROPENSITY_ORACLE, p);
    assert_true(p[0] == FLT_MIN && p[1] == 1);
    truth_free(&truth);
}

static void constant_is_the_mean_click(void **state)
{
    (void)state;
    enum { CLICKS = 300 }; /* more than a byte counts */
    uint8_t click[ROWS] = {0};
    float p[ROWS], weight[ROWS];
    Log log = {.x.rows = ROWS, .click = click};
    constant_propensity(&log, p); /* no click, but still something to divide by */
    assert_true(p[0] == FLT_MIN && p[ROWS - 1] == FLT_MIN);
    memset(click + 100, 1, CLICKS);
    constant_propensity(&log, p);
    for (int i = 0; i < ROWS; i++) {
        assert_true(p[i] == (float)((double)CLICKS / ROWS));
    }
    for (int i = 0; i < ROWS; i++)
        weight[i] = click[i] ? 3 : 1;
    log.weight = weight;
    constant_propensity(&log, p);
    assert_true(p[0] == (float)(3. * CLICKS / (ROWS + 2 * CLICKS)));
    log.weight = NULL;
    memset(click, 1, sizeof click);
    constant_propensity(&log, p);
    assert_true(p[0] == 1 && p[ROWS - 1] == 1);
}

/* Doubles further apart than two roundings to float keep a strict order. */
static void assert_reversed(const Truth *truth, const float *p)
{
    for (int i = 0; i < ROWS; i++) {
        for (int j = 0; j < ROWS; j++) {
            double gap = truth->p_o[j] - truth->p_o[i];
            assert_true(gap <= 0 || p[i] >= p[j]);
            assert_true(gap <= 1e-5 || p[i] > p[j] || p[i] == (float)(1 - (double)FLT_EPSILON));
        }
    }
}

static void inverted_reverses_and_keeps_the_mean(void **state)
{
    (void)state;
    Truth truth;
    float p[ROWS];
    double mean = 0;
    draw_truth(&truth, 0.01, 0.3);
    for (int i = 0; i < ROWS; i++) {
        mean += truth.p_o[i] / ROWS;
    }
    truth_propensity(&truth, PROPENSITY_INVERTED, p);
    near(mean_of(p), mean, 1);
    assert_reversed(&truth, p);
    for (int i = 0; i < ROWS; i++) {
        near((double)p[i], (1 - truth.p_o[i]) * mean / (1 - mean), 1);
    }
    truth_free(&truth);
}

/* Where p_o is large, rescaling asks for more than 1: the result stays below it, and the mean below that of
 * p_o. */
static void inverted_is_held_below_one(void **state)
{
    (void)state;
    Truth truth;
    float p[ROWS];
    int held = 0;
    draw_truth(&truth, 0.3, 1);
    truth_propensity(&truth, PROPENSITY_INVERTED, p);
    for (int i = 0; i < ROWS; i++) {
        assert_true(p[i] > 0 && p[i] < 1);
        held += p[i] == (float)(1 - (double)FLT_EPSILON);
    }
    assert_true(held > 0 && held < ROWS);
    assert_true(mean_of(p) < 0.65); /* of U(0.3, 1) */
    assert_reversed(&truth, p);
    for (int i = 0; i < ROWS; i++) {
        truth.p_o[i] = 1; /* nothing to invert, and still no division by zero that shows */
    }
    truth_propensity(&truth, PROPENSITY_INVERTED, p);
    assert_true(p[0] > 0 && p[0] <= 1);
    truth_free(&truth);
}

static void no_rows_are_fine(void **state)
{
    (void)state;
    static const PropensitySource source[] = {PROPENSITY_ORACLE, PROPENSITY_FULL, PROPENSITY_INVERTED};
    Truth truth;
    float untouched;
    OK(truth_create(&truth, 0, message));
    for (size_t k = 0; k < sizeof source / sizeof *source; k++) {
        untouched = 0.25F;
        truth_propensity(&truth, source[k], &untouched);
        assert_true(untouched == 0.25F);
    }
    untouched = 0.25F;
    constant_propensity(&(Log){0}, &untouched);
    assert_true(untouched == 0.25F);
    truth_free(&truth);
    truth_free(&truth); /* empty after the first */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_moves_nothing),
        cmocka_unit_test(scale_and_shift_act_on_the_logit),
        cmocka_unit_test(noise_adds_to_the_logit),
        cmocka_unit_test(the_mixture_is_of_inverses),
        cmocka_unit_test(the_logit_moves_before_the_mixture),
        cmocka_unit_test(a_row_does_not_depend_on_its_place),
        cmocka_unit_test(results_stay_probabilities),
        cmocka_unit_test(oracle_and_full_are_copies),
        cmocka_unit_test(constant_is_the_mean_click),
        cmocka_unit_test(inverted_reverses_and_keeps_the_mean),
        cmocka_unit_test(inverted_is_held_below_one),
        cmocka_unit_test(no_rows_are_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
