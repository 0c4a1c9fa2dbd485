/* Settings that share logs: what no swept key reaches is trained once, and copied. */
#include "tests/support/program.h"
#include "tests/support/stores.h"

/* naive and esmm ask for nothing, ips for propensities, eib for pseudo-labels, dr_jl for both. */
static const char spec[] = "name: swept\n"
                           "replicates: 3\n"
                           "log.size: 1000\n"
                           "test.size: 100\n"
                           "world: {users: 40, items: 20, latent: 2, context: 1, ctr: 0.3}\n"
                           "model: {embedding: 2, layers: [4]}\n"
                           "train: {epochs: 2, batch: 128}\n"
                           "estimators: [naive, esmm, ips, eib, dr_jl]\n"
                           "sweep: {propensity.scale: [0.5, 1], imputation.shift: [0, 1]}\n"
                           "imputation.source: oracle\n";
enum { SETTINGS = 4, REPLICATES = 3 };

static Program program;

static int create(void **state)
{
    (void)state;
    program_create(&program);
    program_write(&program, "swept.yaml", spec);
    if (getenv("CVRLAB"))
        program_succeeds(&program, "run $F/swept.yaml --db $F/swept.db");
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

/* The number of settings in which an estimator was trained. */
static int trained(const char *name, const char *estimator)
{
    char sql[256];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM run WHERE shared IS NULL AND estimator = '%s'",
             estimator);
    const int units = (int)store_number(name, sql);
    assert_int_equal(units % REPLICATES, 0);
    return units / REPLICATES;
}

static void a_unit_is_trained_where_a_key_reaches_it(void **state)
{
    (void)state;
    program_needed();
    assert_int_equal(trained("swept.db", "naive"), 1);
    assert_int_equal(trained("swept.db", "esmm"), 1);
    assert_int_equal(trained("swept.db", "ips"), 2);
    assert_int_equal(trained("swept.db", "eib"), 2);
    assert_int_equal(trained("swept.db", "dr_jl"), SETTINGS);
    assert_int_equal((int)store_number("swept.db", "SELECT count(*) FROM run WHERE (shared IS NULL) <>"
                                                   " (seconds IS NOT NULL)"),
                     0);
    assert_int_equal((int)store_number("swept.db",
                                       "SELECT count(*) FROM run WHERE estimator = 'ips' AND shared ="
                                       " 'propensity.scale=1 imputation.shift=0' AND setting ="
                                       " 'propensity.scale=1 imputation.shift=1'"),
                     REPLICATES);
}

/* The same bits as where each setting is run by itself, and the same metrics. */
static void a_copy_is_what_training_would_give(void **state)
{
    (void)state;
    program_needed();
    program_succeeds(&program, "run $F/swept.yaml --db $F/last.db --set sweep.propensity.scale=[1] --set "
                               "sweep.imputation.shift=[1]");
    sqlite3 *db = stores_attach("swept.db", "last.db");
    for (int i = 0; i < 2; i++) {
        char sql[512];
        const char *table = i ? "metric" : "run";
        const char *columns = i ? "space, task, metric, estimator, replicate, value"
                                : "estimator, replicate, status, steps, parameters, asked, predictions";
        snprintf(sql, sizeof sql,
                 "SELECT count(*) FROM (SELECT %s FROM main.%s WHERE setting = 'propensity.scale=1 "
                 "imputation.shift=1' EXCEPT SELECT %s FROM other.%s)",
                 columns, table, columns, table);
        assert_int_equal((int)stores_value(db, sql), 0);
        snprintf(
            sql, sizeof sql,
            "SELECT (SELECT count(*) FROM main.%s WHERE setting = 'propensity.scale=1 imputation.shift=1')"
            " - (SELECT count(*) FROM other.%s)",
            table, table);
        assert_int_equal((int)stores_value(db, sql), 0);
    }
    stores_close(db);
}

/* Whatever the number of workers, and wherever it was stopped. */
static void what_is_shared_does_not_depend_on_order(void **state)
{
    (void)state;
    program_needed();
    program_succeeds(&program, "run $F/swept.yaml --db $F/jobs.db --jobs 7");
    stores_same("swept.db", "jobs.db");
    shell("cp $F/swept.db $F/again.db && sqlite3 $F/again.db \"CREATE TEMP TABLE gone AS SELECT setting, "
          "estimator, replicate FROM run WHERE replicate = 1 AND setting LIKE '%=0'; DELETE FROM "
          "metric_value WHERE "
          "(series, replicate) IN (SELECT id, replicate FROM series JOIN gone USING (setting, estimator)); "
          "DELETE FROM run WHERE (setting, estimator, replicate) IN "
          "gone; UPDATE experiment SET stale = 1\"");
    program_succeeds(&program, "run $F/swept.yaml --db $F/again.db");
    assert_non_null(strstr(program.errors, " 10 units run in "));
    stores_same("swept.db", "again.db");
}

static void tables_mark_it(void **state)
{
    (void)state;
    program_needed();
    program_succeeds(&program, "table $F/swept.db -m mse -p main");
    assert_non_null(strstr(program.output,
                           "0 diverged; 30 trained in another setting, which does not differ for "
                           "them: naive 9, esmm 9, ips 6, eib 6."));
    program_succeeds(&program, "table $F/swept.db -m seconds -p main -f csv");
    assert_non_null(strstr(program.output, "\nswept,propensity.scale=1 imputation.shift=1,naive,3,0,0,3,\n"));
}

static void logs_of_their_own_share_nothing(void **state)
{
    (void)state;
    program_needed();
    program_succeeds(&program, "run $F/swept.yaml --db $F/own.db --set log.shared=off -n 1");
    assert_int_equal((int)store_number("own.db", "SELECT count(*) FROM run WHERE shared IS NOT NULL"), 0);
}

/* Keys of one method reach it alone; those of all models and of training reach all. */
static void keys_of_a_method_reach_it_alone(void **state)
{
    (void)state;
    program_needed();
    program_write(
        &program, "own.yaml",
        "name: own\nreplicates: 3\nlog.size: 500\ntest.size: 50\nworld: {users: 40, items: 20, latent: "
        "2, context: 1, ctr: 0.3}\nmodel: {embedding: 2, layers: [4]}\ntrain: {epochs: 1}\n"
        "estimators: [naive, ips]\nsweep: {estimator.ips.l2: [0, 0.1], train.batch: [128, 256]}\n");
    program_succeeds(&program, "run $F/own.yaml --db $F/method.db");
    assert_int_equal(trained("method.db", "naive"), 2);
    assert_int_equal(trained("method.db", "ips"), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_unit_is_trained_where_a_key_reaches_it),
        cmocka_unit_test(a_copy_is_what_training_would_give),
        cmocka_unit_test(what_is_shared_does_not_depend_on_order),
        cmocka_unit_test(tables_mark_it),
        cmocka_unit_test(logs_of_their_own_share_nothing),
        cmocka_unit_test(keys_of_a_method_reach_it_alone),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
