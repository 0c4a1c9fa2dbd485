/* Stores as a reader with SQL sees them: numbers out of one, and what differs between two. Files lie in $F.
 */
#pragma once

#include "tests/support/support.h"

#include <sqlite3.h>

/* Statements that make a store one of layout 10, whose risk rows did not say what is left out. */
#define STORES_BACK_TO_10                                                                                    \
    "DROP VIEW risk_summary; ALTER TABLE risk DROP COLUMN left_out;"                                         \
    "CREATE VIEW risk_summary AS SELECT experiment, setting, estimator, replicates, predictor, bias FROM"    \
    " summary_risk; PRAGMA user_version = 10;"

/* And those that make it one of layout 8, whose metrics were a table keyed by texts. */
#define STORES_BACK_TO_8                                                                                     \
    STORES_BACK_TO_10                                                                                        \
    "CREATE TABLE metric_of_8 (experiment TEXT NOT NULL, setting TEXT NOT NULL, space TEXT NOT NULL,"        \
    " task TEXT NOT NULL, metric TEXT NOT NULL, estimator TEXT NOT NULL, world INTEGER NOT NULL,"            \
    " replicate INTEGER NOT NULL, value REAL, PRIMARY KEY (experiment, setting, space, task, metric,"        \
    " estimator, world, replicate)) WITHOUT ROWID;"                                                          \
    "INSERT INTO metric_of_8 SELECT * FROM metric;"                                                          \
    "CREATE TABLE test_sample (experiment TEXT NOT NULL, setting TEXT NOT NULL, space TEXT NOT NULL,"        \
    " task TEXT NOT NULL, metric TEXT NOT NULL, estimator TEXT NOT NULL, world INTEGER NOT NULL,"            \
    " replicate INTEGER NOT NULL, without BLOB NOT NULL, PRIMARY KEY (experiment, setting, space, task,"     \
    " metric, estimator, world, replicate)) WITHOUT ROWID;"                                                  \
    "INSERT INTO test_sample SELECT s.experiment, s.setting, n.space, n.task, n.metric, s.estimator,"        \
    " v.world, v.replicate, v.without FROM metric_value v JOIN series s ON s.id = v.series"                  \
    " JOIN metric_name n ON n.id = v.metric WHERE v.without IS NOT NULL;"                                    \
    "DROP VIEW metric; DROP TABLE metric_value; DROP TABLE metric_name; DROP TABLE series; DROP TABLE "      \
    "precision;"                                                                                             \
    "ALTER TABLE metric_of_8 RENAME TO metric; ALTER TABLE setting DROP COLUMN stale;"                       \
    "PRAGMA user_version = 8;"

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

/* All tables and views must be the same, but for the columns that say when and how fast; metrics by the view
 * that has their names, since their numbers go by which unit came first. */
void stores_same(const char *a, const char *b);
