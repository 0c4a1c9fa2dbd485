/* cvrlab show: what a store holds, against its spec. */
#include "tests/support/refusal.h"
#include "tests/support/stores.h"

static Program program;

static int setup(void **state)
{
    (void)state;
    refusal_create(&program);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

static void has(const char *expected)
{
    if (!strstr(program.output, expected))
        fail_msg("expected '%s' in:\n%s", expected, program.output);
}

static void counts_units_against_the_spec(void **state)
{
    (void)state;
    program_needed();
    program_write(&program, "sweep.yaml",
                  "name: swept\nquestion: Which?\nreplicates: 3\nlog.size: 500\ntest.size: 50\n"
                  "world: {users: 20, items: 10, latent: 2, context: 1}\nmodel: {embedding: 2, layers: [4]}\n"
                  "train: {epochs: 1, batch: 128}\nestimators: [naive, ips]\nrisk: {estimators: [ips, dr], "
                  "predictors: [truth], size: 200, redraws: 20}\nsweep: {world.ctr: [0.1, 0.2]}\n");
    program_succeeds(&program, "run $F/sweep.yaml --db $F/swept.db --only ips");
    program_succeeds(&program, "show $F/swept.db");
    has("swept: Which?");
    has("cvrlab 0.1.0");
    has("not yet");
    has("1 world, 3 replicates, 2 settings, 2 estimators, 1 predictor, 2 risk estimators");
    has("8 done, 0 diverged, 8 missing");
    has("world.ctr=0.1     4         0        4");
    has("naive                    0         0        6");
    has("ips                      6         0        0");
    has("ips        truth         2         0        0");
    has("dr         truth         0         0        2");

    /* More redraws than there are: their rows are due again. Fewer replicates: the rest is beyond the spec.
     */
    shell("sqlite3 $F/swept.db \"UPDATE experiment SET spec = replace(replace(spec, 'redraws: 20', "
          "'redraws: 30'), 'replicates: 3', 'replicates: 2')\"");
    program_succeeds(&program, "show $F/swept.db");
    has("4 done, 0 diverged, 8 missing; 2 that the spec does not plan");
    has("ips        truth         0         0        2");

    program_succeeds(&program, "show $F/swept.db --format csv");
    has("experiment,setting,fact,value\nswept,,store,");
    has("\n\nexperiment,setting,estimator,predictor,done,diverged,failed,missing\nswept,world.ctr=0.1,naive,,"
        "0,"
        "0,0,2\n");
    has("\nswept,world.ctr=0.2,ips,truth,0,0,0,1\n");
}

static void tells_diverged_units(void **state)
{
    (void)state;
    program_needed();
    shell("cp $F/there.db $F/diverged.db && sqlite3 $F/diverged.db \"UPDATE run SET status = 'diverged'"
          " WHERE estimator = 'ips'\"");
    program_succeeds(&program, "show $F/diverged.db");
    has("1 done, 1 diverged, 0 missing");
    has("ips           0         1        0");
}

/* The stored spec runs the same experiment again: the numbers are the same, bit for bit. */
static void gives_the_spec_that_runs_it_again(void **state)
{
    (void)state;
    program_needed();
    program_succeeds(&program, "show $F/there.db --spec");
    program_write(&program, "again.yaml", program.output);
    program_succeeds(&program, "run $F/again.yaml --db $F/again.db");
    stores_same("there.db", "again.db");
}

static void asks_which_of_several(void **state)
{
    (void)state;
    program_needed();
    shell("sed s/small/other/ $F/good.yaml > $F/other.yaml && cp $F/there.db $F/two.db");
    program_succeeds(&program, "run $F/other.yaml --db $F/two.db");
    program_succeeds(&program, "show $F/two.db");
    has("small\n\n");
    has("other\n\n");
    program_succeeds(&program, "show $F/two.db --spec --experiment other");
    has("name: other\n");
    assert_null(strstr(program.output, "small"));
    static const Case cases[] = {
        {"show $F/two.db --spec", 2, {"several experiments", "other, small"}},
        {"show $F/two.db -e none", 2, {"no experiment 'none'", "other, small"}},
    };
    refuses_arguments(&program, cases, LENGTH(cases));
}

static void shows_a_spec_it_cannot_read(void **state)
{
    (void)state;
    program_needed();
    shell("cp $F/there.db $F/odd.db && sqlite3 $F/odd.db \"UPDATE experiment SET version = '9', spec = "
          "'new.key: 1' || char(10)\"");
    program_succeeds(&program, "show $F/odd.db");
    has("not known: ");
    has("stored by cvrlab 9");
    has("new.key");
    program_succeeds(&program, "show $F/odd.db --spec");
    assert_string_equal(program.output, "new.key: 1\n");
}

static void refuses_wrong_input(void **state)
{
    (void)state;
    program_needed();
    program_write(&program, "empty.db", "");
    program_write(&program, "text.db", "no database");
    shell("cp $F/there.db $F/newer.db && sqlite3 $F/newer.db 'PRAGMA user_version = 99'");
    shell("sqlite3 $F/foreign.db 'CREATE TABLE a (b)'");
    shell("cp $F/there.db $F/hollow.db && sqlite3 $F/hollow.db 'DELETE FROM experiment'");
    static const Case cases[] = {
        {"show $F/none.db", 1, {"none.db", "No such file"}},
        {"show $F/empty.db", 2, {"empty.db", "an empty file"}},
        {"show $F/text.db", 2, {"text.db", "not a SQLite database"}},
        {"show $F/foreign.db", 2, {"foreign.db", "another program"}},
        {"show $F/newer.db", 2, {"newer.db", "a newer cvrlab"}},
        {"show $F/hollow.db", 1, {"hollow.db", "has no experiment"}},
        {"show $F", 2, {"a directory"}},
        {"show", 2, {"expected DB"}},
        {"show --spec $F/there.db $F/there.db", 2, {"expected one store"}},
        {"show $F/there.db --format html5", 2, {"--format", "html5"}},
        {"show $F/there.db --specs", 2, {"did you mean '--spec'"}},
    };
    refuses_arguments(&program, cases, LENGTH(cases));
}

/* Options of an estimator that --set leaves out stay in the spec, say nothing, and are no fault. */
static void left_out_estimators_keep_their_options(void **state)
{
    (void)state;
    Program p;
    program_needed();
    program_create(&p);
    program_write(&p, "two.yaml",
                  "name: two\nreplicates: 1\nlog.size: 300\ntest.size: 50\nestimators: [naive, ips]\n"
                  "estimator.ips.l2: 0.5\nworld: {users: 20, items: 10}\nmodel: {embedding: 2, layers: [4]}\n"
                  "train: {epochs: 1, batch: 128}\n");
    program_succeeds(&p, "run $F/two.yaml --db $F/a.db");
    assert_null(strstr(p.errors, "note"));
    program_succeeds(&p, "run $F/two.yaml --db $F/b.db --set estimators=[naive]");
    assert_non_null(strstr(p.errors, "cvrlab: note: "));
    assert_non_null(strstr(p.errors, "two.yaml: estimator.ips: not in the experiment"));
    program_succeeds(&p, "show $F/b.db --spec >$F/again.yaml");
    program_succeeds(&p, "run $F/again.yaml --db $F/b.db");
    assert_non_null(strstr(p.errors, "two: 0 units run"));
    program_succeeds(
        &p, "run $F/two.yaml --db $F/c.db --set estimators=[naive] --set sweep.estimator.ips.l2=[0,1]");
    assert_non_null(strstr(p.errors, "estimator.ips: not in the experiment"));
    program_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_units_against_the_spec),
        cmocka_unit_test(tells_diverged_units),
        cmocka_unit_test(gives_the_spec_that_runs_it_again),
        cmocka_unit_test(asks_which_of_several),
        cmocka_unit_test(shows_a_spec_it_cannot_read),
        cmocka_unit_test(refuses_wrong_input),
        cmocka_unit_test(left_out_estimators_keep_their_options),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
