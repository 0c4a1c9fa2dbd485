/* Post-click actions: drawn by the graph click -> action -> purchase that their truth says, and nothing else
 * in a world depends on them. */
#include "sim/world/world.h"

#include "tests/support/monte_carlo.h"

#include <float.h>
#include <gsl/gsl_errno.h>

/* Confounded at the level of exposures, so that rows are independent, and selected on the outcome itself. */
static WorldOptions confounded(void)
{
    return (WorldOptions){.users = 300,
                          .items = 200,
                          .segments = 6,
                          .categories = 5,
                          .latent = 3,
                          .context = 2,
                          .feature_noise = 0.3,
                          .shape = SHAPE_INTERACTION,
                          .dependence = 0.4,
                          .sigma_o = 1.2,
                          .sigma_r = 0.9,
                          .gamma_o = 1,
                          .gamma_r = 0.8,
                          .delta = 0.7,
                          .hidden_level = HIDDEN_EXPOSURE,
                          .ctr = 0.3,
                          .cvr = 0.25,
                          .behaviour = {.rate = 0.3, .lift = 1.5, .sigma = 0.8}};
}

static WorldOptions at_random(void)
{
    WorldOptions options = confounded();
    options.gamma_o = options.gamma_r = options.delta = 0;
    return options;
}

static ActionGraph graph_of(const Truth *truth, size_t row)
{
    const BehaviourTruth *b = truth->behaviour;
    return (ActionGraph){b->action[row], b->buy_after[row], b->buy_otherwise[row]};
}

static double mixture(const ActionGraph *graph)
{
    return graph->action * graph->buy_after + (1 - graph->action) * graph->buy_otherwise;
}

/* A dozen operations on numbers below 1. */
static void is_probability(double got, double want)
{
    assert_true(fabs(got - want) <= 12 * DBL_EPSILON);
}

static void graphs_mix_to_the_conversion_probability(void **state)
{
    (void)state;
    WorldOptions options = confounded();
    World *world = world_of(&options);
    Drawn drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, 2000);
    const Truth *t = &drawn.truth;
    for (size_t i = 0; i < t->rows; i++) {
        ActionGraph over_d = graph_of(t, i);
        is_probability(mixture(&over_d), t->p_r[i]);
        assert_true(over_d.buy_after > t->p_r[i] && over_d.buy_otherwise < t->p_r[i]); /* lift is positive */
    }
    for (size_t i = 0; i < t->rows; i++) { /* any score, any level of knowledge */
        ActionGraph full = action_graph(world_action(world), 0.01 * (double)i - 10, t->p_r_full[i]);
        ActionGraph clicked = action_graph(world_action(world), 0.01 * (double)i - 10, t->q[i]);
        is_probability(mixture(&full), t->p_r_full[i]);
        is_probability(mixture(&clicked), t->q[i]);
    }
    drawn_free(&drawn);
    world_free(world);
}

/* Bayes' rule: P(d | buy) is what d is drawn by. */
static void graphs_are_those_of_the_draws(void **state)
{
    (void)state;
    const ActionLogit logit = {.c = -1.2, .sigma = 0.8, .lift = 1.5};
    for (int k = 0; k < 200; k++) {
        double s_o = 0.05 * k - 5, p_r = 0.001 + 0.995 * (k % 20) / 20;
        ActionGraph graph = action_graph(&logit, s_o, p_r);
        double buyer = graph.action * graph.buy_after / p_r;
        double other = graph.action * (1 - graph.buy_after) / (1 - p_r);
        assert_true(fabs(buyer - sigmoid_of(-1.2 + 0.8 * s_o + 1.5)) < 12 * DBL_EPSILON / p_r);
        assert_true(fabs(other - sigmoid_of(-1.2 + 0.8 * s_o)) < 12 * DBL_EPSILON / (1 - p_r));
        assert_true(fabs(action_probability(&logit, s_o, 1) - buyer) < 12 * DBL_EPSILON / p_r);
        assert_true(fabs(action_probability(&logit, s_o, 0) - other) < 12 * DBL_EPSILON / (1 - p_r));
    }
}

