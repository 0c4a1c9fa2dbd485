/* Whole experiments through the program: the same store, bit for bit, whatever the number of workers, however
 * often the run was killed, and in whatever order its parts were run. */
#include "tests/support/program.h"
#include "tests/support/stores.h"

#include <gsl/gsl_rng.h>
#include <math.h>
#include <signal.h>
#include <time.h>

/* 2 settings, 3 replicates, 5 estimators: one two-stage, one that takes unbiased data. */
static const char spec[] = "name: small\n"
                           "replicates: 3\n"
                           "log.size: 3000\n"
                           "test.size: 200\n"
                           "unbiased.size: 200\n"
                           "world: {users: 60, items: 40, latent: 2, context: 1}\n"
                           "model: {embedding: 4, layers: [8]}\n"
                           "train: {epochs: 2, batch: 256, batch_unbiased: 64, learning_rate: 0.01}\n"
                           "estimators: [naive, esmm, ips, multi_dr, res_dr]\n"
                           "sweep: {world.gamma_o: [0, 1]}\n";
enum { UNITS = 2 * 3 * 5 };

static const char run_columns[] = "setting, estimator, world, replicate, status, steps, predictions";
static const char metric_columns[] = "setting, space, task, metric, estimator, world, replicate, value";

static Program program;
static long whole_peak; /* kilobytes that the first run took */

