/* `precision:` in place of replicates: the number that it comes to is the same however a run gets there,
 * every estimator of a setting has it, and tables say what it was fixed by. */
#include "tests/support/program.h"
#include "tests/support/refusal.h"
#include "tests/support/stores.h"

enum { SHARDS = 3, MOST_ROUNDS = 4, MAX = 150 };

#define SMALL                                                                                                \
    "log.size: 1500\n"                                                                                       \
    "test.size: 200\n"                                                                                       \
    "world: {users: 40, items: 20, latent: 2, context: 1, ctr: 0.3}\n"                                       \
    "model: {embedding: 2, layers: [4]}\n"                                                                   \
    "train: {epochs: 1, batch: 128}\n"                                                                       \
    "estimators: [naive, esmm, ips]\n"

/* The settings need different numbers, none of them the largest. */
static const char spec[] = "name: precise\n" SMALL "precision: {mse: 4%, auc: 0.02, max: 150}\n"
                           "sweep: {world.cvr: [0.1, 0.4]}\n";

static Program program;

static int create(void **state)
{
    (void)state;
    program_create(&program);
    program_write(&program, "precise.yaml", spec);
    if (getenv("CVRLAB"))
        program_succeeds(&program, "run $F/precise.yaml --db $F/one.db");
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

/* The largest standard error of mse, as a share of it. */
static double largest_error(const char *name)
{
    return store_number(name,
                        "SELECT max(mcse / mean) FROM metric_summary WHERE metric = 'mse' AND space = 'D'"
                        " AND task = 'cvr'");
}

static void what_was_asked_is_reached(void **state)
{
    (void)state;
    program_needed();
    const double least = store_number("one.db",
                                      "SELECT min(n) FROM (SELECT count(*) AS n FROM run GROUP BY setting,"
                                      " estimator)"),
                 most = store_number("one.db",
                                     "SELECT max(n) FROM (SELECT count(*) AS n FROM run GROUP BY setting,"
                                     " estimator)");
    assert_true(least >= 20 && most < MAX && least < most);
    assert_true(store_number("one.db",
                             "SELECT count(DISTINCT n) FROM (SELECT setting, count(*) AS n FROM run"
                             " GROUP BY setting, estimator) GROUP BY setting ORDER BY 1 DESC") == 1);
    assert_true(largest_error("one.db") <= 0.04);
    assert_true(store_number("one.db",
                             "SELECT max(mcse) FROM metric_summary WHERE metric = 'auc' AND space = 'D'"
                             " AND task = 'cvr'") <= 0.02);
    assert_true(store_number("one.db", "SELECT finished IS NOT NULL FROM experiment") == 1);
}

static void tables_say_what_fixed_the_number(void **state)
{
    char planned[128];
    (void)state;
    program_needed();
    program_succeeds(&program, "table $F/one.db");
    assert_non_null(
        strstr(program.output, "(precision: {mse: 4%, auc: 0.02, max: 150}): standard errors are at most "));
    program_succeeds(&program, "show $F/one.db");
    assert_non_null(strstr(program.output, "mse: 4%, auc: 0.02, max: 150\n"));
    const int least = (int)store_number("one.db", "SELECT min(n) FROM (SELECT count(*) AS n FROM run GROUP BY"
                                                  " setting, estimator)"),
              most = (int)store_number("one.db", "SELECT max(n) FROM (SELECT count(*) AS n FROM run GROUP BY"
                                                 " setting, estimator)");
    snprintf(planned, sizeof planned, "1 world, %d to %d replicates, 2 settings, 3 estimators\n", least,
             most);
    assert_non_null(strstr(program.output, planned));
    assert_non_null(strstr(program.output, " 0 missing\n"));
    program_succeeds(&program, "show --spec $F/one.db");
    assert_non_null(strstr(program.output, "precision: {mse: 4%, auc: 0.02, max: 150}\n"));
    shell("cp $F/one.db $F/again.db");
    program_write(&program, "again.yaml", program.output);
    program_succeeds(&program, "run $F/again.yaml --db $F/again.db");
    assert_non_null(strstr(program.errors, "precise: 0 units run in "));
    stores_same("again.db", "one.db");
}

/* Stopped again and again, the last time between stages as well as not. */
static void a_stopped_run_comes_to_the_same(void **state)
{
    char arguments[256];
    double seconds = 0.2;
    int runs = 0;
    (void)state;
    program_needed();
    do {
        snprintf(arguments, sizeof arguments, "run $F/precise.yaml --db $F/timed.db --max-time %.3fs",
                 seconds *= 1.05);
        program_run(&program, arguments);
        assert_true(program.code == 4 || program.code == 0);
    } while (program.code && ++runs < 500);
    assert_int_equal(program.code, 0);
    assert_true(runs > 0);
    stores_same("timed.db", "one.db");
}

/* Each round of shards runs what the merged store asks for. */
static void shards_come_to_the_same(void **state)
{
    char arguments[512];
    int rounds = 0;
    (void)state;
    program_needed();
    do {
        for (int i = 1; i <= SHARDS; i++) {
            snprintf(arguments, sizeof arguments, "run $F/precise.yaml --db $F/%d.db --shard %d/%d%s", i, i,
                     SHARDS, rounds ? " --merged $F/all.db" : "");
            program_succeeds(&program, arguments);
            assert_non_null(strstr(program.errors, "units are other shards'"));
        }
        if (rounds == 0)
            assert_non_null(strstr(program.errors, "precision is decided by all shards"));
        program_succeeds(&program, "merge $F/all.db $F/1.db $F/2.db $F/3.db");
        program_succeeds(&program, "show --missing $F/all.db");
    } while (program.output[0] != '\n' && ++rounds < MOST_ROUNDS);
    assert_int_equal(program.output[0], '\n');
    assert_true(rounds > 0);
    assert_true(store_number("all.db", "SELECT finished IS NOT NULL FROM experiment") == 1);
    stores_same("all.db", "one.db");
}

/* A stage is decided by its own units, whatever else is there. */
static void units_beyond_a_stage_decide_nothing(void **state)
{
    (void)state;
    program_needed();
    program_succeeds(&program, "run $F/precise.yaml --db $F/more.db --set precision={} --set replicates=30");
    program_succeeds(&program, "run $F/precise.yaml --db $F/more.db");
    stores_same("more.db", "one.db");
}

static void worlds_grow_where_there_are_several(void **state)
{
    (void)state;
    program_needed();
    program_write(&program, "worlds.yaml",
                  "name: worlds\n" SMALL "worlds: 2\nreplicates: 1\nprecision: {mse: 3%, max: 100}\n");
    program_succeeds(&program, "run $F/worlds.yaml --db $F/worlds.db");
    assert_true(store_number("worlds.db", "SELECT count(DISTINCT world) FROM run") > 20);
    assert_true(store_number("worlds.db", "SELECT count(DISTINCT replicate) FROM run") == 1);
    assert_true(largest_error("worlds.db") <= 0.03 ||
                store_number("worlds.db", "SELECT count(DISTINCT world) FROM run") == 100);
}

/* Metrics that are not there are known once units are. */
static void wrong_precision_is_refused(void **state)
{
#define WITH(precision) "name: wrong\nestimators: [naive]\nprecision: " precision "\n"
    static const Case wrong[] = {
        {WITH("{mse: 5%}"), 2, {"precision: expected metrics and max, such as {mse: 5%, max: 400}"}},
        {WITH("{max: 50}"), 2, {"precision: expected metrics and max"}},
        {WITH("{mse: 5%, max: 19}"), 2, {"precision.max: found '19'", "from 20 to 100000"}},
        {WITH("{mse: 0, max: 50}"), 2, {"precision.mse: found '0'; expected a standard error above 0"}},
        {WITH("{mse: some, max: 50}"), 2, {"precision.mse: found 'some'; expected a standard error above 0"}},
        {WITH("{pip: 5%, max: 50}"), 2, {"precision.pip: found a share of a mean that may be 0"}},
        {WITH("{bias: 0.01, max: 50}"), 2, {"precision.bias: no single replicate has a bias"}},
        {WITH("{rank: 0.1, max: 50}"), 2, {"precision.rank: no single replicate has a rank"}},
        {WITH("{mze: 5%, max: 50}"), 2, {"precision: ", "unknown metric 'mze'", "did you mean 'mse'"}},
        {WITH("{mse: 5%, mse: 4%, max: 50}"), 2, {"precision.mse: set twice"}},
        {WITH("5%"), 2, {"precision: found '5%'; expected a mapping such as {mse: 5%, max: 400}"}},
        {WITH("{mse: 5%, max: 50}\nreplicates: 60"),
         2,
         {"precision.max: found 50; expected at least the 60 "}},
    };
    static const Case no_precision = {"", 2, {"--merged: expected an experiment with `precision`"}};
    (void)state;
    program_needed();
    for (size_t i = 0; i < LENGTH(wrong); i++) {
        program_write(&program, "wrong.yaml", wrong[i].wrong);
        refuses(&program, "run $F/wrong.yaml --db $F/new.db", &wrong[i]);
    }
    program_write(&program, "none.yaml", "name: none\n" SMALL);
    refuses(&program, "run $F/none.yaml --db $F/new.db --merged $F/one.db", &no_precision);
    program_write(&program, "weights.yaml",
                  "name: weights\n" SMALL "precision: {snips_auc: 0.01, max: 50}\n");
    program_run(&program, "run $F/weights.yaml --db $F/weights.db");
    assert_int_equal(program.code, 2);
    assert_non_null(strstr(program.errors, "weights: precision.snips_auc: none of the units has it"));
}

static void an_export_says_that_there_may_be_more(void **state)
{
    (void)state;
    program_needed();
    program_succeeds(&program, "export $F/precise.yaml -o $F/units --set replicates=2");
    assert_non_null(strstr(program.errors, "precise: 4 units in "));
    assert_non_null(strstr(program.errors, "these are the first 2 of up to 150; `--set replicates=N`"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_asked_is_reached),
        cmocka_unit_test(tables_say_what_fixed_the_number),
        cmocka_unit_test(a_stopped_run_comes_to_the_same),
        cmocka_unit_test(shards_come_to_the_same),
        cmocka_unit_test(units_beyond_a_stage_decide_nothing),
        cmocka_unit_test(worlds_grow_where_there_are_several),
        cmocka_unit_test(wrong_precision_is_refused),
        cmocka_unit_test(an_export_says_that_there_may_be_more),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
