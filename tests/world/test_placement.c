/* The placement of exposures: its column, its part in the logits, and the truth without it. */
#include "sim/world/world.h"

#include "tests/support/monte_carlo.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include <stdbool.h>

/* Of numbers that come from logits of probabilities. */
static const double ROUNDING = 1e-9;

static WorldOptions asked(void)
{
    return (WorldOptions){.users = 300,
                          .items = 200,
                          .segments = 4,
                          .categories = 4,
                          .latent = 2,
                          .context = 2,
                          .item_zipf = 0.5,
                          .feature_noise = 0.3,
                          .shape = SHAPE_NETWORK,
                          .dependence = 0.4,
                          .sigma_o = 1,
                          .sigma_r = 0.9,
                          .placement = {.click = 1.5, .conversion = 1},
                          .ctr = 0.15,
                          .cvr = 0.25};
}

static size_t last(const Log *log)
{
    return (size_t)log->x.schema.dense - 1;
}

static double placement_of(const Log *log, size_t row)
{
    return (double)log->x.dense[row * (size_t)log->x.schema.dense + last(log)];
}

/* The same world without it: its exposures are the same, and its logits without h the scores'. */
static World *plain_twin(WorldOptions options)
{
    options.placement = (PlacementOptions){0};
    options.gamma_o = options.gamma_r = options.delta = 0;
    return world_of(&options);
}

static void it_is_a_column_that_moves_no_other(void **state)
{
    (void)state;
    enum { N = 5000 };
    static double v[N], square[N], with_context[N];
    WorldOptions options = asked();
    World *world = world_of(&options), *twin = plain_twin(options);
    Drawn drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, N);
    Drawn bare = draw_of(twin, 0, "log", SAMPLE_EXPOSURES, N);
    const Schema *schema = world_schema(world), *less = world_schema(twin);
    assert_int_equal(schema->dense, less->dense + 1);
    assert_int_equal(schema->groups, less->groups + 1);
    assert_string_equal(schema->group[schema->groups - 1].name, "placement");
    assert_memory_equal(drawn.log.x.id, bare.log.x.id, N * 4 * sizeof *bare.log.x.id);
    for (size_t i = 0; i < N; i++) {
        const float *row = drawn.log.x.dense + i * (size_t)schema->dense;
        assert_memory_equal(row, bare.log.x.dense + i * (size_t)less->dense,
                            (size_t)less->dense * sizeof *row);
        v[i] = placement_of(&drawn.log, i);
        square[i] = v[i] * v[i];
        with_context[i] = v[i] * (double)row[last(&drawn.log) - 1];
    }
    mean_is("mean of v", v, N, 0);
    mean_is("variance of v", square, N, 1);
    mean_is("covariance of v and the context", with_context, N, 0);
    assert_null(bare.truth.reachable);
    drawn_free(&bare);
    drawn_free(&drawn);
    world_free(twin);
    world_free(world);
}

/* Each weight alone, and both. */
static void the_logits_have_its_weights(void **state)
{
    (void)state;
    enum { N = 2000 };
    static const PlacementOptions weights[] = {{1.5, 0}, {0, -0.8}, {-2, 1}};
    for (size_t k = 0; k < sizeof weights / sizeof *weights; k++) {
        WorldOptions options = asked();
        options.placement = weights[k];
        World *world = world_of(&options), *twin = plain_twin(options);
        Drawn drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, N);
        Drawn bare = draw_of(twin, 0, "log", SAMPLE_EXPOSURES, N);
        double a = world_click_intercept(world) - world_click_intercept(twin);
        double b = world_conversion_intercept(world) - world_conversion_intercept(twin);
        for (size_t i = 0; i < N; i++) {
            double v = placement_of(&drawn.log, i);
            double p_o = sigmoid_of(logit_of(bare.truth.p_o[i]) + a + weights[k].click * v);
            double p_r = sigmoid_of(logit_of(bare.truth.p_r[i]) + b + weights[k].conversion * v);
            assert_true(fabs(drawn.truth.p_o[i] / p_o - 1) < ROUNDING);
            assert_true(fabs(drawn.truth.p_r[i] / p_r - 1) < ROUNDING);
            assert_true(drawn.truth.q[i] == drawn.truth.p_r[i]);
            assert_true(fabs(drawn.truth.p_o_given[i] / p_o - 1) < ROUNDING);
        }
        drawn_free(&bare);
        drawn_free(&drawn);
        world_free(twin);
        world_free(world);
    }
}

