/* A twin of a log's own rows: models that are fitted to what it draws do as well as on the log, the
 * experiment reads back, and a source of it has the log's rows and a truth. */
#include "experiments/inputs/source.h"
#include "experiments/spec/assign.h"
#include "experiments/spec/override.h"
#include "experiments/spec/spec_check.h"
#include "experiments/spec/spec_read.h"
#include "experiments/spec/spec_write.h"
#include "experiments/twin/rows_twin.h"
#include "tests/support/monte_carlo.h"

#include <gsl/gsl_errno.h>

static Spec *defaults(void)
{
    Spec *spec = malloc(sizeof *spec);
    assert_non_null(spec);
    spec_defaults(spec);
    return spec;
}

/* The AUCs that are solved for agree within what drawn logs vary by and the last halving leaves, at every
 * Gamma; the rows are the same to the bit. */
static void aucs_and_rows_agree(void **state)
{
    slow_under_valgrind();
    (void)state;
    enum { ROWS = 10000 };
    const WorldOptions options = {.users = 200,
                                  .items = 60,
                                  .segments = 6,
                                  .categories = 5,
                                  .latent = 3,
                                  .context = 2,
                                  .item_zipf = 0.8,
                                  .feature_noise = 0.5,
                                  .shape = SHAPE_NETWORK,
                                  .dependence = 0.3,
                                  .sigma_o = 1,
                                  .sigma_r = 1,
                                  .ctr = 0.2,
                                  .cvr = 0.25};
    World *world = world_of(&options);
    Drawn drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, ROWS);
    ObservedLog observed = {.log = drawn.log, .rows = ROWS};
    TwinOptions twin_of = {.rows = ROWS, .log_odds = {0, 0.5}, .levels = 2};
    Spec *spec = defaults(), *again = defaults();
    RowsTwin *twin = malloc(sizeof *twin);
    assert_non_null(twin);
    OK(spec_assign(spec, "train.learning_rate=0.005", "test", message));
    OK(spec_assign(spec, "train.epochs=2", "test", message));
    OK(override_options(spec, "shared_bottom", &twin_of.models, message));
    OK(rows_twin_make(twin, &observed, &twin_of, message));
    assert_int_equal(twin->levels, 2);
    for (int l = 0; l < 2; l++) {
        const RowsLevel *level = &twin->level[l];
        static const LogStatistic solved[] = {CLICK_RATE, CLICKED_CVR, AUC_CLICK, AUC_CONVERSION};
        static const LogStatistic same[] = {ITEM_ZIPF, USER_ZIPF, TOP_ITEMS, REPEATS};
        for (int k = 0; k < 4; k++) {
            /* Of the search's 4 draws; a factor's last step is .02 of its log, and moves an AUC by less. */
            const double error = level->sd[solved[k]] / 2;
            within_error(statistic_table[solved[k]].name, level->mean[solved[k]], twin->observed[solved[k]],
                         error + 0.02 / STANDARD_ERRORS);
            assert_true(level->mean[same[k]] == twin->observed[same[k]] && level->sd[same[k]] == 0);
        }
        assert_true(level->options.sigma_o > 0.3 && level->options.sigma_o < 3); /* not at an end */
    }
    assert_true(twin->level[1].cvr < twin->level[0].cvr); /* the clicks are the same */

    char *text = NULL;
    size_t size;
    spec_defaults(spec);
    OK(spec_assign(spec, "data.source=csv", "test", message));
    OK(spec_assign(spec, "data.path=log.csv", "test", message));
    OK(rows_twin_spec(twin, "x_twin", spec, message));
    OK(spec_check(spec, message));
    assert_true(spec_is_plasmode(spec) && spec_has_truth(spec) && spec_settings(spec) == 2);
    assert_true(spec->test_share == 0.2);
    FILE *file = open_memstream(&text, &size);
    spec_write(spec, file);
    assert_int_equal(fclose(file), 0);
    OK(spec_read_text(again, text, "twin.yaml", message));
    assert_memory_equal(&spec->joint, &again->joint, sizeof spec->joint);
    free(text);
    twin->tested = true; /* the files' own test rows are the test */
    spec_defaults(again);
    OK(rows_twin_spec(twin, "x_twin", again, message));
    assert_true(again->test_share == 0);

    file = open_memstream(&text, &size);
    rows_twin_report(twin, file);
    assert_int_equal(fclose(file), 0);
    for (int k = 0; k < LOG_STATISTICS; k++)
        assert_non_null(strstr(text, statistic_table[k].name));
    free(text);
    free(twin);
    free(spec);
    free(again);
    drawn_free(&drawn);
    world_free(world);
}

static int same_row(const void *a, const void *b)
{
    return memcmp(a, b, 2 * sizeof(uint32_t));
}

