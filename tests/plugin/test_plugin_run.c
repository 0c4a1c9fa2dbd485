/* Plug-ins of an experiment, run by the program: rows of the table, with options, tuning and an identity. */
#include "tests/support/program.h"
#include "tests/support/stores.h"

#define MAKE "env -u MAKEFLAGS -u MAKELEVEL make -s -C " CVRLAB_ROOT " BUILD=" CVRLAB_BUILD " "

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

static void write_experiment(const char *methods)
{
    char text[2048];
    snprintf(text, sizeof text,
             "name: plug\nworlds: 2\nreplicates: 2\nlog.size: 400\ntest.size: 100\n"
             "world: {users: 20, items: 10, latent: 2, context: 1, ctr: 0.3}\n"
             "model: {embedding: 2, layers: [4]}\ntrain: {epochs: 1, batch: 64}\n"
             "estimators: [naive, ips]\n%s\n",
             methods);
    program_write(&program, "plug.yaml", text);
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

static void sql_is(const char *sql, double value)
{
    const double found = store_number("plug.db", sql);
    if (found != value)
        fail_msg("%s: %g, expected %g", sql, found, value);
}

/* Compiles $F/NAME.c, after the shell has made it. */
static void compile(const char *name, const char *made_by)
{
    char command[2048];
    snprintf(command, sizeof command, "%s && " MAKE "plugin FILE=$F/%s.c", made_by, name);
    shell(command);
}

static void a_plugin_is_a_row(void **state)
{
    (void)state;
    program_needed();
    compile("mean", "cp " CVRLAB_ROOT "/estimators/plugin/examples/mean.c $F");
    write_experiment("methods: {m: {plugin: mean.so, strength: 1e6}, n: {plugin: ./mean.so}}");
    ends_with(0, "run $F/plug.yaml --db $F/plug.db");
    says("16 units run in ");
    /* A million clicks of rate 1/2: one half but for rounding. */
    sql_is("SELECT count(*) FROM bias_variance WHERE estimator = 'm' AND variance < 1e-6", 1);
    sql_is("SELECT count(*) FROM bias_variance WHERE estimator = 'n' AND variance > 1e-6", 1);
    sql_is("SELECT count(*) FROM run WHERE estimator IN ('m', 'n') AND status = 'done' AND seconds >= 0", 8);
    ends_with(2, "run $F/plug.yaml --db $F/plug.db --set methods.m.strength=-1");
    says("methods.m.strength: found '-1'; expected a real number in [0, 1000000]");
    ends_with(2, "run $F/plug.yaml --db $F/plug.db --set methods.m.strenght=1");
    says("methods.m: unknown key 'strenght'; did you mean 'strength'?");
    compile("mean", "echo '/* another */' >>$F/mean.c && echo 'int unused_name = 1;' >>$F/mean.c");
    ends_with(2, "run $F/plug.yaml --db $F/plug.db");
    says("mean.so of 'm' has changed since its units were run; --redo m runs them again");
}

/* What predicts one half everywhere has the loss log 2 with any weights, and these are those of naive. The
 * 400 exposures move the million clicks of rate 1/2 by at most 2e-4, and a loss there by twice as much. */
static void a_plugin_is_scored_by_weights(void **state)
{
    (void)state;
    program_needed();
    compile("half", "cp " CVRLAB_ROOT "/estimators/plugin/examples/mean.c $F/half.c");
    write_experiment("metrics.weights: learned\nmethods: {m: {plugin: half.so, strength: 1e6}}");
    ends_with(0, "run $F/plug.yaml --db $F/plug.db --set name=weighted");
    sql_is("SELECT count(*) FROM metric WHERE experiment = 'weighted' AND estimator = 'm' AND metric ="
           " 'snips_log_loss' AND abs(value - 0.6931472) < 4e-4",
           4);
    sql_is("SELECT count(*) FROM metric WHERE experiment = 'weighted' AND estimator = 'm' AND metric ="
           " 'snips_auc' AND value = 0.5",
           4);
    sql_is("SELECT count(*) FROM metric a JOIN metric b USING (experiment, world, replicate, metric) WHERE"
           " experiment = 'weighted' AND a.estimator = 'm' AND b.estimator = 'naive' AND metric = 'snips_ess'"
           " AND a.value = b.value AND a.value < 1",
           4);
}

/* The program's own ips, as a file of somebody's own. */
static void a_native_estimator_is_as_if_it_were_built_in(void **state)
{
    (void)state;
    program_needed();
    compile(
        "theirs",
        "{ echo '#include \"cvrlab_estimator.h\"'; "
        "sed 's/^const Estimator ips /static const Estimator theirs /; s/\"ips\"/\"theirs\"/' " CVRLAB_ROOT
        "/estimators/ips.c; echo 'CVRLAB_ESTIMATOR(theirs);'; } >$F/theirs.c");
    write_experiment("methods: {t: {plugin: theirs.so}, u: {plugin: theirs.so, l2: 0.5}, "
                     "v: {base: ips, l2: 0.5}}\ntune: {trials: 2, range: {learning_rate: 0.001..0.1}}");
    ends_with(0, "run $F/plug.yaml --db $F/plug.db --set name=native");
    sql_is(
        "SELECT count(*) FROM run a JOIN run b USING (experiment, setting, world, replicate) WHERE "
        "a.estimator = 'ips' AND b.estimator = 't' AND a.predictions = b.predictions AND a.tuned = b.tuned "
        "AND a.tuned <> ''",
        4);
    sql_is("SELECT count(*) FROM run a JOIN run b USING (experiment, setting, world, replicate) WHERE "
           "a.estimator = 'u' AND b.estimator = 'v' AND a.predictions = b.predictions",
           4);
    sql_is("SELECT count(*) FROM run a JOIN run b USING (experiment, setting, world, replicate) WHERE "
           "a.estimator = 'u' AND b.estimator = 't' AND a.predictions = b.predictions",
           0);
}

static void what_is_no_plugin_is_refused(void **state)
{
    (void)state;
    program_needed();
    write_experiment("methods: {m: {plugin: none.so}}");
    ends_with(1, "run $F/plug.yaml --db $F/plug.db");
    says("none.so");
    write_experiment("methods: {m: {plugin: plug.yaml}}");
    ends_with(2, "run $F/plug.yaml --db $F/plug.db");
    says("methods.m: ");
    ends_with(0, "spec $F/plug.yaml"); /* nothing is loaded to be printed */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plugin_is_a_row),
        cmocka_unit_test(a_plugin_is_scored_by_weights),
        cmocka_unit_test(a_native_estimator_is_as_if_it_were_built_in),
        cmocka_unit_test(what_is_no_plugin_is_refused),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
