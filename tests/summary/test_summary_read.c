/* The arrays of results against the views of the store, cell by cell. */
#include "results/store/query.h"
#include "results/summary/unit_read.h"

#include "tests/support/store_fixture.h"
#include "tests/support/stores.h"

static char *folder;
static Store *store;
static StoreResults results;

static int setup(void **state)
{
    (void)state;
    char path[128];
    folder = temporary_folder();
    snprintf(path, sizeof path, "%s/a.db", folder);
    OK(store_open(&store, path, STORE_WRITE, message));
    results = (StoreResults){0};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    results_clear(&results);
    store_close(store);
    remove_folder(folder);
    return 0;
}

static void fill_risk(void)
{
    static const double some[] = {2, 2.5, NAN, 1}, none[] = {NAN, NAN};
    const RiskRow row[] = {
        {.predictor = "truth", .estimator = "dr", .predictor_position = 1, .redraws = 4, .estimate = some},
        {.predictor = "skew", .estimator = "ips", .estimator_position = 1, .redraws = 4, .estimate = some},
        {.predictor = "skew", .estimator = "dr", .redraws = 2, .estimate = none}};
    static const double left_out[] = {0.25, NAN, 0.5};
    for (int i = 0; i < 3; i++) {
        RiskRow one = row[i];
        one.left_out = left_out[i];
        one.experiment = "compare";
        one.setting = "world.ctr=0.1";
        one.ideal = 2;
        one.bias_theory = 0.25;
        one.sd_theory = NAN;
        OK(store_risk(store, &one, 1, message));
    }
}

/* Everything that is read, of a store with two settings, two worlds, a diverged unit and a risk layer. */
static const ExperimentResults *read_fixture(void)
{
    static const ClaimRow claim[] = {{"words", "naive auc > 0.7 at world.ctr=0.1"}, {"", "naive auc > 0"}};
    ExperimentRow row = fixture_experiment();
    fixture_fill(store);
    row.claim = claim;
    row.claims = 2;
    row.shown = "auc/D";
    OK(store_experiment(store, &row, message));
    fill_risk();
    OK(results_read(&results, store, message));
    assert_int_equal(results.experiments, 1);
    return &results.experiment[0];
}

/* Equal numbers, or both unknown. */
static void same(double found, double expected)
{
    if (!(found == expected || (isnan(found) && isnan(expected))))
        fail_msg("found %.17g; expected %.17g", found, expected);
}

static void same_estimate(Estimate found, sqlite3_stmt *row, int column)
{
    same(found.value, column_double(row, column));
    same(found.mcse, column_double(row, column + 1));
}

/* Calls `check` with each row of a view, whose first columns are setting and estimator; their number. */
static int each_row(const char *sql, const ExperimentResults *r,
                    void (*check)(const EstimatorResults *, sqlite3_stmt *))
{
    sqlite3_stmt *row = NULL;
    int rows = 0;
    OK(query_prepare(store, &row, message, sql, ""));
    for (; sqlite3_step(row) == SQLITE_ROW; rows++) {
        int setting = 0;
        while (strcmp(r->setting[setting].text, column_text(row, 0)) != 0)
            setting++;
        const int estimator = results_estimator(r, column_text(row, 1));
        assert_true(estimator >= 0);
        check(results_cell(r, setting, estimator), row);
    }
    sqlite3_finalize(row);
    return rows;
}

static void check_bias_variance(const EstimatorResults *cell, sqlite3_stmt *row)
{
    assert_int_equal(cell->all.replicates, sqlite3_column_int(row, 2));
    same_estimate(cell->all.mean_bias, row, 3);
    same_estimate(cell->all.relative_bias, row, 5);
    same_estimate(cell->all.bias_sq, row, 7);
    same_estimate(cell->all.variance, row, 9);
    same_estimate(cell->all.mse, row, 11);
    same(cell->all.seconds.value, column_double(row, 13));
    same(cell->seconds, column_double(row, 13));
    assert_int_equal(cell->diverged, sqlite3_column_int(row, 14));
    assert_int_equal(cell->done, cell->runs - cell->diverged);
    assert_int_equal(cell->all.worlds, sqlite3_column_int(row, 15));
    assert_int_equal(cell->all.variance_worlds, sqlite3_column_int(row, 16));
}

static void check_decile(const EstimatorResults *cell, sqlite3_stmt *row)
{
    const BiasVarianceSummary *decile = &cell->decile[sqlite3_column_int(row, 2) - 1];
    assert_int_equal(decile->replicates, sqlite3_column_int(row, 3));
    same(decile->mean_p_o, column_double(row, 4));
    same_estimate(decile->mean_bias, row, 5);
    same_estimate(decile->bias_sq, row, 7);
    same_estimate(decile->variance, row, 9);
    same(decile->mse.value, NAN);
}

