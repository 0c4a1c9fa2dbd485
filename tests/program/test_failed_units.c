/* A unit that cannot be: it is stored with its reason, counted and shown, and the others go on. */
#include "tests/support/program.h"
#include "tests/support/stores.h"

/* Logs of 60 exposures with about 1 click: that of replicate 0 has none. */
static const char rare[] = "name: rare\n"
                           "replicates: 6\n"
                           "log.size: 60\n"
                           "test.size: 100\n"
                           "world: {users: 20, items: 10, latent: 2, context: 1, ctr: 0.02}\n"
                           "model: {embedding: 2, layers: [4]}\n"
                           "train: {epochs: 1, batch: 32}\n"
                           "estimators: [naive, esmm, ips, multi_dr]\n";
static const char no_clicks[] = "the log has no clicks: nothing to learn conversions from";

static Program program;

static int create(void **state)
{
    (void)state;
    program_create(&program);
    program_write(&program, "rare.yaml", rare);
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

static void ends_with(int code, const char *arguments)
{
    program_run(&program, arguments);
    if (program.code != code)
        fail_msg("cvrlab %s: exit code %d, expected %d: %s", arguments, program.code, code, program.errors);
}

static void prints(const char *expected)
{
    if (!strstr(program.output, expected))
        fail_msg("expected '%s' in:\n%s", expected, program.output);
}

static void says(const char *expected)
{
    if (!strstr(program.errors, expected))
        fail_msg("expected '%s' in:\n%s", expected, program.errors);
}

static void a_replicate_without_clicks_is_stored_as_failed(void **state)
{
    (void)state;
    ends_with(3, "run $F/rare.yaml --db $F/rare.db");
    says("24 units run in ");
    says(", 4 failed; see ");
    says("`cvrlab show ");
    assert_int_equal((int)store_number("rare.db", "SELECT count(*) FROM run WHERE status = 'done'"), 20);
    char sql[256];
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM run WHERE status = 'failed' AND replicate = 0 AND seconds IS NULL AND"
             " predictions IS NULL AND message = '%s'",
             no_clicks);
    assert_int_equal((int)store_number("rare.db", sql), 4);
    assert_int_equal((int)store_number("rare.db", "SELECT sum(failed) FROM bias_variance"), 4);
    assert_int_equal((int)store_number("rare.db", "SELECT count(*) FROM metric WHERE replicate = 0"), 0);
    assert_int_equal((int)store_number("rare.db", "SELECT finished IS NOT NULL FROM experiment"), 1);
}

static void failed_units_are_shown_with_their_reasons(void **state)
{
    (void)state;
    program_needed();
    program_succeeds(&program, "show $F/rare.db");
    prints("20 done, 0 diverged, 4 failed, 0 missing");
    prints("naive         5         0       1        0");
    prints(no_clicks);
    prints("world 0, replicate 0");
    program_succeeds(&program, "show $F/rare.db -f csv");
    prints("\nrare,,esmm,,5,0,1,0\n");
    prints("\nrare,,esmm,the log has no clicks: nothing to learn conversions from,1,\"world 0, replicate "
           "0\"\n");
}

static void tables_count_failed_units(void **state)
{
    static const char *const format[] = {"text", "markdown", "latex", "html"};
    (void)state;
    program_needed();
    for (size_t i = 0; i < sizeof format / sizeof *format; i++) {
        char arguments[64];
        snprintf(arguments, sizeof arguments, "table $F/rare.db -p main -f %s", format[i]);
        program_succeeds(&program, arguments);
        prints("5 replicates an estimator in 1 world, 0 diverged; 4 failed: naive 1, esmm 1, ips 1, multi");
    }
    program_succeeds(&program, "table $F/rare.db -p main -f csv");
    prints("\nrare,,naive,5,0,1,0,");
    assert_string_equal(program.errors, ""); /* nothing is missing */
    program_succeeds(&program, "report $F/rare.db -o $F/page");
    shell("grep -q 'no clicks' $F/page/index.html");
}