/* Every row of the file is in the log or in the test, once; replicates differ in outcomes alone; the unbiased
 * sample is of clicked rows of the log. */
static void sources_have_the_rows(void **state)
{
    (void)state;
    enum { ROWS = 1000 };
    char *folder = temporary_folder(), path[256];
    snprintf(path, sizeof path, "%s/log.csv", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("user,item,click,conversion,price\n", file);
    for (int i = 0; i < ROWS; i++) /* all pairs differ; ids are 1, 2, ... in the order in which they come */
        fprintf(file, "%d,%d,%d,%d,%d\n", i / 20, i % 20, i % 7 < 3, i % 7 == 1 && i % 3 != 0, i % 11);
    assert_int_equal(fclose(file), 0);
    Spec *spec = defaults();
    static const char *const keys[] = {
        "data.source=csv",  "data.outcomes=fitted",   "data.test_share=0.25",     "columns.dense=[price]",
        "unbiased.size=60", "plasmode.hidden_odds=2", "propensity.source=oracle", "estimators=[naive, ips]"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        OK(spec_assign(spec, keys[i], "test", message));
    snprintf(spec->data, sizeof spec->data, "%s", path);
    snprintf(spec->name, sizeof spec->name, "rows");
    OK(spec_check(spec, message));
    Source *source;
    Sample a, b, c;
    OK(source_open(&source, spec, "", 0, NULL, message));
    OK(source_draw(source, 0, &a, message));
    OK(source_draw(source, 1, &b, message));
    OK(source_draw(source, 0, &c, message));
    const TestExposures *test = source_test(source);
    const size_t rows = a.log->x.rows;
    assert_true(test->kind == TEST_TRUTH && test->x->rows + rows == ROWS && test->x->rows > 150);
    assert_true(test->set.p_r == test->cvr && test->q && test->potential);
    uint32_t pair[2 * ROWS];
    memcpy(pair, a.log->x.id, 2 * rows * sizeof *pair);
    memcpy(pair + 2 * rows, test->x->id, 2 * test->x->rows * sizeof *pair);
    qsort(pair, ROWS, 2 * sizeof *pair, same_row);
    for (size_t i = 1; i < ROWS; i++)
        assert_true(same_row(pair + 2 * i - 2, pair + 2 * i) != 0);
    assert_memory_equal(a.log->x.id, b.log->x.id, 2 * rows * sizeof *pair);
    assert_true(memcmp(a.log->click, b.log->click, rows) != 0);
    assert_memory_equal(a.log->click, c.log->click, rows);
    assert_memory_equal(a.log->conversion, c.log->conversion, rows);
    assert_int_equal(a.truth.rows, rows); /* the oracle's propensities need it */
    assert_true(a.unbiased->x.rows == 60 && log_clicks(a.unbiased) == 60);
    for (size_t i = 0; i < 60; i++) {
        bool found = false;
        for (size_t k = 0; !found && k < rows; k++)
            found = !same_row(a.unbiased->x.id + 2 * i, a.log->x.id + 2 * k);
        assert_true(found);
    }
    sample_free(&a);
    sample_free(&b);
    sample_free(&c);
    source_close(source);

    char idle[SPEC_TEXT];
    Message why;
    OK(spec_assign(spec, "log.size=500", "test", message));
    assert_true(spec_idle(spec, idle));
    assert_string_equal(idle, "log.size");
    OK(spec_assign(spec, "risk.estimators=[ips]", "test", message));
    OK(spec_assign(spec, "risk.predictors=[truth, one]", "test", message)); /* of a matrix at five levels */
    assert_int_equal(spec_check(spec, &why), STATUS_USAGE);
    assert_non_null(strstr(why.text, "risk.predictors: 'one'"));
    OK(spec_assign(spec, "risk.predictors=[truth]", "test", message));
    OK(spec_check(spec, message));
    OK(spec_assign(spec, "log.order=blocks", "test", message));
    assert_int_equal(spec_check(spec, &why), STATUS_USAGE);
    assert_non_null(strstr(why.text, "data.outcomes: fitted outcomes are drawn for a whole log"));
    OK(spec_assign(spec, "columns.click_time=shown", "test", message));
    assert_int_equal(spec_check(spec, &why), STATUS_USAGE);
    assert_non_null(strstr(why.text, "data.outcomes: fitted outcomes have no times"));
    OK(spec_assign(spec, "data.source=coat", "test", message));
    assert_int_equal(spec_check(spec, &why), STATUS_USAGE);
    assert_non_null(strstr(why.text, "data.outcomes: fitted outcomes are of a log of exposures"));
    free(spec);
    remove_folder(folder);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aucs_and_rows_agree),
        cmocka_unit_test(sources_have_the_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