static void check_bin(const EstimatorResults *cell, sqlite3_stmt *row)
{
    const CalibrationBin *bin = &cell->bin[sqlite3_column_int(row, 2) - 1];
    assert_int_equal(bin->replicates, sqlite3_column_int(row, 3));
    same_estimate(bin->predicted, row, 4);
    same_estimate(bin->p_r, row, 6);
}

static void check_run(const EstimatorResults *cell, sqlite3_stmt *row)
{
    const int at = sqlite3_column_int(row, 6);
    assert_true(at < cell->runs);
    const UnitRun *run = &cell->run[at];
    assert_int_equal(run->world, sqlite3_column_int(row, 2));
    assert_int_equal(run->replicate, sqlite3_column_int(row, 3));
    assert_int_equal(run->done, sqlite3_column_int(row, 4));
    same(run->seconds, column_double(row, 5));
}

static void check_metric(const EstimatorResults *cell, sqlite3_stmt *row)
{
    const ExperimentResults *r = &results.experiment[0];
    const int place = (int)(cell - r->cell);
    const MetricName metric = {column_text(row, 2), column_text(row, 3), column_text(row, 4)};
    const MetricCentre centre =
        results_metric_centre(r, place / r->estimators, place % r->estimators, metric);
    same_estimate(centre.mean, row, 5);
    same(centre.median, column_double(row, 7));
    same(centre.trimmed_mean, column_double(row, 8));
}

static void cells_are_those_of_the_views(void **state)
{
    (void)state;
    const ExperimentResults *r = read_fixture();
    assert_int_equal(r->settings * r->estimators, 6);
    assert_int_equal(
        each_row(
            "SELECT setting, estimator, replicates, mean_bias, mean_bias_mcse, relative_bias,"
            " relative_bias_mcse, bias_sq, bias_sq_mcse, variance,"
            " variance_mcse, mse, mse_mcse, seconds, diverged, worlds, variance_worlds FROM bias_variance",
            r, check_bias_variance),
        6);
    assert_int_equal(
        each_row("SELECT setting, estimator, decile, replicates, mean_p_o, mean_bias, mean_bias_mcse,"
                 " bias_sq, bias_sq_mcse, variance, variance_mcse FROM decile",
                 r, check_decile),
        60);
    assert_int_equal(
        each_row("SELECT setting, estimator, bin, replicates, predicted, predicted_mcse, p_r, p_r_mcse"
                 " FROM calibration",
                 r, check_bin),
        60);
    assert_int_equal(
        each_row("SELECT setting, estimator, world, replicate, status = 'done', seconds, row_number() OVER"
                 " (PARTITION BY setting, estimator ORDER BY world, replicate) - 1 FROM run",
                 r, check_run),
        UNITS);
    assert_int_equal(each_row("SELECT setting, estimator, space, task, metric, mean, mcse, median, "
                              "trimmed_mean FROM metric_summary",
                              r, check_metric),
                     18);
    same(results_metric_centre(r, 0, 0, (MetricName){"N", "cvr", "auc"}).mean.value, NAN);
}

static void facts_of_the_experiment_are_read(void **state)
{
    (void)state;
    const ExperimentResults *r = read_fixture();
    assert_string_equal(r->name, "compare");
    assert_string_equal(r->question, "Which one?");
    assert_string_equal(r->baseline, "naive");
    assert_string_equal(r->shown, "auc/D");
    assert_int_equal(r->top_k, 5);
    assert_int_equal(r->worlds, WORLDS);
    assert_true(r->risk && r->setting[0].truth && !r->setting[0].clicked);
    assert_string_equal(r->setting[1].text, "world.ctr=0.2");
    assert_string_equal(setting_pairs_find(&r->setting[1].pairs, "world.ctr"), "0.2");
    assert_int_equal(r->claims, 2);
    assert_string_equal(r->claim[0].says, "words");
    assert_string_equal(r->claim[1].that, "naive auc > 0");
    assert_int_equal(results_estimator(r, "dr_jl"), 2);
    assert_int_equal(results_estimator(r, "esmm"), -1);
    assert_true(results_has_runs(r, 1));
}

static void the_risk_layer_is_read_in_order(void **state)
{
    (void)state;
    const ExperimentResults *r = read_fixture();
    RedrawnWorlds redrawn;
    assert_int_equal(r->risk_rows, 3);
    assert_string_equal(r->risk_row[0].estimator, "dr");
    assert_int_equal(r->risk_row[0].replicates, 0); /* no estimate is defined */
    assert_string_equal(r->risk_row[1].estimator, "ips");
    assert_string_equal(r->risk_row[2].predictor, "truth");
    assert_int_equal(r->risk_row[1].replicates, 3);
    same(r->risk_row[1].ideal, 2);
    same(r->risk_row[1].bias_theory, 0.25);
    same(r->risk_row[1].sd_theory, NAN);
    same(r->risk_row[0].left_out, 0.5);
    same(r->risk_row[1].left_out, NAN);
    same(r->risk_row[2].left_out, 0.25);
    assert_true(fabs(r->risk_row[1].bias.value - (0 + 0.5 - 1) / 3) < 1e-12);
    OK(results_redraws(r, &r->risk_row[1], &redrawn, message));
    assert_int_equal(redrawn.worlds, 1);
    assert_int_equal(redrawn.world[0].redraws, 4);
    same(redrawn.world[0].estimate[1], 2.5);
    same(redrawn.world[0].estimate[2], NAN);
    redrawn_worlds_clear(&redrawn);
}

