/* Parts of an experiment on several machines: together they are the experiment, and a store that they are
 * merged into is the one that a single process makes. */
#include "tests/support/program.h"
#include "tests/support/refusal.h"
#include "tests/support/stores.h"

enum { SHARDS = 4, UNITS = 3 * 3 * 2 * 4, RISK_ROWS = 3 * 2 * 2 };

/* Settings that share logs and units, several worlds, the risk layer. */
static const char spec[] = "name: parts\n"
                           "worlds: 2\n"
                           "replicates: 3\n"
                           "log.size: 2000\n"
                           "test.size: 200\n"
                           "world: {users: 40, items: 20, latent: 2, context: 1, ctr: 0.3}\n"
                           "model: {embedding: 2, layers: [4]}\n"
                           "train: {epochs: 1, batch: 128}\n"
                           "estimators: [naive, esmm, ips, dr_jl]\n"
                           "risk: {estimators: [ips, dr], predictors: [truth], size: 500, redraws: 20}\n"
                           "sweep: {propensity.scale: [0.5, 1, 2]}\n";

static Program program;

static int create(void **state)
{
    char arguments[256];
    (void)state;
    program_create(&program);
    program_write(&program, "parts.yaml", spec);
    if (!getenv("CVRLAB"))
        return 0;
    program_succeeds(&program, "run $F/parts.yaml --db $F/one.db");
    for (int i = 1; i <= SHARDS; i++) {
        snprintf(arguments, sizeof arguments, "run $F/parts.yaml --db $F/%d.db --shard %d/%d", i, i, SHARDS);
        program_succeeds(&program, arguments);
    }
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

static void change(const char *name, const char *sql)
{
    sqlite3 *db = stores_open(name);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    stores_close(db);
}

static void copy_file(const char *from, const char *to)
{
    char command[512];
    snprintf(command, sizeof command, "cp $F/%s $F/%s", from, to);
    shell(command);
}

/* The units of a shard, counted and summed over all of them: none is in two. */
static void each_unit_is_in_one_shard(void **state)
{
    double units = 0, risks = 0;
    char name[16];
    (void)state;
    program_needed();
    for (int i = 1; i <= SHARDS; i++) {
        snprintf(name, sizeof name, "%d.db", i);
        const double here = store_number(name, "SELECT count(*) FROM run");
        assert_true(here > 0 && here < UNITS);
        units += here;
        risks += store_number(name, "SELECT count(*) FROM risk");
    }
    assert_true(units == UNITS);
    assert_true(risks == RISK_ROWS);
}

/* In any order, more than once, and over a shard that was merged already. */
static void together_they_are_the_experiment(void **state)
{
    (void)state;
    program_needed();
    program_succeeds(&program, "merge $F/all.db $F/3.db $F/1.db");
    assert_non_null(strstr(program.errors, "missing"));
    assert_true(store_number("all.db", "SELECT finished IS NULL FROM experiment") == 1);
    program_succeeds(&program, "merge $F/all.db $F/4.db $F/2.db $F/3.db $F/all.db");
    assert_non_null(strstr(program.errors, "parts: 84 of 84 units\n"));
    assert_true(store_number("all.db", "SELECT finished IS NOT NULL FROM experiment") == 1);
    stores_same("all.db", "one.db");
    program_succeeds(&program, "merge $F/all.db $F/1.db $F/2.db $F/3.db $F/4.db");
    assert_non_null(strstr(program.errors, "all.db: 0 units came in, 84 were there already\n"));
    stores_same("all.db", "one.db");
}

/* What is missing is told as the options take it, and so is how far several stores have come. */
static void what_is_missing_can_be_run(void **state)
{
    char arguments[256];
    (void)state;
    program_needed();
    program_succeeds(&program, "merge $F/some.db $F/1.db $F/3.db");
    program_succeeds(&program, "show --missing --shards 4 $F/some.db");
    assert_string_equal(program.output, "2,4\n");
    program_succeeds(&program, "show --missing $F/some.db");
    program.output[strcspn(program.output, "\n")] = 0;
    snprintf(arguments, sizeof arguments, "run $F/parts.yaml --db $F/some.db --only %.200s", program.output);
    program_succeeds(&program, arguments);
    stores_same("some.db", "one.db");
    program_succeeds(&program, "show --missing $F/some.db");
    assert_string_equal(program.output, "\n");
    program_succeeds(&program, "show $F/1.db $F/2.db $F/3.db");
    const int there = (int)(store_number("1.db", "SELECT count(*) FROM run") +
                            store_number("2.db", "SELECT count(*) FROM run") +
                            store_number("3.db", "SELECT count(*) FROM run") +
                            store_number("1.db", "SELECT count(*) FROM risk") +
                            store_number("2.db", "SELECT count(*) FROM risk") +
                            store_number("3.db", "SELECT count(*) FROM risk"));
    snprintf(arguments, sizeof arguments, "of 84 units %d are there, %d missing", there, 84 - there);
    assert_non_null(strstr(program.output, arguments));
}

/* A unit stays in its part when the experiment grows. */
static void shards_do_not_move(void **state)
{
    (void)state;
    program_needed();
    copy_file("2.db", "grown.db");
    program_succeeds(&program, "run $F/parts.yaml --db $F/grown.db --shard 2/4 --set replicates=5 --set "
                               "'estimators=[esmm, naive, ips, dr_jl, snips]' --set "
                               "'sweep.propensity.scale=[0.5, 0.8, 1, 2]'");
    sqlite3 *db = stores_attach("2.db", "grown.db");
    assert_true(stores_value(db, "SELECT count(*) FROM main.run JOIN other.run USING (experiment, setting, "
                                 "estimator, world, replicate)") ==
                stores_value(db, "SELECT count(*) FROM main.run"));
    assert_true(stores_value(db,
                             "SELECT count(*) FROM other.run WHERE replicate < 3 AND estimator <> 'snips' "
                             "AND setting <> 'propensity.scale=0.8'") ==
                stores_value(db, "SELECT count(*) FROM main.run"));
    stores_close(db);
}

/* Of what a shard is of that the store is not, and of bits that differ, nothing is taken. */
static void others_are_refused(void **state)
{
    static const struct {
        const char *wrong; /* done to a copy of a shard */
        Case c;
    } shard[] = {
        {"UPDATE fingerprint SET value = '0.2' WHERE key = 'world.ctr'",
         {"", 2, {"odd.db: cannot be merged into ", "experiment 'parts' has 'world.ctr: 0.2', not '0.3'"}}},
        {"UPDATE code SET own = 'x', revision = 'fedcba' WHERE estimator = 'esmm'",
         {"", 2, {"has units of 'esmm' of other code, of commit fedcba, not "}}},
        {"UPDATE run SET predictions = zeroblob(800) WHERE estimator = 'naive'",
         {"",
          1,
          {"has a unit of naive, propensity.scale=0.5, world ", " that was run on ",
           " is not the same as on "}}},
        {"UPDATE metric_value SET value = value + 1e-9 WHERE value IS NOT NULL",
         {"", 1, {"has ", " of a unit of ", " is not the same as on "}}},
        {"UPDATE test_set SET p_r = zeroblob(1600) WHERE world = 1",
         {"", 1, {"has other test exposures in propensity.scale=0.5, world 1"}}},
        {"UPDATE risk SET estimates = zeroblob(160)",
         {"", 1, {"has estimates of ", " for truth, propensity.scale=", " is not the same as on "}}},
    };
    (void)state;
    program_needed();
    for (size_t i = 0; i < LENGTH(shard); i++) {
        copy_file("one.db", "odd.db");
        change("odd.db", shard[i].wrong);
        copy_file("one.db", "into.db");
        refuses(&program, "merge $F/into.db $F/odd.db", &shard[i].c);
        stores_same("into.db", "one.db");
    }
    static const Case foreign = {"", 2, {"parts.yaml: not a SQLite database; expected a cvrlab store"}};
    refuses(&program, "merge $F/into.db $F/parts.yaml", &foreign);
}

/* What has failed on one machine, and not on another, is not lost. */
static void a_failed_unit_gives_way(void **state)
{
    (void)state;
    program_needed();
    copy_file("one.db", "failed.db");
    change(
        "failed.db",
        "UPDATE run SET status = 'failed', predictions = NULL, message = 'no room' WHERE estimator = 'ips';"
        "DELETE FROM metric_value WHERE series IN (SELECT id FROM series WHERE estimator = 'ips')");
    program_succeeds(&program, "merge $F/healed.db $F/failed.db $F/one.db");
    stores_same("healed.db", "one.db");
    copy_file("one.db", "stays.db");
    program_succeeds(&program, "merge $F/stays.db $F/failed.db");
    stores_same("stays.db", "one.db");
}

/* A run whose time is up says so, has only whole units, and goes on. */
static void a_time_limit_ends_a_run_between_units(void **state)
{
    char arguments[256];
    double seconds = 0.2;
    int runs = 0;
    (void)state;
    program_needed();
    do { /* longer each time, as a slow program may need more for its start */
        snprintf(arguments, sizeof arguments, "run $F/parts.yaml --db $F/timed.db -j 1 --max-time %.3fs",
                 seconds *= 1.05);
        program_run(&program, arguments);
        if (program.code)
            assert_non_null(strstr(program.errors, "its time is up with"));
        assert_true(program.code == 4 || program.code == 0);
    } while (program.code && ++runs < 500);
    assert_int_equal(program.code, 0);
    assert_true(runs > 0);
    stores_same("timed.db", "one.db");
}

/* A limit that leaves no time for a unit would be met again and again. */
static void a_limit_too_short_says_so(void **state)
{
    (void)state;
    program_needed();
    program_run(&program, "run $F/parts.yaml --db $F/short.db --max-time 0.000001s");
    assert_int_equal(program.code, 4);
    assert_non_null(strstr(program.errors, "none was begun, so that another run needs a longer --max-time"));
}

/* A job writes on its own disk; what it leaves is the store in its place, and nothing beside it. */
static void a_store_comes_back_from_scratch(void **state)
{
    char listing[OUTPUT];
    (void)state;
    program_needed();
    shell("mkdir $F/scratch $F/shared");
    program_run(&program, "run $F/parts.yaml --db $F/shared/s.db --scratch $F/scratch -j 1 --max-time 0.2s");
    assert_int_equal(program.code, 4);
    shell("test -f $F/shared/s.db && test -z \"$(ls $F/scratch)\"");
    program_succeeds(&program, "run $F/parts.yaml --db $F/shared/s.db --scratch $F/scratch");
    shell("mv $F/shared/s.db $F/scratched.db && ls -A $F/scratch $F/shared >$F/listing");
    program_slurp(&program, "listing", listing);
    assert_null(strstr(listing, "s.db"));
    stores_same("scratched.db", "one.db");
    static const Case wrong = {"", 2, {"--scratch: found '", "/none'; expected a folder on a disk"}};
    refuses(&program, "run $F/parts.yaml --db $F/shared/t.db --scratch $F/none", &wrong);
}

static void the_scheduler_says_which_shard(void **state)
{
    static const char *const says[] = {"SLURM_ARRAY_TASK_ID=2", "PBS_ARRAY_INDEX=2", "JOB_COMPLETION_INDEX=1",
                                       "SGE_TASK_ID=2"};
    (void)state;
    program_needed();
    for (size_t i = 0; i < LENGTH(says); i++) {
        char variable[64];
        snprintf(variable, sizeof variable, "%s", says[i]);
        char *value = strchr(variable, '=');
        *value++ = 0;
        assert_int_equal(setenv(variable, value, 1), 0);
        shell("rm -f $F/told.db*");
        program_succeeds(&program, "run $F/parts.yaml --db $F/told.db --shard auto/4");
        unsetenv(variable);
        stores_same("told.db", "2.db");
    }
}

static void wrong_options_are_refused(void **state)
{
    static const Case wrong[] = {
        {"run $F/parts.yaml --shard 0/4", 2, {"--shard: found '0/4'; expected I/N with I from 1 to N"}},
        {"run $F/parts.yaml --shard 5/4", 2, {"--shard: found '5/4'; expected I/N with I from 1 to N"}},
        {"run $F/parts.yaml --shard 2", 2, {"--shard: found '2'; expected I/N with I from 1 to N"}},
        {"run $F/parts.yaml --shard auto/4", 2, {"found no SLURM_ARRAY_TASK_ID", "expected an array job"}},
        {"run $F/parts.yaml --max-time 5", 2, {"--max-time: found '5'; expected a time such as 90s"}},
        {"run $F/parts.yaml --max-time -5m", 2, {"--max-time: found '-5m'; expected a time such as 90s"}},
        {"merge $F/all.db $F/none.db", 1, {"none.db: No such file or directory"}},
    };
    (void)state;
    program_needed();
    for (size_t i = 0; i < LENGTH(wrong); i++)
        refuses(&program, wrong[i].wrong, &wrong[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_unit_is_in_one_shard),
        cmocka_unit_test(together_they_are_the_experiment),
        cmocka_unit_test(what_is_missing_can_be_run),
        cmocka_unit_test(shards_do_not_move),
        cmocka_unit_test(others_are_refused),
        cmocka_unit_test(a_failed_unit_gives_way),
        cmocka_unit_test(a_time_limit_ends_a_run_between_units),
        cmocka_unit_test(a_limit_too_short_says_so),
        cmocka_unit_test(a_store_comes_back_from_scratch),
        cmocka_unit_test(the_scheduler_says_which_shard),
        cmocka_unit_test(wrong_options_are_refused),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
