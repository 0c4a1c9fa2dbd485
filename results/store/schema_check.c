/* The file's layout against ours, which is made anew in memory: so there is no second list of tables and
 * columns that could go out of date. Both are asked with the same queries. */
#include "results/store/schema_check.h"

#include "results/store/query.h"
#include "results/store/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TEXT = 1 << 20 /* bytes of a text: beyond a spec of any size */ };

typedef struct SchemaCheck {
    Store *store;
    sqlite3 *model; /* the layout in memory */
    bool present;   /* the file says that it has the present layout, not an older one */
    Message *message;
} SchemaCheck;

static Status wrong(const SchemaCheck *check, const char *format, const char *name)
{
    char what[256];
    (void)snprintf(what, sizeof what, format, name);
    return fail(check->message, STATUS_FAILED, "%s: %s; expected the layout of a cvrlab store",
                store_path(check->store), what);
}

static Status model_error(const SchemaCheck *check)
{
    return fail(check->message, STATUS_FAILED, "%s: cannot be held against the layout: %s",
                store_path(check->store), sqlite3_errmsg(check->model));
}

static Status make_model(SchemaCheck *check)
{
    int code = sqlite3_open_v2(":memory:", &check->model, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    for (const char *const *statement = schema_layout; code == SQLITE_OK && *statement; statement++)
        code = sqlite3_exec(check->model, *statement, NULL, NULL, NULL);
    return code == SQLITE_OK ? STATUS_OK : model_error(check);
}

/* Fails with `format`, about the name that a query of the file finds, if it finds one. */
static Status find_none(const SchemaCheck *check, const char *sql, const char *table, const char *format)
{
    sqlite3_stmt *row = NULL;
    Status status =
        query_prepare(check->store, &row, check->message, sql, strchr(sql, '?') ? "t" : "", table);
    if (!status && query_next(check->store, row, &status, check->message))
        status = wrong(check, format, column_text(row, 0));
    sqlite3_finalize(row);
    return status;
}

/* Each column of the table in the model, of which the query takes (name, type, notnull, pk), must be in the
 * file, and stored. */
static Status check_columns(const SchemaCheck *check, const char *table)
{
    sqlite3_stmt *column = NULL, *found = NULL;
    Status status = STATUS_OK;
    if (sqlite3_prepare_v2(check->model,
                           "SELECT name, type, \"notnull\", pk FROM pragma_table_info(?1) ORDER BY cid", -1,
                           &column, NULL) != SQLITE_OK ||
        sqlite3_bind_text(column, 1, table, -1, SQLITE_STATIC) != SQLITE_OK)
        status = model_error(check);
    if (!status)
        status = query_prepare(check->store, &found, check->message,
                               "SELECT type = ?3 AND \"notnull\" = ?4 AND pk = ?5"
                               " FROM pragma_table_xinfo(?1, 'main') WHERE name = ?2",
                               "");
    while (!status && sqlite3_step(column) == SQLITE_ROW) {
        const char *name = column_text(column, 0);
        char place[128];
        snprintf(place, sizeof place, "%s.%s", table, name);
        status = query_bind(check->store, found, check->message, "tttii", table, name, column_text(column, 1),
                            sqlite3_column_int(column, 2), sqlite3_column_int(column, 3));
        const bool there = !status && query_next(check->store, found, &status, check->message);
        if (there && !sqlite3_column_int(found, 0))
            status = wrong(check, "column %s is not as it should be", place);
        else if (!status && !there && check->present)
            status = wrong(check, "there is no column %s", place);
    }
    sqlite3_finalize(found);
    sqlite3_finalize(column);
    if (!status)
        status = find_none(check, "SELECT name FROM pragma_table_xinfo(?1, 'main') WHERE hidden <> 0", table,
                           "column '%s' is generated");
    return status;
}

/* A table of the model. */
static Status check_table(const SchemaCheck *check, const char *table)
{
    sqlite3_stmt *row = NULL;
    Status status = query_prepare(check->store, &row, check->message,
                                  "SELECT type = 'table' AND wr FROM pragma_table_list"
                                  " WHERE schema = 'main' AND name = ?1",
                                  "t", table);
    const bool there = !status && query_next(check->store, row, &status, check->message);
    const bool right = there && sqlite3_column_int(row, 0);
    sqlite3_finalize(row);
    if (status)
        return status;
    if (!there)
        return check->present ? wrong(check, "there is no table '%s'", table) : STATUS_OK;
    if (!right)
        return wrong(check, "'%s' is not a table like ours", table);
    status = find_none(check,
                       "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?1 AND"
                       " sql IS NOT NULL",
                       table, "there is an index '%s'");
    return status ? status : check_columns(check, table);
}

/* The condition that the value of a column is of another type than the column, or a text that would not come
 * back as it is. */
static void write_condition(FILE *file, const char *name, const char *type, bool nullable)
{
    fprintf(file, "typeof(\"%s\") NOT IN (lower('%s')%s)", name, type, nullable ? ", 'null'" : "");
    if (!strcmp(type, "TEXT"))
        fprintf(file, " OR instr(CAST(\"%s\" AS BLOB), x'00') OR length(CAST(\"%s\" AS BLOB)) > %d", name,
                name, MOST_TEXT);
}

/* The query for a column of the table that has a value of another type, in one pass over the table; NULL when
 * out of memory. */
static char *make_query(const SchemaCheck *check, const char *table)
{
    char *sql = NULL;
    size_t size;
    FILE *file = open_memstream(&sql, &size);
    sqlite3_stmt *column = NULL;
    if (!file)
        return NULL;
    fputs("SELECT name FROM (SELECT CASE", file);
    /* Columns that an older file lacks are left out. */
    Status status = query_prepare(check->store, &column, NULL,
                                  "SELECT name, type, NOT \"notnull\" FROM pragma_table_info(?1, 'main')"
                                  " WHERE type IN ('TEXT', 'INTEGER', 'REAL', 'BLOB')"
                                  " AND name NOT GLOB '*[^a-z_]*'",
                                  "t", table);
    while (!status && query_next(check->store, column, &status, NULL)) {
        fputs(" WHEN ", file);
        write_condition(file, column_text(column, 0), column_text(column, 1), sqlite3_column_int(column, 2));
        fprintf(file, " THEN '%s.%s'", table, column_text(column, 0));
    }
    fprintf(file, " WHEN 0 THEN '' END AS name FROM main.%s) WHERE name IS NOT NULL LIMIT 1", table);
    sqlite3_finalize(column);
    if (fclose(file) || status) {
        free(sql);
        return NULL;
    }
    return sql;
}

/* Values of a table that others refer to. */
static Status check_values(const SchemaCheck *check, const char *table)
{
    char *sql = make_query(check, table);
    if (!sql)
        return fail_memory(check->message, "the layout");
    Status status = find_none(check, sql, NULL, "column %s has a value of another type");
    free(sql);
    return status;
}

/* Calls `each` with the names that a query of the model finds. */
static Status for_each(const SchemaCheck *check, const char *sql,
                       Status (*each)(const SchemaCheck *check, const char *table))
{
    sqlite3_stmt *row = NULL;
    Status status =
        sqlite3_prepare_v2(check->model, sql, -1, &row, NULL) == SQLITE_OK ? STATUS_OK : model_error(check);
    while (!status && sqlite3_step(row) == SQLITE_ROW)
        status = each(check, column_text(row, 0));
    sqlite3_finalize(row);
    return status;
}

Status schema_check(Store *store, int version, Message *message)
{
    SchemaCheck check = {.store = store, .present = version == STORE_VERSION, .message = message};
    Status status = make_model(&check);
    if (!status)
        status = find_none(&check, "SELECT encoding FROM pragma_encoding WHERE encoding <> 'UTF-8'", NULL,
                           "its texts are in %s");
    if (!status)
        status = find_none(&check, "SELECT name FROM sqlite_schema WHERE type = 'trigger'", NULL,
                           "there is a trigger '%s'");
    if (!status)
        status = for_each(&check, "SELECT name FROM sqlite_schema WHERE type = 'table'", check_table);
    if (!status)
        status =
            for_each(&check,
                     "SELECT DISTINCT f.\"table\" FROM sqlite_schema s, pragma_foreign_key_list(s.name) f"
                     " WHERE NOT EXISTS (SELECT 1 FROM pragma_table_info(f.\"table\") WHERE type = 'BLOB')",
                     check_values);
    sqlite3_close(check.model);
    return status;
}
