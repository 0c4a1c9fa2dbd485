/* What made a number: a run goes on with units of the same code and data alone. Another program is played by
 * the hash that the store has of the code; what its other numbers would be, by changing a unit of the store.
 */
#include "tests/support/refusal.h"
#include "tests/support/stores.h"

#include <unistd.h>

static const char spec[] = "name: made\nreplicates: 2\nlog.size: 2000\ntest.size: 100\n"
                           "world: {users: 60, items: 40, latent: 2, context: 1}\n"
                           "model: {embedding: 4, layers: [8]}\n"
                           "train: {epochs: 2, batch: 256, learning_rate: 0.01}\n"
                           "estimators: [naive, esmm, ips]\n"
                           "risk: {estimators: [ips, dr], predictors: [truth], size: 200, redraws: 20}\n"
                           "sweep: {world.gamma_o: [0, 1]}\n";
enum { TRAINED = 3 * 2 * 2, UNITS = TRAINED + 2 * 2 };

static Program program;

/* whole.db is the undisturbed run. */
static int setup(void **state)
{
    (void)state;
    program_create(&program);
    program_write(&program, "made.yaml", spec);
    program_write(&program, "log.yaml",
                  "name: logged\ndata: {source: csv, path: log}\nestimators: [naive, ips]\nreplicates: 1\n"
                  "model: {embedding: 2, layers: [4]}\ntrain: {epochs: 1, batch: 64}\n");
    shell("mkdir -p $F/log && awk 'BEGIN { print \"user,item,click,conversion\"; for (i = 0; i < 600; i++)"
          " print i % 20 \",\" i % 7 \",\" (i % 3 == 0) \",\" (i % 6 == 0) }' >$F/log/train.csv &&"
          " head -200 $F/log/train.csv >$F/log/test.csv");
    if (getenv("CVRLAB"))
        program_succeeds(&program, "run $F/made.yaml --db $F/whole.db");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    shell("rm -rf $F/log $F/moved");
    program_free(&program);
    return 0;
}

/* A copy of whole.db on which statements are run. */
static void changed_store(const char *sql)
{
    char command[1024];
    snprintf(command, sizeof command,
             "rm -f $F/made.db*; cp $F/whole.db $F/made.db && sqlite3 $F/made.db \"%s\"", sql);
    shell(command);
}

static void says(const char *text)
{
    if (!strstr(program.errors, text))
        fail_msg("expected '%s' in:\n%s", text, program.errors);
}

static void shows(const char *text)
{
    if (!strstr(program.output, text))
        fail_msg("expected '%s' in:\n%s", text, program.output);
}

/* The run is refused with words of both texts, and leaves the store as it was. */
static void stops(const char *arguments, const char *first, const char *second)
{
    const Case c = {arguments, 2, {first, second}};
    shell("cp $F/made.db $F/before.db");
    refuses(&program, arguments, &c);
    stores_same("before.db", "made.db");
    assert_int_equal(store_number("made.db", "SELECT finished IS NOT NULL FROM experiment"), 1);
}

static const char run[] = "run $F/made.yaml --db $F/made.db";

static void code_is_recorded(void **state)
{
    (void)state;
    program_needed();
    assert_int_equal(
        store_number("whole.db", "SELECT count(*) FROM code WHERE length(own) = 16 AND kept = ''"), 4);
    assert_int_equal(store_number("whole.db", "SELECT count(DISTINCT own) FROM code"), 4);
    assert_int_equal(store_number("whole.db",
                                  "SELECT count(*) FROM build WHERE revision <> '' AND compiler <> ''"
                                  " AND flags LIKE '%-std=gnu2x%' AND cpu <> ''"),
                     1);
    assert_int_equal(store_number("whole.db", "SELECT count(*) FROM data_file"), 0);
    program_succeeds(&program, "show $F/whole.db");
    static const char *const facts[] = {"\ncommit     ",      "\ncompiler   ",     "\nflags      -std=gnu2x",
                                        "\nprocessor  ",      "\nCode and data\n", "\ncode  esmm ",
                                        "\ncode  risk layer "};
    for (size_t i = 0; i < LENGTH(facts); i++)
        shows(facts[i]);
    changed_store("UPDATE code SET own = 'other' WHERE estimator = 'ips'");
    program_succeeds(&program, "compare $F/whole.db $F/made.db");
    shows("\nprocessor   ");
    shows("\nCode and data that differ\n");
    shows("  other on ");
    assert_null(strstr(program.output, "\nnaive  "));
}