/* Residuals of the draws of a row, 0 off clicks. */
enum { ACTION_RESIDUAL, BUY_AFTER_RESIDUAL, BUY_OTHERWISE_RESIDUAL, RESIDUALS };
static const char *const residual_name[RESIDUALS] = {"actions and y2", "purchases after the action and y3",
                                                     "purchases without it and y4"};

static double residual_of(const Log *log, size_t i, const ActionGraph *graph, int which)
{
    double d = log->behaviour->action[i], r = log->conversion[i];
    double residual[] = {d - graph->action, d * (r - graph->buy_after), (1 - d) * (r - graph->buy_otherwise)};
    return log->click[i] ? residual[which] : 0;
}

/* Over all rows, and over those whose y2 is in each fifth of (0, 1): every bound follows from the spread of
 * the residuals themselves. Rows are independent. */
static void check_draws(const char *where, const Log *log, const ActionGraph *graph)
{
    for (int which = 0; which < RESIDUALS; which++)
        for (int fifth = -1; fifth < 5; fifth++) {
            char what[128];
            double sum = 0, squares = 0;
            for (size_t i = 0; i < log->x.rows; i++) {
                if (fifth >= 0 && (int)(graph[i].action * 5) != fifth)
                    continue;
                double residual = residual_of(log, i, &graph[i], which);
                sum += residual;
                squares += residual * residual;
            }
            snprintf(what, sizeof what, "%s, %s, fifth %d", where, residual_name[which], fifth);
            within_error(what, sum, 0, sqrt(squares));
        }
}

/* Clicks of a world without confounding, and the sample with forced clicks of one with it, follow the truth
 * over D; the clicks of the latter follow the same graph at q, here without s_o, which is not shown. */
static void actions_follow_their_truth(void **state)
{
    (void)state;
    const size_t n = 200000 / SHRINK;
    ActionGraph *graph = calloc(n, sizeof *graph);
    assert_non_null(graph);
    for (int k = 0; k < 3; k++) {
        static const char *const name[] = {"clicks at random", "forced clicks", "confounded clicks"};
        WorldOptions options = k == 0 ? at_random() : confounded();
        options.behaviour.sigma = k == 2 ? 0 : options.behaviour.sigma;
        World *world = world_of(&options);
        Drawn drawn = draw_of(world, 0, "log", k == 1 ? SAMPLE_UNBIASED : SAMPLE_EXPOSURES, n);
        for (size_t i = 0; i < n; i++) {
            graph[i] =
                k == 2 ? action_graph(world_action(world), 0, drawn.truth.q[i]) : graph_of(&drawn.truth, i);
            assert_true(drawn.log.click[i] || !drawn.log.behaviour->action[i]);
        }
        check_draws(name[k], &drawn.log, graph);
        drawn_free(&drawn);
        world_free(world);
    }
    free(graph);
}

static void rates_are_as_asked(void **state)
{
    slow_under_valgrind();
    (void)state;
    static const BehaviourOptions asked[] = {{0.3, 1.5, 0.8}, {0.05, 3, 0}, {0.6, -1, 2}, {0.9, 0, 1}};
    const size_t n = 20000;
    for (size_t k = 0; k < sizeof asked / sizeof *asked; k++) {
        WorldOptions options = confounded();
        options.behaviour = asked[k];
        World *world = world_of(&options);
        assert_true(world_action(world)->lift == asked[k].lift);
        assert_true(world_action(world)->sigma == asked[k].sigma);
        Drawn drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, n);
        mean_is("rate of actions", drawn.truth.behaviour->action, n, asked[k].rate);
        for (size_t i = 0; asked[k].lift == 0 && i < n; i++) { /* the action tells nothing */
            is_probability(drawn.truth.behaviour->buy_after[i], drawn.truth.p_r[i]);
            is_probability(drawn.truth.behaviour->buy_otherwise[i], drawn.truth.p_r[i]);
        }
        drawn_free(&drawn);
        world_free(world);
    }
}