/* whole.db is the undisturbed run that others are held to. */
static int create(void **state)
{
    (void)state;
    program_create(&program);
    program_write(&program, "small.yaml", spec);
    if (getenv("CVRLAB"))
        program_succeeds(&program, "run $F/small.yaml --db $F/whole.db --jobs 1");
    whole_peak = program.peak;
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

static void run(const char *arguments)
{
    program_succeeds(&program, arguments);
}

static void says(const char *expected)
{
    if (!strstr(program.errors, expected))
        fail_msg("found: %s; expected: %s", program.errors, expected);
}

static void a_run_is_complete_and_small(void **state)
{
    (void)state;
    program_needed();
    sqlite3 *db = stores_open("whole.db");
    assert_int_equal(stores_value(db, "SELECT count(*) FROM run WHERE status = 'done'"), UNITS);
    assert_int_equal(stores_value(db, "SELECT min(length(predictions)) FROM run"), 200 * 4);
    assert_int_equal(stores_value(db, "SELECT count(*) FROM test_set"), 2);
    assert_int_equal(stores_value(db, "SELECT count(*) FROM bias_variance WHERE replicates = 3"), 2 * 5);
    assert_int_equal(stores_value(db, "SELECT finished >= started AND NOT stale FROM experiment"), 1);
    stores_close(db);
#ifndef __SANITIZE_ADDRESS__
    assert_true(whole_peak < 200 * 1024);
#endif
}

/* Tables show seconds: they are made the same first. */
static void forget_seconds(const char *name)
{
    sqlite3 *db = stores_open(name);
    assert_int_equal(sqlite3_exec(db,
                                  "UPDATE run SET seconds = 1; UPDATE summary_bias_variance SET seconds = 1",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    stores_close(db);
}

static void workers_change_nothing(void **state)
{
    static const char *const format[] = {"text", "csv", "markdown", "latex"};
    static char table[OUTPUT];
    (void)state;
    run("run $F/small.yaml --db $F/four.db --jobs 4");
    assert_string_equal(program.output, "");
    says("small: 30 units run in ");
    says(", 0 were there already; see `cvrlab table ");
    stores_same("whole.db", "four.db");
    shell("cp $F/whole.db $F/one.db");
    forget_seconds("one.db");
    forget_seconds("four.db");
    for (int i = 0; i < 4; i++) {
        char arguments[64];
        snprintf(arguments, sizeof arguments, "table $F/one.db --format %s", format[i]);
        run(arguments);
        memcpy(table, program.output, sizeof table);
        assert_non_null(strstr(table, "multi"));
        snprintf(arguments, sizeof arguments, "table $F/four.db --format %s", format[i]);
        run(arguments);
        assert_string_equal(program.output, table);
    }
}

static void a_complete_run_does_nothing(void **state)
{
    (void)state;
    program_needed();
    shell("cp $F/whole.db $F/again.db");
    run("run $F/small.yaml --db $F/again.db");
    says("small: 0 units run in ");
    says(", 30 were there already; see ");
    stores_same("whole.db", "again.db");
    sqlite3 *db = stores_attach("whole.db", "again.db");
    stores_same_rows(db, "setting, estimator, replicate, seconds", "run");
    stores_same_rows(db, "started, finished IS NULL", "experiment");
    stores_close(db);
}

/* Settings that differ in propensities alone train on the same logs: what does not divide by a propensity
 * does not differ at all, and what does differs. With log.shared off every setting has logs of its own. */
static void settings_share_their_logs(void **state)
{
    static const char differing[] =
        "SELECT count(*) FROM run a JOIN run b USING (estimator, world, replicate)"
        " WHERE a.setting < b.setting AND a.predictions <> b.predictions AND estimator = ";
    char query[sizeof differing + 8];
    (void)state;
    run("run $F/small.yaml --db $F/same_logs.db --set sweep.world.gamma_o=[0] "
        "--set sweep.propensity.source=[oracle,constant] --only naive,ips --replicates 2");
    sqlite3 *db = stores_open("same_logs.db");
    snprintf(query, sizeof query, "%s'naive'", differing);
    assert_int_equal(stores_value(db, query), 0);
    snprintf(query, sizeof query, "%s'ips'", differing);
    assert_int_equal(stores_value(db, query), 2);
    assert_int_equal(stores_value(db, "SELECT count(DISTINCT log) FROM setting_log"), 1);
    stores_close(db);
    run("run $F/small.yaml --db $F/own_logs.db --set sweep.world.gamma_o=[0] --set log.shared=off "
        "--set sweep.propensity.source=[oracle,constant] --only naive,ips --replicates 2");
    db = stores_open("own_logs.db");
    snprintf(query, sizeof query, "%s'naive'", differing);
    assert_int_equal(stores_value(db, query), 2);
    assert_int_equal(stores_value(db, "SELECT count(DISTINCT log) FROM setting_log"), 2);
    stores_close(db);
    program_run(&program, "run $F/small.yaml --db $F/own_logs.db --set sweep.world.gamma_o=[0] "
                          "--set sweep.propensity.source=[oracle,constant] --only naive,ips --replicates 2");
    assert_int_equal(program.code, 2);
    says("log.shared");
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Units in a store that a killed run has left: read from a copy, since to open it is to repair it. */
static int surviving_units(void)
{
    shell("rm -rf $F/probe && mkdir $F/probe && cp $F/killed.db* $F/probe/ 2>/dev/null || true");
    char path[128];
    snprintf(path, sizeof path, "%s/probe/killed.db", program.folder);
    if (access(path, F_OK) != 0)
        return 0;
    sqlite3 *db = stores_open("probe/killed.db");
    char *integrity = stores_text(db, "PRAGMA integrity_check");
    assert_string_equal(integrity, "ok");
    free(integrity);
    int units = 0;
    if (stores_value(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'run'") > 0)
        units = (int)stores_value(db, "SELECT count(*) FROM run");
    stores_close(db);
    return units;
}

/* How many units the run had said were done: the number in the last whole line of its progress. */
static int told_units(void)
{
    int told = 0;
    for (const char *line = program.errors, *end; (end = strchr(line, '\n')); line = end + 1)
        if (sscanf(line, "small: %d of", &told) != 1)
            fail_msg("%s", line);
    return told;
}

/* Kills at random instants until three of them have left something new behind; every second comes within the
 * first milliseconds, while the store is being made or opened. */
static void killed_runs_are_resumed(void **state)
{
    enum { MOST_KILLS = 60 };
    static const char arguments[] = "run $F/small.yaml --set train.epochs=30 --db $F/killed.db --jobs 2";
    int stored = 0, steps = 0;
    (void)state;
    program_needed();
    gsl_rng *generator = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(generator, 7);
    double start = seconds();
    run("run $F/small.yaml --set train.epochs=30 --db $F/unharmed.db --jobs 2");
    double span = 1e6 * (seconds() - start);
    for (int i = 0; i < MOST_KILLS && steps < 3; i++) {
        double most = i % 2 ? span / 2 : fmin(span / 2, 2e4);
        program.kill_after = 1 + (useconds_t)(most * gsl_rng_uniform(generator));
        program_run(&program, arguments);
        program.kill_after = 0;
        if (program.code == 0)
            break;
        assert_int_equal(program.code, 128 + SIGKILL);
        int before = stored;
        stored = surviving_units();
        assert_true(stored >= before + told_units());
        steps += stored > before && stored < UNITS;
    }
    gsl_rng_free(generator);
    assert_true(steps > 0);
    char expected[64];
    snprintf(expected, sizeof expected, ", %d were there already; ", surviving_units());
    run(arguments);
    says(expected);
    stores_same("unharmed.db", "killed.db");
    run(arguments);
    says("small: 0 units run in ");
}

/* A pipeline runs both at once; what the first says goes into a file. */
static void two_programs_share_a_store(void **state)
{
    static char first[OUTPUT];
    (void)state;
    run("run $F/small.yaml --db $F/shared.db --jobs 1 2>$F/first | \"$CVRLAB\" run $F/small.yaml --db "
        "$F/shared.db --jobs 1");
    program_slurp(&program, "first", first);
    if (strstr(first, "cvrlab: "))
        fail_msg("%s", first);
    assert_non_null(strstr(first, " units run in "));
    run("run $F/small.yaml --db $F/shared.db");
    stores_same("whole.db", "shared.db");
}

static void parts_are_the_whole(void **state)
{
    (void)state;
    run("run $F/small.yaml --db $F/parts.db --only ips,res_dr");
    says("small: 12 units run in ");
    assert_int_equal(store_number("parts.db", "SELECT count(*) FROM experiment WHERE finished IS NULL"), 1);
    run("run $F/small.yaml --db $F/parts.db --only esmm --replicates 1");
    says("small: 2 units run in ");
    says(", 0 were there already; ");
    run("run $F/small.yaml --db $F/parts.db");
    says("small: 16 units run in ");
    says(", 14 were there already; ");
    assert_int_equal(store_number("parts.db", "SELECT count(*) FROM experiment WHERE finished IS NULL"), 0);
    stores_same("whole.db", "parts.db");
}

static void more_replicates_extend_a_run(void **state)
{
    (void)state;
    run("run $F/small.yaml --db $F/longer.db --replicates 2");
    says("small: 20 units run in ");
    run("run $F/small.yaml --db $F/longer.db --replicates 3");
    says("small: 10 units run in ");
    says(", 20 were there already; ");
    stores_same("whole.db", "longer.db");
}

static void estimators_do_not_touch_each_other(void **state)
{
    static const char theirs[] = "run WHERE estimator IN ('ips', 'multi_dr')";
    static const char scores[] = "metric WHERE estimator IN ('ips', 'multi_dr')";
    (void)state;
    run("run $F/small.yaml --db $F/fewer.db --set 'estimators=[multi_dr, ips]'");
    sqlite3 *db = stores_attach("whole.db", "fewer.db");
    assert_int_equal(stores_value(db, "SELECT count(*) FROM other.run"), 12);
    stores_same_rows(db, run_columns, theirs);
    stores_same_rows(db, metric_columns, scores);
    stores_close(db);
}

static void a_changed_experiment_is_refused(void **state)
{
    (void)state;
    program_needed();
    shell("cp $F/whole.db $F/kept.db");
    program_run(&program, "run $F/small.yaml --db $F/kept.db --set world.ctr=0.2");
    assert_int_equal(program.code, 2);
    assert_string_equal(program.output, "");
    says("kept.db: experiment 'small' ");
    says("world.ctr");
    assert_ptr_equal(strchr(program.errors, '\n'), program.errors + strlen(program.errors) - 1);
    shell("cmp $F/whole.db $F/kept.db");
}

/* Without a floor under propensities, huge steps soon lead to one of 0, and to a loss that is no number. */
static void divergence_is_stored_and_told(void **state)
{
    static const char others[] = "run WHERE estimator <> 'multi_dr'";
    (void)state;
    run("run $F/small.yaml --db $F/wild.db --set estimator.multi_dr.learning_rate=9.9 "
        "--set estimator.multi_dr.clip=0");
    says("small: 30 units run in ");
    says(", 6 diverged; see ");
    sqlite3 *db = stores_attach("whole.db", "wild.db");
    stores_same_rows(db, run_columns, others);
    assert_int_equal(stores_value(db, "SELECT count(*) FROM other.run WHERE estimator = 'multi_dr'"
                                      " AND status = 'diverged' AND predictions IS NULL"),
                     6);
    assert_int_equal(stores_value(db, "SELECT count(*) FROM other.metric WHERE estimator = 'multi_dr'"), 0);
    stores_close(db);
    run("table $F/wild.db");
    assert_non_null(strstr(program.output, "6 diverged: multi_dr 6"));
    run("run $F/small.yaml --db $F/wild.db --set estimator.multi_dr.learning_rate=9.9 "
        "--set estimator.multi_dr.clip=0");
    says("small: 0 units run in ");
}

/* Propensities of every source, as experiments of one store: naive uses none, and ips uses them. With a
 * hidden confounder, without which the full propensity would be the oracle's. */
static void propensities_come_from_every_source(void **state)
{
    static const char *const source[] = {"learned",
                                         "oracle",
                                         "full",
                                         "constant",
                                         "inverted",
                                         "omitted --set propensity.omit=[user,user_latent]",
                                         "learned --set propensity.scale=0.5 --set propensity.noise=1"};
    enum { SOURCES = sizeof source / sizeof *source };
    (void)state;
    for (int i = 0; i < SOURCES; i++) {
        char arguments[512];
        snprintf(arguments, sizeof arguments,
                 "run $F/small.yaml --db $F/sources.db --set name=source%d --set 'estimators=[naive,ips]' "
                 "--set world.gamma_o=1 --set world.gamma_r=1 --set propensity.source=%s",
                 i, source[i]);
        run(arguments);
        says("6 units run in ");
    }
    sqlite3 *db = stores_open("sources.db");
    assert_int_equal(stores_value(db, "SELECT count(*) FROM experiment"), SOURCES);
    assert_int_equal(
        stores_value(db, "SELECT count(DISTINCT predictions) FROM run WHERE estimator = 'naive'"), 3);
    assert_int_equal(stores_value(db, "SELECT count(DISTINCT predictions) FROM run WHERE estimator = 'ips'"),
                     3 * SOURCES);
    stores_close(db);
}

/* Loose ranges, which any sound fit of these ratings falls into. */
static void real_ratings_are_scored(void **state)
{
    static const char within[] =
        "SELECT count(*) FROM metric_summary m JOIN (SELECT 'auc' name, 0.6 low, 0.9 high UNION"
        " VALUES ('ndcg', 0.5, 0.9), ('recall', 0.3, 0.8), ('f1', 0.3, 0.7), ('mse', 0.1, 0.3)) r"
        " ON m.metric = r.name WHERE space = 'D' AND task = 'cvr' AND replicates = 2"
        " AND mean BETWEEN low AND high AND mcse > 0 AND mcse < 0.1";
    (void)state;
    if (!getenv("CVRLAB_DATA")) {
        print_message("CVRLAB_DATA is not set: skipped\n");
        skip();
    }
    run("run " CVRLAB_ROOT
        "/experiments/coat.yaml --data $CVRLAB_DATA/coat --set worlds=2 --set replicates=1 "
        "--db $F/coat.db");
    double estimators = store_number("coat.db", "SELECT count(*) FROM estimator");
    assert_true(estimators >= 5);
    assert_int_equal(store_number("coat.db", "SELECT count(*) FROM run WHERE status = 'done'"),
                     2 * estimators);
    assert_int_equal(store_number("coat.db", within), 5 * estimators);
    run("table $F/coat.db");
    assert_non_null(strstr(program.output, "NDCG"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_is_complete_and_small),
        cmocka_unit_test(workers_change_nothing),
        cmocka_unit_test(a_complete_run_does_nothing),
        cmocka_unit_test(settings_share_their_logs),
        cmocka_unit_test(killed_runs_are_resumed),
        cmocka_unit_test(two_programs_share_a_store),
        cmocka_unit_test(parts_are_the_whole),
        cmocka_unit_test(more_replicates_extend_a_run),
        cmocka_unit_test(estimators_do_not_touch_each_other),
        cmocka_unit_test(a_changed_experiment_is_refused),
        cmocka_unit_test(divergence_is_stored_and_told),
        cmocka_unit_test(propensities_come_from_every_source),
        cmocka_unit_test(real_ratings_are_scored),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