/* Another form of the same computation: a unit is the same bit for bit, and the hash becomes today's. */
static void code_of_the_same_bits_goes_on(void **state)
{
    (void)state;
    program_needed();
    changed_store("UPDATE code SET own = 'other' WHERE estimator = 'ips'");
    program_succeeds(&program, run);
    says("cvrlab: note: made: code has changed; a unit computed again is the same bit for bit: ips\n");
    says("made: 0 units run");
    stores_same("whole.db", "made.db");
    program_succeeds(&program, run);
    assert_null(strstr(program.errors, "note"));
    changed_store("UPDATE code SET base = 'other'");
    program_succeeds(&program, run);
    says("bit for bit: naive, esmm, ips, risk layer\n");
    stores_same("whole.db", "made.db");
}

/* Nothing is missing, and still nothing of it is taken for the new code's. */
static void code_of_other_numbers_stops(void **state)
{
    (void)state;
    program_needed();
    changed_store("UPDATE code SET own = 'other' WHERE estimator = 'ips';"
                  "UPDATE run SET predictions = zeroblob(400) WHERE estimator = 'ips'");
    stops(run, "made.db: experiment 'made': the source of ips has changed since its units were run",
          "--redo ips runs them again, --keep keeps them");
    stops("run $F/made.yaml --db $F/made.db --replicates 3", "the source of ips has changed", "");
    stops("run $F/made.yaml --db $F/made.db --redo esmm", "the source of ips has changed", "");
    program_succeeds(&program, "run $F/made.yaml --db $F/made.db --only naive,esmm");

    changed_store("UPDATE code SET base = 'other' WHERE estimator <> 'risk layer';"
                  "UPDATE run SET predictions = zeroblob(400) WHERE estimator IN ('ips', 'esmm')");
    stops(run, "what esmm,ips are built on has changed", "--redo esmm,ips ");

    /* a metric is a number too */
    changed_store("UPDATE code SET base = 'other' WHERE estimator = 'naive';"
                  "UPDATE metric_value SET value = value + 1 WHERE series IN (SELECT id FROM series WHERE "
                  "estimator = 'naive')"
                  " AND metric IN (SELECT id FROM metric_name WHERE metric = 'auc')");
    stops(run, "what naive is built on has changed", "--redo naive ");

    changed_store("UPDATE code SET own = 'other' WHERE estimator = 'risk layer';"
                  "UPDATE risk SET estimates = zeroblob(160)");
    stops(run, "the source of risk layer has changed", "--redo 'risk layer' ");
}