/* What has failed would fail again: it stays until that is asked for. */
static void failed_units_are_run_again_when_asked(void **state)
{
    (void)state;
    ends_with(3, "run $F/rare.yaml --db $F/rare.db");
    says(" 0 units run in ");
    says(" 24 were there already, 4 failed; ");
    ends_with(3, "run $F/rare.yaml --db $F/rare.db --redo failed");
    says(" 4 units run in ");
    says(" 20 were there already, 4 failed; ");
    ends_with(3, "run $F/rare.yaml --db $F/rare.db --redo failed --only esmm");
    says(" 1 units run in ");
    /* As after a failure that has gone away. */
    shell("sqlite3 $F/rare.db \"DELETE FROM metric_value WHERE replicate = 3; UPDATE run SET status = "
          "'failed', "
          "message = 'once', predictions = NULL WHERE replicate = 3; UPDATE experiment SET stale = 1\"");
    ends_with(3, "run $F/rare.yaml --db $F/rare.db");
    says(" 0 units run in ");
    says(", 8 failed; ");
    ends_with(3, "run $F/rare.yaml --db $F/rare.db --redo failed");
    says(" 8 units run in ");
    says(", 4 failed; ");
    ends_with(3, "run $F/rare.yaml --db $F/fresh.db --jobs 1");
    stores_same("rare.db", "fresh.db");
    ends_with(2, "run $F/rare.yaml --db $F/rare.db --redo faled");
    says("--redo: unknown ");
}

/* A tower without layers has no trunk to share. */
static void one_estimator_fails_and_the_other_goes_on(void **state)
{
    (void)state;
    program_needed();
    ends_with(3,
              "run $F/rare.yaml --db $F/two.db -n 3 -s world.ctr=0.3 -s estimators='[shared_bottom, naive]' "
              "-s estimator.shared_bottom.layers='[]'");
    says(", 3 failed; ");
    assert_int_equal((int)store_number("two.db", "SELECT count(*) FROM run WHERE status = 'done' AND"
                                                 " estimator = 'naive'"),
                     3);
    assert_int_equal((int)store_number("two.db", "SELECT count(*) FROM run WHERE status = 'failed' AND"
                                                 " estimator = 'shared_bottom' AND message LIKE"
                                                 " '%model.layers has no layer for the trunk%'"),
                     3);
    program_succeeds(&program, "table $F/two.db -p main");
    prints("0 to 3 replicates an estimator in 1 world, 0 diverged; 3 failed: shared_bottom 3.");
}

/* Clicks without a conversion are something to learn from: that conversions are rare. */
static void a_log_without_conversions_is_trained_on(void **state)
{
    (void)state;
    program_needed();
    program_succeeds(&program, "run $F/rare.yaml --db $F/none.db -n 2 -s world.ctr=0.3 -s world.cvr=0.0001");
    assert_int_equal((int)store_number("none.db", "SELECT count(*) FROM run WHERE status = 'done'"), 8);
}

/* One experiment's failed units do not keep the next from running. */
static void the_next_experiment_runs(void **state)
{
    (void)state;
    program_needed();
    shell("sed 's/: rare/: next/' $F/rare.yaml > $F/next.yaml");
    ends_with(3, "run $F/rare.yaml $F/next.yaml --db $F/both.db");
    assert_int_equal((int)store_number("both.db", "SELECT count(*) FROM run WHERE experiment = 'next'"), 24);
}

static void a_table_says_what_is_missing(void **state)
{
    (void)state;
    program_needed();
    ends_with(3, "run $F/rare.yaml --db $F/part.db --only naive,ips");
    program_succeeds(&program, "table $F/part.db");
    says("note: rare: 12 of 24 units are missing: run it again with --db ");
    assert_null(strstr(program.output, "missing"));
}

/* A full disk says nothing of a unit. */
static void what_concerns_all_ends_the_run(void **state)
{
    (void)state;
    program_needed();
    program.largest_file = 200000;
    ends_with(1, "run $F/rare.yaml --db $F/full.db --jobs 1 -s test.size=20000");
    program.largest_file = 0;
    assert_int_equal((int)store_number("full.db", "SELECT count(*) FROM run WHERE status = 'failed' AND"
                                                  " message NOT LIKE '%no clicks%'"),
                     0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_replicate_without_clicks_is_stored_as_failed),
        cmocka_unit_test(failed_units_are_shown_with_their_reasons),
        cmocka_unit_test(tables_count_failed_units),
        cmocka_unit_test(failed_units_are_run_again_when_asked),
        cmocka_unit_test(one_estimator_fails_and_the_other_goes_on),
        cmocka_unit_test(a_log_without_conversions_is_trained_on),
        cmocka_unit_test(the_next_experiment_runs),
        cmocka_unit_test(a_table_says_what_is_missing),
        cmocka_unit_test(what_concerns_all_ends_the_run),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
