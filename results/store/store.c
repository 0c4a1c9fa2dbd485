#include "results/store/store.h"

#include "results/store/fingerprint.h"
#include "results/store/query.h"
#include "results/store/schema.h"
#include "results/store/store_file.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    BUSY_MILLISECONDS = 5 * 60 * 1000
}; /* another writer, such as a summary of many runs, may hold the store */

struct Store {
    sqlite3 *connection;
    char *path;
};

struct sqlite3 *store_connection(Store *store)
{
    return store->connection;
}

const char *store_path(const Store *store)
{
    return store->path;
}

void store_close(Store *store)
{
    if (store) {
        sqlite3_close(store->connection);
        free(store->path);
        free(store);
    }
}

static Store *store_create(const char *path)
{
    Store *store = calloc(1, sizeof *store);
    char *copy = strdup(path);
    if (!store || !copy) {
        free(store);
        free(copy);
        return NULL;
    }
    store->path = copy;
    return store;
}

static Status connect(Store *store, const char *name, int flags, Message *message)
{
    sqlite3_close(store->connection);
    store->connection = NULL;
    if (sqlite3_open_v2(name, &store->connection, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        return query_error(store, message);
    sqlite3_extended_result_codes(store->connection, 0);
    sqlite3_busy_timeout(store->connection, BUSY_MILLISECONDS);
    /* The first read is what finds a file that cannot be read, and a layout that is not whole. */
    return query_run(store, message, "SELECT count(*) FROM sqlite_schema", "");
}

static Status make_layout(Store *store, Message *message)
{
    char pragma[96];
    sqlite3_snprintf(sizeof pragma, pragma, "PRAGMA application_id = %d", STORE_APPLICATION_ID);
    Status status = query_run(store, message, pragma, "");
    if (!status) {
        sqlite3_snprintf(sizeof pragma, pragma, "PRAGMA user_version = %d", STORE_VERSION);
        status = query_run(store, message, pragma, "");
    }
    for (int i = 0; !status && store_schema[i]; i++)
        status = query_run(store, message, store_schema[i], "");
    return status;
}

/* An empty file gets the whole layout in one transaction, before WAL mode: so the file's header names it as
 * ours from the first byte on, and a kill leaves either an empty file or a store. */
static Status ensure_layout(Store *store, Message *message)
{
    Status status = query_begin(store, message);
    if (status)
        return status;
    sqlite3_stmt *statement = NULL;
    status = query_prepare(store, &statement, message, "SELECT count(*) FROM sqlite_schema", "");
    int empty =
        !status && query_next(store, statement, &status, message) && sqlite3_column_int(statement, 0) == 0;
    sqlite3_finalize(statement);
    if (!status && empty)
        status = make_layout(store, message);
    return query_end(store, status, message);
}

/* WAL keeps readers and the writer out of each other's way. With synchronous = NORMAL a commit is in the
 * hands of the system but not yet forced to the disk: a killed process loses nothing that was committed, and
 * a power cut at most the last commits, whose units run again; it never leaves the file corrupt. */
static Status open_writing(Store *store, Message *message)
{
    Status status = connect(store, store->path, SQLITE_OPEN_READWRITE, message);
    if (status)
        return status;
    if (sqlite3_db_readonly(store->connection, "main") == 1)
        return fail(message, STATUS_FAILED, "%s: no permission to write", store->path);
    status = ensure_layout(store, message);
    const char *const pragma[] = {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL",
                                  "PRAGMA foreign_keys = ON"};
    for (size_t i = 0; !status && i < sizeof pragma / sizeof *pragma; i++)
        status = query_run(store, message, pragma[i], "");
    return status;
}

/* Opened for writing where that is permitted, so that the files of the WAL mode are cleaned up at the end and
 * stale summaries can be computed. Those files cannot be made in a folder without permission to write: there
 * the store is opened as one that does not change. */
static Status open_reading(Store *store, Message *message)
{
    Status status = connect(store, store->path, SQLITE_OPEN_READWRITE, message);
    int code = sqlite3_errcode(store->connection);
    if (!status)
        return query_run(store, message, "PRAGMA query_only = ON", "");
    if (code != SQLITE_CANTOPEN && code != SQLITE_READONLY)
        return status;
    if (store_file_has_wal(store->path)) {
        return fail(message, STATUS_FAILED,
                    "%s: its last changes are in %s-wal; reading them needs write access to the folder",
                    store->path, store->path);
    }
    char *name = store_file_immutable(store->path);
    if (!name)
        return fail_memory(message, "the store");
    status = connect(store, name, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, message);
    free(name);
    return status;
}

Status store_open(Store **store, const char *path, StoreMode mode, Message *message)
{
    *store = NULL;
    int exists = 0;
    Status status = store_file_check(path, mode, &exists, message);
    if (status)
        return status;
    Store *opened = store_create(path);
    if (!opened)
        return fail_memory(message, "the store");
    status = mode == STORE_WRITE ? open_writing(opened, message) : open_reading(opened, message);
    if (status) {
        store_close(opened);
        if (!exists)
            store_file_remove_empty(path);
        return status;
    }
    *store = opened;
    return STATUS_OK;
}

Status store_let_write(Store *store, int writes, Message *message)
{
    if (writes && sqlite3_db_readonly(store->connection, "main") == 1) {
        return fail(message, STATUS_FAILED,
                    "%s: its summaries are older than its runs, and there is no permission to write; copy it "
                    "to where there is",
                    store->path);
    }
    return query_run(store, message, writes ? "PRAGMA query_only = OFF" : "PRAGMA query_only = ON", "");
}

/* UTC, ISO 8601. */
static void now(char text[32])
{
    time_t seconds = time(NULL);
    struct tm utc;
    strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &utc));
}