static void redo_runs_units_again(void **state)
{
    (void)state;
    program_needed();
    changed_store(
        "UPDATE code SET own = 'other', kept = 'old' WHERE estimator = 'ips';"
        "UPDATE run SET predictions = zeroblob(400) WHERE estimator = 'ips';"
        "UPDATE metric_value SET value = 7 WHERE series IN (SELECT id FROM series WHERE estimator = 'ips')");
    program_succeeds(&program, "run $F/made.yaml --db $F/made.db --redo ips");
    says("made: 6 units run"); /* 4 trained, 2 of the risk layer */
    stores_same("whole.db", "made.db");

    changed_store("UPDATE code SET own = 'other' WHERE estimator = 'risk layer';"
                  "UPDATE risk SET estimates = zeroblob(160)");
    program_succeeds(&program, "run $F/made.yaml --db $F/made.db --redo 'risk layer'");
    says("made: 4 units run");
    stores_same("whole.db", "made.db");

    changed_store("UPDATE code SET own = 'other'; UPDATE run SET predictions = zeroblob(400);"
                  "UPDATE test_set SET p_r = zeroblob(800); UPDATE risk SET estimates = zeroblob(160);"
                  "UPDATE build SET compiler = 'other'; UPDATE experiment SET version = 'other'");
    program_succeeds(&program, "run $F/made.yaml --db $F/made.db --redo all");
    says("made: 16 units run");
    stores_same("whole.db", "made.db");

    static const Case cases[] = {
        {"run $F/made.yaml --db $F/made.db --redo ipss", 2, {"--redo", "did you mean 'ips'"}},
        {"run $F/made.yaml --db $F/made.db --redo ips --only ips", 2, {"--redo: expected no --only"}},
    };
    for (size_t i = 0; i < LENGTH(cases); i++)
        refuses(&program, cases[i].wrong, &cases[i]);
    stores_same("whole.db", "made.db");
}

/* Units of both codes stand beside each other, and the store says so. */
static void keep_is_written_down(void **state)
{
    (void)state;
    program_needed();
    changed_store("UPDATE code SET own = 'other' WHERE estimator = 'ips';"
                  "UPDATE run SET predictions = zeroblob(400) WHERE estimator = 'ips'");
    program_succeeds(&program, "run $F/made.yaml --db $F/made.db --keep --replicates 3");
    says("note: made: units of other code, or of none that was recorded, are kept: ips\n");
    says("made: 6 units run");
    assert_int_equal(store_number("made.db", "SELECT count(*) FROM run WHERE predictions = zeroblob(400)"),
                     4);
    program_succeeds(&program, "show $F/made.db");
    shows("  other on ");
    program_succeeds(&program, "run $F/made.yaml --db $F/made.db --replicates 3");
    assert_null(strstr(program.errors, "note"));
    program_succeeds(&program, "run $F/made.yaml --db $F/made.db --keep --replicates 3");
    assert_int_equal(store_number("made.db", "SELECT count(*) FROM code WHERE kept LIKE 'other on %'"
                                             " AND instr(kept, ';') = 0"),
                     1);
}

/* Half of the log, and the sizes and hashes of both; then the three ways on. */
static void other_data_stop(void **state)
{
    (void)state;
    static const char logged[] = "run $F/log.yaml --data $F/log --db $F/made.db";
    program_needed();
    shell("rm -f $F/made.db*");
    program_succeeds(&program, logged);
    assert_int_equal(store_number("made.db", "SELECT count(*) FROM data_file WHERE kept = ''"), 2);
    shell("[ $(sqlite3 $F/made.db \"SELECT hash FROM data_file WHERE file = 'train.csv'\") = "
          "$(sha256sum <$F/log/train.csv | cut -c1-64) ]");
    program_succeeds(&program, "show $F/made.db");
    shows("/log/train.csv  ");

    /* the same files elsewhere are the same data */
    shell("rm -rf $F/moved && cp -r $F/log $F/moved");
    program_succeeds(&program, "run $F/log.yaml --data $F/moved --db $F/made.db");
    assert_null(strstr(program.errors, "note"));

    shell("cp $F/log/train.csv $F/train.csv && head -301 $F/train.csv >$F/log/train.csv");
    stops(logged, "log/train.csv is not the file that its units were run on", "--redo all");
    stops("run $F/log.yaml --data $F/log --db $F/made.db --replicates 2", "bytes and the SHA-256 ", "--keep");
    stops("run $F/log.yaml --data $F/log --db $F/made.db --redo naive", "is not the file", "--keep");
    shell("cp $F/made.db $F/kept.db");
    program_succeeds(&program, "run $F/log.yaml --data $F/log --db $F/kept.db --keep");
    says("units of other data are kept");
    says("logged: 0 units run");
    program_succeeds(&program, "show $F/kept.db");
    shows(" bytes, ");
    program_succeeds(&program, "run $F/log.yaml --data $F/log --db $F/kept.db");
    assert_null(strstr(program.errors, "note"));

    /* to name every estimator is to say all */
    program_succeeds(&program, "run $F/log.yaml --data $F/log --db $F/fresh.db");
    shell("cp $F/made.db $F/named.db");
    program_succeeds(&program, "run $F/log.yaml --data $F/log --db $F/named.db --redo naive,ips");
    program_succeeds(&program, "run $F/log.yaml --data $F/log --db $F/made.db --redo all");
    says("logged: 2 units run");
    stores_same("fresh.db", "made.db");
    stores_same("fresh.db", "named.db");

    shell("cp $F/log/train.csv $F/log/valid.csv");
    stops(logged, "valid.csv was not there when its units were run", "--keep");
    program_succeeds(&program, "run $F/log.yaml --data $F/log --db $F/made.db --keep");
    shell("rm $F/log/valid.csv");
    stops(logged, "valid.csv, which its units were run on, is not there", "--keep");
    program_succeeds(&program, "run $F/log.yaml --data $F/log --db $F/made.db --keep");
    program_succeeds(&program, logged);
    assert_null(strstr(program.errors, "note"));
    shell("mv $F/train.csv $F/log/train.csv");
}

