/* Stores that somebody made to do harm, or that a fault in a disk or a program left: sound files of SQLite
 * whose layout or content is not what the program writes. Every command ends, in little time and memory, with
 * what it can say or with one line about what is wrong; and nothing that stands in the file is run. */
#include "tests/support/refusal.h"
#include "tests/support/stores.h"

#ifdef __SANITIZE_ADDRESS__
enum {
    SECONDS = 200,
    MEGABYTES = 1200
}; /* 1,501 settings of 1,502 estimators take its checks 45 s and more memory */
#else
enum { SECONDS = 20, MEGABYTES = 400 };
#endif

static Program program;

/* wide.db has two estimators and six replicates, so that sorting them matters. */
static int create(void **state)
{
    (void)state;
    refusal_create(&program);
    if (!getenv("CVRLAB"))
        return 0;
    program_succeeds(&program, "run $F/good.yaml -n 6 --db $F/wide.db");
    program.seconds = SECONDS;
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

static void change(const char *name, const char *sql)
{
    char *error = NULL;
    sqlite3 *db = stores_open(name);
    if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
        fail_msg("%s: %s: %s", name, sql, error);
    stores_close(db);
}

/* crafted.db: wide.db as the SQL leaves it. */
static void craft(const char *sql)
{
    shell("rm -rf $F/crafted.db* $F/figures $F/report && cp $F/wide.db $F/crafted.db");
    change("crafted.db", sql);
}

static const char *const command[] = {
    "table $F/crafted.db",
    "show $F/crafted.db",
    "compare $F/crafted.db $F/wide.db",
    "plot $F/crafted.db -o $F/figures -f svg",
    "report $F/crafted.db -o $F/report",
    "run $F/good.yaml -n 7 --db $F/crafted.db",
};

/* Whether the text has a byte that a terminal may obey. */
static bool has_control(const char *text)
{
    for (; *text; text++)
        if (((unsigned char)*text < ' ' && !strchr("\n\t", *text)) || *text == 0x7f)
            return true;
    return false;
}

/* Runs the command, which ends by itself, in bounds, without control characters. */
static void runs(const char *arguments, const char *what)
{
    program_run(&program, arguments);
    const char *last = strstr(program.errors, "cvrlab: ");
    if (program.code > 4 || program.peak > 1024L * MEGABYTES || has_control(program.output) ||
        has_control(program.errors) || ((program.code == 1 || program.code == 2) && !last))
        fail_msg("%s (%s): exit code %d, %ld kB, output '%.200s', errors '%.400s'", what, arguments,
                 program.code, program.peak, program.output, program.errors);
}

/* All commands refuse the store in these words. */
static void layouts_that_are_not_ours(void **state)
{
    static const struct {
        const char *sql, *expected;
    } layout[] = {
        {"CREATE TRIGGER spy AFTER UPDATE ON experiment BEGIN DELETE FROM run; END",
         "there is a trigger 'spy'"},
        {"CREATE INDEX shortcut ON run (seconds)", "there is an index 'shortcut'"},
        {"CREATE INDEX worker ON run (abs(seconds))", "there is an index 'worker'"},
        {"ALTER TABLE run ADD COLUMN extra TEXT AS (hex(zeroblob(400000000))) VIRTUAL",
         "column 'extra' is generated"},
        {"DROP TABLE claim", "there is no table 'claim'"},
        {"ALTER TABLE experiment DROP COLUMN shown", "there is no column experiment.shown"},
        {"ALTER TABLE run RENAME TO other; CREATE VIEW run AS SELECT experiment, setting, estimator, world,"
         " replicate, status, seconds, steps, tuned, NULL AS predictions FROM other",
         "'run' is not a table like ours"},
        {"ALTER TABLE metric_value RENAME TO other; CREATE TABLE metric_value AS SELECT * FROM other",
         "'metric_value' is not a table like ours"},
        {"ALTER TABLE claim RENAME TO other; CREATE VIRTUAL TABLE claim USING fts5 (experiment, position, "
         "says,"
         " that)",
         "'claim' is not a table like ours"},
        {"ALTER TABLE setting RENAME TO other; CREATE TABLE setting (experiment TEXT NOT NULL, setting TEXT "
         "NOT"
         " NULL, position TEXT NOT NULL, PRIMARY KEY (experiment, setting)) WITHOUT ROWID",
         "column setting.position is not as it should be"},
        {"UPDATE experiment SET name = CAST(name AS BLOB), stale = 1",
         "column experiment.name has a value of another type"},
        {"UPDATE experiment SET name = 'small' || char(0) || 'er', stale = 1",
         "column experiment.name has a value of another type"},
        {"UPDATE experiment SET spec = replace(hex(zeroblob(1000000)), '0', ' ')",
         "column experiment.spec has a value of another type"},
        {"UPDATE setting SET setting = CAST('' AS BLOB)",
         "column setting.setting has a value of another type"},
        {"UPDATE estimator SET position = 'first' WHERE estimator = 'ips'",
         "column estimator.position has a value of another type"},
    };
    (void)state;
    program_needed();
    for (size_t i = 0; i < LENGTH(layout); i++) {
        craft(layout[i].sql);
        for (size_t k = 0; k < LENGTH(command); k++)
            refuses(&program, command[k],
                    &(Case){layout[i].sql, 1, {"crafted.db: ", layout[i].expected, "of a cvrlab store"}});
    }
}

/* As SQLite keeps texts on request: a name that is no UTF-16 does not come back as it is. */
static void another_encoding(void **state)
{
    (void)state;
    program_needed();
    shell(
        "rm -f $F/crafted.db*; (echo \"PRAGMA encoding='UTF-16'; PRAGMA application_id=0x43565231;\"; "
        "sqlite3 $F/wide.db .dump; sqlite3 $F/wide.db \"SELECT 'PRAGMA user_version=' || user_version || ';' "
        "FROM pragma_user_version\") | sqlite3 $F/crafted.db");
    for (size_t k = 0; k < LENGTH(command); k++)
        refuses(&program, command[k], &(Case){"UTF-16", 1, {"crafted.db: its texts are in UTF-16le"}});
}

/* Views and tables of others are no matter: what they are named, nothing reads them. */
static void views_of_others_are_ignored(void **state)
{
    (void)state;
    program_needed();
    craft("CREATE VIEW spy AS SELECT hex(randomblob(1e9)) FROM run; DROP VIEW bias_variance;"
          " CREATE VIEW bias_variance AS SELECT hex(randomblob(1e9)) FROM run; CREATE TABLE notes (a)");
    for (size_t k = 0; k < LENGTH(command); k++)
        program_succeeds(&program, command[k]);
}

/* Content that no layout forbids. `expected` NULL: the command may also end well. */
static void contents_that_are_not_ours(void **state)
{
    static const struct {
        const char *sql;
        const char *expected; /* of `table` */
    } content[] = {
        /* metric_group: values of two estimators in turn are as many series */
        {"UPDATE estimator SET position = 0; UPDATE experiment SET stale = 1", NULL},
        {"UPDATE estimator SET position = 0", NULL},
        {"UPDATE estimator SET estimator = printf('%.*c', 300, 'n') WHERE estimator = 'naive'; UPDATE run SET"
         " estimator = printf('%.*c', 300, 'n') WHERE estimator = 'naive'; UPDATE series SET estimator ="
         " printf('%.*c', 300, 'n') WHERE estimator = 'naive'; UPDATE experiment SET stale = 1",
         "the store is damaged"},
        {"UPDATE metric_name SET metric = printf('%.*c', 100, 'm') || metric; UPDATE experiment SET stale = "
         "1",
         NULL},
        {"UPDATE metric_name SET metric = CAST(metric AS BLOB); UPDATE metric_value SET world = 'x'; UPDATE "
         "experiment SET stale = 1",
         NULL},
        {"UPDATE run SET predictions = NULL; UPDATE experiment SET stale = 1", "are not of 50 rows"},
        {"UPDATE run SET predictions = zeroblob(3); UPDATE experiment SET stale = 1", "are not of 50 rows"},
        {"UPDATE run SET predictions = 'text'; UPDATE experiment SET stale = 1", "are not of 50 rows"},
        {"UPDATE test_set SET rows = 2305843009213693952, p_r = x'', p_o = x''; UPDATE experiment SET stale "
         "= 1",
         "is not of 2305843009213693952 rows"},
        {"UPDATE test_set SET rows = -1; UPDATE experiment SET stale = 1", "is not of -1 rows"},
        {"UPDATE test_set SET rows = 'many', p_o = NULL; UPDATE experiment SET stale = 1",
         "is not of 0 rows"},
        {"UPDATE test_set SET p_r = (SELECT hex(p_r) FROM test_set), p_o = (SELECT hex(p_r) FROM test_set), "
         "rows ="
         " 100; UPDATE experiment SET stale = 1",
         NULL},
        {"INSERT INTO risk (experiment, setting, predictor, estimator, world, predictor_position,"
         " estimator_position, redraws, ideal, estimates) VALUES ('small', '', 'p', 'e', 0, 0, 0, 9, 0, "
         "x'01'),"
         " ('small', '', 'p', 'f', 0, 0, 0, 9, 0, zeroblob(23)), ('small', '', 'p', printf('%.*c', 99, 'g'), "
         "0,"
         " 0, 0, -9, 'x', 'estimates'); UPDATE experiment SET stale = 1",
         NULL},
        {"UPDATE experiment SET top_k = 9e18, seed = -1, shown = printf('%.*c', 99, 'mse,')", NULL},
        {"UPDATE experiment SET shown = replace(hex(zeroblob(99)), '00', 'mse,')",
         "--metric: expected at most"},
        {"UPDATE experiment SET spec = 'estimators: [naive]', baseline = '', question = char(10)", NULL},
        {"DELETE FROM setting", NULL},
        {"DELETE FROM estimator", NULL},
        {"DELETE FROM experiment", "has no runs of"},
        {"UPDATE run SET world = -replicate, replicate = 1 << 40; UPDATE metric_value SET world = "
         "-replicate, "
         "replicate"
         " = 1 << 40; UPDATE experiment SET stale = 1",
         NULL},
        {"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500) INSERT INTO setting"
         " SELECT 'small', i, i, 0 FROM n; WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
         "WHERE i <"
         " 1500) INSERT INTO estimator SELECT 'small', i, i FROM n",
         "has 1501 settings, 1502 estimators"},
        /* Eight keys of 151 values each are a grid of 151^8 places. */
        {"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) INSERT INTO setting"
         " SELECT 'small', i, i, 0 FROM n; DELETE FROM setting WHERE setting = ''; WITH RECURSIVE n (i) AS "
         "(SELECT 1"
         " UNION ALL SELECT i + 1 FROM n WHERE i < 300), k (j) AS (SELECT 1 UNION ALL SELECT j + 1 FROM k "
         "WHERE j"
         " < 8) INSERT INTO setting_key SELECT 'small', i, 'k' || j, i / 2, i / 2, j FROM n, k; UPDATE run "
         "SET "
         "setting ="
         " '1'",
         "make a grid of"},
    };
    (void)state;
    program_needed();
    for (size_t i = 0; i < LENGTH(content); i++) {
        craft(content[i].sql);
        for (size_t k = 0; k < LENGTH(command); k++) {
            runs(command[k], content[i].sql);
            if (k == 0 && content[i].expected && (program.code != 1 && program.code != 2))
                fail_msg("%s: exit code %d, errors '%s'", content[i].sql, program.code, program.errors);
            if (k == 0 && content[i].expected && !strstr(program.errors, content[i].expected))
                fail_msg("%s: errors '%s'; expected '%s'", content[i].sql, program.errors,
                         content[i].expected);
        }
    }
}

/* The order of estimators at the same place is that of their names, and the numbers are those of before. */
static void estimators_at_one_place(void **state)
{
    char before[OUTPUT];
    (void)state;
    craft("UPDATE estimator SET position = estimator <> 'ips'; UPDATE experiment SET stale = 1");
    program_succeeds(&program, "table $F/crafted.db");
    memcpy(before, program.output, sizeof before);
    craft("UPDATE estimator SET position = 7; UPDATE experiment SET stale = 1");
    program_succeeds(&program, "table $F/crafted.db");
    assert_string_equal(program.output, before);
}

/* Six sweeps of ten values: a million settings in a line of text each. */
static void a_spec_of_a_million_settings(void **state)
{
    static const char *const key[] = {"world.ctr",     "world.cvr",   "world.gamma_o",
                                      "world.gamma_r", "world.delta", "train.l2"};
    char sql[2048] = "UPDATE experiment SET spec = spec";
    (void)state;
    program_needed();
    for (size_t k = 0; k < LENGTH(key); k++)
        snprintf(sql + strlen(sql), sizeof sql - strlen(sql),
                 " || 'sweep.%s: [.01,.02,.03,.04,.05,.06,.07,.08,.09,.1]' || char(10)", key[k]);
    craft(sql);
    shell("cp $F/crafted.db $F/million.db");
    for (size_t k = 0; k < LENGTH(command); k++)
        runs(command[k], "a million settings");
    program_succeeds(&program, "show $F/million.db");
    assert_non_null(strstr(program.output, "sweep: 1000000 settings; expected at most 100000"));
}

/* Names and texts that would write on the terminal, move its cursor, or end a line. */
static void control_characters(void **state)
{
    static const char *const more[] = {
        "table $F/crafted.db -f csv",   "table $F/crafted.db -f markdown",
        "table $F/crafted.db -f latex", "table $F/crafted.db -f html",
        "show $F/crafted.db --spec",    "table $F/crafted.db --estimator none"};
    (void)state;
    program_needed();
    craft("UPDATE estimator SET estimator = estimator || char(27) || '[2J' || char(7);"
          " UPDATE run SET estimator = estimator || char(27) || '[2J' || char(7);"
          " UPDATE series SET estimator = estimator || char(27) || '[2J' || char(7);"
          " UPDATE experiment SET question = 'Is' || char(155) || '31m it' || char(27) || ']0;x' || char(7),"
          " version = char(27) || 'c', host = char(8, 8, 8), baseline = baseline || char(27) || '[2J' || "
          "char(7),"
          " spec = spec || '# ' || char(27) || '[2J' || char(10), stale = 1;"
          " INSERT INTO claim VALUES ('small', 0, char(27) || '[2J', 'naive mse < 1')");
    for (size_t k = 0; k < LENGTH(command); k++)
        runs(command[k], "control characters");
    for (size_t k = 0; k < LENGTH(more); k++) {
        runs(more[k], "control characters");
        assert_null(strstr(program.output, "\xc2\x9b"));
    }
    program_succeeds(&program, "report $F/crafted.db -o $F/report");
    shell("! LC_ALL=C grep -qP '[\\x01-\\x08\\x0b-\\x1f\\x7f]' $F/report/index.html $F/report/report.md");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layouts_that_are_not_ours),   cmocka_unit_test(another_encoding),
        cmocka_unit_test(views_of_others_are_ignored), cmocka_unit_test(contents_that_are_not_ours),
        cmocka_unit_test(estimators_at_one_place),     cmocka_unit_test(a_spec_of_a_million_settings),
        cmocka_unit_test(control_characters),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
