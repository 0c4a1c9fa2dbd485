/* Stores as a reader with SQL sees them: numbers out of one, and what differs between two. Files lie in $F.
 */
#pragma once

#include "tests/support/support.h"

#include <sqlite3.h>

sqlite3 *stores_open(const char *name);

void stores_close(sqlite3 *db);

/* What a query says in the first column of its first row; free() it. */
char *stores_text(sqlite3 *db, const char *sql);

double stores_value(sqlite3 *db, const char *sql);

/* The number that a query on a store says. */
double store_number(const char *name, const char *sql);

/* Store `a` as main, store `b` as other. */
sqlite3 *stores_attach(const char *a, const char *b);

/* SELECT COLUMNS FROM ROWS must be the same in both; blobs and numbers bit for bit. */
void stores_same_rows(sqlite3 *db, const char *columns, const char *rows);

/* All tables and views must be the same, but for the columns that say when and how fast. */
void stores_same(const char *a, const char *b);
