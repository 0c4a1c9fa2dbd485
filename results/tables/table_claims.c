#include "results/tables/table_claims.h"

#include "results/claims/claims.h"
#include "results/store/query.h"
#include "results/tables/grid.h"

#include <stdlib.h>
#include <string.h>

/* Two columns of long text are for pages that wrap them, or for programs. */
static const Column column[] = {
    {"verdict", "verdict", CELL_TEXT, 1}, {"left", "left", CELL_ESTIMATE, 1},
    {"right", "right", CELL_ESTIMATE, 1}, {"difference", "difference, 95 % interval", CELL_INTERVAL, 1},
    {"says", "claim", CELL_TEXT, 1},      {"that", "as checked", CELL_TEXT, 1},
};
enum { COLUMNS = sizeof column / sizeof *column, AT_CLAIM = 4, AS_CHECKED = 5 };

static Status fill_row(Store *store, const char *experiment, const char *says, const char *that, Cell *cell,
                       Message *message)
{
    Claim claim;
    Evidence e;
    Message why;
    if (claim_parse(that, &claim, &why)) {
        return fail(message, STATUS_FAILED, "%s: table claim: '%s': %s", store_path(store), that, why.text);
    }
    Status status = claim_evaluate(store, experiment, &claim, &e, message);
    cell[0] = cell_text(verdict_name(e.verdict));
    cell[1] = cell_estimate(e.left, e.left_mcse);
    cell[2] = cell_estimate(e.right, e.right_mcse);
    cell[3] = cell_interval(e.difference, e.low, e.high);
    cell[4] = cell_text(*says ? says : that);
    cell[5] = cell_text(that);
    return status;
}

/* On a page that wraps texts, the claim stands beside its verdict. */
static void move_claim(Column *columns, Cell *cell, int rows)
{
    const Column claim = columns[AT_CLAIM];
    memmove(&columns[2], &columns[1], (AT_CLAIM - 1) * sizeof *columns);
    columns[1] = claim;
    for (int r = 0; r < rows; r++) {
        Cell *row = cell + (size_t)r * COLUMNS;
        const Cell says = row[AT_CLAIM];
        memmove(&row[2], &row[1], (AT_CLAIM - 1) * sizeof *row);
        row[1] = says;
    }
}

/* The caller frees *cell. */
static Status read_rows(Store *store, const char *experiment, Cell **cell, int *rows, Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(store, &statement, message,
                                  "SELECT says, that, count(*) OVER () FROM claim WHERE experiment = ?1"
                                  " ORDER BY position",
                                  "t", experiment);
    while (!status && query_next(store, statement, &status, message)) {
        if (!*cell) {
            *cell = calloc((size_t)sqlite3_column_int(statement, 2) * COLUMNS, sizeof **cell);
        }
        if (!*cell) {
            status = fail_memory(message, "a table");
            break;
        }
        status = fill_row(store, experiment, column_text(statement, 0), column_text(statement, 1),
                          *cell + (size_t)(*rows)++ * COLUMNS, message);
    }
    sqlite3_finalize(statement);
    return status;
}

Status table_claims_print(Store *store, const char *experiment, TableFormat format, int bare, FILE *file,
                          int *printed, Message *message)
{
    Cell *cell = NULL;
    int rows = 0;
    char title[CELL_TEXT_SIZE];
    Status status = read_rows(store, experiment, &cell, &rows, message);
    *printed = rows > 0;
    if (!status && rows > 0) {
        if (format == TABLE_CSV) {
            fputc('\n', file);
        }
        Column shown[COLUMNS];
        memcpy(shown, column, sizeof shown);
        if (format == TABLE_TEXT || format == TABLE_LATEX) {
            shown[AS_CHECKED].header = NULL;
        }
        if (format == TABLE_HTML) {
            move_claim(shown, cell, rows);
        }
        snprintf(title, sizeof title, format == TABLE_LATEX ? "Claims of %s" : "Claims", experiment);
        const Grid grid = {
            .experiment = experiment,
            .setting = "",
            .title = bare ? "" : title,
            .note =
                "± Monte Carlo standard error; the verdict is that of the interval, paired within a setting.",
            .column = shown,
            .columns = COLUMNS,
            .rows = rows,
            .cell = cell};
        status = grid_print(&grid, format, 1, file, message);
    }
    free(cell);
    return status;
}
