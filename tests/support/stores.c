/* Reading stores with SQL, and comparing all that two of them hold. */
#include "tests/support/stores.h"

sqlite3 *stores_open(const char *name)
{
    char path[256];
    sqlite3 *db = NULL;
    snprintf(path, sizeof path, "%s/%s", getenv("F"), name);
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        fail_msg("%s: %s", path, sqlite3_errmsg(db));
    return db;
}

void stores_close(sqlite3 *db)
{
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

char *stores_text(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    if (sqlite3_step(statement) != SQLITE_ROW)
        fail_msg("%s: no row: %s", sql, sqlite3_errmsg(db));
    const char *text = (const char *)sqlite3_column_text(statement, 0);
    char *copy = strdup(text ? text : "");
    assert_non_null(copy);
    sqlite3_finalize(statement);
    return copy;
}

double stores_value(sqlite3 *db, const char *sql)
{
    char *text = stores_text(db, sql), *end;
    double value = strtod(text, &end);
    if (end == text || *end)
        fail_msg("%s: found '%s'; expected a number", sql, text);
    free(text);
    return value;
}

double store_number(const char *name, const char *sql)
{
    sqlite3 *db = stores_open(name);
    double value = stores_value(db, sql);
    stores_close(db);
    return value;
}

sqlite3 *stores_attach(const char *a, const char *b)
{
    char sql[512];
    sqlite3 *db = stores_open(a);
    snprintf(sql, sizeof sql, "ATTACH '%s/%s' AS other", getenv("F"), b);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    return db;
}

void stores_same_rows(sqlite3 *db, const char *columns, const char *rows)
{
    static const char *const schema[] = {"main", "other"};
    char sql[2048];
    snprintf(sql, sizeof sql, "SELECT (SELECT count(*) FROM main.%s) - (SELECT count(*) FROM other.%s)", rows,
             rows);
    double differing = stores_value(db, sql) != 0;
    for (int i = 0; i < 2; i++) {
        snprintf(sql, sizeof sql, "SELECT count(*) FROM (SELECT %s FROM %s.%s EXCEPT SELECT %s FROM %s.%s)",
                 columns, schema[i], rows, columns, schema[1 - i], rows);
        differing += stores_value(db, sql);
    }
    if (differing != 0)
        fail_msg("%s of %s: not the same in both stores", columns, rows);
}

void stores_same(const char *a, const char *b)
{
    static const char tables[] =
        "SELECT t.name, group_concat(c.name) FROM main.sqlite_schema t, pragma_table_info(t.name) c"
        " WHERE (t.type = 'table' AND t.name NOT IN ('series', 'metric_name', 'metric_value')"
        " OR t.name = 'metric') AND (t.name, c.name) NOT IN (VALUES ('run', 'seconds'),"
        " ('summary_bias_variance', 'seconds'), ('experiment', 'started'), ('experiment', 'finished'))"
        " GROUP BY t.name";
    sqlite3 *db = stores_attach(a, b);
    sqlite3_stmt *statement;
    stores_same_rows(db, "type, name, sql", "sqlite_schema");
    assert_int_equal(sqlite3_prepare_v2(db, tables, -1, &statement, NULL), SQLITE_OK);
    int count = 0;
    for (; sqlite3_step(statement) == SQLITE_ROW; count++)
        stores_same_rows(db, (const char *)sqlite3_column_text(statement, 1),
                         (const char *)sqlite3_column_text(statement, 0));
    assert_true(count >= 10);
    sqlite3_finalize(statement);
    stores_close(db);
}