static void nothing_else_depends_on_behaviour(void **state)
{
    (void)state;
    enum { N = 3000 };
    WorldOptions options = confounded();
    World *with = world_of(&options);
    options.behaviour = (BehaviourOptions){.rate = 0, .lift = 2, .sigma = 1};
    World *without = world_of(&options);
    Drawn a = draw_of(with, 0, "log", SAMPLE_EXPOSURES, N);
    Drawn b = draw_of(without, 0, "log", SAMPLE_EXPOSURES, N);
    assert_null(world_action(without));
    assert_null(b.log.behaviour);
    assert_null(b.truth.behaviour);
    assert_true(world_click_intercept(with) == world_click_intercept(without));
    assert_true(world_conversion_intercept(with) == world_conversion_intercept(without));
    assert_memory_equal(a.log.click, b.log.click, N);
    assert_memory_equal(a.log.conversion, b.log.conversion, N);
    assert_memory_equal(a.truth.potential, b.truth.potential, N);
    assert_memory_equal(a.truth.p_r_full, b.truth.p_r_full, N * sizeof(double));
    assert_memory_equal(a.truth.q, b.truth.q, N * sizeof(double));
    assert_memory_equal(&a.log.x.schema, &b.log.x.schema, sizeof a.log.x.schema);
    assert_memory_equal(a.log.x.dense, b.log.x.dense, N * (size_t)a.log.x.schema.dense * sizeof(float));
    assert_memory_equal(a.log.x.id, b.log.x.id, N * (size_t)a.log.x.schema.categorical * sizeof(uint32_t));
    drawn_free(&a);
    drawn_free(&b);
    world_free(with);
    world_free(without);
}

/* One of the blocks has no room for actions: those after it are the same all the same. */
static void blocks_do_not_matter(void **state)
{
    (void)state;
    enum { N = 1000, WITHOUT = 2 };
    static const size_t size[] = {1, 613, 63, 323};
    const StreamKey key = drawn_key(0);
    WorldOptions options = confounded();
    World *world = world_of(&options);
    Drawn once = draw_of(world, 0, "log", SAMPLE_EXPOSURES, N);
    Generator *generator;
    size_t at = 0;
    OK(generator_open(&generator, world, &key, "log", SAMPLE_EXPOSURES, message));
    for (size_t k = 0; k < sizeof size / sizeof *size; k++, at += size[k - 1]) {
        Drawn block;
        OK(log_create(&block.log, world_schema(world), size[k], message));
        OK(truth_create(&block.truth, size[k], message));
        if (k != WITHOUT) {
            OK(log_add_behaviour(&block.log, message));
            OK(truth_add_behaviour(&block.truth, message));
        }
        generator_next(generator, &block.log, &block.truth);
        assert_memory_equal(block.log.click, once.log.click + at, size[k]);
        for (size_t i = 0; k != WITHOUT && i < size[k]; i++) {
            ActionGraph got = graph_of(&block.truth, i), want = graph_of(&once.truth, at + i);
            assert_int_equal(block.log.behaviour->action[i], once.log.behaviour->action[at + i]);
            assert_memory_equal(&got, &want, sizeof got);
        }
        drawn_free(&block);
    }
    generator_close(generator);
    drawn_free(&once);
    world_free(world);
}

static void replicates_and_purposes_differ(void **state)
{
    (void)state;
    enum { N = 2000 };
    WorldOptions options = confounded();
    World *world = world_of(&options);
    Drawn log = draw_of(world, 0, "log", SAMPLE_EXPOSURES, N);
    Drawn again = draw_of(world, 0, "log", SAMPLE_EXPOSURES, N);
    Drawn other = draw_of(world, 1, "log", SAMPLE_EXPOSURES, N);
    Drawn test = draw_of(world, 0, "test", SAMPLE_EXPOSURES, N);
    assert_memory_equal(log.log.behaviour->action, again.log.behaviour->action, N);
    assert_true(memcmp(log.log.behaviour->action, other.log.behaviour->action, N) != 0);
    assert_true(memcmp(log.log.behaviour->action, test.log.behaviour->action, N) != 0);
    drawn_free(&log);
    drawn_free(&again);
    drawn_free(&other);
    drawn_free(&test);
    world_free(world);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(graphs_mix_to_the_conversion_probability),
        cmocka_unit_test(graphs_are_those_of_the_draws),
        cmocka_unit_test(actions_follow_their_truth),
        cmocka_unit_test(rates_are_as_asked),
        cmocka_unit_test(nothing_else_depends_on_behaviour),
        cmocka_unit_test(blocks_do_not_matter),
        cmocka_unit_test(replicates_and_purposes_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
