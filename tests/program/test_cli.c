/* The program from outside: exit codes, what goes to standard output and what to standard error. Needs
 * CVRLAB, the path of the program; skips when it is not set. */
#include "experiments/identity/version.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT = 1 << 18 };

static char folder[] = "/tmp/cvrlab-cli-XXXXXX";
static char output[OUTPUT], errors[OUTPUT];

static int create_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "%s/out", folder);
    (void)unlink(path);
    snprintf(path, sizeof path, "%s/err", folder);
    (void)unlink(path);
    return rmdir(folder);
}

static void slurp(const char *name, char text[OUTPUT])
{
    char path[64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    text[fread(text, 1, OUTPUT - 1, file)] = 0;
    assert_int_equal(fclose(file), 0);
}

/* Runs the program through the shell; returns its exit code, with its two outputs in `output` and `errors`.
 */
static int cvrlab(const char *arguments)
{
    const char *program = getenv("CVRLAB");
    char command[1024];
    if (!program) {
        print_message("CVRLAB is not set: skipped\n");
        skip();
    }
    snprintf(command, sizeof command, "'%s' %s >%s/out 2>%s/err </dev/null", program, arguments, folder,
             folder);
    int status = system(command);
    slurp("out", output);
    slurp("err", errors);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void wrong_use(const char *arguments, const char *expected)
{
    assert_int_equal(cvrlab(arguments), 2);
    assert_string_equal(output, "");
    assert_string_equal(errors, expected);
}

static void help_goes_to_standard_output(void **state)
{
    (void)state;
    assert_int_equal(cvrlab("--help"), 0);
    assert_string_equal(errors, "");
    assert_non_null(strstr(output, "usage: cvrlab COMMAND"));
    static const char *const command[] = {"run",     "table",  "plot", "show",
                                          "compare", "report", "spec", "list"};
    for (size_t i = 0; i < sizeof command / sizeof *command; i++) {
        char arguments[32], start[64];
        assert_int_equal(cvrlab("--help"), 0);
        snprintf(start, sizeof start, "\n  %s ", command[i]);
        assert_non_null(strstr(output, start));
        snprintf(arguments, sizeof arguments, "%s --help", command[i]);
        assert_int_equal(cvrlab(arguments), 0);
        snprintf(start, sizeof start, "usage: cvrlab %s ", command[i]);
        assert_memory_equal(output, start, strlen(start));
        assert_string_equal(errors, "");
    }
}

static void the_version_is_told(void **state)
{
    (void)state;
    assert_int_equal(cvrlab("--version"), 0);
    assert_memory_equal(output, "cvrlab " CVRLAB_VERSION "\ncommit ",
                        strlen("cvrlab " CVRLAB_VERSION "\ncommit "));
    assert_non_null(strstr(output, "\nGSL "));
    assert_non_null(strstr(output, "SQLite 3"));
    assert_non_null(strstr(output, "kernels "));
    assert_non_null(strstr(output, "libyaml "));
}

static void wrong_use_is_told_and_exits_with_2(void **state)
{
    (void)state;
    assert_int_equal(cvrlab(""), 2);
    assert_string_equal(output, "");
    assert_memory_equal(errors, "usage: ", 7);
    wrong_use("tabel", "cvrlab: unknown command 'tabel'; did you mean 'table'?\n");
    wrong_use(
        "frobnicate",
        "cvrlab: unknown command 'frobnicate'; expected run, table, plot, show, merge, compare, report, "
        "export, score, units, spec, data, audit, twin, list, demo, help or version\n");
    wrong_use("--frob", "cvrlab: unknown option '--frob'; expected --help or --version\n");
    wrong_use("table", "cvrlab: table: expected DB (see `cvrlab table --help`)\n");
    wrong_use("table a.db b.db", "cvrlab: table: unexpected 'b.db' (see `cvrlab table --help`)\n");
    wrong_use("table a.db --format word", "cvrlab: table: --format: found 'word'; expected one of "
                                          "text|csv|json|markdown|latex|html (see `cvrlab table --help`)\n");
    wrong_use("table a.db --formta=csv",
              "cvrlab: table: unknown option '--formta'; did you mean '--format'?\n");
    wrong_use("plot a.db -o", "cvrlab: plot: --output: expected DIR after it (see `cvrlab plot --help`)\n");
    wrong_use("plot a.db -q",
              "cvrlab: plot: unknown option '-q'; expected one of those that `cvrlab plot --help` prints\n");
    wrong_use("plot a.db --keep-data=1",
              "cvrlab: plot: --keep-data: takes no value (see `cvrlab plot --help`)\n");
    wrong_use("list keyz", "cvrlab: list: unknown name 'keyz'; did you mean 'keys'?\n");
}

/* Pages show what the program prints: one that is stale fails. */
static void generated_pages_are_not_stale(void **state)
{
    static const char *const page[][2] = {
        {"list estimators --format markdown", "estimators/README.md"},
        {"list keys --format markdown", "experiments/spec/README.md"},
    };
    static char text[OUTPUT];
    (void)state;
    for (size_t i = 0; i < sizeof page / sizeof *page; i++) {
        assert_int_equal(cvrlab(page[i][0]), 0);
        FILE *file = fopen(page[i][1], "rb");
        assert_non_null(file);
        text[fread(text, 1, OUTPUT - 1, file)] = 0;
        assert_int_equal(fclose(file), 0);
        assert_non_null(strstr(text, output));
    }
}

static int times(const char *word, const char *text)
{
    int count = 0;
    for (const char *at = text; (at = strstr(at, word)); at++)
        count++;
    return count;
}

/* dot names an edge of a drawing by its ends, in a title. */
static void the_family_tree_is_not_stale(void **state)
{
    static char drawing[OUTPUT];
    (void)state;
    assert_int_equal(cvrlab("list estimators --format dot"), 0);
    FILE *file = fopen("plots/example/estimators.svg", "rb");
    assert_non_null(file);
    drawing[fread(drawing, 1, OUTPUT - 1, file)] = 0;
    assert_int_equal(fclose(file), 0);
    assert_true(times(" -> ", output) > 50);
    assert_int_equal(times(" -> ", output), times("&#45;&gt;", drawing) / 2); /* a comment and a title */
    for (char *save = NULL, *line = strtok_r(output, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char from[64], to[64], title[256];
        if (sscanf(line, "%63s -> %63[^;]", from, to) == 2)
            snprintf(title, sizeof title, "<title>%s&#45;&gt;%s</title>", from, to);
        else if (sscanf(line, "%63s [fillcolor", from) == 1 && strstr(line, " [fillcolor"))
            snprintf(title, sizeof title, "<title>%s</title>", from);
        else
            continue;
        if (!strstr(drawing, title))
            fail_msg("plots/example/estimators.svg lacks %s: make estimators/README.md draws it", title);
    }
    wrong_use("list metrics --format dot",
              "cvrlab: list: --format dot: expected `list estimators` with nothing after it\n");
    wrong_use("list estimators naive --format dot",
              "cvrlab: list: --format dot: expected `list estimators` with nothing after it\n");
}

static void lists_are_printed(void **state)
{
    (void)state;
    assert_int_equal(cvrlab("list"), 0);
    assert_non_null(strstr(output, "escm2_dr"));
    assert_non_null(strstr(output, "ndcg"));
    assert_int_equal(cvrlab("list estimators"), 0);
    assert_non_null(strstr(output, "lambda_c = 1 in [0, 1000]"));
    assert_int_equal(cvrlab("list keys --format markdown"), 0);
    assert_non_null(strstr(output, "\n| world.ctr | real |"));
    assert_int_equal(cvrlab("list metrics"), 0);
    assert_non_null(strstr(output, "log_loss"));
}

static void a_name_is_explained(void **state)
{
    (void)state;
    static const struct {
        const char *arguments, *text[4];
    } is[] = {
        {"list escm2_dr",
         {"escm2_dr: an estimator (2022", "lambda_c = 1 in", "METHODS.md", "used by       "}},
        {"list mmoe", {"mmoe: a backbone", "mmoe+ESTIMATOR"}},
        {"list estimators dr_jl",
         {"loss          prediction: mean_D l(sg m, c) + ",
          "\n                imputation: ", "\n  follows       eib\n", "\n  followed by   "}},
        {"list estimators mmoe", {"mmoe: an estimator (2018", "backbone      mmoe: "}},
        {"list auc", {"auc: a metric of cvr", "better   high", "auc/D/cvr", "alone    auc means auc/D/cvr"}},
        {"list world.ctr",
         {"world.ctr: a key of an experiment file", "type     real", "example  world.ctr: "}},
        {"list keys world", {"world: a group of keys", "\n  world.users ", "\n  world.ctr "}},
        {"list keys train.clip", {"train.clip: a key of an experiment file", "default  auto"}},
        {"list bias_variance", {"bias_variance: a figure", "--figure bias_variance"}},
        {"list mrdr", {"mrdr: an estimator (", "an estimator of the risk layer"}},
    };
    for (size_t i = 0; i < sizeof is / sizeof *is; i++) {
        assert_int_equal(cvrlab(is[i].arguments), 0);
        for (int t = 0; t < 4 && is[i].text[t]; t++)
            if (!strstr(output, is[i].text[t]))
                fail_msg("%s: lacks '%s':\n%s", is[i].arguments, is[i].text[t], output);
    }
    assert_int_equal(cvrlab("list keys world"), 0);
    assert_null(strstr(output, "train."));
    wrong_use("list escm2_d", "cvrlab: list: unknown name 'escm2_d'; did you mean 'escm2_dr'?\n");
    wrong_use(
        "list keys zzzzzz",
        "cvrlab: list keys: unknown key 'zzzzzz'; expected one of those that `cvrlab list keys` prints\n");
    wrong_use("list estimators towers",
              "cvrlab: list estimators: unknown estimator 'towers'; expected one of "
              "those that `cvrlab list estimators` prints\n");
    wrong_use("list naive ips", "cvrlab: list: unexpected 'ips'\n");
}

/* A markdown row has as many unescaped bars as its heading. */
static void markdown_tables_keep_their_columns(void **state)
{
    (void)state;
    static const char *const list[] = {"list estimators -f markdown", "list metrics -f markdown",
                                       "list keys -f markdown"};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(cvrlab(list[i]), 0);
        int columns = 0;
        for (char *save = NULL, *line = strtok_r(output, "\n", &save); line;
             line = strtok_r(NULL, "\n", &save)) {
            int bars = 0;
            for (const char *c = line; line[0] == '|' && *c; c++)
                bars += *c == '|' && (c == line || c[-1] != '\\');
            if (!columns || strstr(line, "| backbone |"))
                columns = bars;
            assert_true(bars == 0 || bars == columns);
        }
        assert_true(columns > 1);
    }
}

static void run_time_failures_exit_with_1(void **state)
{
    (void)state;
    assert_int_equal(cvrlab("table /nowhere/x.db"), 1);
    assert_string_equal(output, "");
    assert_memory_equal(errors, "cvrlab: /nowhere/x.db: ", 23);
    assert_int_equal(cvrlab("plot /nowhere/x.db"), 1);
    if (access("/dev/full", W_OK) == 0) {
        char command[1024];
        snprintf(command, sizeof command, "'%s' list keys >/dev/full 2>/dev/null", getenv("CVRLAB"));
        int status = system(command);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_goes_to_standard_output),
        cmocka_unit_test(the_version_is_told),
        cmocka_unit_test(wrong_use_is_told_and_exits_with_2),
        cmocka_unit_test(lists_are_printed),
        cmocka_unit_test(a_name_is_explained),
        cmocka_unit_test(generated_pages_are_not_stale),
        cmocka_unit_test(the_family_tree_is_not_stale),
        cmocka_unit_test(markdown_tables_keep_their_columns),
        cmocka_unit_test(run_time_failures_exit_with_1),
    };
    return cmocka_run_group_tests(tests, create_folder, remove_folder);
}