/* Version 6 had neither the error of the relative bias nor medians: a reader computes all summaries for
 * itself. */
static void an_older_layout_has_summaries_of_a_readers_own(void **state)
{
    (void)state;
    static const char *const back_to_6[] = {
        "DROP VIEW bias_variance",
        "DROP VIEW metric_summary",
        "ALTER TABLE summary_bias_variance DROP COLUMN relative_bias_mcse",
        "ALTER TABLE summary_metric DROP COLUMN median",
        "CREATE VIEW bias_variance AS SELECT 1",
        "CREATE VIEW metric_summary AS SELECT 1",
        "ALTER TABLE summary_bias_variance DROP COLUMN bias_first",
        "DROP TABLE test_sample",
        "DROP TABLE method",
        "DROP TABLE setting_log",
        "DROP TABLE code",
        "DROP TABLE data_file",
        "DROP TABLE build",
        "ALTER TABLE experiment DROP COLUMN registered",
        "UPDATE summary_bias_variance SET mse = -1",
        "PRAGMA user_version = 6",
    };
    const ExperimentResults *r = read_fixture();
    const BiasVarianceSummary bias = results_cell(r, 0, 1)->all;
    const MetricCentre centre = results_metric_centre(r, 0, 1, (MetricName){"D", "cvr", "mse"});
    const double risk = r->risk_row[1].bias.value;
    assert_true(bias.relative_bias.mcse > 0 && centre.median > 0);
    char path[128];
    snprintf(path, sizeof path, "%s/a.db", folder);
    results_clear(&results);
    assert_int_equal(sqlite3_exec(store_connection(store), STORES_BACK_TO_8, NULL, NULL, NULL), SQLITE_OK);
    for (size_t i = 0; i < sizeof back_to_6 / sizeof *back_to_6; i++)
        OK(query_run(store, message, back_to_6[i], ""));
    for (int writes = 0; writes < 2; writes++) {
        store_close(store);
        OK(store_open(&store, path, writes ? STORE_WRITE : STORE_READ, message));
        OK(results_read(&results, store, message));
        r = &results.experiment[0];
        same(results_cell(r, 0, 1)->all.relative_bias.mcse, bias.relative_bias.mcse);
        same(results_cell(r, 0, 1)->all.mse.value, bias.mse.value);
        same(results_metric_centre(r, 0, 1, (MetricName){"D", "cvr", "mse"}).median, centre.median);
        same(r->risk_row[1].bias.value, risk);
        assert_int_equal(r->risk_rows, 3);
        sqlite3_stmt *row = NULL;
        OK(query_prepare(store, &row, message, "SELECT mse FROM main.summary_bias_variance", ""));
        assert_int_equal(sqlite3_step(row), SQLITE_ROW);
        assert_true((sqlite3_column_double(row, 0) == -1) == !writes);
        sqlite3_finalize(row);
        results_clear(&results);
    }
}

/* A metric is read once: what the store says later does not come in. */
static void metrics_of_units_are_kept(void **state)
{
    (void)state;
    const ExperimentResults *r = read_fixture();
    const MetricName auc = {"D", "cvr", "auc"};
    MetricGroup *first, *again;
    OK(results_metric_group(r, 0, auc, &first, message));
    assert_int_equal(first->count, 3);
    assert_int_equal(first->series[1].values.units, WORLDS * REPLICATES - 1); /* one of ips has diverged */
    const double before = first->series[0].values.unit[0].value;
    OK(query_run(store, message, "UPDATE metric_value SET value = 0", ""));
    OK(results_metric_group(r, 0, auc, &again, message));
    assert_ptr_equal(first, again);
    same(again->series[0].values.unit[0].value, before);
    OK(results_metric_group(r, 1, auc, &again, message));
    same(again->series[0].values.unit[0].value, 0);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(cells_are_those_of_the_views, setup, teardown),
        cmocka_unit_test_setup_teardown(facts_of_the_experiment_are_read, setup, teardown),
        cmocka_unit_test_setup_teardown(the_risk_layer_is_read_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(an_older_layout_has_summaries_of_a_readers_own, setup, teardown),
        cmocka_unit_test_setup_teardown(metrics_of_units_are_kept, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
