/* Models in other languages, where these are installed: what tests them by themselves, and every example as a
 * method of an experiment. What is missing is skipped, visibly. */
#include "tests/support/program.h"
#include "tests/support/stores.h"

#include <math.h>
#include <stdbool.h>

#define EXTERNAL CVRLAB_ROOT "/estimators/external"

static Program program;

static int create(void **state)
{
    (void)state;
    program_create(&program);
    setenv("PYTHONPATH", EXTERNAL "/python", 1);
    setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
    char path[8192];
    snprintf(path, sizeof path, "/usr/bin:%s", getenv("PATH"));
    setenv("PATH", path, 1);
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

/* Skips the test where the command of the shell fails, which `what` would have to be installed for. */
static void needs(const char *what, const char *command)
{
    if (system(command) == 0) /* NOLINT: a command of our own */
        return;
    print_message("%s: not installed, skipped\n", what);
    skip();
}

static void needs_python(const char *module)
{
    char command[256];
    snprintf(command, sizeof command, "python3 -c 'import %s' 2>/dev/null", module);
    needs(module, command);
}

static void their_own_tests_pass(void **state)
{
    char text[OUTPUT];
    (void)state;
    needs_python("numpy");
    shell("sh " EXTERNAL "/test.sh >$F/out 2>&1 || { cat $F/out; exit 1; }");
    program_slurp(&program, "out", text);
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n')
        if (!strncmp(line, "skip ", 5))
            print_message("%.*s\n", (int)strcspn(line, "\n"), line);
    assert_non_null(strstr(text, "ok "));
}

/* Runs an example for two logs: its predictions must know more than a constant does. */
static void run_example(const char *command)
{
    char text[2048];
    snprintf(text, sizeof text,
             "name: example\nreplicates: 2\nlog.size: 4000\ntest.size: 500\n"
             "world: {users: 40, items: 20, latent: 2, context: 2, ctr: 0.4, cvr: 0.3}\n"
             "estimators: [naive]\ntrain.epochs: 1\nmethods: {m: {command: %s, batch: 2}}\n",
             command);
    program_write(&program, "example.yaml", text);
    shell("rm -rf $F/example.db*");
    program_succeeds(&program, "run $F/example.yaml --db $F/example.db");
    assert_true(store_number("example.db",
                             "SELECT count(*) FROM run WHERE estimator = 'm' AND status = 'done'") == 2);
    const double auc = store_number("example.db", "SELECT min(value) FROM metric WHERE estimator = 'm' AND "
                                                  "metric = 'auc' AND task = 'cvr' AND space = 'D'");
    if (!(auc > 0.52))
        fail_msg("%s: AUC %g", command, auc);
}

static void pytorch(void **state)
{
    (void)state;
    program_needed();
    needs_python("torch");
    run_example("[python3, " EXTERNAL "/examples/torch_naive.py]");
}

static void scikit_learn(void **state)
{
    (void)state;
    program_needed();
    needs_python("sklearn");
    run_example("[python3, " EXTERNAL "/examples/sklearn_logistic.py]");
}

static void xgboost(void **state)
{
    (void)state;
    program_needed();
    needs_python("xgboost");
    run_example("[python3, " EXTERNAL "/examples/xgboost_trees.py]");
}

static void r(void **state)
{
    (void)state;
    program_needed();
    needs("R", "command -v Rscript >/dev/null");
    run_example("[Rscript, " EXTERNAL "/examples/glm.R]");
}

static void a_notebook(void **state)
{
    (void)state;
    program_needed();
    needs("jupyter nbconvert", "python3 -c 'import nbconvert, ipykernel' 2>/dev/null && command -v jupyter "
                               ">/dev/null");
    run_example("[python3, " EXTERNAL "/examples/notebook.py, " EXTERNAL "/examples/notebook.ipynb]");
}

/* The page's own model, and a method that is written a second time in PyTorch. */
static void models_of_the_pages(void **state)
{
    (void)state;
    program_needed();
    needs_python("torch");
    run_example("[python3, " CVRLAB_ROOT "/docs/own.py]");
    run_example("[python3, " EXTERNAL "/torch/run.py, escm2_dr]");
}

/* But for the 15 digits that sqlite3 writes. */
static bool is_same(double a, double b)
{
    return fabs(a - b) <= 1e-14 * fabs(b);
}

/* Numbers of a store in pandas and in R are those that SQL has. */
static void stores_are_read(void **state)
{
    char command[1024], text[OUTPUT];
    (void)state;
    program_needed();
    needs_python("pandas");
    program_write(&program, "read.yaml",
                  "name: read\nreplicates: 2\nlog.size: 300\ntest.size: 50\nestimators: [naive, ips]\n"
                  "world: {users: 20, items: 10, latent: 2, context: 1, ctr: 0.3}\ntrain.epochs: 1\n"
                  "sweep.world.gamma_r: [0, 1]\n");
    program_succeeds(&program, "run $F/read.yaml --db $F/read.db");
    const double mse = store_number(
        "read.db", "SELECT mse FROM bias_variance WHERE estimator = 'ips' AND setting = 'world.gamma_r=1'");
    shell("python3 -c \"import cvrlab, sys; f = cvrlab.read(sys.argv[1] + '/read.db'); "
          "print(repr(f[(f.estimator == 'ips') & (f['world.gamma_r'] == 1)].mse.item()))\" $F >$F/python");
    program_slurp(&program, "python", text);
    assert_true(is_same(atof(text), mse));
    needs("R", "command -v Rscript >/dev/null");
    snprintf(
        command, sizeof command,
        "Rscript -e 'source(\"" EXTERNAL "/r/cvrlab.R\"); f <- cvrlab_read(\"%s/read.db\"); "
        "cat(sprintf(\"%%.17g\", f$mse[f$estimator == \"ips\" & f$setting == \"world.gamma_r=1\"]))' >$F/r",
        program.folder);
    shell(command);
    program_slurp(&program, "r", text);
    if (!is_same(atof(text), mse))
        fail_msg("R reads %s, SQL %.17g", text, mse);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(their_own_tests_pass),
        cmocka_unit_test(pytorch),
        cmocka_unit_test(scikit_learn),
        cmocka_unit_test(xgboost),
        cmocka_unit_test(r),
        cmocka_unit_test(a_notebook),
        cmocka_unit_test(models_of_the_pages),
        cmocka_unit_test(stores_are_read),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
