/* Wrong labels: flipped at the rates that are asked for, whatever else there is, and nothing else of a world
 * depends on them. */
#include "sim/world/world.h"

#include "tests/support/monte_carlo.h"

#include <gsl/gsl_errno.h>

enum { ROWS = 60000 / SHRINK };

static WorldOptions asked(double rho01, double rho10)
{
    return (WorldOptions){.users = 300,
                          .items = 200,
                          .segments = 6,
                          .categories = 5,
                          .latent = 3,
                          .context = 2,
                          .shape = SHAPE_INTERACTION,
                          .dependence = 0.4,
                          .sigma_o = 1.2,
                          .sigma_r = 1.5,
                          .gamma_o = 1,
                          .gamma_r = 0.8,
                          .ctr = 0.4,
                          .cvr = 0.3,
                          .behaviour = {.rate = 0.3, .lift = 1.5, .sigma = 0.8},
                          .label_noise = {.rho01 = rho01, .rho10 = rho10}};
}

static Drawn drawn_with(double rho01, double rho10, Sampling sampling)
{
    WorldOptions options = asked(rho01, rho10);
    World *world = world_of(&options);
    Drawn drawn = draw_of(world, 0, "log", sampling, ROWS);
    world_free(world);
    return drawn;
}

static void same(const double *a, const double *b)
{
    assert_memory_equal(a, b, ROWS * sizeof *a);
}

/* Clicks, actions and the truth are those of right labels; wrong are labels of clicks alone. */
static void nothing_else_depends_on_labels(void **state)
{
    (void)state;
    Drawn right = drawn_with(0, 0, SAMPLE_EXPOSURES), wrong = drawn_with(0.1, 0.25, SAMPLE_EXPOSURES);
    assert_memory_equal(right.log.click, wrong.log.click, ROWS);
    assert_memory_equal(right.log.behaviour->action, wrong.log.behaviour->action, ROWS);
    assert_memory_equal(right.truth.potential, wrong.truth.potential, ROWS);
    same(right.truth.p_r, wrong.truth.p_r);
    same(right.truth.p_o, wrong.truth.p_o);
    same(right.truth.q, wrong.truth.q);
    for (size_t i = 0; i < ROWS; i++) {
        assert_int_equal(right.log.conversion[i], right.log.click[i] && right.truth.potential[i]);
        assert_true(wrong.log.conversion[i] <= wrong.log.click[i]);
    }
    drawn_free(&right);
    drawn_free(&wrong);
}

/* Flips of each kind, alone and weighted by the conversion probability; a wrong label has this variance
 * whatever its row. */
static void rates_are_as_asked(void **state)
{
    (void)state;
    static const double rate[2] = {0.1, 0.25};
    for (int sampling = SAMPLE_EXPOSURES; sampling <= SAMPLE_UNBIASED; sampling++) {
        Drawn d = drawn_with(rate[0], rate[1], (Sampling)sampling);
        for (int label = 0; label <= 1; label++) {
            double n = 0, flips = 0, weighted = 0, squares = 0;
            for (size_t i = 0; i < ROWS; i++) {
                if (!d.log.click[i] || d.truth.potential[i] != label)
                    continue;
                const double flipped = d.log.conversion[i] != label;
                n++;
                flips += flipped - rate[label];
                weighted += (flipped - rate[label]) * d.truth.p_r[i];
                squares += d.truth.p_r[i] * d.truth.p_r[i];
            }
            const double spread = sqrt(rate[label] * (1 - rate[label]));
            within_error("rate of wrong labels", flips / n, 0, spread / sqrt(n));
            within_error("and the conversion probability", weighted / n, 0, spread * sqrt(squares) / n);
        }
        drawn_free(&d);
    }
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_else_depends_on_labels),
        cmocka_unit_test(rates_are_as_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
