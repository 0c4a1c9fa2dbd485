/* Statements of SQL and their errors, as Status and Message. */
#include "results/store/query.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

Status query_error(Store *store, Message *message)
{
    sqlite3 *db = store_connection(store);
    int code = sqlite3_errcode(db);
    int reason = sqlite3_system_errno(db);
    const bool io = code == SQLITE_IOERR || code == SQLITE_CANTOPEN || code == SQLITE_FULL;
    if (io && reason != 0) {
        return fail(message, STATUS_FAILED, "%s: %s (%s)", store_path(store), sqlite3_errmsg(db),
                    strerror(reason));
    }
    return fail(message, STATUS_FAILED, "%s: %s", store_path(store), sqlite3_errmsg(db));
}

static int bind_one(sqlite3_stmt *statement, int place, char type, va_list *values)
{
    switch (type) {
    case 't':
        return sqlite3_bind_text(statement, place, va_arg(*values, const char *), -1, SQLITE_STATIC);
    case 'i':
        return sqlite3_bind_int(statement, place, va_arg(*values, int));
    case 'l':
        return sqlite3_bind_int64(statement, place, va_arg(*values, int64_t));
    case 'd':
        return sqlite3_bind_double(statement, place, va_arg(*values, double));
    case 'b': {
        const void *bytes = va_arg(*values, const void *);
        return sqlite3_bind_blob64(statement, place, bytes, va_arg(*values, size_t), SQLITE_STATIC);
    }
    default:
        assert(false && "a type letter of query.h");
        return SQLITE_MISUSE;
    }
}

static Status bind_all(Store *store, sqlite3_stmt *statement, const char *types, va_list *values,
                       Message *message)
{
    sqlite3_reset(statement);
    for (int place = 1; types[place - 1]; place++)
        if (bind_one(statement, place, types[place - 1], values) != SQLITE_OK)
            return query_error(store, message);
    return STATUS_OK;
}

static Status prepare(Store *store, sqlite3_stmt **statement, const char *sql, const char *types,
                      va_list *values, Message *message)
{
    *statement = NULL;
    if (sqlite3_prepare_v2(store_connection(store), sql, -1, statement, NULL) != SQLITE_OK)
        return query_error(store, message);
    Status status = bind_all(store, *statement, types, values, message);
    if (status) {
        sqlite3_finalize(*statement);
        *statement = NULL;
    }
    return status;
}

Status query_prepare(Store *store, sqlite3_stmt **statement, Message *message, const char *sql,
                     const char *types, ...)
{
    va_list values;
    va_start(values, types);
    Status status = prepare(store, statement, sql, types, &values, message);
    va_end(values);
    return status;
}

Status query_bind(Store *store, sqlite3_stmt *statement, Message *message, const char *types, ...)
{
    va_list values;
    va_start(values, types);
    Status status = bind_all(store, statement, types, &values, message);
    va_end(values);
    return status;
}

bool query_next(Store *store, sqlite3_stmt *statement, Status *status, Message *message)
{
    int code = sqlite3_step(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        *status = query_error(store, message);
    return code == SQLITE_ROW;
}

/* The place of a statement in the store's list: its own, or else the one that has been there longest. */
static sqlite3_stmt **kept_place(QueryList *list, const char *sql)
{
    for (int i = 0; i < QUERIES_KEPT; i++)
        if (list->statement[i] && !strcmp(sqlite3_sql(list->statement[i]), sql))
            return &list->statement[i];
    return &list->statement[list->next++ % QUERIES_KEPT];
}

void query_forget(Store *store)
{
    QueryList *list = store_queries(store);
    for (int i = 0; i < QUERIES_KEPT; i++)
        sqlite3_finalize(list->statement[i]);
    *list = (QueryList){0};
}

Status query_run(Store *store, Message *message, const char *sql, const char *types, ...)
{
    sqlite3_stmt **kept = kept_place(store_queries(store), sql);
    va_list values;
    va_start(values, types);
    Status status;
    if (*kept && !strcmp(sqlite3_sql(*kept), sql)) {
        status = bind_all(store, *kept, types, &values, message);
    } else {
        sqlite3_finalize(*kept);
        status = prepare(store, kept, sql, types, &values, message);
    }
    va_end(values);
    while (!status && query_next(store, *kept, &status, message)) {
    }
    sqlite3_reset(*kept); /* does nothing to NULL */
    return status;
}

Status query_has(Store *store, bool *has, Message *message, const char *sql, const char *types, ...)
{
    sqlite3_stmt *statement = NULL;
    va_list values;
    va_start(values, types);
    Status status = prepare(store, &statement, sql, types, &values, message);
    va_end(values);
    *has = !status && query_next(store, statement, &status, message);
    sqlite3_finalize(statement);
    return status;
}

Status query_begin(Store *store, Message *message)
{
    /* IMMEDIATE: a transaction that only finds out on its first write that another writer is at work cannot
     * wait for it. */
    return query_run(store, message, "BEGIN IMMEDIATE", "");
}

Status query_end(Store *store, Status status, Message *message)
{
    if (!status)
        status = query_run(store, message, "COMMIT", "");
    /* SQLite has rolled back by itself after some errors, not after all. */
    if (status && !sqlite3_get_autocommit(store_connection(store)))
        sqlite3_exec(store_connection(store), "ROLLBACK", NULL, NULL, NULL);
    return status;
}

const char *column_text(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text ? text : "";
}

double column_double(sqlite3_stmt *statement, int column)
{
    return sqlite3_column_type(statement, column) == SQLITE_NULL ? (double)NAN
                                                                 : sqlite3_column_double(statement, column);
}
