/* Models from outside as users have them: a script in the experiment, a folder of predictions, and whatever
 * goes wrong with them. Shell scripts stand for models, so that no other language is needed. */
#include "estimators/core/train.h"
#include "experiments/inputs/source.h"
#include "experiments/outside/npy.h"
#include "experiments/spec/named_method.h"
#include "experiments/spec/override.h"
#include "experiments/spec/settings.h"
#include "experiments/spec/spec_read.h"
#include "sim/base/clock.h"
#include "tests/support/program.h"
#include "tests/support/stores.h"

#include <signal.h>
#include <sys/wait.h>

enum { TEST_ROWS = 100 };

static Program program;

static int create(void **state)
{
    (void)state;
    program_create(&program);
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

/* An experiment of 2 worlds and 2 logs each, with a method m that is `sh m.sh` and what `more` says. */
static void write_experiment(const char *name, const char *more, const char *script)
{
    char text[4096], file[64];
    snprintf(text, sizeof text,
             "worlds: 2\nreplicates: 2\nlog.size: 300\ntest.size: %d\n"
             "world: {users: 20, items: 10, latent: 2, context: 1, ctr: 0.3}\n"
             "model: {embedding: 2, layers: [4]}\ntrain: {epochs: 1, batch: 64}\n"
             "estimators: [naive]\n%s",
             TEST_ROWS, more);
    snprintf(file, sizeof file, "%s.yaml", name);
    program_write(&program, file, text);
    if (script)
        program_write(&program, "m.sh", script);
}

static void ends_with(int code, const char *arguments)
{
    program_run(&program, arguments);
    if (program.code != code)
        fail_msg("cvrlab %s: exit code %d, expected %d: %s", arguments, program.code, code, program.errors);
}

static void says(const char *expected)
{
    if (!strstr(program.errors, expected))
        fail_msg("expected '%s' in:\n%s", expected, program.errors);
}

static void prints(const char *expected)
{
    if (!strstr(program.output, expected))
        fail_msg("expected '%s' in:\n%s", expected, program.output);
}

static void sql_is(const char *store, const char *sql, double value)
{
    const double found = store_number(store, sql);
    if (found != value)
        fail_msg("%s: %g, expected %g", sql, found, value);
}

static void no_folders_left(const char *store)
{
    char command[512];
    snprintf(command, sizeof command, "test ! -e '%s/%s.work' && test ! -e '%s/%s.logs'", program.folder,
             store, program.folder, store);
    shell(command);
}

/* $1 is a folder: a quarter for every test exposure, by report.json in 1.5 s and 7 steps. */
#define CONSTANT                                                                                             \
    "quarter() { yes 0.25 | head -100 >\"$1/cvr.txt\"; "                                                     \
    "echo '{\"seconds\": 1.5, \"steps\": 7, \"parameters\": 3}' >\"$1/report.json\"; }\n"

static void a_command_is_a_row_of_the_table(void **state)
{
    (void)state;
    write_experiment(
        "row",
        "methods: {m: {command: [sh, m.sh], batch: 3, lr: 0.5}, one: {command: \"sh m.sh {unit}\"}}\n"
        "claims: [m variance < naive variance]\n",
        CONSTANT "for u; do test -f \"$u/log_id.npy\" || exit 9; quarter \"$u\"; done\n");
    ends_with(0, "run $F/row.yaml --db \"$F/a row.db\"");
    says("12 units run in ");
    sql_is("a row.db", "SELECT count(*) FROM run WHERE estimator IN ('m', 'one') AND status = 'done'", 8);
    sql_is("a row.db",
           "SELECT count(*) FROM run WHERE estimator = 'm' AND seconds = 1.5 AND steps = 7 "
           "AND parameters = 3",
           4);
    sql_is("a row.db",
           "SELECT count(*) FROM metric WHERE estimator = 'm' AND metric = 'mse' AND space = 'D' "
           "AND task = 'cvr'",
           4);
    sql_is("a row.db", "SELECT max(variance) FROM bias_variance WHERE estimator = 'm'", 0);
    no_folders_left("a row.db");
    ends_with(0, "table \"$F/a row.db\"");
    prints("\nm ");
    prints("m variance < naive variance");
    ends_with(0, "run $F/row.yaml --db \"$F/a row.db\"");
    says("0 units run in ");
}

/* What a process of the method finds around it. */
static void a_command_finds_its_surroundings(void **state)
{
    (void)state;
    write_experiment(
        "around",
        "methods: {m: {command: [sh, m.sh, \"--t={threads}\", \"--s={seed}\", \"{unit}\"], threads: 2}}\n",
        CONSTANT "quarter \"$3\"; echo \"$PWD $1 $CVRLAB_THREADS $OMP_NUM_THREADS "
                 "[$CUDA_VISIBLE_DEVICES] $PYTHONHASHSEED\" >>around.txt\n"
                 "grep -q \"\\\"seed\\\": ${2#--s=},\" \"$3/manifest.json\" || echo seed >>around.txt\n");
    char text[OUTPUT], expected[OUTPUT];
    ends_with(0, "run $F/around.yaml --db $F/around.db --jobs 2");
    program_slurp(&program, "around.txt", text);
    snprintf(expected, sizeof expected, "%s --t=2 2 2 [] 0\n", program.folder);
    if (strncmp(text, expected, strlen(expected)) != 0 || strstr(text, "seed"))
        fail_msg("%s, expected %s", text, expected);
    ends_with(2, "run $F/around.yaml --db $F/around1.db --jobs 1");
    says("methods.m.threads: 2; expected at most the 1 of --jobs");
    write_experiment("around", "methods: {m: {command: [sh, m.sh], gpu: 0.5}}\n",
                     CONSTANT "quarter \"$1\"; echo \"[$CUDA_VISIBLE_DEVICES]\" >>gpu.txt\n");
    ends_with(2, "run $F/around.yaml --db $F/gpu.db");
    says("methods.m.gpu: no devices to lend; expected --gpus, such as 0,1");
    ends_with(0, "run $F/around.yaml --db $F/gpu.db --gpus 7");
    program_slurp(&program, "gpu.txt", text);
    assert_string_equal(text, "[7]\n[7]\n[7]\n[7]\n");
}

/* Of four units in one call the second kills it: the first is kept, the second has failed, and the others are
 * called again. */
static void finished_work_of_a_batch_is_kept(void **state)
{
    (void)state;
    write_experiment("batch", "methods: {m: {command: [sh, m.sh], batch: 10}}\n",
                     CONSTANT
                     "echo \"call of $#\" >>calls.txt\n"
                     "for u; do case $u in *w0-r1) echo no luck; exit 5;; esac; quarter \"$u\"; done\n");
    char text[OUTPUT];
    ends_with(3, "run $F/batch.yaml --db $F/batch.db --jobs 1 --only m");
    says("4 units run in ");
    says(", 1 failed");
    sql_is("batch.db", "SELECT count(*) FROM run WHERE estimator = 'm' AND status = 'done'", 3);
    sql_is("batch.db",
           "SELECT count(*) FROM run WHERE status = 'failed' AND message = 'exit status 5: no luck' "
           "AND world = 0 AND replicate = 1",
           1);
    program_slurp(&program, "calls.txt", text);
    assert_string_equal(text, "call of 1\ncall of 3\ncall of 2\n"); /* the first unit goes alone */
    char log[OUTPUT];
    program_slurp(&program, "batch.db.logs/m-s0-w0-r1.log", log);
    assert_string_equal(log, "no luck\n");
    ends_with(0, "show $F/batch.db");
    prints("exit status 5: no luck");
    /* Run again, the failure is tried again without being asked for. */
    ends_with(3, "run $F/batch.yaml --db $F/batch.db --only m");
    says("1 units run in ");
    ends_with(0, "table $F/batch.db");
    prints("1 failed");
}

static void every_outcome_has_a_status(void **state)
{
    static const struct {
        const char *script, *status, *message;
        int code;
    } cases[] = {
        {"exit 4", "failed", "exit status 4", 3},
        {"echo one; echo two >&2; exit 1", "failed", "exit status 1: two", 3},
        {"kill -11 $$", "failed", "killed by signal 11 (Segmentation fault)", 3},
        {"sleep 100", "timeout", "not done in 2 s (start 1.5, timeout 0.5 a unit)", 3},
        {"echo too few clicks; exit 77", "skipped", "too few clicks", 0},
        {"exit 0", "failed", ": no predictions; expected cvr.npy, cvr.txt or cvr.csv", 3},
        {"yes 1 | head -99 >$1/cvr.txt", "failed",
         "/cvr.txt: has 99 lines; expected 100, one a test exposure", 3},
        {"yes -- -2.5 | head -100 >$1/cvr.txt", "failed",
         "/cvr.txt: predictions from -2.5 to -2.5; expected probabilities in [0, 1] (are they logits?)", 3},
        {"yes nan | head -100 >$1/cvr.txt", "diverged",
         "/cvr.txt: 100 of 100 predictions are NaN or infinite", 0},
        {"echo '{\"diverged\": true}' >$1/report.json", "diverged", NULL, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char script[512], sql[1024];
        /* The first unit works, so that the run goes on to the others. */
        snprintf(script, sizeof script, CONSTANT "case $1 in *w0-r0) quarter $1; exit;; esac\n%s\n",
                 cases[i].script);
        write_experiment("outcome", "methods: {m: {command: [sh, m.sh], start: 1.5, timeout: 0.5}}\n",
                         script);
        char remove[512];
        snprintf(remove, sizeof remove, "rm -rf %s/outcome.db*", program.folder);
        shell(remove);
        ends_with(cases[i].code, "run $F/outcome.yaml --db $F/outcome.db --jobs 1 --only m");
        snprintf(sql, sizeof sql, "SELECT count(*) FROM run WHERE estimator = 'm' AND status = '%s'%s%s%s",
                 cases[i].status, cases[i].message ? " AND message LIKE '%" : "",
                 cases[i].message ? cases[i].message : "", cases[i].message ? "%'" : "");
        sql_is("outcome.db", sql, 3);
        sql_is("outcome.db", "SELECT count(*) FROM run WHERE status = 'done'", 1);
    }
}

static void a_first_unit_that_fails_ends_the_run(void **state)
{
    (void)state;
    write_experiment("smoke", "methods: {m: {command: [sh, m.sh], batch: 4}}\n",
                     "echo line 1; echo Traceback: no module >&2; exit 1\n");
    ends_with(1, "run $F/smoke.yaml --db $F/smoke.db --jobs 1");
    says("m: its first unit, s0-w0-r0, has failed, so that no other was tried: exit status 1: Traceback: no "
         "module");
    says("line 1\nTraceback: no module");
    sql_is("smoke.db", "SELECT count(*) FROM run WHERE estimator = 'm'", 1);
    write_experiment("smoke", "methods: {m: {command: [no-such-program]}}\n", NULL);
    ends_with(1, "run $F/smoke.yaml --db $F/smoke2.db");
    says("cannot be started: No such file or directory");
}

static void another_model_is_refused(void **state)
{
    (void)state;
    write_experiment("code", "methods: {m: {command: [sh, m.sh], version: \"1\"}}\n",
                     CONSTANT "quarter \"$1\"\n");
    ends_with(0, "run $F/code.yaml --db $F/code.db");
    program_write(&program, "m.sh", CONSTANT "quarter \"$1\" # another\n");
    ends_with(2, "run $F/code.yaml --db $F/code.db");
    says("m.sh of 'm' has changed since its units were run; --redo m runs them again, --keep keeps them, or "
         "give the model a new name");
    ends_with(0, "run $F/code.yaml --db $F/code.db --redo m");
    says("4 units run in ");
    write_experiment("code", "methods: {m: {command: [sh, m.sh], version: \"2\"}}\n", NULL);
    ends_with(2, "run $F/code.yaml --db $F/code.db");
    says("command of 'm' has changed since its units were run");
    ends_with(0, "run $F/code.yaml --db $F/code.db --keep");
    ends_with(0, "show $F/code.db");
    write_experiment("code", "methods: {m: {command: [sh, m.sh], files: [none.py]}}\n", NULL);
    ends_with(1, "run $F/code.yaml --db $F/code2.db");
    says("methods.m: cannot read ");
    says("none.py: No such file or directory");
}

/* A kill at any instant leaves no process, no half unit, and at the next run no folder. */
static void a_killed_run_goes_on(void **state)
{
    (void)state;
    write_experiment("killed", "methods: {m: {command: [sh, m.sh]}}\n",
                     CONSTANT
                     "case $1 in *w0-r0) ;; *) test -f go || { echo $$ >sleeper; sleep 1000; };; esac\n"
                     "quarter \"$1\"\n");
    program.kill_after = 3000000;
    ends_with(128 + SIGKILL, "run $F/killed.yaml --db $F/killed.db --jobs 1 --only m");
    program.kill_after = 0;
    char text[OUTPUT];
    program_slurp(&program, "sleeper", text);
    const pid_t sleeper = atoi(text);
    const double start = clock_seconds();
    while (!kill(sleeper, 0) && clock_seconds() - start < 20)
        usleep(10000);
    assert_true(kill(sleeper, 0) != 0);
    program_write(&program, "go", "");
    ends_with(0, "run $F/killed.yaml --db $F/killed.db --only m");
    says("3 units run in ");
    no_folders_left("killed.db");
}

/* A signal that asks the program to end is for it alone: its commands, in other sessions, end with it. Ctrl-C
 * is the same to it, but a shell has it ignored in the background. */
static void an_interrupt_ends_the_command(void **state)
{
    char text[OUTPUT];
    (void)state;
    write_experiment("interrupted", "methods: {m: {command: [sh, m.sh]}}\n",
                     CONSTANT "echo $$ >first; sleep 1000; quarter \"$1\"\n");
    shell("$CVRLAB run $F/interrupted.yaml --db $F/interrupted.db --only m 2>$F/said & p=$!; i=0; "
          "until test -s $F/first; do sleep 0.1; i=$((i + 1)); test $i -lt 600 || exit 1; done; "
          "kill -TERM $p; wait $p; echo $? >$F/code");
    program_slurp(&program, "code", text);
    assert_string_equal(text, "4\n");
    program_slurp(&program, "said", text);
    assert_non_null(strstr(text, "cvrlab: stopped; run again to go on"));
    program_slurp(&program, "first", text);
    const pid_t first = atoi(text);
    const double start = clock_seconds();
    while (!kill(first, 0) && clock_seconds() - start < 20)
        usleep(10000);
    assert_true(kill(first, 0) != 0);
}

/* Whoever reads a store starts nothing, whatever its experiment says. */
static void readers_run_nothing(void **state)
{
    static const char *const reader[] = {"table $F/read.db",
                                         "plot $F/read.db -o $F/figures",
                                         "report $F/read.db -o $F/page",
                                         "show $F/read.db",
                                         "show $F/read.db --spec",
                                         "spec $F/read.yaml",
                                         "units $F/read.yaml --missing m --db $F/read.db"};
    char text[OUTPUT];
    (void)state;
    write_experiment("read", "methods: {m: {command: [sh, m.sh], batch: 4}}\n",
                     CONSTANT "echo run >>$0.count; for u; do quarter \"$u\"; done\n");
    ends_with(0, "run $F/read.yaml --db $F/read.db --jobs 1 --only m");
    for (size_t i = 0; i < sizeof reader / sizeof *reader; i++)
        ends_with(0, reader[i]);
    program_slurp(&program, "m.sh.count", text);
    assert_string_equal(text, "run\nrun\n");
}

/* Test labels of real data stay here: predictions of them are scored as of any other log. */
static void real_data_are_scored(void **state)
{
    char arguments[2048], command[2048];
    const char *data = getenv("CVRLAB_DATA");
    (void)state;
    if (!data) {
        print_message("CVRLAB_DATA is not set: skipped\n");
        skip();
    }
    program_write(&program, "coat.yaml",
                  "name: coat\ndata.source: coat\nestimators: [mf+naive]\nreplicates: 2\ntrain.epochs: 1\n"
                  "methods: {m: {base: outside}}\n");
    snprintf(arguments, sizeof arguments, "export $F/coat.yaml --data %s/coat -o $F/coat", data);
    ends_with(0, arguments);
    snprintf(
        command, sizeof command,
        "cd %s/coat && for u in s*; do n=$(sed -n 's/.*\"test\": \\([0-9]*\\)}.*/\\1/p' $u/manifest.json); "
        "yes 0.5 | head -$n >$u/cvr.txt; done",
        program.folder);
    shell(command);
    snprintf(arguments, sizeof arguments, "score $F/coat.yaml $F/coat --as m --data %s/coat --db $F/coat.db",
             data);
    ends_with(0, arguments);
    says("2 units run in ");
    sql_is("coat.db",
           "SELECT count(*) FROM metric WHERE estimator = 'm' AND metric = 'auc' AND value = 0.5 AND "
           "space = 'D' AND task = 'cvr'",
           2);
}

static void options_are_swept_and_tuned(void **state)
{
    (void)state;
    /* Predicts what its option says. */
    write_experiment("swept", "methods: {m: {command: [sh, m.sh]}}\nsweep: {methods.m.p: [0.25, 0.75]}\n",
                     "p=$(sed -n 's/.*\"options\": {\"p\": \\([0-9.]*\\)}.*/\\1/p' \"$1/manifest.json\")\n"
                     "n=$(sed -n 's/.*\"test\": \\([0-9]*\\)}.*/\\1/p' \"$1/manifest.json\")\n"
                     "yes $p | head -$n >\"$1/cvr.txt\"\n");
    ends_with(0, "run $F/swept.yaml --db $F/swept.db --only m");
    sql_is(
        "swept.db",
        "SELECT count(*) FROM metric a JOIN metric b USING (experiment, world, replicate, estimator, space, "
        "task, metric) WHERE metric = 'ratio' AND space = 'D' AND task = 'cvr' AND a.setting LIKE '%0.75' "
        "AND b.setting LIKE '%0.25' AND abs(a.value - 3 * b.value) < 1e-6",
        4);
    /* The conversion rate of clicks is far below 0.9, so that 0.3 is the better constant. */
    write_experiment("tuned",
                     "methods: {m: {command: [sh, m.sh], p: 0.5}}\n"
                     "tune: {trials: 3, metric: log_loss, range: {estimator.m.p: [0.9, 0.3]}}\n",
                     NULL);
    ends_with(0, "run $F/tuned.yaml --db $F/tuned.db --only m");
    sql_is("tuned.db",
           "SELECT count(*) FROM run WHERE estimator = 'm' AND status = 'done' AND "
           "tuned IN ('p=0.3', 'p=0.9')",
           4);
    sql_is("tuned.db", "SELECT count(*) >= 3 FROM run WHERE tuned = 'p=0.3'", 1);
    no_folders_left("tuned.db");
}

/* --- export, score, units */

static void scored_predictions_are_rows(void **state)
{
    (void)state;
    write_experiment("scored", "methods: {m: {base: outside}}\nclaims: [m mse > naive mse]\n",
                     CONSTANT "for u; do quarter \"$u\"; done\n");
    ends_with(0, "run $F/scored.yaml --db $F/scored.db");
    says("4 units of methods from outside have no predictions yet; see `cvrlab help score`");
    ends_with(0, "export $F/scored.yaml -o $F/units");
    says("scored: 4 units in ");
    ends_with(0, "units $F/scored.yaml --missing m --db $F/scored.db");
    assert_string_equal(program.output, "s0-w0-r0\ns0-w0-r1\ns0-w1-r0\ns0-w1-r1\n");
    char command[1024];
    snprintf(command, sizeof command, "cd %s && sh m.sh units/s0-w0-r0 units/s0-w0-r1 units/s0-w1-r0",
             program.folder);
    shell(command);
    ends_with(0, "score $F/scored.yaml $F/units --as m --db $F/scored.db");
    says("3 units run in ");
    says("1 units of methods from outside have no predictions yet");
    ends_with(0, "units $F/scored.yaml --missing m --db $F/scored.db -l");
    assert_string_equal(program.output, "s0-w1-r1\t1\t1\t\n");
    snprintf(command, sizeof command, "cd %s && sh m.sh units/s0-w1-r1", program.folder);
    shell(command);
    ends_with(0, "score $F/scored.yaml $F/units --as m --db $F/scored.db");
    says("1 units run in ");
    sql_is("scored.db",
           "SELECT count(*) FROM run WHERE estimator = 'm' AND status = 'done' AND seconds = 1.5", 4);
    sql_is("scored.db", "SELECT count(*) FROM experiment WHERE finished IS NOT NULL", 1);
    ends_with(0, "table $F/scored.db");
    prints("m mse > naive mse");
    /* A name that the experiment does not have is made, and the experiment still runs without it. */
    ends_with(0, "score $F/scored.yaml $F/units --as other --db $F/scored.db --version 7");
    ends_with(2, "score $F/scored.yaml $F/units --as other --db $F/scored.db --version 8");
    says("version of 'other' has changed since its units were run");
    ends_with(0, "score $F/scored.yaml $F/units --as other --db $F/scored.db --version 8 --redo");
    ends_with(0, "run $F/scored.yaml --db $F/scored.db");
}

static void wrong_use_of_score_is_told(void **state)
{
    (void)state;
    ends_with(2, "score $F/scored.yaml $F/units");
    says("score: expected --as NAME, the name of the method");
    ends_with(1, "score $F/scored.yaml $F/nowhere --as m");
    says("cannot open the folder");
    ends_with(2, "score $F/scored.yaml $F/units --as naive");
    says("'naive' is the name of an estimator");
    ends_with(2, "score $F/row.yaml $F/units --as m");
    says("--as: 'm' has a command in the experiment, and `cvrlab run` makes its units");
    ends_with(2, "score $F/scored.yaml $F/units --as x --db $F/x.db --set log.size=299");
    says("is not this unit: ids, clicks or conversions differ");
    ends_with(2, "export $F/scored.yaml -o $F/u2 --as naive");
    says("--as: 'naive' is no method from outside of 'scored'");
    ends_with(2, "units $F/scored.yaml --shard 4/3");
    says("--shard: found '4/3'; expected I/N with I from 1 to N, or auto/N in an array job");
    ends_with(2, "units $F/scored.yaml --setting world.ctr=1");
    says("--setting: no setting has 'world.ctr=1'");
    /* A file that is wrong is said at once, and counted. */
    char command[1024];
    snprintf(command, sizeof command, "cd %s && for u in units/s*; do echo 1 >$u/bad.txt; done",
             program.folder);
    shell(command);
    ends_with(3, "score $F/scored.yaml $F/units --as bad --file bad.txt --db $F/x.db");
    says("bad.txt: has 1 lines; expected 100, one a test exposure");
    says(", 4 failed");
}

/* A digest that differs in dense columns alone is trusted on demand. */
static void rounding_elsewhere_can_be_trusted(void **state)
{
    char command[1024];
    (void)state;
    snprintf(
        command, sizeof command,
        "cd %s && for u in units/s*; do sed -i 's/\"digest\": \"./\"digest\": \"x/' $u/manifest.json; done",
        program.folder);
    shell(command);
    ends_with(2, "score $F/scored.yaml $F/units --as y --db $F/y.db");
    says("ids and labels are this unit's, but dense columns differ");
    ends_with(0, "score $F/scored.yaml $F/units --as y --db $F/y.db --trust-digest");
    says("4 units run in ");
}

/* --- The native naive through its folder */

/* Reads the numbers of an exported file as they lie behind its header. */
static void take(const char *unit, const char *name, void *numbers, size_t bytes)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/naive.units/%s/%s.npy", program.folder, unit, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, NPY_HEADER, SEEK_SET), 0);
    assert_int_equal(fread(numbers, 1, bytes, file), bytes);
    assert_int_equal(fgetc(file), EOF);
    assert_int_equal(fclose(file), 0);
}

static void take_features(const char *unit, const char *table, Features *x)
{
    char name[64];
    snprintf(name, sizeof name, "%s_id", table);
    take(unit, name, x->id, x->rows * (size_t)x->schema.categorical * sizeof *x->id);
    snprintf(name, sizeof name, "%s_dense", table);
    take(unit, name, x->dense, x->rows * (size_t)x->schema.dense * sizeof *x->dense);
}

/* Trains naive on nothing but the folder's arrays, and the key of its replicate. */
static void learn_from_folder(const Spec *spec, const char *unit, int world, int replicate)
{
    const StreamKey key = {(uint64_t)spec->seed, "", (uint32_t)world, (uint32_t)replicate};
    const Schema schema = world_schema_of(&spec->world);
    char path[PATH_MAX];
    Log log, test;
    Method method;
    EstimatorOptions options;
    Fit *fit;
    FitReport report;
    float cvr[TEST_ROWS];
    OK(log_create(&log, &schema, (size_t)spec->log_size, message));
    OK(log_create(&test, &schema, TEST_ROWS, message));
    take_features(unit, "log", &log.x);
    take_features(unit, "test", &test.x);
    take(unit, "log_click", log.click, log.x.rows);
    take(unit, "log_conversion", log.conversion, log.x.rows);
    const TrainingData data = {.log = &log};
    OK(spec_find_method(spec, "naive", &method, message));
    OK(override_options(spec, "naive", &options, message));
    OK(fit_create(&fit, &(FitSetup){.method = &method, .options = &options, .data = &data, .key = &key},
                  message));
    OK(fit_train(fit, &report, message));
    OK(fit_predict(fit, &test.x, cvr, NULL, message));
    snprintf(path, sizeof path, "%s/naive.units/%s/cvr.npy", program.folder, unit);
    OK(npy_write(path, &(NpyArray){"<f4", TEST_ROWS, 0, 1, cvr}, message));
    fit_free(fit);
    log_free(&log);
    log_free(&test);
}

static void naive_through_its_folder_is_naive_bit_for_bit(void **state)
{
    char path[PATH_MAX];
    Spec spec;
    (void)state;
    write_experiment("naive", "metrics.weights: learned\n", NULL);
    ends_with(0, "run $F/naive.yaml --db $F/naive.db");
    ends_with(0, "export $F/naive.yaml -o $F/naive.units");
    snprintf(path, sizeof path, "%s/naive.yaml", program.folder);
    OK(spec_read(&spec, NULL, path, message));
    for (int w = 0; w < 2; w++)
        for (int r = 0; r < 2; r++) {
            char unit[32];
            snprintf(unit, sizeof unit, "s0-w%d-r%d", w, r);
            learn_from_folder(&spec, unit, w, r);
        }
    ends_with(0, "score $F/naive.yaml $F/naive.units --as again --db $F/naive.db");
    sql_is("naive.db",
           "SELECT count(*) FROM run a JOIN run b USING (experiment, setting, world, replicate) WHERE "
           "a.estimator = 'naive' AND b.estimator = 'again' AND a.predictions = b.predictions",
           4);
    sql_is("naive.db",
           "SELECT count(*) FROM metric a JOIN metric b USING (experiment, setting, world, replicate, space, "
           "task, metric) WHERE a.estimator = 'naive' AND b.estimator = 'again' AND a.value IS NOT b.value",
           0);
    sql_is(
        "naive.db",
        "SELECT (SELECT count(*) FROM metric WHERE estimator = 'naive') - (SELECT count(*) FROM metric WHERE "
        "estimator = 'again')",
        0);
    sql_is("naive.db", "SELECT count(*) FROM metric WHERE estimator = 'again' AND metric LIKE 'snips_%'",
           4 * 4);
}

/* A command that has naive's predictions has its metrics, those by weights too: units keep their weights
 * while they wait for others, and the third of a batch when the call ends with the second, which has failed.
 */
static void a_unit_that_waits_keeps_its_weights(void **state)
{
    (void)state;
    write_experiment("wait", "metrics.weights: learned\nmethods: {m: {command: [sh, m.sh], batch: 3}}\n",
                     "for u; do cp naive.units/${u##*/}/cvr.npy \"$u\"\n"
                     "if test $# = 3 && ! test -e died; then touch died; kill -9 $$; fi; done\n");
    ends_with(3, "run $F/wait.yaml --db $F/wait.db --jobs 1");
    says("1 failed");
    sql_is("wait.db",
           "SELECT count(*) FROM run a JOIN run b USING (experiment, setting, world, replicate) WHERE "
           "a.estimator = 'naive' AND b.estimator = 'm' AND a.predictions = b.predictions",
           3);
    sql_is("wait.db",
           "SELECT count(*) FROM metric a JOIN metric b USING (experiment, setting, world, replicate, space, "
           "task, metric) WHERE a.estimator = 'naive' AND b.estimator = 'm' AND a.value = b.value AND "
           "(metric LIKE 'snips_%' OR metric = 'ips_log_loss')",
           3 * 5);
    sql_is("wait.db", "SELECT count(DISTINCT value) FROM metric WHERE metric = 'snips_ess'", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_is_a_row_of_the_table),
        cmocka_unit_test(a_command_finds_its_surroundings),
        cmocka_unit_test(finished_work_of_a_batch_is_kept),
        cmocka_unit_test(every_outcome_has_a_status),
        cmocka_unit_test(a_first_unit_that_fails_ends_the_run),
        cmocka_unit_test(another_model_is_refused),
        cmocka_unit_test(a_killed_run_goes_on),
        cmocka_unit_test(an_interrupt_ends_the_command),
        cmocka_unit_test(readers_run_nothing),
        cmocka_unit_test(real_data_are_scored),
        cmocka_unit_test(options_are_swept_and_tuned),
        cmocka_unit_test(scored_predictions_are_rows),
        cmocka_unit_test(wrong_use_of_score_is_told),
        cmocka_unit_test(rounding_elsewhere_can_be_trusted),
        cmocka_unit_test(naive_through_its_folder_is_naive_bit_for_bit),
        cmocka_unit_test(a_unit_that_waits_keeps_its_weights),
    };
    program_needed();
    return cmocka_run_group_tests(tests, create, destroy);
}
