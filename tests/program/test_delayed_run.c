/* Streams of clicks, run by the program: the same whatever the workers, worth what their labels are worth in
 * a world whose conversions come late, and refused where there is no stream. */
#include "experiments/inputs/source.h"
#include "experiments/spec/spec_read.h"
#include "tests/support/monte_carlo.h"
#include "tests/support/refusal.h"
#include "tests/support/stores.h"

static Program program;

/* Half of the conversions come more than twelve hours after their click, and nothing changes with time. */
static const char spec[] =
    "name: delayed\n"
    "replicates: 8\n"
    "log.size: 12000\n"
    "test.size: 500\n"
    "world: {users: 30, items: 20, latent: 2, context: 1, ctr: 0.4, cvr: 0.2}\n"
    "delay: {days: 10, window: 2, median: 20}\n"
    "delayed: {pretrain: 5, step: 6}\n"
    "model: {embedding: 2, layers: [8]}\n"
    "train: {epochs: 3, batch: 128, learning_rate: 0.01}\n"
    "estimators: [delay_pretrained, delay_vanilla, delay_oracle, fnw, es_dfm, defer, naive]\n";

static int setup(void **state)
{
    (void)state;
    refusal_create(&program);
    program_write(&program, "delayed.yaml", spec);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

static void workers_change_nothing(void **state)
{
    (void)state;
    program_needed();
    program_succeeds(&program, "run $F/delayed.yaml --db $F/one.db --jobs 1");
    program_succeeds(&program, "run $F/delayed.yaml --db $F/two.db --jobs 2");
    stores_same("one.db", "two.db");
    assert_int_equal(store_number("one.db", "SELECT count(*) FROM run WHERE status = 'done'"), 56);
}

/* The mean of sum s / sum p over replicates, less 1, and its standard error: of predictions of all test rows,
 * all of which are of the time of the stream. */
static double bias_of(const char *store, const char *estimator, double *error)
{
    char sql[200];
    double ratio[8];
    for (int k = 0; k < 8; k++) {
        snprintf(sql, sizeof sql,
                 "SELECT value FROM metric WHERE estimator = '%s' AND metric = 'ratio' AND space = 'D'"
                 " AND task = 'cvr' AND replicate = %d",
                 estimator, k);
        ratio[k] = store_number(store, sql);
    }
    *error = error_of_mean(ratio, 8);
    return mean_of(ratio, 8) - 1;
}

static void late_labels_bias_and_weights_mend_it(void **state)
{
    (void)state;
    program_needed();
    static const char *const mended[] = {"fnw", "es_dfm", "defer"};
    double of_vanilla, of_oracle, error;
    const double vanilla = fabs(bias_of("one.db", "delay_vanilla", &of_vanilla)),
                 oracle = fabs(bias_of("one.db", "delay_oracle", &of_oracle));
    assert_true(vanilla - oracle > STANDARD_ERRORS * hypot(of_vanilla, of_oracle));
    for (int k = 0; k < 3; k++) {
        const double bias = fabs(bias_of("one.db", mended[k], &error));
        assert_true(vanilla - bias > STANDARD_ERRORS * hypot(of_vanilla, error));
        assert_true(bias - oracle > -STANDARD_ERRORS * hypot(of_oracle, error));
    }
}

/* Clicks of the night are few, and the conversions of the day's come then too: a step counts by its rows, or
 * the rate is that of the night. */
static void quiet_hours_weigh_as_little_as_they_have_rows(void **state)
{
    (void)state;
    program_needed();
    double of_oracle, of_fnw;
    program_succeeds(&program, "run $F/delayed.yaml --db $F/night.db --set delay.cycle=1 --set delayed.step=1"
                               " --set 'estimators=[delay_oracle, fnw]' --set log.size=24000");
    const double oracle = bias_of("night.db", "delay_oracle", &of_oracle),
                 fnw = bias_of("night.db", "fnw", &of_fnw);
    within_error("predicted / actual of fnw less that of the oracle", fnw, oracle, hypot(of_oracle, of_fnw));
}

/* The share of the gap between two methods, by Fieller's theorem as a quadratic in it, and what is printed.
 */
static void the_gap_that_methods_close_is_printed(void **state)
{
    (void)state;
    program_needed();
    static const char *const name[] = {"es_dfm", "delay_pretrained", "delay_oracle"};
    enum { LOGS = 8 };
    double value[3][LOGS], mean[2] = {0}, square[2] = {0}, product = 0, printed[3];
    char sql[256];
    for (int e = 0; e < 3; e++)
        for (int k = 0; k < LOGS; k++) {
            snprintf(sql, sizeof sql,
                     "SELECT value FROM metric WHERE estimator = '%s' AND metric = 'mse' AND space = 'D'"
                     " AND task = 'cvr' AND replicate = %d",
                     name[e], k);
            value[e][k] = store_number("one.db", sql);
        }
    for (int k = 0; k < LOGS; k++)
        for (int i = 0; i < 2; i++)
            mean[i] += (value[2 * i][k] - value[1][k]) / LOGS;
    for (int k = 0; k < LOGS; k++) {
        const double part = value[0][k] - value[1][k] - mean[0], whole = value[2][k] - value[1][k] - mean[1];
        square[0] += part * part / (LOGS * (LOGS - 1));
        square[1] += whole * whole / (LOGS * (LOGS - 1));
        product += part * whole / (LOGS * (LOGS - 1));
    }
    const double t = 2.3646242515927849, /* of 7 degrees of freedom */
        a = mean[1] * mean[1] - t * t * square[1], b = mean[0] * mean[1] - t * t * product,
                 c = mean[0] * mean[0] - t * t * square[0];
    assert_true(a > 0);
    program_succeeds(&program, "table $F/one.db --part relative --metric mse,ratio --estimator es_dfm,fnw"
                               " --format csv");
    const char *row = strstr(program.output, ",es_dfm,");
    assert_non_null(row);
    assert_int_equal(sscanf(row, ",es_dfm,%lf,%lf,%lf", &printed[0], &printed[1], &printed[2]), 3);
    assert_true(fabs(printed[0] - mean[0] / mean[1]) < 1e-9);
    assert_true(fabs(printed[1] - (b - sqrt(b * b - a * c)) / a) < 1e-9);
    assert_true(fabs(printed[2] - (b + sqrt(b * b - a * c)) / a) < 1e-9);
}

/* What a store has of replicate 0 of es_dfm, against sums over its predictions by the days of clicks: each
 * tenth of a stream of five days is half a day. */
static void metrics_by_time_are_of_the_clicks_of_the_time(void **state)
{
    (void)state;
    program_needed();
    static Spec of;
    Source *source;
    char path[256], sql[256];
    sqlite3_stmt *row;
    snprintf(path, sizeof path, "%s/delayed.yaml", program.folder);
    OK(spec_read(&of, NULL, path, message));
    OK(source_open(&source, &of, "", 0, NULL, message));
    const TestExposures *test = source_test(source);
    sqlite3 *db = stores_open("one.db");
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT predictions FROM run WHERE estimator = 'es_dfm' AND replicate = 0", -1,
                           &row, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    assert_int_equal(sqlite3_column_bytes(row, 0), test->x->rows * sizeof(float));
    const float *s = sqlite3_column_blob(row, 0);
    double all = 0;
    for (int k = 0; k < 10; k++) {
        double clicks = 0, days = 0, predicted = 0, target = 0, square = 0;
        for (size_t i = 0; i < test->x->rows; i++) {
            if (!test->click[i] || test->time[i] < 5 + 0.5 * k || test->time[i] >= 5.5 + 0.5 * k)
                continue;
            const double gap = (double)s[i] - test->cvr[i];
            clicks++;
            days += test->time[i];
            predicted += (double)s[i];
            target += test->cvr[i];
            square += gap * gap;
        }
        const struct {
            const char *metric;
            double value;
        } expected[] = {{"day", days / clicks}, {"ratio", predicted / target}, {"mse", square / clicks}};
        all += clicks;
        assert_true(clicks > 5);
        for (int m = 0; m < 3; m++) {
            snprintf(sql, sizeof sql,
                     "SELECT value FROM metric WHERE estimator = 'es_dfm' AND replicate = 0 AND task = 'cvr'"
                     " AND space = 'T%d' AND metric = '%s'",
                     k + 1, expected[m].metric);
            assert_true(fabs(stores_value(db, sql) / expected[m].value - 1) < 1e-12);
        }
    }
    double clicks = 0;
    for (size_t i = 0; i < test->x->rows; i++)
        clicks += test->click[i];
    assert_true(all == clicks);
    sqlite3_finalize(row);
    stores_close(db);
    source_close(source);
    program_succeeds(&program, "table $F/one.db --metric auc/T10,day/T1");
    static const Case cases[] = {
        {"table $F/one.db --metric gauc/T3", 2, {"metric 'gauc/T3': gauc does not exist over T3"}},
        {"table $F/one.db --metric auc/T3/ctr", 2, {"auc exists over T3 for the task cvr only"}},
        {"table $F/one.db --metric auc/T11",
         2,
         {"metric 'auc/T11': found 'T11'; expected a space (D, O or N"}},
        {"table $F/one.db --metric day/O", 2, {"metric 'day/O': day does not exist over O"}},
    };
    refuses_arguments(&program, cases, LENGTH(cases));
}

/* A line for each method, of a point for each tenth of the stream that the store has. */
static void figures_show_a_metric_over_time(void **state)
{
    (void)state;
    program_needed();
    char text[OUTPUT];
    program_succeeds(&program,
                     "plot $F/one.db --figure stream --metric ratio/O --keep-data --out $F/figures");
    program_slurp(&program, "figures/delayed-stream-ratio_O.tsv", text);
    const char *line = strstr(text, "-\tes_dfm\t");
    int lines = 0;
    for (const char *at = text; (at = strstr(at, "-\t")); at++)
        lines++;
    assert_int_equal(lines, 7 * 10);
    for (int k = 1; k <= 10; k++) {
        char sql[256];
        double day, value, mcse, mean;
        assert_non_null(line);
        assert_int_equal(sscanf(line, "-\tes_dfm\t%lf\t%*s\t%lf\t%lf", &day, &value, &mcse), 3);
        snprintf(sql, sizeof sql,
                 "SELECT avg(value) FROM metric WHERE estimator = 'es_dfm' AND metric = 'ratio' AND"
                 " space = 'T%d'",
                 k);
        mean = store_number("one.db", sql);
        assert_true(fabs(value / mean - 1) < 1e-9 && mcse > 0 && day > 5 && day < 10);
        line = strchr(line, '\n') + 1;
    }
}

/* Where delays are as its likelihood has them; with many early ones it takes the others to be as fast, and
 * learns a rate that is too high. */
static void a_likelihood_is_right_where_its_delays_are(void **state)
{
    (void)state;
    program_needed();
    double error[3];
    program_succeeds(&program, "run $F/delayed.yaml --db $F/wrong.db --set estimators=[dfm,delay_oracle]");
    program_succeeds(&program, "run $F/delayed.yaml --db $F/right.db --set estimators=[dfm,delay_oracle]"
                               " --set delay.immediate=0 --set delay.family=exponential --set delay.sigma=0");
    const double oracle = bias_of("right.db", "delay_oracle", &error[0]),
                 right = bias_of("right.db", "dfm", &error[1]), wrong = bias_of("wrong.db", "dfm", &error[2]);
    assert_true(fabs(right - oracle) <= STANDARD_ERRORS * hypot(error[0], error[1]));
    assert_true(wrong - right > STANDARD_ERRORS * hypot(error[1], error[2]));
}

/* The same of log-normal delays. Without the window c is the chance to convert ever, of which the share that
 * delays have within the window, 2.4 medians, is what the world counts. */
static void a_likelihood_may_be_log_normal(void **state)
{
    (void)state;
    program_needed();
    static const char lognormal[] =
        "run $F/delayed.yaml --set estimators=[dfm,delay_oracle] --set delay.immediate=0 --set delay.sigma=0"
        " --set delay.family=lognormal --set delay.shape=1.5 --set estimator.dfm.family=1"
        " --set estimator.dfm.shape=1.5";
    char command[sizeof lognormal + 100];
    double error[3];
    snprintf(command, sizeof command, "%s --db $F/lognormal.db", lognormal);
    program_succeeds(&program, command);
    snprintf(command, sizeof command, "%s --db $F/endless.db --set estimator.dfm.window=0", lognormal);
    program_succeeds(&program, command);
    const double within = erfc(-log(2.4) / 1.5 * M_SQRT1_2) / 2,
                 oracle = bias_of("lognormal.db", "delay_oracle", &error[0]),
                 cut = bias_of("lognormal.db", "dfm", &error[1]),
                 endless = (1 + bias_of("endless.db", "dfm", &error[2])) * within - 1;
    assert_true(fabs(cut - oracle) <= STANDARD_ERRORS * hypot(error[0], error[1]));
    assert_true(fabs(endless - oracle) <= STANDARD_ERRORS * hypot(error[0], error[2] * within));
}

/* A click enters once, in its hour, when few of its conversions have come. The models of the rest have seen
 * few clicks as young as that, and need training. */
static void deadlines_tell_what_is_still_to_come(void **state)
{
    (void)state;
    program_needed();
    static const char *const mended[] = {"fsiw", "ulc"}, *const stores[] = {"rest.db", "rest_oracle.db"};
    program_succeeds(&program, "run $F/delayed.yaml --db $F/rest.db --set train.epochs=20"
                               " --set estimators=[delay_vanilla,fsiw,ulc]");
    program_succeeds(&program, "run $F/delayed.yaml --db $F/rest_oracle.db --set delayed.auxiliary=oracle"
                               " --set estimators=[delay_vanilla,fsiw,ulc]");
    for (int store = 0; store < 2; store++) {
        double of_vanilla, error;
        const double vanilla = fabs(bias_of(stores[store], "delay_vanilla", &of_vanilla));
        for (int k = 0; k < 2; k++) {
            const double bias = fabs(bias_of(stores[store], mended[k], &error));
            assert_true(vanilla - bias > STANDARD_ERRORS * hypot(of_vanilla, error));
        }
    }
}

/* Where the model of conversions lacks what moves clicks too, it is right for clicks and too high for all
 * exposures. With weights of a click model, which lacks nothing, its rate is that of all of them. */
static void weights_of_clicks_reach_all_exposures(void **state)
{
    (void)state;
    program_needed();
    static const char *const methods[] = {"delay_oracle", "fnw", "es_dfm", "defer"};
    static const char lacking[] =
        "run $F/delayed.yaml --set log.size=24000 --set world.ctr=0.3 --set world.context=2"
        " --set world.dependence=0.8 --set model.layers=[] --set model.omit=context --set train.epochs=6"
        " --set delayed.step=2 --set estimators=[delay_oracle,fnw,es_dfm,defer]";
    char command[sizeof lacking + 100];
    snprintf(command, sizeof command, "%s --db $F/clicked.db", lacking);
    program_succeeds(&program, command);
    snprintf(command, sizeof command, "%s --db $F/shown.db --set delayed.selection=ips", lacking);
    program_succeeds(&program, command);
    for (size_t k = 0; k < LENGTH(methods); k++) {
        double of_clicks, of_all;
        const double clicked = bias_of("clicked.db", methods[k], &of_clicks),
                     shown = bias_of("shown.db", methods[k], &of_all);
        assert_true(clicked > 4 * of_clicks);
        assert_true(clicked - fabs(shown) > STANDARD_ERRORS * hypot(of_clicks, of_all));
    }
}

/* As a log that is known on a day: what waits for closed clicks is then what is trained before a stream, and
 * predicts the same but for sums in another order. */
static void a_log_may_be_cut_instead(void **state)
{
    (void)state;
    program_needed();
    double error[3];
    program_succeeds(&program,
                     "run $F/delayed.yaml --db $F/cut.db --set delayed.protocol=static --set"
                     " estimators=[delay_wait,delay_vanilla,delay_oracle,dfm] --set delay.immediate=0"
                     " --set delay.family=exponential --set delay.sigma=0 --set train.epochs=12");
    program_succeeds(&program,
                     "run $F/delayed.yaml --db $F/before.db --set estimators=[delay_pretrained,naive]"
                     " --set delay.immediate=0 --set delay.family=exponential --set delay.sigma=0"
                     " --set train.epochs=12");
    sqlite3 *db = stores_attach("cut.db", "before.db");
    assert_true(
        stores_value(db, "SELECT count(*) FROM main.metric a JOIN other.metric b USING (replicate, metric,"
                         " space, task) WHERE a.estimator = 'delay_wait' AND b.estimator ="
                         " 'delay_pretrained' AND metric IN ('mse', 'log_loss', 'mae') AND space = 'D'"
                         " AND task = 'cvr' AND abs(a.value - b.value) < 1e-6 * b.value") == 24);
    stores_close(db);
    const double vanilla = bias_of("cut.db", "delay_vanilla", &error[0]),
                 oracle = bias_of("cut.db", "delay_oracle", &error[1]),
                 dfm = bias_of("cut.db", "dfm", &error[2]);
    assert_true(oracle - vanilla > STANDARD_ERRORS * hypot(error[0], error[1]));
    assert_true(fabs(dfm - oracle) <= STANDARD_ERRORS * hypot(error[1], error[2]));
    static const Case cases[] = {
        {"run $F/delayed.yaml --db $F/new.db --set delayed.protocol=static --set estimators=[dfm,es_dfm]",
         2,
         {"estimators: 'es_dfm' learns from a stream only; expected delayed.protocol stream"}},
    };
    refuses_arguments(&program, cases, LENGTH(cases));
}

static void truth_may_take_the_place_of_auxiliary_models(void **state)
{
    (void)state;
    program_needed();
    program_succeeds(&program, "run $F/delayed.yaml --db $F/oracle.db --set delayed.auxiliary=oracle");
    assert_int_equal(store_number("oracle.db", "SELECT count(*) FROM run WHERE status = 'done'"), 56);
    sqlite3 *db = stores_attach("one.db", "oracle.db");
    stores_same_rows(db, "estimator, replicate, predictions",
                     "run WHERE estimator IN ('delay_vanilla', 'delay_oracle', 'fnw', 'naive')");
    assert_true(stores_value(db,
                             "SELECT count(*) FROM main.run a JOIN other.run b USING (estimator, replicate)"
                             " WHERE estimator IN ('es_dfm', 'defer')"
                             " AND a.predictions = b.predictions") == 0);
    stores_close(db);
}

static void a_world_shows_when_its_conversions_come(void **state)
{
    (void)state;
    program_needed();
    double converts, share[2], truth[2];
    program_succeeds(&program, "data $F/delayed.yaml");
    const char *line = strstr(program.output, "conversions of its first log");
    assert_non_null(line);
    while (line > program.output && line[-1] != '\n')
        line--;
    assert_int_equal(
        sscanf(line, " %lf conversions of its first log, within 1 h %lf (truth %lf), 24 h %lf (truth %lf)",
               &converts, &share[0], &truth[0], &share[1], &truth[1]),
        5);
    for (int k = 0; k < 2; k++)
        within_error("the share of conversions that have come", share[k], truth[k],
                     sqrt(truth[k] * (1 - truth[k]) / converts));
}

static void what_has_no_stream_is_refused(void **state)
{
    (void)state;
    program_needed();
    static const Case cases[] = {
        {"run $F/delayed.yaml --db $F/new.db --set delayed.pretrain=0",
         2,
         {"estimators: 'delay_pretrained' needs a stream of clicks; set delayed.pretrain above 0"}},
        {"run $F/delayed.yaml --db $F/new.db --set delayed.pretrain=2",
         2,
         {"delayed.pretrain: found 2; expected more than delay.window, 2, and less than delay.days, 10"}},
        {"run $F/delayed.yaml --db $F/new.db --set delayed.pretrain=10",
         2,
         {"delayed.pretrain: found 10; expected more than delay.window, 2, and less than delay.days, 10"}},
        {"run $F/delayed.yaml --db $F/new.db --set tune.trials=2",
         2,
         {"estimators: 'delay_pretrained' learns from a stream, of which no part is held out; expected "
          "tune.trials "
          "0"}},
        {"run $F/delayed.yaml --db $F/new.db --set log.order=blocks",
         2,
         {"log.order: a log in blocks is not streamed; expected shuffled, or delayed.pretrain 0"}},
        {"run $F/delayed.yaml --db $F/new.db --set delayed.selection=ips --set propensity.source=omitted"
         " --set propensity.omit=context",
         2,
         {"delayed.selection: propensity.source is of a log without times; expected learned, oracle, full, "
          "constant or inverted, or delayed.selection none"}},
    };
    refuses_arguments(&program, cases, LENGTH(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workers_change_nothing),
        cmocka_unit_test(quiet_hours_weigh_as_little_as_they_have_rows),
        cmocka_unit_test(the_gap_that_methods_close_is_printed),
        cmocka_unit_test(metrics_by_time_are_of_the_clicks_of_the_time),
        cmocka_unit_test(figures_show_a_metric_over_time),
        cmocka_unit_test(late_labels_bias_and_weights_mend_it),
        cmocka_unit_test(a_likelihood_is_right_where_its_delays_are),
        cmocka_unit_test(a_likelihood_may_be_log_normal),
        cmocka_unit_test(deadlines_tell_what_is_still_to_come),
        cmocka_unit_test(weights_of_clicks_reach_all_exposures),
        cmocka_unit_test(a_log_may_be_cut_instead),
        cmocka_unit_test(truth_may_take_the_place_of_auxiliary_models),
        cmocka_unit_test(a_world_shows_when_its_conversions_come),
        cmocka_unit_test(what_has_no_stream_is_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
