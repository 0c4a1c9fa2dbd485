/* A small twin from end to end: what is set from a log, that the fit finds the world a log is of, and that
 * what is written is an experiment. */
#include "experiments/spec/spec_check.h"
#include "experiments/spec/spec_read.h"
#include "experiments/spec/spec_write.h"
#include "experiments/twin/twin.h"

#include "experiments/spec/assign.h"
#include "experiments/spec/override.h"
#include "tests/support/monte_carlo.h"

#include <gsl/gsl_errno.h>
#include <stdlib.h>
#include <string.h>

static WorldOptions asked(void)
{
    return (WorldOptions){.users = 300,
                          .items = 80,
                          .segments = 6,
                          .categories = 5,
                          .latent = 3,
                          .context = 2,
                          .item_zipf = 0.8,
                          .feature_noise = 0.5,
                          .shape = SHAPE_NETWORK,
                          .dependence = 0.3,
                          .user_share = 1.0 / 3,
                          .item_share = 1.0 / 3,
                          .sigma_o = 1,
                          .sigma_r = 1,
                          .ctr = 0.2,
                          .cvr = 0.25};
}

static EstimatorOptions models(void)
{
    EstimatorOptions options;
    Message message;
    Spec *spec = malloc(sizeof *spec);
    assert_non_null(spec);
    spec_defaults(spec);
    assert_int_equal(spec_assign(spec, "train.learning_rate=0.005", "test", &message), STATUS_OK);
    assert_int_equal(spec_assign(spec, "train.epochs=2", "test", &message), STATUS_OK);
    assert_int_equal(override_options(spec, "shared_bottom", &options, &message), STATUS_OK);
    free(spec);
    return options;
}

/* Columns of users, of items and of neither are told apart, and ids are counted. */
static void the_base_is_read_from_columns(void **state)
{
    (void)state;
    const WorldOptions options = asked();
    WorldOptions base;
    World *world = world_of(&options);
    Drawn drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, 20000);
    twin_base(&base, &drawn.log, (double[]){300.2, 79.6});
    assert_int_equal(base.users, 300);
    assert_int_equal(base.items, 80);
    assert_int_equal(base.latent, 3);
    assert_int_equal(base.context, 2);
    assert_int_equal(base.segments, 6);
    assert_int_equal(base.categories, 5);
    assert_true(base.ctr == (double)log_clicks(&drawn.log) / 20000);
    drawn_free(&drawn);
    world_free(world);
}

/* Rows drawn with the exponent that it finds have the exponent that was wanted. */
static void zipf_is_matched(void **state)
{
    (void)state;
    double found;
    Message message;
    assert_int_equal(twin_zipf(0.7, 500, 20000, &found, &message), STATUS_OK);
    /* Where most ids are seen the estimate is nearly unbiased: its s.e. is 1 / sqrt(n var log k), var
     * about 1. */
    within_error("exponent", found, 0.7, 1 / sqrt(20000) + 4.0 / 4096);
    assert_int_equal(twin_zipf(0, 500, 20000, &found, &message), STATUS_OK);
    assert_true(found == 0); /* as drawn from equal shares, ranks alone have an exponent above 0 */
    assert_int_equal(twin_zipf(0.7, 1, 20000, &found, &message), STATUS_OK);
    assert_true(found == 0);
}

/* The CVR of clicks is what it was matched to, whatever Gamma. */
static void the_cvr_is_matched(void **state)
{
    (void)state;
    const WorldOptions base = asked();
    for (int k = 0; k < 3; k++) {
        double parameter[TWIN_PARAMETERS] = {[TWIN_DEPENDENCE] = 0.3, [TWIN_FEATURE_NOISE] = -0.7};
        WorldOptions options;
        World *world;
        HiddenOdds odds;
        Message message;
        assert_int_equal(twin_match_cvr(&base, logit_of(0.3), 0.5 * k, parameter, &message), STATUS_OK);
        twin_options(&base, parameter, 0.5 * k, &options);
        assert_int_equal(world_create(&world, &options, 1, 0, &message), STATUS_OK);
        assert_int_equal(world_hidden_odds(world, &odds, &message), STATUS_OK);
        within_error("CVR of clicks", odds.clicked_cvr, 0.3, 5e-4 / STANDARD_ERRORS); /* three secant steps */
        within_error("log Gamma", odds.mean_log, 0.5 * k, 1e-3);
        world_free(world);
    }
}

