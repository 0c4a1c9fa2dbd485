/* The risk layer through the program: its rows are the same bit for bit whatever the number of workers and
 * however often the run was killed, more of them extend a store, and the table shows them. */
#include "tests/support/program.h"
#include "tests/support/stores.h"

#include <math.h>
#include <signal.h>

/* 2 settings, 2 worlds, 2 predictors, 3 risk estimators; 2 trained ones of 1 replicate. */
static const char spec[] =
    "name: both\n"
    "worlds: 2\n"
    "replicates: 1\n"
    "log.size: 1500\n"
    "test.size: 100\n"
    "world: {users: 40, items: 30, latent: 2, context: 1, ctr: 0.3}\n"
    "model: {embedding: 2, layers: [4]}\n"
    "train: {epochs: 1, batch: 256}\n"
    "estimators: [naive, dr_jl]\n"
    "risk: {estimators: [tdr, dr, ips], predictors: [skew, truth], size: 3000, redraws: 70}\n"
    "sweep: {imputation.source: [oracle, inverted]}\n";
enum { RISK_UNITS = 2 * 2 * 2 * 3, UNITS = RISK_UNITS + 2 * 2 * 2 };

static Program program;

static int create(void **state)
{
    (void)state;
    program_create(&program);
    program_write(&program, "both.yaml", spec);
    if (getenv("CVRLAB"))
        program_succeeds(&program, "run $F/both.yaml --db $F/whole.db --jobs 1");
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

static void says(const char *expected)
{
    if (!strstr(program.errors, expected))
        fail_msg("found: %s; expected: %s", program.errors, expected);
}

static void run(const char *arguments, int units)
{
    char expected[64];
    program_succeeds(&program, arguments);
    snprintf(expected, sizeof expected, "both: %d units run in ", units);
    says(expected);
}

static void a_run_has_every_row(void **state)
{
    (void)state;
    program_needed();
    run("run $F/both.yaml --db $F/whole.db", 0);
    assert_int_equal(store_number("whole.db", "SELECT count(*) FROM risk WHERE redraws = 70"), RISK_UNITS);
    assert_int_equal(store_number("whole.db", "SELECT count(*) FROM run"), UNITS - RISK_UNITS);
    assert_int_equal(store_number("whole.db", "SELECT count(*) FROM risk_summary WHERE replicates = 140"),
                     RISK_UNITS / 2);
    assert_int_equal(
        store_number("whole.db",
                     "SELECT count(*) FROM risk_summary WHERE (bias_theory IS NULL) = (estimator = 'tdr')"
                     " AND (sd_theory IS NULL) = (estimator = 'tdr')"),
        RISK_UNITS / 2);
    assert_int_equal(store_number("whole.db", "SELECT count(*) FROM experiment WHERE finished IS NOT NULL"),
                     1);
    /* Settings that differ in imputations alone have the same exposures and clicks. */
    assert_int_equal(
        store_number("whole.db", "SELECT count(DISTINCT estimates) FROM risk WHERE estimator = 'ips'"), 4);
    assert_int_equal(
        store_number("whole.db", "SELECT count(DISTINCT estimates) FROM risk WHERE estimator = 'dr'"), 8);
}

/* Bias over two worlds is the mean of the two, and so on. */
static void summaries_are_those_of_the_rows(void **state)
{
    (void)state;
    program_needed();
    sqlite3 *db = stores_open("whole.db");
    sqlite3_stmt *row;
    static const char sql[] =
        "SELECT ideal, bias_theory, sd_theory, estimates FROM risk WHERE estimator = 'dr' AND"
        " predictor = 'skew' AND setting = 'imputation.source=inverted' ORDER BY world";
    double ideal = 0, bias = 0, theory = 0, variance = 0, exact = 0, squares = 0, distance = 0, mcse = 0;
    double relative_of[2];
    int world = 0;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
    while (sqlite3_step(row) == SQLITE_ROW) {
        const double *x = sqlite3_column_blob(row, 3);
        const double i = sqlite3_column_double(row, 0), sd = sqlite3_column_double(row, 2);
        double mean = 0, square = 0, centre = 0;
        assert_int_equal(sqlite3_column_bytes(row, 3), 70 * sizeof *x);
        for (int k = 0; k < 70; k++) {
            mean += x[k] / 70;
            squares += (x[k] - i) * (x[k] - i) / 140;
            distance += fabs(x[k] - i) / i / 140;
            centre += fabs(x[k] - i) / i / 70;
        }
        relative_of[world++] = centre;
        for (int k = 0; k < 70; k++)
            square += (x[k] - mean) * (x[k] - mean) / 69;
        ideal += i / 2;
        bias += (mean - i) / 2;
        theory += sqlite3_column_double(row, 1) / 2;
        variance += square / 2;
        exact += sd * sd / 2;
        mcse += square / 70 / 4;
    }
    sqlite3_finalize(row);
    const struct {
        const char *column;
        double value;
    } want[] = {{"ideal", ideal},
                {"estimate_mean", ideal + bias},
                {"bias", bias},
                {"bias_mcse", sqrt(mcse)},
                {"bias_theory", theory},
                {"sd", sqrt(variance)},
                {"sd_theory", sqrt(exact)},
                {"rmse", sqrt(squares)},
                {"relative_error", distance},
                {"relative_error_mcse", fabs(relative_of[0] - relative_of[1]) / 2}};
    for (size_t k = 0; k < sizeof want / sizeof *want; k++) {
        char query[256];
        snprintf(query, sizeof query,
                 "SELECT %s FROM risk_summary WHERE estimator = 'dr' AND predictor = 'skew' AND setting ="
                 " 'imputation.source=inverted'",
                 want[k].column);
        double got = stores_value(db, query);
        if (!(fabs(got - want[k].value) <= 1e-12 * (1 + fabs(got))) || got == 0)
            fail_msg("%s: %.15g, expected %.15g", want[k].column, got, want[k].value);
    }
    stores_close(db);
}

/* Where a world has one redraw, errors are those of the differences between worlds. */
static void single_redraws_have_errors_from_worlds(void **state)
{
    (void)state;
    program_needed();
    program_succeeds(&program,
                     "run $F/both.yaml --db $F/single.db --only dr --set worlds=5 --set risk.redraws=1");
    sqlite3 *db = stores_open("single.db");
    const char *const of =
        " FROM risk_summary WHERE predictor = 'skew' AND setting = 'imputation.source=oracle'";
    sqlite3_stmt *row;
    double gap[5], mean = 0, square = 0;
    int worlds = 0;
    assert_int_equal(
        sqlite3_prepare_v2(db,
                           "SELECT ideal, estimates FROM risk WHERE predictor = 'skew' AND setting ="
                           " 'imputation.source=oracle'",
                           -1, &row, NULL),
        SQLITE_OK);
    while (worlds < 5 && sqlite3_step(row) == SQLITE_ROW) {
        gap[worlds] = *(const double *)sqlite3_column_blob(row, 1) - sqlite3_column_double(row, 0);
        mean += gap[worlds++] / 5;
    }
    sqlite3_finalize(row);
    assert_int_equal(worlds, 5);
    for (int w = 0; w < 5; w++)
        square += (gap[w] - mean) * (gap[w] - mean) / 4;
    char query[256];
    snprintf(query, sizeof query, "SELECT bias_mcse%s", of);
    assert_true(fabs(stores_value(db, query) - sqrt(square / 5)) < 1e-12);
    snprintf(query, sizeof query, "SELECT count(*)%s AND sd IS NULL AND relative_error_mcse > 0", of);
    assert_true(stores_value(db, query) == 1);
    /* The figure has no simulated standard deviation then, and none at all without a closed form. */
    program_succeeds(&program, "plot $F/single.db -o $F/risk -f svg --figure risk");
    assert_int_equal(sqlite3_exec(db,
                                  "UPDATE risk SET sd_theory = NULL, bias_theory = NULL;"
                                  " UPDATE experiment SET stale = 1",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    stores_close(db);
    program_succeeds(&program, "plot $F/single.db -o $F/risk -f svg --figure risk");
}

static void jobs_and_order_change_nothing(void **state)
{
    (void)state;
    program_needed();
    run("run $F/both.yaml --db $F/jobs.db --jobs 3", UNITS);
    stores_same("whole.db", "jobs.db");
    run("run $F/both.yaml --db $F/parts.db --only dr,dr_jl", UNITS / 2 - 4 / 2 * 2);
    run("run $F/both.yaml --db $F/parts.db", UNITS / 2 + 4 / 2 * 2);
    stores_same("whole.db", "parts.db");
}

static void kills_change_nothing(void **state)
{
    (void)state;
    program_needed();
    int killed = 0;
    for (useconds_t wait = 2000; wait < 2000000 && !(killed && program.code == 0); wait = wait * 5 / 4) {
        program.kill_after = wait;
        program_run(&program, "run $F/both.yaml --db $F/killed.db --jobs 2");
        killed += program.code == 128 + SIGKILL;
    }
    program.kill_after = 0;
    assert_true(killed > 3);
    program_succeeds(&program, "run $F/both.yaml --db $F/killed.db");
    stores_same("whole.db", "killed.db");
}

/* More redraws take the place of fewer, and fewer of nothing; new estimators and predictors are added. */
static void a_store_is_extended(void **state)
{
    (void)state;
    program_needed();
    static const char start[] =
        "run $F/both.yaml --db $F/grown.db --set risk.redraws=33 --set 'risk.estimators=[dr]' --set "
        "'risk.predictors=[truth]'";
    run(start, 2 * 2 + UNITS - RISK_UNITS);
    run("run $F/both.yaml --db $F/grown.db", RISK_UNITS);
    run(start, 0);
    assert_int_equal(store_number("grown.db", "SELECT count(*) FROM risk WHERE redraws = 70"), RISK_UNITS);
    run("run $F/both.yaml --db $F/grown.db", 0);
    stores_same("whole.db", "grown.db");
    run("run $F/both.yaml --db $F/grown.db --set 'risk.estimators=[mrdr,ips]'", RISK_UNITS / 3);
    run("run $F/both.yaml --db $F/grown.db --set 'risk.predictors=[constant]'", RISK_UNITS / 2);
    program_run(&program, "run $F/both.yaml --db $F/grown.db --set risk.size=2999");
    assert_int_equal(program.code, 2);
    says("was run with 'risk.size: 3000', now 'risk.size: 2999'");
}

static void an_experiment_may_be_of_the_risk_layer_alone(void **state)
{
    (void)state;
    program_needed();
    run("run $F/both.yaml --db $F/alone.db --set 'estimators=[]'", RISK_UNITS);
    run("run $F/both.yaml --db $F/alone.db --set 'estimators=[]'", 0);
    program_succeeds(&program, "table $F/alone.db");
    assert_non_null(strstr(program.output, "exact bias"));
    assert_null(strstr(program.output, "mean bias"));
    assert_int_equal(store_number("alone.db", "SELECT count(*) FROM risk"), RISK_UNITS);
}

/* What is learned on one log of the exposures is fixed over redraws. */
static void learned_propensities_are_taken(void **state)
{
    (void)state;
    program_needed();
    run("run $F/both.yaml --db $F/learned.db --set name=both --set 'estimators=[]' --set "
        "'sweep.propensity.source=[oracle,learned]' --set sweep.imputation.source=[learned]",
        RISK_UNITS);
    assert_int_equal(
        store_number("learned.db", "SELECT count(DISTINCT bias_theory) FROM risk WHERE estimator = 'ips'"),
        8);
    assert_int_equal(store_number("learned.db",
                                  "SELECT count(*) FROM risk WHERE estimator = 'dr' AND bias_theory IS NULL"),
                     8);
}

/* Trained estimators are given them: each source is another dr_jl, and none of naive's business. With a
 * hidden confounder, without which p_r, q and p_r given h are the same. */
static void trained_estimators_take_imputations_of_every_source(void **state)
{
    static const char *const source[] = {"learned",
                                         "outcome",
                                         "oracle",
                                         "full",
                                         "observed",
                                         "constant",
                                         "inverted",
                                         "oracle --set imputation.shift=1",
                                         "oracle --set imputation.noise=1"};
    enum { SOURCES = sizeof source / sizeof *source };
    (void)state;
    program_needed();
    for (int i = 0; i < SOURCES; i++) {
        char arguments[512];
        snprintf(
            arguments, sizeof arguments,
            "run $F/both.yaml --db $F/sources.db --set name=source%d --set worlds=1 --set risk.estimators=[] "
            "--set "
            "sweep.test.size=[100] --set world.gamma_o=1 --set world.gamma_r=1 --set imputation.source=%s",
            i, source[i]);
        program_succeeds(&program, arguments);
    }
    assert_int_equal(store_number("sources.db", "SELECT count(*) FROM run"), 2 * SOURCES);
    assert_int_equal(
        store_number("sources.db", "SELECT count(DISTINCT predictions) FROM run WHERE estimator = 'naive'"),
        1);
    assert_int_equal(
        store_number("sources.db", "SELECT count(DISTINCT predictions) FROM run WHERE estimator = 'dr_jl'"),
        SOURCES);
}

static int times(const char *word)
{
    int count = 0;
    for (const char *at = program.output; (at = strstr(at, word)); at++)
        count++;
    return count;
}

static void tables_show_it_in_every_format(void **state)
{
    (void)state;
    program_needed();
    program_succeeds(&program, "table $F/whole.db");
    assert_int_equal(times("exact bias"), 1); /* one table of both settings */
    assert_int_equal(times("tdr"), 4);
    program_succeeds(&program, "table $F/whole.db --format markdown");
    assert_int_equal(
        times("| setting | predictor | risk estimator | ideal | bias | exact bias | sd | exact sd | rmse |"),
        1);
    assert_int_equal(times(" | tdr | "), 4);
    assert_int_equal(times("* may be the best of a predictor by rmse"), 1);
    program_succeeds(&program, "table $F/whole.db --format csv");
    assert_int_equal(
        times("experiment,setting,predictor,estimator,replicates,ideal,bias,bias_mcse,bias_theory,"), 1);
    assert_int_equal(times("both,imputation.source=oracle,truth,ips,140,"), 1);
    program_succeeds(&program, "table $F/whole.db --format latex");
    assert_int_equal(times("exact bias"), 1);
    program_succeeds(&program, "table $F/whole.db --estimator tdr");
    assert_int_equal(times("tdr"), 4);
    assert_int_equal(times("mrdr"), 0);
    program_succeeds(&program, "list risk");
    assert_int_equal(times("tdr"), 1);
    assert_int_equal(times("opposite"), 1);
}

/* With risk.cdr 0 cdr leaves all imputed errors out and is ips, with a large one it is dr; between them it
 * leaves some out, and the more the smaller the constant is. The column is there where a row has it, in csv
 * in every setting of the experiment. */
static void a_share_is_left_out(void **state)
{
    (void)state;
    program_needed();
    run("run $F/both.yaml --db $F/cdr.db --set 'estimators=[]' --set risk.estimators=[ips,dr,cdr] --set "
        "'sweep.risk.cdr=[0,0.2,0.5,1e6]' --set sweep.imputation.source=[full] --set imputation.source=full "
        "--set imputation.noise=1",
        4 * 2 * 2 * 3);
    static const char *const number_of[] = {
        "risk WHERE estimator <> 'cdr' AND left_out IS NOT NULL",
        "risk c JOIN risk o USING (setting, predictor, world) WHERE c.estimator = 'cdr' AND c.left_out = 1"
        " AND o.estimator = 'ips' AND abs(c.bias_theory - o.bias_theory) < 1e-12 AND setting LIKE '%cdr=0'",
        "risk c JOIN risk o USING (setting, predictor, world) WHERE c.estimator = 'cdr' AND c.left_out = 0"
        " AND o.estimator = 'dr' AND abs(c.bias_theory - o.bias_theory) < 1e-12 AND setting LIKE '%cdr=1%'",
        "risk a JOIN risk b USING (predictor, world, estimator) WHERE a.setting LIKE '%cdr=0.5'"
        " AND b.setting LIKE '%cdr=0.2' AND 0 < a.left_out AND a.left_out < b.left_out AND b.left_out < 1",
        "risk_summary s WHERE abs(left_out - (SELECT sum(left_out) / 2 FROM risk r"
        " WHERE r.setting = s.setting AND r.predictor = s.predictor AND r.estimator = s.estimator)) < 1e-15",
    };
    static const int expected[] = {0, 4, 4, 4, 4 * 2};
    for (size_t i = 0; i < sizeof number_of / sizeof *number_of; i++) {
        char query[640];
        snprintf(query, sizeof query, "SELECT count(*) FROM %s", number_of[i]);
        assert_int_equal(store_number("cdr.db", query), expected[i]);
    }
    program_succeeds(&program, "table $F/cdr.db --part risk");
    assert_int_equal(times("left out %"), 1);
    assert_int_equal(times("Left out: "), 1);
    program_succeeds(&program, "table $F/cdr.db --part risk --format csv");
    assert_int_equal(times("relative_error,relative_error_mcse,left_out\n"), 1);
    assert_int_equal(times(",1\n"), 2); /* of two predictors with risk.cdr 0 */
    program_succeeds(&program, "table $F/cdr.db --part risk --format json");
    assert_int_equal(times("\"left_out\": 1}"), 2);
    assert_int_equal(times("\"left_out\": null}"), 4 * 2 * 2);
    program_succeeds(&program, "table $F/cdr.db --part risk --format csv --estimator dr");
    assert_int_equal(times("relative_error,relative_error_mcse\n"), 1);
    program_succeeds(&program, "table $F/whole.db --part risk");
    assert_int_equal(times("eft out"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_has_every_row),
        cmocka_unit_test(summaries_are_those_of_the_rows),
        cmocka_unit_test(single_redraws_have_errors_from_worlds),
        cmocka_unit_test(jobs_and_order_change_nothing),
        cmocka_unit_test(kills_change_nothing),
        cmocka_unit_test(a_store_is_extended),
        cmocka_unit_test(an_experiment_may_be_of_the_risk_layer_alone),
        cmocka_unit_test(learned_propensities_are_taken),
        cmocka_unit_test(trained_estimators_take_imputations_of_every_source),
        cmocka_unit_test(tables_show_it_in_every_format),
        cmocka_unit_test(a_share_is_left_out),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