/* An experiment that has neither run nor risk row, since it was stopped or refused before its first, holds
 * nothing worth keeping: it may come back with another spec. */
static Status forget_without_runs(Store *store, const char *experiment, Message *message)
{
    static const char *const forget[] = {
        "DELETE FROM test_set WHERE experiment = ?1",  "DELETE FROM setting WHERE experiment = ?1",
        "DELETE FROM estimator WHERE experiment = ?1", "DELETE FROM claim WHERE experiment = ?1",
        "DELETE FROM experiment WHERE name = ?1",
    };
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(store, &statement, message,
                                  "SELECT 1 FROM run WHERE experiment = ?1 UNION ALL SELECT 1 FROM risk"
                                  " WHERE experiment = ?1 LIMIT 1",
                                  "t", experiment);
    int holds = !status && query_next(store, statement, &status, message);
    sqlite3_finalize(statement);
    for (size_t i = 0; !status && !holds && i < sizeof forget / sizeof *forget; i++)
        status = query_run(store, message, forget[i], "t", experiment);
    return status;
}

static Status check_fingerprint(Store *store, const ExperimentRow *row, Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(store, &statement, message,
                                  "SELECT fingerprint FROM experiment WHERE name = ?1", "t", row->name);
    if (!status && query_next(store, statement, &status, message)) {
        const char *stored = column_text(statement, 0);
        if (strcmp(stored, row->fingerprint) != 0) {
            char difference[900];
            fingerprint_difference(stored, row->fingerprint, difference, sizeof difference);
            status = fail(message, STATUS_USAGE, "%s: experiment '%s' %s; use another --db or remove it",
                          store->path, row->name, difference);
        }
    }
    sqlite3_finalize(statement);
    return status;
}

/* The estimators of the row take positions 0, 1, ...; those of earlier runs that the row does not name
 * follow, in their old order. */
static Status store_estimators(Store *store, const ExperimentRow *row, Message *message)
{
    char *names = strdup(row->estimators);
    if (!names)
        return fail_memory(message, "the names of the estimators");
    Status status =
        query_run(store, message, "UPDATE estimator SET position = position + 1000000 WHERE experiment = ?1",
                  "t", row->name);
    int position = 0;
    char *rest = names;
    for (char *name = strsep(&rest, ","); name && *name && !status; name = strsep(&rest, ",")) {
        status = query_run(store, message,
                           "INSERT INTO estimator VALUES (?1, ?2, ?3)"
                           " ON CONFLICT (experiment, estimator) DO UPDATE SET position = excluded.position",
                           "tti", row->name, name, position++);
    }
    free(names);
    if (status)
        return status;
    return query_run(
        store, message,
        "UPDATE estimator SET position = ranked.place FROM (SELECT estimator AS name, row_number() OVER"
        " (ORDER BY position) - 1 AS place FROM estimator WHERE experiment = ?1) AS ranked"
        " WHERE experiment = ?1 AND estimator = ranked.name",
        "t", row->name);
}

static Status store_claims(Store *store, const ExperimentRow *row, Message *message)
{
    Status status = query_run(store, message, "DELETE FROM claim WHERE experiment = ?1", "t", row->name);
    for (int i = 0; i < row->claims && !status; i++) {
        status = query_run(store, message, "INSERT INTO claim VALUES (?1, ?2, ?3, ?4)", "titt", row->name, i,
                           row->claim[i].says, row->claim[i].that);
    }
    return status;
}

