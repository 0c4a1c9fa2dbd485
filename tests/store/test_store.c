/* The store: what is written and read back, resumed, refused, and kept whole when something fails. */
#include "results/store/query.h"
#include "results/store/schema.h"
#include "results/store/setting_key.h"
#include "results/store/store_file.h"
#include "results/summary/summary_read.h"

#include "tests/support/store_fixture.h"
#include "tests/support/stores.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char *folder;
static char path[128];

static int setup(void **state)
{
    (void)state;
    folder = temporary_folder();
    snprintf(path, sizeof path, "%s/a.db", folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

/* Which file systems machines share: there is no WAL on these. */
static void shared_file_systems_are_known(void **state)
{
    (void)state;
    assert_string_equal(file_system_shared(0x6969), "NFS");
    assert_string_equal(file_system_shared(0x0bd00bd0), "Lustre");
    assert_string_equal(file_system_shared(0x65735546), "FUSE");
    assert_null(file_system_shared(0xef53));     /* ext4 */
    assert_null(file_system_shared(0x58465342)); /* XFS */
    assert_null(store_file_shared(path));        /* of a file that is not there: its folder's */
}

static Store *open_store(StoreMode mode)
{
    Store *store = NULL;
    OK(store_open(&store, path, mode, message));
    assert_non_null(store);
    return store;
}

/* All rows of a query as text; the caller frees it. */
static char *dump(Store *store, const char *sql)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    sqlite3_stmt *statement = NULL;
    assert_non_null(file);
    OK(query_prepare(store, &statement, message, sql, ""));
    int code = sqlite3_step(statement);
    for (; code == SQLITE_ROW; code = sqlite3_step(statement)) {
        for (int c = 0; c < sqlite3_column_count(statement); c++) {
            int bytes = sqlite3_column_bytes(statement, c);
            const unsigned char *blob = sqlite3_column_blob(statement, c);
            if (sqlite3_column_type(statement, c) == SQLITE_FLOAT) {
                fprintf(file, "%a|", sqlite3_column_double(statement, c));
            } else {
                for (int i = 0; i < bytes; i++)
                    fprintf(file, "%02x", blob[i]);
                fputc('|', file);
            }
        }
        fputc('\n', file);
    }
    assert_int_equal(code, SQLITE_DONE);
    sqlite3_finalize(statement);
    assert_int_equal(fclose(file), 0);
    return text;
}

static int count(Store *store, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    OK(query_prepare(store, &statement, message, sql, ""));
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int value = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

static bool has_run(const char *experiment, const char *estimator, int replicate, Store *store)
{
    UnitState state;
    OK(store_unit_state(store, &(UnitKey){experiment, "world.ctr=0.1", estimator, 0, replicate}, &state,
                        message));
    return state != UNIT_MISSING;
}

static void round_trip(void **state)
{
    (void)state;
    Store *store = open_store(STORE_WRITE);
    fixture_fill(store);
    OK(store_finish(store, "compare", message));
    store_close(store);

    store = open_store(STORE_READ);
    assert_true(has_run("compare", "ips", 0, store));
    assert_true(has_run("compare", "ips", 1, store)); /* diverged: is done */
    assert_false(has_run("compare", "ips", REPLICATES, store));
    assert_false(has_run("other", "ips", 0, store));
    assert_int_equal(count(store, "SELECT count(*) FROM run"), UNITS);
    assert_int_equal(
        count(store, "SELECT count(*) FROM run WHERE status = 'diverged' AND predictions IS NULL"), 1);
    assert_int_equal(count(store, "SELECT count(*) FROM metric"), 3 * UNITS);
    assert_int_equal(
        count(store, "SELECT count(*) FROM experiment WHERE seed = 1 AND top_k = 5 AND host = 'here' AND"
                     " started LIKE '20__-__-__T__:__:__Z' AND finished >= started"),
        1);
    sqlite3_stmt *statement = NULL;
    OK(query_prepare(
        store, &statement, message,
        "SELECT r.predictions, t.p_r, t.click FROM run r JOIN test_set t USING (experiment, setting, world)"
        " WHERE setting = 'world.ctr=0.2' AND world = 1 AND replicate = 3 AND estimator = 'dr_jl'",
        ""));
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    FixtureTruth truth;
    float prediction[ROWS];
    fixture_truth(&truth, 1, 1);
    fixture_prediction(&truth, 1, 1, 3, 2, prediction);
    assert_int_equal(sqlite3_column_bytes(statement, 0), sizeof prediction);
    assert_memory_equal(sqlite3_column_blob(statement, 0), prediction, sizeof prediction);
    assert_memory_equal(sqlite3_column_blob(statement, 1), truth.p_r, sizeof truth.p_r);
    assert_memory_equal(sqlite3_column_blob(statement, 2), truth.click, sizeof truth.click);
    sqlite3_finalize(statement);
    store_close(store);
}

/* Everything but times, in the tables and the views. */
static const char experiment_without_times[] = "SELECT name, question, spec, baseline, seed, "
                                               "top_k, version, libraries, host, stale FROM experiment";
static const char *const every[] = {
    experiment_without_times,
    "SELECT * FROM estimator",
    "SELECT * FROM fingerprint",
    "SELECT * FROM setting",
    "SELECT * FROM setting_key",
    "SELECT * FROM test_set",
    "SELECT * FROM run",
    "SELECT * FROM metric",
    "SELECT * FROM bias_variance",
    "SELECT * FROM decile",
    "SELECT * FROM calibration",
    "SELECT * FROM metric_summary",
    "SELECT * FROM paired_difference",
};
enum { EVERY = sizeof every / sizeof *every };

static void order_of_runs_does_not_matter(void **state)
{
    (void)state;
    char *text[2][EVERY];
    for (int way = 0; way < 2; way++) {
        snprintf(path, sizeof path, "%s/%d.db", folder, way);
        Store *store = open_store(STORE_WRITE);
        fixture_begin(store);
        for (int i = 0; i < UNITS; i++) {
            /* 23 and 60 share no factor. The second store is closed, taken up again and refreshed on the way.
             */
            OK(fixture_run(store, way ? (i * 23 + 7) % UNITS : i, message));
            if (way && i % 25 == 24) {
                OK(summary_refresh(store, message));
                store_close(store);
                store = open_store(STORE_WRITE);
                fixture_begin(store);
            }
        }
        OK(summary_refresh(store, message));
        for (int i = 0; i < EVERY; i++)
            text[way][i] = dump(store, every[i]);
        store_close(store);
    }
    for (int i = 0; i < EVERY; i++) {
        assert_true(strlen(text[0][i]) > 20);
        assert_string_equal(text[0][i], text[1][i]);
        free(text[0][i]);
        free(text[1][i]);
    }
}

static void run_is_stored_once(void **state)
{
    (void)state;
    Store *store = open_store(STORE_WRITE);
    fixture_begin(store);
    OK(fixture_run(store, 0, message));
    OK(summary_refresh(store, message));
    OK(fixture_run(store, 0, message));
    assert_int_equal(count(store, "SELECT count(*) FROM run"), 1);
    assert_int_equal(count(store, "SELECT count(*) FROM metric"), 3);
    assert_int_equal(count(store, "SELECT stale FROM experiment"), 0);
    store_close(store);
}

static void unknown_estimator_is_refused_whole(void **state)
{
    (void)state;
    Store *store = open_store(STORE_WRITE);
    fixture_begin(store);
    const MetricRow metric = {"D", "cvr", "mse", 1, NULL};
    const RunRow row = {.experiment = "compare",
                        .setting = "world.ctr=0.1",
                        .estimator = "nobody",
                        .status = "done",
                        .metric = &metric,
                        .metrics = 1};
    Message failure;
    assert_int_equal(store_run(store, &row, &failure), STATUS_FAILED);
    assert_non_null(strstr(failure.text, path));
    assert_int_equal(count(store, "SELECT count(*) FROM run"), 0);
    assert_int_equal(count(store, "SELECT count(*) FROM metric"), 0);
    OK(fixture_run(store, 0, message)); /* the transaction is over */
    store_close(store);
}

/* Takes the fixture's experiment up with these keys; `expected` NULL: it goes on. */
static void expect_taken_up(Store *store, const Fingerprint *fingerprint, const char *expected)
{
    ExperimentRow row = fixture_experiment();
    row.fingerprint = fingerprint;
    Message failure = {""};
    char text[512] = "";
    if (expected)
        snprintf(text, sizeof text, "%s: experiment 'compare' %s; use another --db or remove it", path,
                 expected);
    assert_int_equal(store_experiment(store, &row, &failure), expected ? STATUS_USAGE : STATUS_OK);
    assert_string_equal(failure.text, text);
}

static char seed[] = "seed", ctr[] = "world.ctr", cvr[] = "world.cvr", delta[] = "world.delta";

static void other_fingerprint_is_refused(void **state)
{
    (void)state;
    static const struct {
        FingerprintKey key[4];
        int keys;
        const char *expected;
    } cases[] = {
        {{{seed, "1", NULL}, {ctr, "0.05", NULL}, {cvr, "0.2", NULL}},
         3,
         "was run with 'world.ctr: 0.1', now 'world.ctr: 0.05'"},
        {{{seed, "2", NULL}, {ctr, "0.05", NULL}, {cvr, "0.2", NULL}},
         3,
         "was run with 'seed: 1', now 'seed: 2'"},
        /* The legacy value is for a side that lacks the key, not for one that has another value. */
        {{{seed, "1", NULL}, {ctr, "0.05", "0.1"}, {cvr, "0.2", NULL}},
         3,
         "was run with 'world.ctr: 0.1', now 'world.ctr: 0.05'"},
        {{{seed, "1", NULL}, {ctr, "0.1", NULL}, {delta, "1", NULL}, {cvr, "0.2", NULL}},
         4,
         "was run without 'world.delta: 1'"},
        {{{seed, "1", NULL}, {ctr, "0.1", NULL}, {delta, "1", "0"}, {cvr, "0.2", NULL}},
         4,
         "was run with 'world.delta: 0', now 'world.delta: 1'"},
        /* Keys that the program does not know: without a legacy value, and with another one. */
        {{{seed, "1", NULL}, {cvr, "0.2", NULL}}, 2, "was run with 'world.ctr: 0.1', now without it"},
        {{{seed, "1", NULL}, {ctr, "0.1", NULL}}, 2, "was run with 'world.cvr: 0.2', now 'world.cvr: 0.5'"},
    };
    Store *store = open_store(STORE_WRITE);
    fixture_begin(store);
    OK(fixture_run(store, 0, message));
    char *before = dump(store, "SELECT * FROM experiment, fingerprint");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_taken_up(store, &(Fingerprint){(FingerprintKey *)cases[i].key, cases[i].keys},
                        cases[i].expected);
    char *after = dump(store, "SELECT * FROM experiment, fingerprint");
    assert_string_equal(before, after);
    free(before);
    free(after);
    store_close(store);
}

/* A key that one side lacks, at its legacy value on the other. */
static void keys_at_their_legacy_value_do_not_count(void **state)
{
    (void)state;
    Store *store = open_store(STORE_WRITE);
    fixture_begin(store);
    OK(fixture_run(store, 0, message));
    FingerprintKey newer[] = {{seed, "1", NULL}, {ctr, "0.1", NULL}, {cvr, "0.2", "0.5"}, {delta, "0", "0"}};
    expect_taken_up(store, &(Fingerprint){newer, 4}, NULL);
    assert_int_equal(count(store, "SELECT count(*) FROM fingerprint WHERE key = 'world.delta'"), 1);
    /* The program of before, which does not know the key, goes on, and leaves it there. */
    expect_taken_up(store, fixture_experiment().fingerprint, NULL);
    assert_int_equal(count(store, "SELECT count(*) FROM fingerprint"), 4);
    newer[3].value = "1";
    expect_taken_up(store, &(Fingerprint){newer, 4}, "was run with 'world.delta: 0', now 'world.delta: 1'");
    store_close(store);
}

static void experiment_without_runs_may_change(void **state)
{
    (void)state;
    Store *store = open_store(STORE_WRITE);
    fixture_begin(store);
    ExperimentRow row = fixture_experiment();
    FingerprintKey key = {seed, "2", NULL};
    row.fingerprint = &(Fingerprint){&key, 1};
    row.seed = 2;
    row.method = &(MethodRow){.name = "esmm"};
    row.methods = 1;
    OK(store_experiment(store, &row, message));
    assert_int_equal(count(store, "SELECT count(*) FROM experiment WHERE seed = 2"), 1);
    assert_int_equal(count(store, "SELECT count(*) FROM fingerprint"), 1);
    assert_int_equal(count(store, "SELECT count(*) FROM setting"), 0);
    assert_int_equal(count(store, "SELECT count(*) FROM setting_key"), 0);
    assert_int_equal(count(store, "SELECT count(*) FROM test_set"), 0);
    assert_int_equal(count(store, "SELECT count(*) FROM estimator WHERE estimator = 'esmm'"), 1);
    assert_int_equal(count(store, "SELECT count(*) FROM estimator"), 1);
    store_close(store);
}

static void experiment_is_taken_up_again(void **state)
{
    (void)state;
    Store *store = open_store(STORE_WRITE);
    fixture_fill(store);
    OK(store_finish(store, "compare", message));
    OK(summary_refresh(store, message));
    ExperimentRow row = fixture_experiment();
    row.spec = "name: compare\nreplicates: 9\n";
    row.baseline = "ips";
    row.method = (const MethodRow[]){{.name = "esmm", .label = "ESMM"}, {.name = "dr_jl"}};
    row.methods = 2;
    OK(store_experiment(store, &row, message));
    assert_int_equal(
        count(store, "SELECT count(*) FROM experiment WHERE finished IS NULL AND stale AND baseline = 'ips'"
                     " AND spec LIKE '%9%'"),
        1);
    char *order = dump(store, "SELECT position || estimator FROM estimator ORDER BY position");
    assert_string_equal(
        order, "3065736d6d|\n3164725f6a6c|\n326e61697665|\n33697073|\n"); /* 0esmm 1dr_jl 2naive 3ips */
    free(order);
    char *labels = dump(store, "SELECT estimator, base, label FROM method ORDER BY label");
    assert_string_equal(labels, "65736d6d|65736d6d|45534d4d|\n64725f6a6c|64725f6a6c|64725f6a6c|\n"
                                "697073|697073|697073|\n6e61697665|6e61697665|6e61697665|\n"); /* ESMM */
    free(labels);
    row.methods = 0; /* the risk layer alone: those of earlier runs stay */
    OK(store_experiment(store, &row, message));
    assert_int_equal(count(store, "SELECT count(*) FROM estimator"), 4);
    store_close(store);
}

/* What a reader with SQL does to have a column for a swept key. */
static void settings_are_joined_by_key(void **state)
{
    (void)state;
    static const char pivot[] = "SELECT b.estimator, max(b.mse) FILTER (WHERE k.number = 0.1) AS low,"
                                " max(b.mse) FILTER (WHERE k.value = '0.2') AS high"
                                " FROM bias_variance b JOIN setting_key k USING (experiment, setting)"
                                " WHERE k.key = 'world.ctr' GROUP BY b.estimator ORDER BY b.estimator";
    static const char one_by_one[] =
        "SELECT a.estimator, a.mse, b.mse FROM bias_variance a JOIN bias_variance b USING (estimator)"
        " WHERE a.setting = 'world.ctr=0.1' AND b.setting = 'world.ctr=0.2' ORDER BY a.estimator";
    Store *store = open_store(STORE_WRITE);
    fixture_fill(store);
    OK(summary_refresh(store, message));
    char *got = dump(store, pivot), *expected = dump(store, one_by_one);
    assert_string_equal(got, expected);
    assert_true(strlen(got) > 100);
    free(got);
    free(expected);

    const KeyValue key[] = {{"propensity.source", "oracle"}, {"model.layers", "[64,32]"}};
    OK(store_setting(store, &(SettingRow){"compare", "two keys", 2, key, 2, NULL}, message));
    OK(store_setting(store, &(SettingRow){"compare", "two keys", 2, key, 2, NULL}, message));
    SettingKeyList list;
    OK(setting_keys_read(&list, store, "compare", message));
    assert_int_equal(list.rows, 4);
    assert_string_equal(list.row[0].value, "0.1");
    assert_true(list.row[0].number == 0.1 && isnan(list.row[2].number) && isnan(list.row[3].number));
    assert_string_equal(list.row[3].key, "model.layers");
    assert_string_equal(setting_key_value(&list, "two keys", "propensity.source"), "oracle");
    assert_string_equal(setting_key_value(&list, "world.ctr=0.2", "world.ctr"), "0.2");
    assert_null(setting_key_value(&list, "world.ctr=0.2", "model.layers"));
    setting_keys_clear(&list);
    store_close(store);
}

static void write_bytes(const char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static char *read_bytes(size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *bytes = malloc(1 << 22);
    assert_non_null(bytes);
    *size = fread(bytes, 1, 1 << 22, file);
    assert_int_equal(fclose(file), 0);
    return bytes;
}

static bool exists(const char *suffix)
{
    char name[160];
    snprintf(name, sizeof name, "%s%s", path, suffix);
    return access(name, F_OK) == 0;
}

/* Opening fails with one line that names the file and says why, and leaves the file and its folder as they
 * were. */
static void expect_refused(StoreMode mode, Status expected, const char *why)
{
    size_t before_size = 0;
    size_t after_size = 0;
    char *before = read_bytes(&before_size);
    Store *store = NULL;
    Message failure;
    assert_int_equal(store_open(&store, path, mode, &failure), expected);
    assert_null(store);
    assert_memory_equal(failure.text, path, strlen(path));
    assert_non_null(strstr(failure.text, why));
    assert_null(strchr(failure.text, '\n'));
    char *after = read_bytes(&after_size);
    assert_int_equal(before_size, after_size);
    assert_memory_equal(before, after, before_size);
    assert_false(exists("-wal") || exists("-shm") || exists("-journal"));
    free(before);
    free(after);
}

static void make_database(const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void foreign_files_are_left_alone(void **state)
{
    (void)state;
    static const char notes[] =
        "some notes\nof a user, longer than a header of SQLite would be: ...................."
        "..............................................................\n";
    write_bytes(notes, sizeof notes - 1);
    expect_refused(STORE_WRITE, STATUS_USAGE, "not a SQLite database");
    expect_refused(STORE_READ, STATUS_USAGE, "not a SQLite database");
    write_bytes("short", 5);
    expect_refused(STORE_WRITE, STATUS_USAGE, "not a SQLite database");
    unlink(path);
    make_database("CREATE TABLE experiment (a); INSERT INTO experiment VALUES (1)");
    expect_refused(STORE_WRITE, STATUS_USAGE, "another program");
    expect_refused(STORE_READ, STATUS_USAGE, "another program");
    unlink(path);
    write_bytes("", 0);
    expect_refused(STORE_READ, STATUS_USAGE, "empty");
}

static void other_versions_are_refused(void **state)
{
    (void)state;
    store_close(open_store(STORE_WRITE));
    char sql[64];
    snprintf(sql, sizeof sql, "PRAGMA user_version = %d", STORE_VERSION + 1);
    make_database(sql);
    expect_refused(STORE_WRITE, STATUS_USAGE, "newer");
    expect_refused(STORE_READ, STATUS_USAGE, "newer");
    snprintf(sql, sizeof sql, "PRAGMA user_version = %d", STORE_OLDEST - 1);
    make_database(sql);
    expect_refused(STORE_WRITE, STATUS_USAGE, "older");
    expect_refused(STORE_READ, STATUS_USAGE, "older");
}

/* A store of version 6 with the fixture's experiment: there are no bases and labels, and units do not know
 * their parameters. */
static void make_version_6(void)
{
    Store *store = open_store(STORE_WRITE);
    fixture_fill(store);
    OK(summary_refresh(store, message));
    store_close(store);
    make_database(STORES_BACK_TO_8
                  "DROP TABLE test_sample; DROP TABLE method; DROP TABLE setting_log; DROP TABLE code; DROP "
                  "TABLE data_file; DROP "
                  "TABLE build; ALTER TABLE experiment DROP COLUMN registered; "
                  "DROP VIEW bias_variance; ALTER TABLE run DROP "
                  "COLUMN parameters;"
                  "CREATE VIEW bias_variance AS SELECT experiment, setting, estimator, mse FROM"
                  " summary_bias_variance; PRAGMA user_version = 6");
}

/* A store of version 5: moreover its fingerprint is one text, and its settings have no keys. */
static void make_version_5(void)
{
    make_version_6();
    make_database(
        "DROP TABLE fingerprint; DROP TABLE setting_key;"
        "ALTER TABLE experiment ADD COLUMN fingerprint TEXT NOT NULL DEFAULT '';"
        "UPDATE experiment SET fingerprint = 'seed: 1' || char(10) || 'world.ctr: 0.1' || char(10) ||"
        " 'world.cvr: 0.2' || char(10) || 'columns.user: ' || char(10);"
        "INSERT INTO setting (experiment, setting, position) VALUES"
        " ('compare', 'world.ctr=0.3 a.b=x y c=[1,2]', 2);"
        "PRAGMA user_version = 5");
}

static const char *const new_since_5[] = {
    "SELECT experiment || key || value || coalesce(legacy, '-') FROM fingerprint",
    "SELECT experiment || setting || key || value || coalesce(number, '-') || position FROM setting_key",
    "SELECT experiment || setting || log FROM setting_log WHERE log = setting",
};
enum { NEW_SINCE_5 = sizeof new_since_5 / sizeof *new_since_5 };

static void an_older_layout_is_read_as_it_is(void **state)
{
    (void)state;
    make_version_5();
    size_t size[2];
    char *before = read_bytes(&size[0]), *text[2][NEW_SINCE_5];
    for (int way = 0; way < 2; way++) {
        Store *store = open_store(way ? STORE_WRITE : STORE_READ);
        for (int i = 0; i < NEW_SINCE_5; i++)
            text[way][i] = dump(store, new_since_5[i]);
        assert_int_equal(count(store, "SELECT count(*) FROM fingerprint WHERE legacy IS NULL"), 4);
        assert_int_equal(count(store, "SELECT count(*) FROM fingerprint WHERE key = 'columns.user' AND"
                                      " value = ''"),
                         1);
        assert_int_equal(count(store, "SELECT count(*) FROM setting_key"), 5);
        assert_int_equal(count(store, "SELECT count(*) FROM setting_key WHERE key = 'a.b' AND value = 'x y'"
                                      " AND number IS NULL AND position = 1"),
                         1);
        assert_int_equal(count(store, "SELECT user_version FROM pragma_user_version"),
                         way ? STORE_VERSION : 5);
        store_close(store);
        if (way)
            break;
        char *after = read_bytes(&size[1]);
        assert_int_equal(size[0], size[1]);
        assert_memory_equal(before, after, size[0]);
        assert_false(exists("-wal") || exists("-shm"));
        free(after);
    }
    for (int i = 0; i < NEW_SINCE_5; i++) {
        assert_true(text[0][i][0] != 0);
        assert_string_equal(text[0][i], text[1][i]);
        free(text[0][i]);
        free(text[1][i]);
    }
    free(before);
}

static void version_6_knows_no_labels(void **state)
{
    (void)state;
    static const char *const read[] = {
        "SELECT estimator || base || label FROM method WHERE estimator = base AND base = label",
        "SELECT count(*) FROM run WHERE parameters IS NULL AND seconds IS NOT NULL",
        ("SELECT experiment, setting, estimator, world, replicate, status, seconds, steps, tuned, predictions"
         " FROM run"),
    };
    char *text[3] = {NULL, NULL, NULL};
    make_version_6();
    for (int way = 0; way < 2; way++) {
        StoreResults results;
        Store *store = open_store(way ? STORE_WRITE : STORE_READ);
        for (int i = 0; i < 3; i++) {
            char *now = dump(store, read[i]);
            if (way)
                assert_string_equal(now, text[i]);
            free(text[i]);
            text[i] = now;
        }
        assert_int_equal(count(store, read[1]), UNITS);
        assert_int_equal(count(store, "SELECT count(*) FROM method"), 3);
        OK(results_read(&results, store, message));
        assert_string_equal(results.experiment[0].label[1], results.experiment[0].estimator[1]);
        assert_true(isnan(results.experiment[0].cell[0].parameters));
        results_clear(&results);
        store_close(store);
    }
    for (int i = 0; i < 3; i++)
        free(text[i]);
    /* Metrics are of a series, which refers to its setting. */
    Store *store = open_store(STORE_WRITE);
    assert_int_equal(count(store, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
    assert_int_equal(
        count(store, "SELECT count(*) FROM pragma_foreign_key_list('series') WHERE \"table\" = 'setting'"
                     " AND seq = 0"),
        1);
    assert_int_equal(count(store, "SELECT count(*) FROM bias_variance WHERE parameters IS NULL"), 6);
    store_close(store);
}

static void an_older_layout_goes_on(void **state)
{
    (void)state;
    make_version_5();
    Store *store = open_store(STORE_WRITE);
    char user[] = "columns.user";
    FingerprintKey key[] = {
        {seed, "1", NULL}, {ctr, "0.1", "0.1"}, {cvr, "0.2", NULL}, {user, "", ""}, {delta, "1", "0"}};
    expect_taken_up(store, &(Fingerprint){key, 5}, "was run with 'world.delta: 0', now 'world.delta: 1'");
    key[4].value = "0";
    expect_taken_up(store, &(Fingerprint){key, 3}, "was run with 'columns.user: ', now without it");
    expect_taken_up(store, &(Fingerprint){key, 5}, NULL);
    assert_true(has_run("compare", "ips", 0, store));
    assert_int_equal(count(store, "SELECT count(*) FROM run"), UNITS);
    store_close(store);
}

/* Whatever is written must still be about the experiment that was registered. */
static void another_experiment_of_the_name_is_not_written_to(void **state)
{
    (void)state;
    Store *store = open_store(STORE_WRITE);
    fixture_begin(store);
    OK(fixture_run(store, 0, message));
    OK(query_run(store, message, "UPDATE experiment SET registered = 'another'", ""));
    Message failure;
    assert_int_equal(fixture_run(store, 1, &failure), STATUS_USAGE);
    assert_non_null(strstr(failure.text, "another process has put another one of that name in its place"));
    assert_int_equal(store_finish(store, "compare", &failure), STATUS_USAGE);
    assert_int_equal(store_setting(store, &(SettingRow){.experiment = "compare", .setting = ""}, &failure),
                     STATUS_USAGE);
    assert_int_equal(count(store, "SELECT count(*) FROM run"), 1);
    store_close(store);
}

static void corrupt_store_is_refused(void **state)
{
    (void)state;
    Store *store = open_store(STORE_WRITE);
    fixture_fill(store);
    store_close(store);
    size_t size = 0;
    char *bytes = read_bytes(&size);
    memset(bytes + 100, 0x5A, 3996); /* the page of the layout, behind the header */
    write_bytes(bytes, size);
    free(bytes);
    expect_refused(STORE_WRITE, STATUS_FAILED, "malformed");
    expect_refused(STORE_READ, STATUS_FAILED, "malformed");
}

static void missing_files_and_folders(void **state)
{
    (void)state;
    Store *store = NULL;
    Message failure;
    assert_int_equal(store_open(&store, path, STORE_READ, &failure), STATUS_FAILED);
    assert_non_null(strstr(failure.text, "No such file"));
    assert_false(exists(""));
    assert_int_equal(store_open(&store, folder, STORE_WRITE, &failure), STATUS_USAGE);
    assert_non_null(strstr(failure.text, "a directory"));
    char name[160];
    snprintf(name, sizeof name, "%s/none/a.db", folder);
    assert_int_equal(store_open(&store, name, STORE_WRITE, &failure), STATUS_FAILED);
    assert_non_null(strstr(failure.text, name));
    assert_null(store);
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A limit on the size of files stands in for a full disk: writes fail in the middle of a transaction. */
static void full_disk_stores_nothing(void **state)
{
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    Message failure = {""};
    Store *store = NULL;

    limit_files(20000);
    Status created = store_open(&store, path, STORE_WRITE, &failure);
    limit_files(limit.rlim_cur);
    assert_int_equal(created, STATUS_FAILED);
    assert_non_null(strstr(failure.text, path));
    assert_false(exists("")); /* nothing half made */

    store = open_store(STORE_WRITE);
    fixture_begin(store);
    limit_files(300000);
    int stored = 0;
    Status status = STATUS_OK;
    for (int unit = 0; unit < UNITS && !status; unit++) {
        status = fixture_run(store, unit, &failure);
        stored += !status;
    }
    char *before = dump(store, "SELECT * FROM run");
    int metrics = count(store, "SELECT count(*) FROM metric");
    limit_files(20000); /* less than is written already, so that no summary fits by chance */
    Status summary = summary_refresh(store, NULL);
    limit_files(limit.rlim_cur);
    assert_int_equal(status, STATUS_FAILED);
    assert_true(stored > 0 && stored < UNITS);
    assert_non_null(strstr(failure.text, path));
    assert_true(strstr(failure.text, "disk I/O error") || strstr(failure.text, "full"));
    assert_int_equal(summary, STATUS_FAILED);
    assert_int_equal(count(store, "SELECT count(*) FROM run"), stored);
    assert_int_equal(metrics, 3 * stored);
    store_close(store);

    store = open_store(STORE_WRITE); /* with room again, the run goes on */
    char *after = dump(store, "SELECT * FROM run");
    assert_string_equal(before, after);
    free(before);
    free(after);
    for (int unit = stored; unit < UNITS; unit++)
        OK(fixture_run(store, unit, message));
    OK(summary_refresh(store, message));
    assert_int_equal(count(store, "SELECT count(*) FROM bias_variance"), 6);
    store_close(store);
}

/* A writer that dies at any instant leaves what it has committed, whole. */
static void killed_writer_loses_nothing_committed(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        Store *store = NULL;
        if (store_open(&store, path, STORE_WRITE, NULL))
            _exit(1);
        fixture_begin(store);
        for (int unit = 0; unit < UNITS; unit++)
            if (fixture_run(store, unit, NULL) || write(ends[1], "x", 1) != 1)
                _exit(1);
        pause();
    }
    close(ends[1]);
    int told = 0;
    char byte = 0;
    while (told < UNITS / 2 && read(ends[0], &byte, 1) == 1)
        told++;
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(ends[0]);
    assert_int_equal(told, UNITS / 2);
    Store *store = open_store(STORE_WRITE);
    int stored = count(store, "SELECT count(*) FROM run");
    assert_true(stored >= told);
    assert_int_equal(count(store, "SELECT count(*) FROM metric"), 3 * stored);
    store_close(store);
}

/* As a user without permission to write: reading works, a store that needs new summaries says what to do. */
static int read_as_nobody(void)
{
    if (geteuid() == 0 && (setgid(65534) || setuid(65534)))
        return 10;
    Store *store = NULL;
    Message failure = {""};
    if (store_open(&store, path, STORE_READ, &failure)) {
        fprintf(stderr, "%s\n", failure.text);
        return 11;
    }
    UnitState there = UNIT_MISSING;
    Status read =
        store_unit_state(store, &(UnitKey){"compare", "world.ctr=0.1", "naive", 0, 0}, &there, &failure);
    SettingKeyList list;
    if (setting_keys_read(&list, store, "compare", &failure) || list.rows < 2)
        return 14;
    setting_keys_clear(&list);
    Status refreshed = summary_refresh(store, &failure);
    store_close(store);
    if (read || !there)
        return 12;
    if (store_open(&store, path, STORE_WRITE, &failure) != STATUS_FAILED)
        return 13;
    return refreshed ? 1 : 0;
}

static int in_child(int (*function)(void))
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(function());
    int result = 0;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    return WEXITSTATUS(result);
}

static void read_only_folder_can_be_read(void **state)
{
    (void)state;
    enum { STALE, FRESH, OLDER, KINDS };
    for (int kind = 0; kind < KINDS; kind++) {
        unlink(path);
        if (kind == OLDER) {
            make_version_5();
        } else {
            Store *store = open_store(STORE_WRITE);
            fixture_begin(store);
            OK(fixture_run(store, 0, message));
            if (kind == FRESH)
                OK(summary_refresh(store, message));
            store_close(store);
        }
        assert_int_equal(chmod(path, 0444), 0);
        assert_int_equal(chmod(folder, 0555), 0);
        assert_int_equal(in_child(read_as_nobody), kind == STALE);
        assert_int_equal(chmod(folder, 0755), 0);
        assert_int_equal(chmod(path, 0644), 0);
    }
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(shared_file_systems_are_known, setup, teardown),
        cmocka_unit_test_setup_teardown(round_trip, setup, teardown),
        cmocka_unit_test_setup_teardown(order_of_runs_does_not_matter, setup, teardown),
        cmocka_unit_test_setup_teardown(run_is_stored_once, setup, teardown),
        cmocka_unit_test_setup_teardown(unknown_estimator_is_refused_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(other_fingerprint_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_at_their_legacy_value_do_not_count, setup, teardown),
        cmocka_unit_test_setup_teardown(experiment_is_taken_up_again, setup, teardown),
        cmocka_unit_test_setup_teardown(settings_are_joined_by_key, setup, teardown),
        cmocka_unit_test_setup_teardown(an_older_layout_is_read_as_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(version_6_knows_no_labels, setup, teardown),
        cmocka_unit_test_setup_teardown(an_older_layout_goes_on, setup, teardown),
        cmocka_unit_test_setup_teardown(experiment_without_runs_may_change, setup, teardown),
        cmocka_unit_test_setup_teardown(foreign_files_are_left_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(other_versions_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(another_experiment_of_the_name_is_not_written_to, setup, teardown),
        cmocka_unit_test_setup_teardown(corrupt_store_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(missing_files_and_folders, setup, teardown),
        cmocka_unit_test_setup_teardown(full_disk_stores_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(killed_writer_loses_nothing_committed, setup, teardown),
        cmocka_unit_test_setup_teardown(read_only_folder_can_be_read, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
