/* Opening and closing a store: what may be opened, in which of SQLite's modes, and its layout. */
#include "results/store/store.h"

#include "results/store/metric_names.h"
#include "results/store/query.h"
#include "results/store/registration.h"
#include "results/store/schema.h"
#include "results/store/schema_check.h"
#include "results/store/store_file.h"
#include "results/store/store_lock.h"
#include "results/store/upgrade.h"
#include "sim/base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUSY_SECONDS = 5 * 60 /* another writer, such as a summary of many runs, may hold it */ };

struct Store {
    sqlite3 *connection;
    char *path;
    bool own_summaries; /* an older layout is read: summaries are temporary tables of this connection */
    int lock_file;      /* -1: none */
    Registration registration;
    QueryList queries;
    MetricNames metric_names;
    double waits_since; /* of the present wait for another process */
    bool told;          /* of it */
};

struct sqlite3 *store_connection(Store *store)
{
    return store->connection;
}

const char *store_path(const Store *store)
{
    return store->path;
}

int store_lock_file(const Store *store)
{
    return store->lock_file;
}

Registration *store_registration(Store *store)
{
    return &store->registration;
}

QueryList *store_queries(Store *store)
{
    return &store->queries;
}

MetricNames *store_metric_names(Store *store)
{
    return &store->metric_names;
}

void store_close(Store *store)
{
    if (!store)
        return;
    query_forget(store);
    sqlite3_close(store->connection);
    if (store->lock_file >= 0)
        close(store->lock_file);
    metric_names_clear(&store->metric_names);
    free(store->registration.experiment);
    free(store->path);
    free(store);
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
    store->lock_file = -1;
    return store;
}

static void (*tell_waiting)(const char *path);

void store_when_waiting(void (*tell)(const char *path))
{
    tell_waiting = tell;
}

/* SQLite's busy handler: whether to wait on, after `calls` waits for the same lock. */
static int wait_on(void *context, int calls)
{
    Store *store = context;
    const double now = clock_seconds();
    if (calls == 0) {
        store->waits_since = now;
        store->told = false;
    }
    if (!store->told && now - store->waits_since >= 1 && tell_waiting) {
        tell_waiting(store->path);
        store->told = true;
    }
    usleep(calls < 10 ? 1000 : 20000);
    return now - store->waits_since < BUSY_SECONDS;
}

/* A store may come from anybody: nothing that stands in the file is run. The layout that the program makes
 * needs none of it. */
static Status disarm(Store *store, Message *message)
{
    static const struct {
        int setting, value;
    } config[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
        {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
    };
    for (size_t i = 0; i < sizeof config / sizeof *config; i++)
        if (sqlite3_db_config(store->connection, config[i].setting, config[i].value, NULL) != SQLITE_OK)
            return query_error(store, message);
    sqlite3_limit(store->connection, SQLITE_LIMIT_ATTACHED, 0);
    Status status = query_run(store, message, "PRAGMA cell_size_check = ON", "");
    /* The constraints of our layout are of what this program writes. */
    return status ? status : query_run(store, message, "PRAGMA ignore_check_constraints = ON", "");
}

/* SQLite takes a name that begins with "file:" for a URI, which may ask for a store in memory. */
static char *plain_name(const char *path)
{
    char *name = NULL;
    return asprintf(&name, "%s%s", *path == '/' ? "" : "./", path) < 0 ? NULL : name;
}

/* A statement that SQLite refuses at once where it would not call the busy handler: when two processes open a
 * new file in the same instant, the first read and the change to WAL mode. */
static Status run_when_free(Store *store, const char *sql, Message *message)
{
    Status status = query_run(store, message, sql, "");
    for (int calls = 0; status && sqlite3_errcode(store->connection) == SQLITE_BUSY && wait_on(store, calls);
         calls++)
        status = query_run(store, message, sql, "");
    return status;
}

static Status connect(Store *store, const char *name, int flags, Message *message)
{
    query_forget(store);
    sqlite3_close(store->connection);
    store->connection = NULL;
    char *plain = flags & SQLITE_OPEN_URI ? strdup(name) : plain_name(name);
    if (!plain)
        return fail_memory(message, "the store");
    int code = sqlite3_open_v2(plain, &store->connection, flags | SQLITE_OPEN_NOMUTEX, NULL);
    free(plain);
    if (code != SQLITE_OK)
        return query_error(store, message);
    sqlite3_extended_result_codes(store->connection, 0);
    sqlite3_busy_handler(store->connection, wait_on, store);
    Status status = disarm(store, message);
    if (status)
        return status;
    /* The first read is what finds a file that cannot be read, and a layout that is not whole. */
    return run_when_free(store, "SELECT count(*) FROM sqlite_schema", message);
}

/* An empty file gets the whole layout in one transaction, before WAL mode: so the file's header names it as
 * ours from the first byte on, and a kill leaves either an empty file or a store. An older layout is brought
 * up in one transaction likewise. The version is read within it, since another process may have done all this
 * in the meantime. */
static Status ensure_layout(Store *store, Message *message)
{
    int version = 0;
    Status status = query_begin(store, message);
    if (status)
        return status;
    status = schema_version(store, &version, message);
    if (!status && version > 0)
        status = store_file_check_version(store->path, version, message);
    if (!status && version > 0)
        status = schema_check(store, version, message);
    if (!status && version == 0)
        status = schema_create(store, message);
    else if (!status && version < STORE_VERSION)
        status = store_upgrade(store, version, message);
    return query_end(store, status, message);
}

/* On a file system of several machines there is no WAL, which would be read wrong there without a word.
 *
 * WAL keeps readers and the writer out of each other's way. With synchronous = NORMAL a commit is in the
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
    /* Units come from many settings and estimators in turn: room for the pages that each goes on with, and a
     * log that is long before it is brought into the file. */
    const bool shared = store_file_shared(store->path) != NULL;
    const char *const pragma[] = {shared ? "PRAGMA journal_mode = DELETE" : "PRAGMA journal_mode = WAL",
                                  shared ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL",
                                  "PRAGMA foreign_keys = ON", "PRAGMA cache_size = -65536",
                                  "PRAGMA wal_autocheckpoint = 8000"};
    for (size_t i = 0; !status && i < sizeof pragma / sizeof *pragma; i++)
        status = run_when_free(store, pragma[i], message);
    store->lock_file = store_lock_open(store->path);
    return status;
}