Status store_experiment(Store *store, const ExperimentRow *row, Message *message)
{
    char started[32];
    now(started);
    Status status = query_begin(store, message);
    if (status)
        return status;
    status = forget_without_runs(store, row->name, message);
    if (!status)
        status = check_fingerprint(store, row, message);
    if (!status) {
        status = query_run(
            store, message,
            "INSERT INTO experiment (name, question, spec, fingerprint, baseline, seed, top_k, shown,"
            " version, libraries, host, started, stale) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
            " ?12, 1)"
            " ON CONFLICT (name) DO UPDATE SET question = excluded.question, spec = excluded.spec,"
            " baseline = excluded.baseline, shown = excluded.shown, finished = NULL, stale = 1",
            "tttttlittttt", row->name, row->question, row->spec, row->fingerprint, row->baseline, row->seed,
            row->top_k, row->shown, row->version, row->libraries, row->host, started);
    }
    if (!status)
        status = store_estimators(store, row, message);
    if (!status)
        status = store_claims(store, row, message);
    return query_end(store, status, message);
}

Status store_setting(Store *store, const char *experiment, const char *setting, int position,
                     Message *message)
{
    return query_run(store, message,
                     "INSERT INTO setting VALUES (?1, ?2, ?3)"
                     " ON CONFLICT (experiment, setting) DO UPDATE SET position = excluded.position",
                     "tti", experiment, setting, position);
}

Status store_test_set(Store *store, const char *experiment, const char *setting, int world,
                      const TestSet *test, Message *message)
{
    const size_t bytes = test->rows * sizeof(double);
    return query_run(store, message,
                     "INSERT INTO test_set VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
                     " ON CONFLICT (experiment, setting, world) DO NOTHING",
                     "ttilbbbb", experiment, setting, world, (int64_t)test->rows, (const void *)test->p_r,
                     bytes, (const void *)test->p_o, bytes, (const void *)test->q, bytes,
                     (const void *)test->click, test->rows);
}

int store_has_run(Store *store, const char *experiment, const char *setting, int world, int replicate,
                  const char *estimator, Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status =
        query_prepare(store, &statement, message,
                      "SELECT 1 FROM run WHERE experiment = ?1 AND setting = ?2 AND estimator = ?3 AND"
                      " world = ?4 AND replicate = ?5",
                      "tttii", experiment, setting, estimator, world, replicate);
    int found = !status && query_next(store, statement, &status, message);
    sqlite3_finalize(statement);
    return status ? -1 : found;
}

static Status store_metrics(Store *store, const RunRow *row, Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(store, &statement, message,
                                  "INSERT INTO metric VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", "");
    for (int i = 0; i < row->metrics && !status; i++) {
        const MetricRow *metric = &row->metric[i];
        status = query_bind(store, statement, message, "ttttttiid", row->experiment, row->setting,
                            metric->space, metric->task, metric->metric, row->estimator, row->world,
                            row->replicate, metric->value);
        if (!status)
            query_next(store, statement, &status, message);
    }
    sqlite3_finalize(statement);
    return status;
}

Status store_run(Store *store, const RunRow *row, Message *message)
{
    Status status = query_begin(store, message);
    if (status)
        return status;
    /* A unit that another process has stored in the meantime is the same unit: its draws are keyed by what it
     * is. */
    status = query_run(store, message,
                       "INSERT INTO run VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
                       " ON CONFLICT (experiment, setting, estimator, world, replicate) DO NOTHING",
                       "tttiitdltb", row->experiment, row->setting, row->estimator, row->world,
                       row->replicate, row->status, row->seconds, row->steps, row->tuned ? row->tuned : "",
                       (const void *)row->prediction, row->rows * sizeof *row->prediction);
    if (!status && sqlite3_changes(store->connection) > 0) {
        status = store_metrics(store, row, message);
        if (!status) {
            status =
                query_run(store, message, "UPDATE experiment SET stale = 1 WHERE name = ?1 AND stale = 0",
                          "t", row->experiment);
        }
    }
    return query_end(store, status, message);
}

Status store_finish(Store *store, const char *experiment, Message *message)
{
    char finished[32];
    now(finished);
    return query_run(store, message, "UPDATE experiment SET finished = ?2 WHERE name = ?1", "tt", experiment,
                     finished);
}
