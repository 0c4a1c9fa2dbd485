/* SQL in few words, for the modules that read and write a store: statements with values bound by a string of
 * types, errors as Status with the store's path and SQLite's message. */
#pragma once

#include "results/store/store.h"

#include <sqlite3.h>

/* Types of bound values, one letter each: t const char * (NULL binds NULL), i int, l int64_t, d double (NaN
 * binds NULL), b const void * and size_t bytes (NULL binds NULL). Text and blobs must outlive the statement's
 * use. */
Status query_prepare(Store *store, sqlite3_stmt **statement, Message *message, const char *sql,
                     const char *types, ...);

/* Statements of query_run that stay prepared; the store has one list of them. */
enum { QUERIES_KEPT = 24 };
typedef struct QueryList {
    sqlite3_stmt *statement[QUERIES_KEPT];
    unsigned next;
} QueryList;

/* Finalizes them, before the connection is closed. */
void query_forget(Store *store);

/* Binds anew, to run a prepared statement again. */
Status query_bind(Store *store, sqlite3_stmt *statement, Message *message, const char *types, ...);

/* Steps to the next row, and says whether there is one: *status stays STATUS_OK at the end, and on a failure
 * becomes the error. */
bool query_next(Store *store, sqlite3_stmt *statement, Status *status, Message *message);

/* Binds and runs to the end a statement whose rows do not matter. It stays prepared, to be run again. */
Status query_run(Store *store, Message *message, const char *sql, const char *types, ...);

/* Whether the query has a row. */
Status query_has(Store *store, bool *has, Message *message, const char *sql, const char *types, ...);

/* The error of the last call on the connection: "PATH: message of SQLite (reason of the system)". */
Status query_error(Store *store, Message *message);

/* One write that other connections see whole or not at all. query_end commits when `status` is OK, else rolls
 * back and gives back `status`; a commit that fails is rolled back too. */
Status query_begin(Store *store, Message *message);
Status query_end(Store *store, Status status, Message *message);

/* Column values: text is never NULL, a NULL number is NaN. */
const char *column_text(sqlite3_stmt *statement, int column);
double column_double(sqlite3_stmt *statement, int column);
