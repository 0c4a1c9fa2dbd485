/* A store of an earlier program, which its own commit made (tests/data/stores): it is read as it is, and goes
 * on where the keys that are new to the table say what that program did (legacy.yaml). */
#include "tests/support/refusal.h"
#include "tests/support/stores.h"

static Program program;

static int setup(void **state)
{
    (void)state;
    program_create(&program);
    shell("cp tests/data/stores/old.yaml $F/ && { cat $F/old.yaml && echo 'log.shared: off' &&"
          " echo 'model.prior_start: off' && echo 'train.drop_last: on' && echo 'train.clip: 0.02'; } "
          ">$F/legacy.yaml &&"
          " sqlite3 $F/old.db < tests/data/stores/old.sql >$F/said");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

/* The number of units that the last run found in the store, and that it ran. */
static void ran(int expected, int before)
{
    char text[64];
    snprintf(text, sizeof text, "old: %d units run in ", expected);
    assert_non_null(strstr(program.errors, text));
    snprintf(text, sizeof text, " s, %d were there already;", before);
    assert_non_null(strstr(program.errors, text));
}

static void is_read_without_a_change(void **state)
{
    (void)state;
    program_needed();
    shell("cp $F/old.db $F/kept.db");
    program_succeeds(&program, "table $F/old.db --format csv > $F/before.csv");
    program_succeeds(&program, "show $F/old.db");
    assert_non_null(strstr(program.output, "12 done, 0 diverged, 0 missing"));
    shell("mkdir $F/fixed && cp $F/old.db $F/fixed && chmod 555 $F/fixed && chmod 444 $F/fixed/old.db");
    program_succeeds(&program, "table $F/fixed/old.db --format csv > $F/fixed.csv");
    shell("chmod 755 $F/fixed && cmp $F/before.csv $F/fixed.csv && cmp $F/old.db $F/kept.db");
    program_succeeds(&program, "compare $F/old.db $F/fixed/old.db");
    assert_non_null(strstr(program.output, "identical"));
    assert_null(strstr(program.output, "Spec:"));
}

/* None of its units is run again; the layout becomes that of a new store; tables stay what they were. */
static void goes_on(void **state)
{
    (void)state;
    program_needed();
    shell("cp $F/old.db $F/next.db && cp $F/old.db $F/stale.db");
    /* Its summaries are computed anew, since another compiler's differ in the last digits. */
    shell("sqlite3 $F/stale.db 'UPDATE experiment SET stale = 1'");
    program_succeeds(&program, "table $F/stale.db --format csv > $F/before.csv");
    program_succeeds(&program, "run $F/legacy.yaml --db $F/next.db");
    ran(0, 12);
    assert_non_null(strstr(program.errors, "are of a program that did not record its code"));
    assert_int_equal(store_number("next.db", "SELECT count(*) FROM code"), 0);
    program_succeeds(&program, "table $F/next.db --format csv > $F/after.csv");
    shell("cmp $F/before.csv $F/after.csv");
    sqlite3 *kept = stores_attach("next.db", "old.db");
    stores_same_rows(
        kept, "experiment, setting, estimator, world, replicate, status, steps, tuned, predictions", "run");
    stores_same_rows(kept, "experiment, setting, space, task, metric, estimator, world, replicate, value",
                     "metric");
    stores_close(kept);
    program_succeeds(&program, "run $F/legacy.yaml --db $F/new.db --replicates 1");
    sqlite3 *db = stores_attach("next.db", "new.db");
    stores_same_rows(db, "type, name, sql", "sqlite_schema");
    stores_same_rows(db, "experiment, key, value, legacy", "fingerprint");
    stores_same_rows(db, "experiment, setting, key, value, number, position", "setting_key");
    assert_int_equal(stores_value(db, "SELECT count(*) FROM setting_key"), 4);
    stores_close(db);
    program_succeeds(&program, "run $F/legacy.yaml --db $F/next.db --replicates 3");
    ran(4, 12);
}

static void is_refused_where_a_key_differs(void **state)
{
    (void)state;
    program_needed();
    shell("cp $F/old.db $F/there.db && cp $F/old.db $F/kept.db");
    static const Case cases[] = {
        {"run $F/legacy.yaml --db $F/there.db --set train.l2=0.1",
         2,
         {"there.db: experiment 'old' was run with 'train.l2: 1e-05', now 'train.l2: 0.1'; use another "
          "--db"}},
        {"run $F/legacy.yaml --db $F/there.db --set estimator.ips.l2=0.25",
         2,
         {"was run with 'estimator.ips.l2: 0.5', now 'estimator.ips.l2: 0.25'"}},
        {"run $F/legacy.yaml --db $F/there.db --set estimator.naive.l2=0.25",
         2,
         {"was run without 'estimator.naive.l2: 0.25'"}},
        {"run $F/legacy.yaml --db $F/there.db --set tune.range.embedding=[2,8]",
         2,
         {"was run with 'tune.range.embedding: [2,4]', now 'tune.range.embedding: [2,8]'"}},
    };
    for (size_t i = 0; i < LENGTH(cases); i++)
        refuses(&program, cases[i].wrong, &cases[i]);
    sqlite3 *db = stores_attach("there.db", "kept.db");
    stores_same_rows(db, "experiment, setting, estimator, world, replicate, predictions", "run");
    stores_close(db);
}

/* Defaults of today that are not what that program did: the first is named, and nothing is run. */
static void is_refused_by_new_defaults(void **state)
{
    (void)state;
    program_needed();
    shell("cp $F/old.db $F/there.db");
    static const Case cases[] = {
        {"run $F/old.yaml --db $F/there.db",
         2,
         {"there.db: experiment 'old' was run with 'log.shared: off', now 'log.shared: on'; use another "
          "--db"}},
        {"run $F/legacy.yaml --db $F/there.db --set model.prior_start=on",
         2,
         {"was run with 'model.prior_start: off', now 'model.prior_start: on'"}},
        {"run $F/legacy.yaml --db $F/there.db --set train.drop_last=off",
         2,
         {"was run with 'train.drop_last: on', now 'train.drop_last: off'"}},
        {"run $F/legacy.yaml --db $F/there.db --set train.clip=auto",
         2,
         {"was run with 'train.clip: 0.02', now 'train.clip: auto'"}},
    };
    for (size_t i = 0; i < LENGTH(cases); i++)
        refuses(&program, cases[i].wrong, &cases[i]);
    assert_int_equal(store_number("there.db", "SELECT count(*) FROM run"), 8);
}

/* The legacy value of train.tolerance is its default. */
static void lacks_a_key(void **state)
{
    (void)state;
    program_needed();
    shell("cp $F/old.db $F/lacks.db && sqlite3 $F/lacks.db \"UPDATE experiment SET fingerprint ="
          " replace(fingerprint, 'train.tolerance: 0.0001' || char(10), '')\"");
    const Case c = {"another value than the legacy one",
                    2,
                    {"was run with 'train.tolerance: 0.0001', now 'train.tolerance: 0.001'"}};
    refuses(&program, "run $F/legacy.yaml --db $F/lacks.db --set train.tolerance=0.001", &c);
    program_succeeds(&program, "run $F/legacy.yaml --db $F/lacks.db");
    ran(0, 12);
    assert_int_equal(
        store_number("lacks.db", "SELECT count(*) FROM fingerprint WHERE key = 'train.tolerance'"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_read_without_a_change),
        cmocka_unit_test(goes_on),
        cmocka_unit_test(is_refused_where_a_key_differs),
        cmocka_unit_test(is_refused_by_new_defaults),
        cmocka_unit_test(lacks_a_key),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