static void rates_and_outcomes_are_as_asked(void **state)
{
    slow_under_valgrind();
    (void)state;
    static const HiddenLevel level[] = {HIDDEN_EXPOSURE, HIDDEN_USER};
    const size_t n = (1 << 17) / SHRINK;
    double *residual = calloc(2 * n, sizeof *residual);
    assert_non_null(residual);
    for (size_t k = 0; k < 2; k++) {
        WorldOptions options = asked();
        options.hidden_level = level[k];
        options.gamma_o = 0.7;
        options.gamma_r = 0.9;
        options.delta = 0.5;
        World *world = world_of(&options);
        Drawn drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, n);
        const Truth *t = &drawn.truth;
        mean_is("CTR", t->p_o, n, options.ctr);
        mean_is("CVR", t->p_r, n, options.cvr);
        mean_is("CVR without the placement", t->reachable, n, options.cvr);
        for (size_t i = 0; i < n; i++) {
            double v = placement_of(&drawn.log, i);
            residual[i] = v * (drawn.log.click[i] - t->p_o[i]);
            residual[n + i] = v * drawn.log.click[i] * (drawn.log.conversion[i] - t->q[i]);
        }
        mean_is("clicks along v", residual, n, 0);
        mean_is("conversions of clicks along v", residual + n, n, 0);
        drawn_free(&drawn);
        world_free(world);
    }
    free(residual);
}

/* P(r(1)=1 | x') by adaptive integration over v, and over h inside where each exposure has its own. */
typedef struct Average {
    double level, of_v, of_h, v;
    gsl_integration_workspace *inner, *outer;
} Average;

static double integral(double (*f)(double, void *), void *argument, gsl_integration_workspace *workspace)
{
    double value, error;
    gsl_function function = {f, argument};
    assert_int_equal(
        gsl_integration_qag(&function, -14, 14, 0, 1e-12, 1000, GSL_INTEG_GAUSS61, workspace, &value, &error),
        GSL_SUCCESS);
    return value;
}

static double over_h(double h, void *argument)
{
    const Average *a = argument;
    return gsl_ran_ugaussian_pdf(h) * sigmoid_of(a->level + a->of_v * a->v + a->of_h * h);
}

static double over_v(double v, void *argument)
{
    Average *a = argument;
    a->v = v;
    return gsl_ran_ugaussian_pdf(v) *
           (a->of_h != 0 ? integral(over_h, a, a->inner) : sigmoid_of(a->level + a->of_v * v));
}

static void reachable_is_the_mean_over_placements(void **state)
{
    (void)state;
    enum { N = 6 };
    static const struct {
        HiddenLevel level;
        double gamma_r, weight;
    } of[] = {{HIDDEN_EXPOSURE, 0, 1}, {HIDDEN_EXPOSURE, 1.2, -0.8}, {HIDDEN_ITEM, 1.5, 2}};
    Average a = {.inner = gsl_integration_workspace_alloc(1000),
                 .outer = gsl_integration_workspace_alloc(1000)};
    assert_true(a.inner && a.outer);
    for (size_t k = 0; k < sizeof of / sizeof *of; k++) {
        WorldOptions options = asked();
        options.hidden_level = of[k].level;
        options.gamma_o = 0.5;
        options.gamma_r = of[k].gamma_r;
        options.placement.conversion = of[k].weight;
        World *world = world_of(&options), *twin = plain_twin(options);
        Drawn drawn = draw_of(world, 0, "test", SAMPLE_EXPOSURES, N);
        Drawn bare = draw_of(twin, 0, "test", SAMPLE_EXPOSURES, N);
        bool members = of[k].level != HIDDEN_EXPOSURE;
        a.of_v = of[k].weight;
        a.of_h = members ? 0 : of[k].gamma_r;
        for (size_t i = 0; i < N; i++) {
            double score = logit_of(bare.truth.p_r[i]) - world_conversion_intercept(twin);
            a.level = world_conversion_intercept(world) + score;
            if (members) /* h is known, and so is all of the logit but v */
                a.level = logit_of(drawn.truth.p_r[i]) - a.of_v * placement_of(&drawn.log, i);
            double want = integral(over_v, &a, a.outer);
            assert_true(fabs(drawn.truth.reachable[i] / want - 1) < 1e-10);
            assert_true(fabs(drawn.truth.p_r[i] / want - 1) > 1e-4);
        }
        drawn_free(&bare);
        drawn_free(&drawn);
        world_free(twin);
        world_free(world);
    }
    gsl_integration_workspace_free(a.inner);
    gsl_integration_workspace_free(a.outer);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_a_column_that_moves_no_other),
        cmocka_unit_test(the_logits_have_its_weights),
        cmocka_unit_test(rates_and_outcomes_are_as_asked),
        cmocka_unit_test(reachable_is_the_mean_over_placements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
