/* What hidden confounding does: training on clicks, and weighting by p_o(x), end at q and not at p_r. */
#include "results/statistics/bias_variance.h"
#include "results/summary/summary.h"
#include "tests/support/linear_model.h"

#include <gsl/gsl_errno.h>

/* The same under sanitizers: fewer rows would not tell the limits apart. */
enum { ROWS = 30000, TRUTH_ROWS = 200000, COLUMNS = 7 };

static WorldOptions asked(void)
{
    return (WorldOptions){.users = 500,
                          .items = 400,
                          .segments = 1,
                          .categories = 1,
                          .latent = 2,
                          .context = 3,
                          .shape = SHAPE_NETWORK,
                          .dependence = 0.3,
                          .sigma_o = 1,
                          .sigma_r = 1.5,
                          .gamma_o = 1,
                          .gamma_r = 1.5,
                          .ctr = 0.3,
                          .cvr = 0.3};
}

/* A model that can be anything: few pairs of ids are all there is to x, and the model tells all of them
 * apart. Its best fit to a log is the conversion rate of each pair's clicks, whose mean is q. */
enum { USERS = 8, ITEMS = 6, PAIRS = USERS * ITEMS, LOGS = 8, TEST_ROWS = 2000 };

static size_t pair_of(const Log *log, size_t row)
{
    const uint32_t *id = log->x.id + row * (size_t)log->x.schema.categorical;
    return id[FIELD_USER] * ITEMS + id[FIELD_ITEM];
}

/* A log whose one column is the pair. */
static Log pair_log(const Log *log)
{
    const Schema schema = {.categorical = 2, .name = {"user", "item"}, .cardinality = {PAIRS, 1}};
    Log pairs;
    OK(log_create(&pairs, &schema, log->x.rows, message));
    for (size_t i = 0; i < log->x.rows; i++)
        pairs.x.id[2 * i] = (uint32_t)pair_of(log, i);
    memcpy(pairs.click, log->click, log->x.rows);
    memcpy(pairs.conversion, log->conversion, log->x.rows);
    return pairs;
}

/* Variance over conversions of the mean over the test exposures of the pairs' rates in a log. */
static double variance_of_rates(const Log *log, const Drawn *test)
{
    double clicks[PAIRS] = {0};
    double share[PAIRS] = {0};
    double q[PAIRS] = {0};
    double variance = 0;
    for (size_t i = 0; i < log->x.rows; i++)
        clicks[pair_of(log, i)] += log->click[i];
    for (size_t i = 0; i < TEST_ROWS; i++) {
        share[pair_of(&test->log, i)] += 1.0 / TEST_ROWS;
        q[pair_of(&test->log, i)] = test->truth.q[i];
    }
    for (int k = 0; k < PAIRS; k++) {
        assert_true(clicks[k] > 0);
        variance += share[k] * share[k] * q[k] * (1 - q[k]) / clicks[k];
    }
    return variance;
}

/* Trains naive on independent logs of `rows` rows, as they are or by pair alone, and compares its mean bias
 * over test exposures with E_D[q - p_r]. */
