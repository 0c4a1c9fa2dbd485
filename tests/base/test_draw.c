/* Draws against GSL's from the same streams, and quantiles against the error function of the C library in
 * long double. */
#include "sim/base/draw.h"
#include "sim/base/random.h"
#include "tests/support/support.h"

#include <gsl/gsl_randist.h>
#include <math.h>

enum { DRAWS = 5000000 };

typedef double (*Draw)(gsl_rng *stream);

static double our_normal(gsl_rng *stream)
{
    return draw_normal(stream, 1.5);
}

static double their_normal(gsl_rng *stream)
{
    return gsl_ran_gaussian_ziggurat(stream, 1.5);
}

static double our_exponential(gsl_rng *stream)
{
    return draw_exponential(stream, 2.5);
}

static double their_exponential(gsl_rng *stream)
{
    return gsl_ran_exponential(stream, 2.5);
}

static double their_gumbel(gsl_rng *stream)
{
    return gsl_ran_gumbel1(stream, 1, 1);
}

/* The two draw from streams of one start, and end at the same place of them. */
static void compare_draws(Draw ours, Draw theirs, double relative, double absolute)
{
    const StreamKey key = {.seed = 7, .setting = ""};
    gsl_rng *one = stream_open(&key, "draws"), *other = stream_open(&key, "draws");
    double worst = 0;
    for (int i = 0; i < DRAWS; i++) {
        double x = ours(one), y = theirs(other), gap = fabs(x - y) - absolute;
        worst = fmax(worst, gap / fabs(y));
    }
    assert_true(worst <= relative);
    assert_int_equal(gsl_rng_get(one), gsl_rng_get(other));
    gsl_rng_free(one);
    gsl_rng_free(other);
}

/* GSL's table of the ziggurat has twelve digits, half a unit of the last of which is 5e-12 at most. */
static void normal_numbers_are_gsls(void **state)
{
    (void)state;
    compare_draws(our_normal, their_normal, 5e-12, 0);
}

static void exponential_numbers_are_gsls(void **state)
{
    (void)state;
    compare_draws(our_exponential, their_exponential, 8 * 0x1p-53, 0);
}

static void gumbel_numbers_are_gsls(void **state)
{
    (void)state;
    compare_draws(draw_gumbel, their_gumbel, 8 * 0x1p-53, 8 * 0x1p-53);
}

/* P(Z <= z) at the quantile of u is u: the error of z is the gap over the density. */
static double quantile_error(double u, double z)
{
    long double below = 0.5L * erfcl(-(long double)z / sqrtl(2)),
                above = 0.5L * erfcl((long double)z / sqrtl(2));
    long double gap = u < 0.5 ? below - (long double)u : (1 - (long double)u) - above;
    long double density = expl(-0.5L * (long double)z * (long double)z) / sqrtl(2 * acosl(-1));
    return (double)fabsl(gap / density);
}

static void quantiles_invert_the_normal_distribution(void **state)
{
    (void)state;
    enum { ROWS = 4000 };
    static double u[ROWS], z[ROWS], again[ROWS];
    gsl_rng *stream = stream_open(&(StreamKey){.setting = ""}, "quantiles");
    for (int i = 0; i < ROWS; i++) {
        double share = gsl_rng_uniform_pos(stream);
        u[i] = i % 4 == 0 ? pow(10, -300 * share) : i % 4 == 1 ? 1 - pow(2, -50 * share) : share;
    }
    gsl_rng_free(stream);
    quantile_kernels()->normal(ROWS, u, z);
    for (int i = 0; i < ROWS; i++)
        assert_true(quantile_error(u[i], z[i]) <= 1e-14 * fabs(z[i]) + 1e-16);
    InstructionSet widest = instruction_set();
    for (InstructionSet set = 0; set < INSTRUCTION_SETS; set++)
        if (instruction_set_choose(set)) {
            quantile_kernels()->normal(ROWS, u, again);
            assert_memory_equal(again, z, sizeof z);
        }
    assert_true(instruction_set_choose(widest));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normal_numbers_are_gsls),
        cmocka_unit_test(exponential_numbers_are_gsls),
        cmocka_unit_test(gumbel_numbers_are_gsls),
        cmocka_unit_test(quantiles_invert_the_normal_distribution),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