static void statistics_are_those_of_the_log(void **state)
{
    slow_under_valgrind();
    (void)state;
    const WorldOptions options = asked();
    const EstimatorOptions of = models();
    World *world = world_of(&options);
    Drawn drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, 8000);
    double value[LOG_STATISTICS], again[LOG_STATISTICS], conversions = 0;
    ScoreSpace space = {0};
    Message message;
    assert_int_equal(log_statistics(&drawn.log, &of, value, &space, &message), STATUS_OK);
    assert_int_equal(log_statistics(&drawn.log, &of, again, NULL, &message), STATUS_OK);
    assert_memory_equal(value, again, sizeof value);
    for (size_t i = 0; i < 8000; i++)
        conversions += drawn.log.conversion[i];
    const double clicks = (double)log_clicks(&drawn.log);
    assert_true(fabs(value[CLICK_RATE] - logit_of(clicks / 8000)) < 1e-12);
    assert_true(fabs(value[CLICKED_CVR] - logit_of(conversions / clicks)) < 1e-12);
    assert_true(value[AUC_CLICK] > 0 && value[AUC_CLICK_FEATURES] > 0); /* better than chance */
    double held = 0;
    for (size_t i = 0; i < space.rows; i++)
        held += space.column[6][i];
    assert_true(space.rows > 1500 && space.rows < 1700 && held > 0);
    for (int k = 0; k < LOG_STATISTICS; k++)
        assert_true(value[k] == value[k]); /* not NaN */
    score_space_free(&space);
    drawn_free(&drawn);
    world_free(world);
}

/* A log of a world of the family: the fit is near its parameters, by its own standard errors, worlds are
 * kept, and the experiment reads back. The CVR over all exposures falls as Gamma rises, for the clicks are
 * the same. */
static void a_world_of_the_family_is_found(void **state)
{
    slow_under_valgrind();
    (void)state;
    enum { ROWS = 10000 };
    const WorldOptions options = asked();
    ObservedLog observed = {.rows = ROWS, .ids = {300, 80}};
    World *world = world_of(&options);
    Drawn drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, ROWS);
    observed.log = drawn.log;
    const TwinOptions twin_of = {.models = models(),
                                 .rows = ROWS,
                                 .log_odds = {0, 0.5},
                                 .levels = 2,
                                 .candidates = 6,
                                 .keep = 4,
                                 .jobs = 2};
    Twin *twin = malloc(sizeof *twin);
    Spec *spec = malloc(sizeof *spec), *again = malloc(sizeof *again);
    Message message = {{0}};
    assert_true(twin && spec && again);
    if (twin_make(twin, &observed, &twin_of, &message))
        fail_msg("%s", message.text);
    const TwinFit *fit = &twin->level[0].fit;
    const double truth[] = {logit_of(options.cvr), log(options.sigma_o), log(options.sigma_r),
                            atanh(options.dependence)};
    for (int p = 0; p < 4; p++)
        within_error(twin_parameter_table[p].key, fit->parameter[p], truth[p], fit->error[p]);
    assert_true(twin->level[1].fit.parameter[TWIN_CVR] < fit->parameter[TWIN_CVR]);
    assert_true(twin->kept >= LEAST_KEPT && twin->kept <= 4);

    char *text = NULL;
    size_t size;
    assert_int_equal(twin_spec(twin, "x_twin", spec, &message), STATUS_OK);
    if (spec_check(spec, &message))
        fail_msg("%s", message.text);
    assert_int_equal(spec_settings(spec), 2);
    assert_int_equal(spec->worlds, twin->kept);
    FILE *file = open_memstream(&text, &size);
    spec_write(spec, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(spec_read_text(again, text, "twin.yaml", &message), STATUS_OK);
    assert_memory_equal(&spec->joint, &again->joint, sizeof spec->joint);
    assert_int_equal(spec_world_number(again, 1), twin->number[1]);
    free(text);

    file = open_memstream(&text, &size);
    twin_report(twin, file);
    assert_int_equal(fclose(file), 0);
    for (int k = 0; k < LOG_STATISTICS; k++)
        assert_non_null(strstr(text, statistic_table[k].name));
    assert_non_null(strstr(text, "Limits:"));
    free(text);

    file = open_memstream(&text, &size);
    twin_parameters(twin, file);
    assert_int_equal(fclose(file), 0);
    const char *line = text;
    for (int row = 0; row < 2 * TWIN_PARAMETERS; row++) {
        const TwinFit *of = &twin->level[row / TWIN_PARAMETERS].fit;
        const int p = row % TWIN_PARAMETERS;
        char key[SPEC_WORD], scale[SPEC_WORD];
        double log_odds, value, error, prior;
        line = strchr(line, '\n') + 1;
        assert_int_equal(
            sscanf(line, "%63[^,],%63[^,],%lf,%lf,%lf,%lf", key, scale, &log_odds, &value, &error, &prior),
            6);
        assert_string_equal(key, twin_parameter_table[p].key);
        assert_true(log_odds == twin->level[row / TWIN_PARAMETERS].log_odds);
        assert_true(fabs(value - of->parameter[p]) <= 1e-5 * fabs(value)); /* six digits */
        assert_true(fabs(error - of->error[p]) <= 1e-5 * error);
    }
    free(text);
    free(twin);
    free(spec);
    free(again);
    drawn_free(&drawn);
    world_free(world);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_base_is_read_from_columns),
        cmocka_unit_test(zipf_is_matched),
        cmocka_unit_test(the_cvr_is_matched),
        cmocka_unit_test(statistics_are_those_of_the_log),
        cmocka_unit_test(a_world_of_the_family_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
