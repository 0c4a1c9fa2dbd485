/* A selection model in the world that it is of: probits of linear scores with a normal confounder, and a
 * column that moves clicks alone. Its likelihood finds p_r; training on clicks ends at q, with or without
 * true propensities. */
#include "tests/support/linear_model.h"

#include <gsl/gsl_errno.h>

enum { LOGS = 6, LOG_ROWS = 6000 / SHRINK, TEST_ROWS = 2000, STEPS = 250 };

static WorldOptions asked(void)
{
    return (WorldOptions){.users = 300,
                          .items = 200,
                          .segments = 1,
                          .categories = 1,
                          .latent = 1,
                          .context = 2,
                          .shape = SHAPE_LINEAR,
                          .dependence = 0.3,
                          .sigma_o = 0.7,
                          .sigma_r = 0.7,
                          .gamma_o = 1.2,
                          .gamma_r = 1.2,
                          .placement = {.click = 1.5},
                          .link = LINK_PROBIT,
                          .ctr = 0.4,
                          .cvr = 0.3};
}

/* Without ids, which tell nothing that dense columns do not. */
static void linear_of(Linear *linear, const Drawn *drawn)
{
    linear_create(linear, &drawn->log, drawn->log.x.schema.dense);
    give_propensity(&linear->log, drawn->truth.p_o);
}

/* The mean over test exposures of prediction - p_r, a log each. */
static void biases(const World *world, const char *name, double bias[LOGS])
{
    static float prediction[TEST_ROWS];
    Method method;
    Drawn test = draw_of(world, 0, "test", SAMPLE_EXPOSURES, TEST_ROWS);
    Linear seen;
    linear_of(&seen, &test);
    OK(method_find(name, &method, message));
    for (uint32_t k = 0; k < LOGS; k++) {
        Drawn drawn = draw_of(world, k, "log", SAMPLE_EXPOSURES, LOG_ROWS);
        Linear log;
        linear_of(&log, &drawn);
        EstimatorOptions options = whole_batches(LOG_ROWS, STEPS);
        const TrainingData data = {.log = &log.log};
        default_constants(&options, method.estimator);
        options.train.learning_rate = 0.1;
        Fit *fit = linear_train(&method, &options, &data);
        OK(fit_predict(fit, &seen.log.x, prediction, NULL, message));
        bias[k] = 0;
        for (size_t i = 0; i < TEST_ROWS; i++)
            bias[k] += ((double)prediction[i] - test.truth.p_r[i]) / TEST_ROWS;
        fit_free(fit);
        linear_free(&log);
        drawn_free(&drawn);
    }
    print_message("%s: bias %.4f, standard error %.4f\n", name, mean_of(bias, LOGS),
                  error_of_mean(bias, LOGS));
    linear_free(&seen);
    drawn_free(&test);
}

static void likelihood_finds_what_clicks_hide(void **state)
{
    slow_under_valgrind();
    (void)state;
    double bias[LOGS];
    WorldOptions options = asked();
    World *world = world_of(&options);
    biases(world, "corr_exog", bias);
    mean_is("corr_exog", bias, LOGS, 0);
    static const char *const biased[] = {"naive", "ips"};
    for (int k = 0; k < 2; k++) {
        biases(world, biased[k], bias);
        assert_true(mean_of(bias, LOGS) > 0.05 && mean_of(bias, LOGS) > 10 * error_of_mean(bias, LOGS));
    }
    world_free(world);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {cmocka_unit_test(likelihood_finds_what_clicks_hide)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
