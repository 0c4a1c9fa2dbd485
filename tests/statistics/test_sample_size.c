/* The size of a sample that a pilot fixes: what it asks for against its formula, and whether 95 % intervals
 * of samples of that size still hold the mean 95 % of the time. */
#include "results/statistics/sample_size.h"
#include "sim/base/draw.h"
#include "sim/base/random.h"
#include "tests/support/monte_carlo.h"

#include <gsl/gsl_cdf.h>

enum { RUNS = 8000, MAX = 1000 }; /* as few as the contrast needs */

/* Values and what is asked of their mean. */
typedef struct Case {
    const char *name;
    double spread; /* of the normal, or of the logarithm */
    bool lognormal;
    double most;   /* standard error */
    bool relative; /* to the mean */
} Case;

static double draw(const Case *c, gsl_rng *random)
{
    const double normal = draw_normal(random, 1);
    return c->lognormal ? exp(c->spread * normal) : 1 + c->spread * normal;
}

static double mean_in_truth(const Case *c)
{
    return c->lognormal ? exp(c->spread * c->spread / 2) : 1;
}

static double most_of(const Case *c, double mean)
{
    return c->relative ? c->most * fabs(mean) : c->most;
}

/* Whether the t interval of the first n values holds the mean. */
static bool holds(const Case *c, const double *x, size_t n)
{
    const double half = gsl_cdf_tdist_Pinv(0.975, (double)n - 1) * sqrt(variance_of(x, n) / (double)n);
    return fabs(mean_of(x, n) - mean_in_truth(c)) <= half;
}

/* As a run has it: the pilot, and three stages more. */
static size_t stages(const Case *c, const double *x)
{
    size_t n = PILOT_SIZE;
    for (int stage = 1; stage < SAMPLE_STAGES && n < MAX; stage++) {
        const SampleSpread spread = {(int)n, sqrt(variance_of(x, n))};
        const double most = most_of(c, mean_of(x, n)), asked = sample_size(spread, most);
        if (sample_suffices(spread, most))
            break;
        n = asked < MAX ? (size_t)asked : MAX;
    }
    return n;
}

/* What a run does not do: look after each value, and stop at the first low error. */
static size_t looking(const Case *c, const double *x)
{
    size_t n = 3;
    while (n < MAX && sqrt(variance_of(x, n) / (double)n) > most_of(c, mean_of(x, n)))
        n++;
    return n;
}

static double share_held(const Case *c, size_t (*rule)(const Case *c, const double *x), double *mean_size)
{
    gsl_rng *random = stream_open(&(StreamKey){.seed = 7, .setting = ""}, "test");
    double x[MAX];
    int held = 0;
    *mean_size = 0;
    for (int run = 0; run < RUNS; run++) {
        for (int i = 0; i < MAX; i++)
            x[i] = draw(c, random);
        const size_t n = rule(c, x);
        held += holds(c, x, n);
        *mean_size += (double)n / RUNS;
    }
    gsl_rng_free(random);
    return (double)held / RUNS;
}

static void intervals_cover(void **state)
{
    static const Case cases[] = {{"normal, 5 % of the mean", 0.5, false, 0.05, true},
                                 {"normal", 1, false, 0.1, false},
                                 {"log-normal, 5 % of the mean", 0.5, true, 0.05, true}};
    const double error = sqrt(0.95 * 0.05 / RUNS);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double size;
        const double held = share_held(&cases[i], stages, &size);
        print_message("%s: %.4f held, %.0f values in the mean\n", cases[i].name, held, size);
        within_error(cases[i].name, held, 0.95, error);
    }
}

/* The test above can fail: a rule that looks again after each value selects. */
static void looking_again_selects(void **state)
{
    const Case c = {"normal", 1, false, 0.3, false};
    double size;
    (void)state;
    const double held = share_held(&c, looking, &size);
    print_message("looking after each value: %.4f held, %.0f values in the mean\n", held, size);
    assert_true(held < 0.95 - STANDARD_ERRORS * sqrt(0.95 * 0.05 / RUNS));
}

/* t_{.975, 19} = 2.0930, z_{.975} = 1.9600: (t s / (z d))^2 x 1.2. */
static void size_is_steins(void **state)
{
    (void)state;
    assert_true(sample_size((SampleSpread){20, 1}, 0.1) == ceil(1.2 * 100 * pow(2.093024 / 1.959964, 2)));
    assert_true(sample_size((SampleSpread){20, 1}, 0.3) == 20);
    assert_true(sample_suffices((SampleSpread){20, 1}, 0.24));
    assert_false(sample_suffices((SampleSpread){20, 1}, 0.238));
    assert_true(sample_suffices((SampleSpread){20, 0}, 1e-9));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(size_is_steins), cmocka_unit_test(intervals_cover),
                                       cmocka_unit_test(looking_again_selects)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
