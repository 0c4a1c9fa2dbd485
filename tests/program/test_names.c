/* Names out of a store or off the command line, where a shell, gnuplot, TeX, a browser, a spreadsheet or
 * SQLite would read more into them than a name. */
#include "tests/support/refusal.h"
#include "tests/support/stores.h"

static Program program;

static int create(void **state)
{
    (void)state;
    refusal_create(&program);
    if (!getenv("CVRLAB"))
        return 0;
    program_succeeds(&program, "run $F/good.yaml -n 3 --db $F/wide.db");
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

/* named.db: wide.db, whose estimator naive has this name. */
static void name_estimator(const char *name)
{
    static const char *const sql[] = {
        "UPDATE estimator SET estimator = ?1 WHERE estimator = 'naive'",
        "UPDATE run SET estimator = ?1 WHERE estimator = 'naive'",
        "UPDATE series SET estimator = ?1 WHERE estimator = 'naive'",
        "UPDATE method SET estimator = ?1, label = ?1 WHERE estimator = 'naive'",
        "UPDATE experiment SET baseline = ?1, question = ?1, stale = 1",
    };
    shell("rm -rf $F/named.db* $F/figures $F/report && cp $F/wide.db $F/named.db");
    sqlite3 *db = stores_open("named.db");
    for (size_t i = 0; i < LENGTH(sql); i++) {
        sqlite3_stmt *statement;
        assert_int_equal(sqlite3_prepare_v2(db, sql[i], -1, &statement, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC), SQLITE_OK);
        assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
        sqlite3_finalize(statement);
    }
    stores_close(db);
}

/* gnuplot opens a pipe to what stands after | and <. */
static void folders_that_gnuplot_would_run(void **state)
{
    static const char *const folder[] = {"|touch x #", "<touch x #", "< touch x; echo ", "$data", "~root",
                                         "@x",         "-d"};
    char text[512];
    (void)state;
    program_needed();
    for (size_t i = 0; i < LENGTH(folder); i++) {
        snprintf(text, sizeof text,
                 "P=$(realpath $CVRLAB) && cd $F && $P plot wide.db -f svg -o '%s' >said && test ! -e x && "
                 "test -s "
                 "'./%s/small-bias_variance.svg' && $P report wide.db -o '%s' >said && test ! -e x && test "
                 "-s './%s/"
                 "index.html'",
                 folder[i], folder[i], folder[i], folder[i]);
        shell(text);
    }
}

/* SQLite would keep the store in memory and lose it at the end. */
static void stores_named_like_an_address(void **state)
{
    static const char *const name[] = {"file:x?mode=memory", "file:y", "file:///z?mode=memory",
                                       "x?mode=memory&"};
    char text[512];
    (void)state;
    program_needed();
    for (size_t i = 0; i < LENGTH(name); i++) {
        snprintf(text, sizeof text,
                 "P=$(realpath $CVRLAB) && cd $F && mkdir -p 'file:' && $P run good.yaml --db '%s' 2>said && "
                 "test -s"
                 " './%s' && $P show '%s' >said && grep -q '2 done, 0 diverged, 0 missing' said",
                 name[i], name[i], name[i]);
        shell(text);
    }
}

static void tex(void **state)
{
    (void)state;
    program_needed();
    name_estimator("a\\input{b}^~#%s$_&");
    program_succeeds(&program, "plot $F/named.db -f tikz -o $F/figures");
    /* It divides by no propensity, so that one figure does not have it; another is of no estimator. */
    shell(
        "cd $F/figures && for f in *.tex; do ! grep -F '\\input{b}' $f && { [ $f = small-propensity.tex ] || "
        "[ $f = small-overlap.tex ] || "
        "grep -qF "
        "'a\\textbackslash{}input\\{b\\}\\textasciicircum{}\\textasciitilde{}\\#\\%s\\$\\_\\&' $f; } || exit "
        "1; done");
    program_succeeds(&program, "table $F/named.db -f latex");
    assert_null(strstr(program.output, "\\input"));
}

/* What gnuplot reads in a data file, in a label and in the format of a tic comes out as it was. */
static void drawings(void **state)
{
    (void)state;
    program_needed();
    name_estimator("#a\\nb%d%<script>");
    program_succeeds(&program,
                     "plot $F/named.db -f svg -o $F/figures --figure bias_variance,replicates,calibration");
    shell("cd $F/figures && ls *.svg | wc -l | grep -qx 3 && for f in *.svg; do ! grep -F '<script>' $f && "
          "grep -qF "
          "'#a\\nb%d%&lt;script>' $f || exit 1; done");
    program_succeeds(&program, "report $F/named.db -o $F/report");
    shell("! sed 's|^</main>.*||; /^<script>$/,$d' $F/report/index.html | grep -F '<script'");
}

static void markdown(void **state)
{
    (void)state;
    program_needed();
    name_estimator("[x](http://y)\\|`<b>");
    program_succeeds(&program, "table $F/named.db -f markdown");
    assert_non_null(strstr(program.output, "| \\[x\\](http://y)\\\\\\|\\`\\<b> |"));
    program_succeeds(&program, "report $F/named.db -o $F/report");
    shell("! grep -F '[x](' $F/report/report.md");
}

/* A spreadsheet computes what begins with =, +, - or @, unless it is a number. */
static void formulas(void **state)
{
    static const char *const name[] = {"=1+1", "+1+1", "-1+1", "@SUM(A1)", "=cmd|' /C calc'!A0"};
    (void)state;
    program_needed();
    for (size_t i = 0; i < LENGTH(name); i++) {
        char text[64];
        name_estimator(name[i]);
        program_succeeds(&program, "table $F/named.db -f csv");
        snprintf(text, sizeof text, "small,,'%s,", name[i]);
        assert_non_null(strstr(program.output, text));
        assert_null(strstr(program.output, ",'0")); /* numbers stay what they are */
    }
    name_estimator("-1.5e3");
    program_succeeds(&program, "table $F/named.db -f csv");
    assert_non_null(strstr(program.output, "small,,-1.5e3,"));
}

/* A message is a line, whatever was given. */
static void messages(void **state)
{
    static const char *const arguments[] = {
        "table \"$(printf '$F/no\\033[2J\\nstore')\"",
        "run \"$(printf 'x\\n\\a.yaml')\"",
        "run $F/good.yaml --set \"$(printf 'seed\\033=1')\"",
        "table $F/wide.db -f \"$(printf 'c\\nv\\033s')\"",
        "\"$(printf 'ta\\nble')\"",
        "run $F/good.yaml --set seed=\"$(printf '\\302\\233m\\377')\"",
        "table $F/wide.db \"$(printf 'a\\nb\\033')\"",
    };
    (void)state;
    program_needed();
    for (size_t i = 0; i < LENGTH(arguments); i++) {
        program_run(&program, arguments[i]);
        const char *end = strchr(program.errors, '\n');
        if ((program.code != 1 && program.code != 2) || !end || end[1] ||
            strpbrk(program.errors, "\033\a\377") || strstr(program.errors, "\302\233"))
            fail_msg("%s: exit code %d: '%s'", arguments[i], program.code, program.errors);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folders_that_gnuplot_would_run),
        cmocka_unit_test(stores_named_like_an_address),
        cmocka_unit_test(tex),
        cmocka_unit_test(drawings),
        cmocka_unit_test(markdown),
        cmocka_unit_test(formulas),
        cmocka_unit_test(messages),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
