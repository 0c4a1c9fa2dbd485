/* Wrong experiment files, options and data files. */
#include "tests/support/refusal.h"

#define NAIVE "name: small\nestimators: [naive]\n"
#define RUN   "run $F/good.yaml --db $F/new.db "

static Program program;

static int create(void **state)
{
    (void)state;
    refusal_create(&program);
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

/* Each is bad.yaml once, with a store that is there and with a new one. */
static void refuses_specs(const Case *c, size_t count, const char *options)
{
    for (size_t i = 0; i < count; i++) {
        static const char *const store[] = {"there", "new"};
        program_write(&program, "bad.yaml", c[i].wrong);
        for (int s = 0; s < 2; s++) {
            char arguments[256];
            snprintf(arguments, sizeof arguments, "run $F/bad.yaml --db $F/%s.db %s", store[s], options);
            refuses(&program, arguments, &c[i]);
        }
        nothing_changed();
    }
}

static void wrong_keys_and_values(void **state)
{
    static const Case wrong[] = {
        {NAIVE "world.crt: 0.1\n", 2, {"bad.yaml:3: unknown key 'world.crt'; did you mean 'world.ctr'?"}},
        {NAIVE "world:\n  users: 9\n  crt: 0.1\n", 2, {"bad.yaml:5: unknown key 'world.crt'; did you mean"}},
        {NAIVE "zzz: 1\n", 2, {"bad.yaml:3: unknown key 'zzz'", "cvrlab list keys"}},
        {NAIVE "world.ctr: 1.5\n",
         2,
         {"bad.yaml:3: world.ctr: found '1.5'; expected a real number in (0, 1)"}},
        {NAIVE "world.ctr: .nan\n", 2, {"bad.yaml:3: world.ctr: found '.nan'; expected a real number"}},
        {NAIVE "replicates: 2.5\n", 2, {"bad.yaml:3: replicates: found '2.5'; expected an integer in [1, "}},
        {NAIVE "replicates: 1e999\n", 2, {"bad.yaml:3: replicates: found '1e999'; expected an integer"}},
        {NAIVE "world.ctr: [0.1, 0.2]\n", 2, {"bad.yaml:3: world.ctr: found '[0.1,0.2]'; expected a real "}},
        {NAIVE "world.ctr: {low: 0.1}\n",
         2,
         {"bad.yaml:3: world.ctr: found a mapping; expected a real number"}},
        {NAIVE "world.ctr: {}\n", 2, {"bad.yaml:3: world.ctr: found a mapping; expected a real number"}},
        {NAIVE "world.ctr:\n", 2, {"bad.yaml:3: world.ctr: found ''; expected a real number"}},
        {NAIVE "world: 3\n", 2, {"bad.yaml:3: world: found '3'; expected a mapping of keys"}},
        {NAIVE "model.layers: wide\n", 2, {"bad.yaml:3: model.layers: found 'wide'; expected a list of"}},
        {NAIVE "world.shape: netwrok\n",
         2,
         {"bad.yaml:3: world.shape: found 'netwrok'; expected one of linear"}},
        {NAIVE "seed: 1\nseed: 2\n", 2, {"bad.yaml:4: seed: set twice, first on line 3"}},
        {NAIVE "sweep: {world.ctr: [0.1, 2]}\n", 2, {"bad.yaml:3: world.ctr: found '2'; expected a real"}},
        {NAIVE "sweep: {world.crt: [0.1]}\n",
         2,
         {"bad.yaml:3: sweep: unknown key 'world.crt'; did you mean"}},
        {NAIVE "question: \"a\\x01b\"\n", 2, {"bad.yaml:3: question: found 'a?b'; expected printable UTF-8"}},
        {NAIVE "estimator: {naive: {lerning_rate: 1}}\n",
         2,
         {"bad.yaml:3: estimator.naive: unknown key 'lern", "did you mean 'learning_rate'?"}},
    };
    (void)state;
    refuses_specs(wrong, LENGTH(wrong), "");
}

static void files_that_are_no_spec(void **state)
{
    static const Case wrong[] = {
        {"", 2, {"bad.yaml:1: found an empty file; expected keys"}},
        {"# nothing\n", 2, {"bad.yaml:2: found an empty file; expected keys"}},
        {"- naive\n", 2, {"bad.yaml:1: found a list; expected a mapping of keys to values"}},
        {NAIVE "world:\n\tctr: 0.1\n", 2, {"bad.yaml:4: not valid YAML: "}},
        {NAIVE "world: [\n", 2, {"bad.yaml:4: not valid YAML: "}},
        {NAIVE "\xff\xfe\n", 2, {"bad.yaml:", "not YAML text: "}},
        {NAIVE "wrold: {}\n", 2, {"bad.yaml:3: unknown key 'wrold'; did you mean '"}},
        {NAIVE "world: {}\nsweep.wrold: {}\n", 2, {"bad.yaml:4: sweep: unknown key 'wrold'; did you mean '"}},
        {NAIVE "---\nname: b\n", 2, {"bad.yaml:3: found a second document; expected one experiment"}},
        {"name: a\nestimators: &a [naive]\n", 2, {"bad.yaml:2: estimators: found an anchor (&); expected"}},
    };
    static const Case missing[] = {
        {"run $F/none.yaml --db $F/new.db", 1, {"none.yaml: cannot open: No such file"}},
        {"run $F --db $F/new.db", 1, {": is a folder; expected a YAML file"}},
        {"run $F/there.db --db $F/new.db", 2, {"there.db:1: not YAML text: "}},
        {"run $F/good.yaml $F/none.yaml --db $F/new.db", 1, {"none.yaml: cannot open: No such file"}},
    };
    (void)state;
    refuses_specs(wrong, LENGTH(wrong), "");
    refuses_arguments(&program, missing, LENGTH(missing));
}

static void wrong_estimators(void **state)
{
    static const Case wrong[] = {
        {"estimators: [naive, emss]\n",
         2,
         {"bad.yaml:1: estimators: unknown estimator 'emss'; did you mean 'esmm'?"}},
        {"estimators: [mff+naive]\n",
         2,
         {"bad.yaml:1: estimators: unknown backbone 'mff'; did you mean 'mf'?"}},
        {"estimators: [naive, ips, naive]\n", 2, {"bad.yaml:1: estimators: 'naive' is listed twice"}},
        {"estimators: []\n", 2, {"bad.yaml:1: estimators: none given; expected a list such as"}},
        {"name: small\n", 2, {"bad.yaml: estimators: none given; expected a list such as"}},
        {"estimators: [{naive: 1}]\n", 2, {"bad.yaml:1: estimators: found a mapping in a list; expected"}},
        {"estimators: [res_dr]\n",
         2,
         {"bad.yaml:1: estimators: 'res_dr' needs an unbiased sample; set unbiased.size above 0"}},
        {"estimators: [res_dr]\nsweep: {unbiased.size: [9, 0]}\n",
         2,
         {"bad.yaml:1: unbiased.size=0: estimators: 'res_dr' needs"}},
        {"estimators: [esm2]\nsweep: {behaviour.rate: [0.2, 0]}\n",
         2,
         {"bad.yaml:1: behaviour.rate=0: estimators: 'esm2' needs post-click behaviour; set behaviour.rate "
          "above"}},
        {"estimators: [naive, mose]\n",
         2,
         {"bad.yaml:1: estimators: 'mose' needs activity streams; set stream.events above 0"}},
        {NAIVE "baseline: ips\n", 2, {"bad.yaml:3: baseline: found 'ips'; expected one of the experiment's"}},
        {NAIVE "estimator: {naive: {}}\n", 2, {"bad.yaml:3: estimator.naive: expected a mapping of keys"}},
        {NAIVE "estimator: {niave: {l2: 1}}\n",
         2,
         {"bad.yaml:3: estimator: unknown estimator 'niave'; did you mean"}},
    };
    (void)state;
    refuses_specs(wrong, LENGTH(wrong), "");
}

static void wrong_propensities(void **state)
{
    static const Case simulated[] = {
        {NAIVE "propensity: {source: omitted, omit: [usr]}\n",
         2,
         {"bad.yaml:3: propensity.omit: unknown feature 'usr'; did you mean 'user'?"}},
        {NAIVE "propensity: {source: omitted, omit: [item, zzzzzz]}\n",
         2,
         {"bad.yaml:3: propensity.omit: unknown feature 'zzzzzz'; expected user, item, segment, "}},
        {NAIVE "propensity: {source: omitted, omit: [user_features]}\n",
         2,
         {"bad.yaml:3: propensity.omit: unknown feature 'user_features'"}},
        {NAIVE "propensity.source: omitted\n",
         2,
         {"bad.yaml: propensity.omit: empty; expected the features"}},
        {NAIVE "propensity.source: naive_bayes\n",
         2,
         {"bad.yaml:3: propensity.source: naive_bayes is for real ratings"}},
        {NAIVE "data.source: coat\n",
         2,
         {"bad.yaml: data.path: empty; expected the folder of the data (--data DIR)"}},
    };
    static const Case real[] = {
        {NAIVE "data.source: coat\npropensity.source: oracle\n",
         2,
         {"bad.yaml:4: propensity.source: this one needs the truth", "expected one of learned"}},
        {NAIVE "data.source: coat\npropensity: {source: omitted, omit: [segment]}\n",
         2,
         {"bad.yaml:4: propensity.omit: unknown feature 'segment'; expected user, item, "
          "user_features or item_features"}},
        {NAIVE "data: {source: coat, unbiased_share: 0}\npropensity.source: naive_bayes\n",
         2,
         {"bad.yaml:4: propensity.source: naive_bayes needs unbiased ratings; set data.unbiased_share"}},
    };
    (void)state;
    refuses_specs(simulated, LENGTH(simulated), "");
    refuses_specs(real, LENGTH(real), "--data /nowhere");
}

static void wrong_options(void **state)
{
    static const Case wrong[] = {
        {"run", 2, {"run: expected SPEC... (see `cvrlab run --help`)"}},
        {RUN "--set world.ctr", 2, {"--set: found 'world.ctr'; expected KEY=VALUE"}},
        {RUN "--set =1", 2, {"--set: found '=1'; expected KEY=VALUE"}},
        {RUN "--set world.crt=1", 2, {"--set: unknown key 'world.crt'; did you mean 'world.ctr'?"}},
        {RUN "--set world.ctr=2", 2, {"--set: world.ctr: found '2'; expected a real number in (0, 1)"}},
        {RUN "--set world.ctr=", 2, {"--set: world.ctr: found ''; expected"}},
        {RUN "--only niave", 2, {"small: --only: unknown estimator 'niave'; did you mean 'naive'?"}},
        {RUN "--only naive,esmm", 2, {"small: --only: unknown estimator 'esmm'; expected naive or ips"}},
        {RUN "--only naive,", 2, {"small: --only: unknown estimator ''; expected naive or ips"}},
        {RUN "--jobs 0", 2, {"--jobs: found '0'; expected a whole number of at least 1"}},
        {RUN "--jobs -1", 2, {"--jobs: found '-1'; expected a whole number of at least 1"}},
        {RUN "-j abc", 2, {"--jobs: found 'abc'; expected a whole number"}},
        {RUN "--jobs 99999999999", 2, {"--jobs: found '99999999999'; expected"}},
        {RUN "--replicates 0", 2, {"--replicates: found '0'; expected a whole number"}},
        {RUN "-n 1000000", 2, {"replicates: found '1000000'; expected an integer in [1, 100000]"}},
        {RUN "--replicats 3", 2, {"unknown option '--replicats'; did you mean '--replicates'?"}},
        {RUN "-q", 2, {"unknown option '-q'"}},
        {"run $F/good.yaml --db", 2, {"--db: expected FILE after it"}},
        {"plot $F/there.db -f svgg -o $F/figures", 2, {"unknown format 'svgg'; did you mean 'svg'?"}},
        {"plot $F/there.db -F calibratio -o $F/figures",
         2,
         {"unknown figure 'calibratio'; did you mean 'calibration'?"}},
        {"plot $F/there.db -F heatmap -o $F/figures",
         2,
         {"there.db: holds no results for the figure 'heatmap'; it needs a sweep"}},
        {"plot $F/there.db -w 1e9 -o $F/figures", 2, {"--width: found '1e9'; expected 2 to 40 inches"}},
        {"table $F/there.db --metric aucc", 2, {"unknown metric 'aucc'; did you mean 'auc'?"}},
        {"table $F/there.db -e naiv,ips", 2, {"there.db: unknown estimator 'naiv'; did you mean 'naive'?"}},
        {"table $F/there.db -b ipss", 2, {"there.db: unknown estimator 'ipss'; did you mean 'ips'?"}},
        {"table $F/there.db -s world.ctr=0.1", 2, {"there.db: has no sweep; found --setting world.ctr=0.1"}},
        {"plot $F/there.db -o $F/good.yaml", 2, {"good.yaml: not a directory"}},
    };
    (void)state;
    refuses_arguments(&program, wrong, LENGTH(wrong));
}

/* Real ratings in the published layout: 3 users, 4 items. */
static void write_ratings(void)
{
    shell("mkdir -p $F/coat");
    program_write(&program, "coat/user_features.ascii", "1 0\n0 1\n1 1\n");
    program_write(&program, "coat/item_features.ascii", "0 0 1\n0 1 0\n1 0 0\n1 1 1\n");
    program_write(&program, "coat/train.ascii", "0 5 0 2\n3 0 0 0\n0 0 4 1\n");
    program_write(&program, "coat/test.ascii", "1 2 0 3\n0 0 0 4\n5 0 3 2\n");
}

static void malformed_ratings(void **state)
{
    static const struct {
        const char *file, *text;
        Case c;
    } wrong[] = {
        {"train.ascii",
         "0 5 0 2\n3 0 0\n0 0 4 1\n",
         {"a column less", 2, {"train.ascii:2: found 3; expected 4 ratings from 0 to 5"}}},
        {"train.ascii",
         "0 5 0 2\n3 0 0 0 0\n0 0 4 1\n",
         {"a column more", 2, {"train.ascii:2: found 5; expected 4 ratings"}}},
        {"test.ascii",
         "1 2 0 3\n0 0 0 4\n5 0 7 2\n",
         {"rating 7", 2, {"test.ascii:3: found '7'; expected 4 ratings from 0 to 5"}}},
        {"test.ascii",
         "1 2 0 3\n0 0 0 4\n",
         {"a line less", 2, {"test.ascii:3: found the end of the file; expected 3 lines"}}},
        {"test.ascii",
         "0 0 0 0\n0 0 0 0\n0 0 0 0\n",
         {"no rating", 2, {"test.ascii: found no rating above 0; expected some"}}},
        {"user_features.ascii",
         "1 0\n0 x\n1 1\n",
         {"a word", 2, {"user_features.ascii:2: found 'x'; expected"}}},
        {"item_features.ascii",
         "",
         {"an empty file", 2, {"item_features.ascii:1: found an empty file; expected"}}},
        {"item_features.ascii",
         NULL,
         {"no file", 1, {"cannot read", "item_features.ascii: No such file or directory"}}},
    };
    (void)state;
    program_write(&program, "bad.yaml",
                  NAIVE "replicates: 1\ndata: {source: coat, unbiased_share: 0.2}\ntrain.epochs: 1\n");
    for (size_t i = 0; i < LENGTH(wrong); i++) {
        char path[160];
        write_ratings();
        snprintf(path, sizeof path, "coat/%s", wrong[i].file);
        program_write(&program, path, wrong[i].text ? wrong[i].text : "");
        snprintf(path, sizeof path, "%s/coat/%s", program.folder, wrong[i].file);
        assert_true(wrong[i].text || unlink(path) == 0);
        refuses(&program, "run $F/bad.yaml --data $F/coat --db $F/there.db", &wrong[i].c);
        refuses(&program, "run $F/bad.yaml --data $F/coat --db $F/new.db", &wrong[i].c);
        nothing_changed();
    }
    refuses(&program, "run $F/bad.yaml --data $F/nowhere --db $F/new.db",
            &(Case){"no folder", 1, {"bad.yaml: cannot read ", "nowhere/user_features.ascii: No such file"}});
    nothing_changed();
    write_ratings();
    program_succeeds(&program, "run $F/bad.yaml --data $F/coat --db $F/ratings.db");
}

/* Keys that cannot act on the data are told of, and no others. */
static void keys_without_effect(void **state)
{
    (void)state;
    program_succeeds(&program, RUN "-s data.threshold=4 -s columns.user=who -s matrix.alpha=.7");
    shell("rm -f $F/new.db*");
    assert_non_null(strstr(program.errors, "cvrlab: note: "));
    assert_non_null(strstr(program.errors,
                           "good.yaml: data.threshold, columns.user, matrix.alpha: no effect on a "
                           "simulated world\n"));
    program_succeeds(&program, RUN "-s world.ctr=.2");
    shell("rm -f $F/new.db*");
    assert_null(strstr(program.errors, "note"));
    program_write(
        &program, "real.yaml",
        "name: real\nreplicates: 1\ndata.source: csv\ndata.path: tests/data/csv/log.csv\ncolumns.split: "
        "split\nestimators: [naive]\n"
        "train: {epochs: 1, batch: 4}\nsweep: {world.ctr: [.1, .2]}\nstream.events: 3\ntest.size: 9\n");
    program_run(&program, "run $F/real.yaml --db $F/real.db");
    assert_non_null(
        strstr(program.errors, "real.yaml: test.size, world.ctr, stream.events: no effect on real data\n"));
}

/* Ctrl-C: what is stored stays, and the message says how to go on. */
static void a_stopped_run_says_so(void **state)
{
    (void)state;
    program_needed();
    shell("sed 's/epochs: 1/epochs: 20/; s/replicates: 1/replicates: 400/' $F/good.yaml >$F/long.yaml");
    shell("for s in INT TERM; do rm -f $F/stop.db*; env --default-signal=INT $CVRLAB run $F/long.yaml --db "
          "$F/stop.db 2>$F/said & p=$!; i=0; while test $i -lt 300 && ! test \"$(sqlite3 $F/stop.db 'SELECT "
          "count(*) "
          "FROM run' 2>/dev/null || echo 0)\" -gt 2; do sleep .02; i=$((i + 1)); done; kill -$s $p; wait $p; "
          "test $? = 4 && test \"$(tail -n 1 $F/said)\" = 'cvrlab: stopped; run again to go on' || exit 1; "
          "done");
    program_run(&program, "show $F/stop.db");
    assert_int_equal(program.code, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_keys_and_values), cmocka_unit_test(files_that_are_no_spec),
        cmocka_unit_test(wrong_estimators),      cmocka_unit_test(wrong_propensities),
        cmocka_unit_test(wrong_options),         cmocka_unit_test(malformed_ratings),
        cmocka_unit_test(keys_without_effect),   cmocka_unit_test(a_stopped_run_says_so),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