static void check_rich(const char *what, int by_pair, size_t rows, const EstimatorOptions *options)
{
    WorldOptions few = asked();
    few.users = USERS;
    few.items = ITEMS;
    few.context = 0;
    World *world = world_of(&few);
    Drawn test = draw_of(world, 0, "test", SAMPLE_EXPOSURES, TEST_ROWS);
    Log test_pairs = pair_log(&test.log);
    Method naive;
    static float prediction[LOGS][TEST_ROWS];
    const float *pointer[LOGS];
    double variance = 0;
    OK(method_find("naive", &naive, message));
    for (uint32_t b = 0; b < LOGS; b++) {
        Drawn log = draw_of(world, b, "log", SAMPLE_EXPOSURES, rows);
        Log pairs = pair_log(&log.log);
        const TrainingData data = {.log = by_pair ? &pairs : &log.log};
        Fit *fit = linear_train(&naive, options, &data);
        OK(fit_predict(fit, by_pair ? &test_pairs.x : &test.log.x, prediction[b], NULL, message));
        pointer[b] = prediction[b];
        variance += variance_of_rates(&log.log, &test) / LOGS / LOGS;
        fit_free(fit);
        log_free(&pairs);
        drawn_free(&log);
    }
    BiasVariance got = bias_variance(pointer, LOGS, test.truth.p_r, TEST_ROWS);
    double want = mean_of(test.truth.q, TEST_ROWS) - mean_of(test.truth.p_r, TEST_ROWS);
    print_message("%s: mean bias %.4f, E[q - p_r] = %.4f, standard error %.4f\n", what, got.mean_bias, want,
                  sqrt(variance));
    within_error(what, got.mean_bias, want, sqrt(variance));
    assert_true(want > 2 * STANDARD_ERRORS * sqrt(variance)); /* or p_r would do as well as q */
    log_free(&test_pairs);
    drawn_free(&test);
    world_free(world);
}

static void naive_table_converges_to_q(void **state)
{
    slow_under_valgrind();
    (void)state;
    EstimatorOptions options = whole_batches(20000, 500);
    options.train.draw = DRAW_CLICKS;
    options.model.init = 1;
    check_rich("naive, a table of pairs", 1, 20000, &options);
}

/* Its batches are whole logs, as the noise of small ones would end a run at a biased place. */
static void naive_tower_converges_to_q(void **state)
{
    slow_under_valgrind();
    (void)state;
    EstimatorOptions options = whole_batches(5000, 200);
    options.train.draw = DRAW_CLICKS;
    options.model = (ModelOptions){.embedding = 8, .layers = 1, .width = {32}, .init = 0.3};
    check_rich("naive, a tower on the features", 0, 5000, &options);
}

/* Weighting by p_o(x) ends at the projection of q, as E[o r / p_o(x) | x] = q(x); weighting by P(o=1 |
 * everything) at that of p_r. */
static void check_weighting(const WorldOptions *options)
{
    World *world = world_of(options);
    Drawn drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, ROWS);
    Drawn truth = draw_of(world, 0, "truth", SAMPLE_EXPOSURES, TRUTH_ROWS);
    for (int columns = 0; columns <= COLUMNS; columns += COLUMNS) {
        Coefficients q = linear_projection(&truth.log, columns, NULL, truth.truth.q);
        Coefficients p_r = linear_projection(&truth.log, columns, NULL, truth.truth.p_r);
        Linear linear;
        linear_create(&linear, &drawn.log, columns);
        give_propensity(&linear.log, drawn.truth.p_o);
        Coefficients ips = linear_fit_clicks("ips", &linear, 1);
        same_limit("ips with p_o(x)", &ips, &q);
        other_limit("ips with p_o(x)", &ips, &p_r);
        Coefficients dr_jl = linear_fit_doubly_robust(&linear);
        same_limit("dr_jl with p_o(x)", &dr_jl, &q);
        other_limit("dr_jl with p_o(x)", &dr_jl, &p_r);
        give_propensity(&linear.log, drawn.truth.p_o_given);
        Coefficients informed = linear_fit_clicks("ips", &linear, 1);
        same_limit("ips with everything", &informed, &p_r);
        other_limit("ips with everything", &informed, &q);
        linear_free(&linear);
    }
    drawn_free(&truth);
    drawn_free(&drawn);
    world_free(world);
}

static void weights_project_q_under_confounding(void **state)
{
    slow_under_valgrind();
    (void)state;
    WorldOptions options = asked();
    check_weighting(&options);
}

static void weights_project_q_under_selection(void **state)
{
    slow_under_valgrind();
    (void)state;
    WorldOptions options = asked();
    options.gamma_o = options.gamma_r = 0;
    options.delta = 1;
    check_weighting(&options);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(naive_table_converges_to_q),
        cmocka_unit_test(naive_tower_converges_to_q),
        cmocka_unit_test(weights_project_q_under_confounding),
        cmocka_unit_test(weights_project_q_under_selection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