/* Opened for writing where that is permitted, so that the files of the WAL mode are cleaned up at the end and
 * stale summaries can be computed. Those files cannot be made in a folder without permission to write: there
 * the store is opened as one that does not change. */
static Status connect_reading(Store *store, Message *message)
{
    Status status = connect(store, store->path, SQLITE_OPEN_READWRITE, message);
    int code = sqlite3_errcode(store->connection);
    if (!status || (code != SQLITE_CANTOPEN && code != SQLITE_READONLY))
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

/* Opens for reading, whatever the layout. One transaction, so that the version is that of what is read,
 * though another process may bring the layout up at this moment. Temporary tables are in memory, since the
 * folder for temporary files may be closed as well. */
static Status open_reading(Store *store, Message *message)
{
    int version = 0;
    Status status = connect_reading(store, message);
    if (!status)
        status = query_run(store, message, "PRAGMA temp_store = MEMORY", "");
    if (!status)
        status = query_run(store, message, "BEGIN", "");
    if (status)
        return status;
    status = schema_version(store, &version, message);
    if (!status)
        status = store_file_check_version(store->path, version, message);
    if (!status)
        status = schema_check(store, version, message);
    store->own_summaries = version < SUMMARY_VERSION;
    if (!status && version < STORE_VERSION)
        status = store_upgrade_view(store, version, message);
    status = query_end(store, status, message);
    return status ? status : query_run(store, message, "PRAGMA query_only = ON", "");
}

Status store_open(Store **store, const char *path, StoreMode mode, Message *message)
{
    *store = NULL;
    bool exists;
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

/* Nothing else is ever attached: what a store says cannot open a file. */
Status store_attach(Store *store, const Store *other, Message *message)
{
    char *name = plain_name(other->path);
    if (!name)
        return fail_memory(message, "the store");
    sqlite3_limit(store->connection, SQLITE_LIMIT_ATTACHED, 1);
    Status status = query_run(store, message, "ATTACH ?1 AS other", "t", name);
    sqlite3_limit(store->connection, SQLITE_LIMIT_ATTACHED, 0);
    free(name);
    return status;
}

void store_detach(Store *store)
{
    Message ignored;
    query_forget(store); /* statements that are prepared hold it */
    (void)query_run(store, &ignored, "DETACH other", "");
    query_forget(store);
}

Status store_let_write(Store *store, bool writes, Message *message)
{
    if (writes && !store->own_summaries && sqlite3_db_readonly(store->connection, "main") == 1) {
        return fail(message, STATUS_FAILED,
                    "%s: its summaries are older than its runs, and there is no permission to write; copy it "
                    "to where there is",
                    store->path);
    }
    return query_run(store, message, writes ? "PRAGMA query_only = OFF" : "PRAGMA query_only = ON", "");
}
