/* Several processes on one store: they share the work, none harms another, and one is refused where they are
 * about different things. CVRLAB_STORM is the number of kills that a storm lasts, 6 without it. */
#include "tests/support/program.h"
#include "tests/support/stores.h"

#include <gsl/gsl_rng.h>
#include <math.h>

/* 2 settings, 3 replicates, 4 estimators. */
static const char spec[] = "name: shared\n"
                           "replicates: 3\n"
                           "log.size: 3000\n"
                           "test.size: 100\n"
                           "world: {users: 60, items: 40, latent: 2, context: 1}\n"
                           "model: {embedding: 4, layers: [8]}\n"
                           "train: {epochs: 10, batch: 256, learning_rate: 0.01}\n"
                           "estimators: [naive, esmm, ips, multi_dr]\n"
                           "sweep: {world.gamma_o: [0, 1]}\n";
enum { UNITS = 2 * 3 * 4 };

static Program program;

/* whole.db is the undisturbed run that others are held to. */
static int create(void **state)
{
    (void)state;
    program_create(&program);
    program_write(&program, "shared.yaml", spec);
    if (getenv("CVRLAB"))
        program_succeeds(&program, "run $F/shared.yaml --db $F/whole.db --jobs 1");
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

/* The number before `word` in a file of what a program said. */
static int told(const char *name, const char *word)
{
    char text[OUTPUT];
    int number = -1;
    program_slurp(&program, name, text);
    char *at = strstr(text, word);
    if (!at)
        fail_msg("%s", text);
    while (at > text && (at[-1] == ' ' || (at[-1] >= '0' && at[-1] <= '9')))
        at--;
    (void)sscanf(at, "%d", &number);
    return number;
}

/* Each unit is run by one of them, and both end when all are there. */
static void work_is_shared(void **state)
{
    (void)state;
    program_needed();
    shell("rm -f $F/two.db*; \"$CVRLAB\" run $F/shared.yaml --db $F/two.db --jobs 1 2>$F/first & "
          "\"$CVRLAB\" run $F/shared.yaml --db $F/two.db --jobs 1 2>$F/second; wait");
    assert_int_equal(told("first", " units run in ") + told("second", " units run in "), UNITS);
    assert_int_equal(told("first", " were there already") + told("first", " units run in "), UNITS);
    assert_int_equal(told("second", " were there already") + told("second", " units run in "), UNITS);
    stores_same("whole.db", "two.db");
}

/* The second is stopped after it has registered the experiment and before the first has stored a run. */
static void a_stopped_process_takes_nothing_away(void **state)
{
    (void)state;
    program_needed();
    shell("rm -f $F/two.db*; \"$CVRLAB\" run $F/shared.yaml --db $F/two.db --jobs 1 2>$F/first & "
          "for i in 1 2 3 4 5; do timeout -s KILL 0.0$i \"$CVRLAB\" run $F/shared.yaml --db $F/two.db "
          "2>$F/second; "
          "done; wait");
    stores_same("whole.db", "two.db");
}

static void a_missing_test_set_is_missing_work(void **state)
{
    (void)state;
    program_needed();
    shell("cp $F/whole.db $F/lacks.db && sqlite3 $F/lacks.db \"DELETE FROM test_set WHERE setting LIKE "
          "'%=1'\"");
    program_succeeds(&program, "run $F/shared.yaml --db $F/lacks.db");
    assert_non_null(strstr(program.errors, "shared: 0 units run in "));
    stores_same("whole.db", "lacks.db");
}

/* Whichever registers first runs alone, whether they start together or one after the other. */
static void two_experiments_of_one_name_do_not_mix(void **state)
{
    (void)state;
    program_needed();
    for (int i = 0; i < 6; i++) {
        char command[512];
        snprintf(command, sizeof command,
                 "rm -f $F/two.db*; (\"$CVRLAB\" run $F/shared.yaml --db $F/two.db --jobs 1 2>$F/first; echo "
                 "$? >$F/a) & "
                 "sleep 0.0%d; \"$CVRLAB\" run $F/shared.yaml --db $F/two.db --jobs 1 --set log.size=2000 "
                 "2>$F/second; "
                 "echo $? >$F/b; wait",
                 i);
        shell(command);
        char first[OUTPUT], second[OUTPUT];
        program_slurp(&program, "a", first);
        program_slurp(&program, "b", second);
        assert_int_equal(atoi(first) + atoi(second), 2);
        assert_true(atoi(first) == 0 || atoi(second) == 0);
        program_slurp(&program, atoi(first) ? "first" : "second", first);
        assert_non_null(strstr(first, "log.size: "));
        assert_int_equal(store_number("two.db", "SELECT count(*) FROM run"), UNITS);
        assert_int_equal(
            store_number("two.db", "SELECT count(DISTINCT steps) FROM run WHERE estimator = 'naive'"), 1);
    }
}

static void waiting_is_told(void **state)
{
    (void)state;
    program_needed();
    shell("cp $F/whole.db $F/busy.db");
    sqlite3 *db = stores_open("busy.db");
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    shell("(\"$CVRLAB\" run $F/shared.yaml --db $F/busy.db 2>$F/said; echo $? >$F/code) & sleep 2; cp "
          "$F/said $F/early");
    char text[OUTPUT];
    program_slurp(&program, "early", text);
    assert_non_null(strstr(text, "cvrlab: waiting for another process that writes to "));
    assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    stores_close(db);
    shell("for i in 1 2 3 4 5 6 7 8 9 10; do [ -s $F/code ] || sleep 0.5; done; [ $(cat $F/code) = 0 ]");
}

/* Waves of several processes, each of which is killed at a random instant, until so many were killed before
 * their end; the store that they leave is completed, and is that of the undisturbed run. */
static void storm(int processes, int kills)
{
    char command[1024], one[256];
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(random, (unsigned long)processes);
    shell("rm -f $F/storm.db* $F/killed");
    int killed = 0, waves = 0;
    while (killed < kills && waves++ < 4 * kills) {
        command[0] = 0;
        for (int p = 0; p < processes; p++) {
            snprintf(one, sizeof one,
                     "(timeout -s KILL %.3f \"$CVRLAB\" run $F/shared.yaml --db $F/storm.db --jobs 1 "
                     "2>/dev/null; [ $? "
                     "= 0 ] || echo k >>$F/killed) & ",
                     0.005 + 0.3 * gsl_rng_uniform(random));
            strcat(command, one);
        }
        strcat(command, "wait; touch $F/killed; wc -l <$F/killed >$F/count");
        shell(command);
        char text[OUTPUT];
        program_slurp(&program, "count", text);
        killed = atoi(text);
        /* A store that is whole makes room for a new one, and the storm goes on. */
        shell("[ \"$(sqlite3 $F/storm.db 'SELECT count(*) FROM run' 2>/dev/null)\" != 24 ] || rm -f "
              "$F/storm.db*");
    }
    gsl_rng_free(random);
    assert_true(killed >= kills);
    program_succeeds(&program, "run $F/shared.yaml --db $F/storm.db");
    stores_same("whole.db", "storm.db");
}

static void storms_leave_a_whole_store(void **state)
{
    (void)state;
    program_needed();
    slow_under_valgrind();
    const char *given = getenv("CVRLAB_STORM");
    const int kills = given ? atoi(given) : 6;
    storm(2, kills);
    storm(3, kills);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(work_is_shared),
        cmocka_unit_test(a_stopped_process_takes_nothing_away),
        cmocka_unit_test(a_missing_test_set_is_missing_work),
        cmocka_unit_test(two_experiments_of_one_name_do_not_mix),
        cmocka_unit_test(waiting_is_told),
        cmocka_unit_test(storms_leave_a_whole_store),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