/* What nobody recorded is not known: it is told, and no reason to stop. */
static void units_of_unknown_code_go_on(void **state)
{
    (void)state;
    program_needed();
    changed_store("DELETE FROM code; DELETE FROM build");
    program_succeeds(&program, run);
    says("note: made: units of naive, esmm, ips, risk layer are of a program that did not record its code");
    says("made: 0 units run");
    assert_int_equal(store_number("made.db", "SELECT count(*) FROM code"), 0);
    program_succeeds(&program, "show $F/made.db");
    shows("\ncommit     not recorded\n");
    program_succeeds(&program, "run $F/made.yaml --db $F/made.db --redo ips");
    assert_int_equal(
        store_number("made.db", "SELECT count(*) FROM code WHERE estimator = 'ips' AND kept = ''"), 1);
    program_succeeds(&program, "run $F/made.yaml --db $F/made.db --keep");
    assert_int_equal(store_number("made.db", "SELECT count(*) FROM code WHERE kept = 'not recorded'"), 3);
}

/* Units of a run that is under way are not deleted. */
static void redo_waits_for_others(void **state)
{
    (void)state;
    program_needed();
    shell("rm -f $F/made.db*; \"$CVRLAB\" run $F/made.yaml --db $F/made.db --jobs 1 --set train.epochs=400"
          " 2>/dev/null & echo $! >$F/other; for i in $(seq 100); do [ \"$(sqlite3 $F/made.db"
          " 'SELECT count(*) FROM run' 2>/dev/null || echo 0)\" = 0 ] || break; sleep 0.1; done");
    const Case c = {"--redo beside a run", 2, {"another process is running experiment 'made'"}};
    refuses(&program, "run $F/made.yaml --db $F/made.db --set train.epochs=400 --redo all", &c);
    shell("kill -9 $(cat $F/other); for i in $(seq 50); do kill -0 $(cat $F/other) 2>/dev/null || break;"
          " sleep 0.1; done");
    assert_true(store_number("made.db", "SELECT count(*) FROM run") > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(code_is_recorded),
        cmocka_unit_test(code_of_the_same_bits_goes_on),
        cmocka_unit_test(code_of_other_numbers_stops),
        cmocka_unit_test(redo_runs_units_again),
        cmocka_unit_test(keep_is_written_down),
        cmocka_unit_test(other_data_stop),
        cmocka_unit_test(units_of_unknown_code_go_on),
        cmocka_unit_test(redo_waits_for_others),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
