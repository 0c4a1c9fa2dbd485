#include "results/table_risk.h"

#include "results/query.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const Column column[] = {
    {"predictor", "predictor", CELL_TEXT, 1},
    {"estimator", "risk estimator", CELL_TEXT, 1},
    {"replicates", NULL, CELL_COUNT, 1},
    {"ideal", "ideal", CELL_NUMBER, 1},
    {"bias", "bias", CELL_ESTIMATE, 1},
    {"bias_theory", "exact bias", CELL_NUMBER, 1},
    {"sd", "sd", CELL_NUMBER, 1},
    {"sd_theory", "exact sd", CELL_NUMBER, 1},
    {"rmse", "rmse", CELL_NUMBER, 1},
    {"relative_error", "relative error %", CELL_NUMBER, 100},
};
enum {
    COLUMNS = sizeof column / sizeof *column,
    AT_PREDICTOR = 0,
    AT_ESTIMATOR = 1,
    FIRST_NUMBER = 2,
    AT_BIAS = 4,
    AT_RMSE = 8
};

static void read_row(sqlite3_stmt *statement, Cell *row)
{
    for (int c = 0; c < COLUMNS; c++) {
        row[c] = (Cell){.value = NAN, .low = NAN, .high = NAN};
    }
    snprintf(row[AT_PREDICTOR].text, CELL_TEXT_SIZE, "%s", column_text(statement, AT_PREDICTOR));
    snprintf(row[AT_ESTIMATOR].text, CELL_TEXT_SIZE, "%s", column_text(statement, AT_ESTIMATOR));
    for (int c = FIRST_NUMBER; c < COLUMNS; c++) {
        row[c].value = column_double(statement, c);
    }
    row[AT_BIAS].low = column_double(statement, COLUMNS);
}

/* The caller frees *cell. */
static Status read_rows(Store *store, const char *experiment, const char *setting, Cell **cell, int *rows,
                        Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(
        store, &statement, message,
        "SELECT predictor, estimator, replicates, ideal, bias, bias_theory, sd, sd_theory, rmse,"
        " relative_error, bias_mcse, count(*) OVER () FROM risk_summary WHERE experiment = ?1 AND setting = "
        "?2",
        "tt", experiment, setting);
    while (!status && query_next(store, statement, &status, message)) {
        if (!*cell) {
            *cell = calloc((size_t)sqlite3_column_int(statement, COLUMNS + 1) * COLUMNS, sizeof **cell);
        }
        if (!*cell) {
            status = fail_memory(message, "a table");
            break;
        }
        read_row(statement, *cell + (size_t)(*rows)++ * COLUMNS);
    }
    sqlite3_finalize(statement);
    return status;
}

/* Stars the lowest rmse of each predictor, whose rows stand together. */
static void mark_best(Cell *cell, int rows)
{
    Cell *best = NULL;
    for (int r = 0; r < rows; r++) {
        Cell *row = cell + (size_t)r * COLUMNS;
        const int first = r == 0 || strcmp(row[AT_PREDICTOR].text, (row - COLUMNS)[AT_PREDICTOR].text) != 0;
        if (first) {
            best = NULL;
        }
        if (!best || row[AT_RMSE].value < best->value) {
            if (best) {
                best->best = 0;
            }
            best = &row[AT_RMSE];
            best->best = 1;
        }
    }
}

Status table_print_risk(Store *store, const char *experiment, const char *setting, TableFormat format,
                        const Column **printed, FILE *file, Message *message)
{
    Cell *cell = NULL;
    int rows = 0;
    char title[1024];
    Status status = read_rows(store, experiment, setting, &cell, &rows, message);
    if (!status && rows > 0) {
        mark_best(cell, rows);
        if (format == TABLE_CSV && *printed && *printed != column) {
            fputc('\n', file);
        }
        snprintf(title, sizeof title, "Estimates of the ideal loss of fixed predictions%s%s%s%s",
                 format == TABLE_LATEX ? ", " : "", format == TABLE_LATEX ? experiment : "",
                 *setting ? ", " : "", setting);
        const Grid grid = {.experiment = experiment,
                           .setting = setting,
                           .title = title,
                           .note = "Outcomes fixed, clicks redrawn. ± Monte Carlo standard error, * lowest "
                                   "rmse of the predictor; "
                                   "exact: the closed form, where there is one.",
                           .column = column,
                           .columns = COLUMNS,
                           .rows = rows,
                           .cell = cell};
        status = grid_print(&grid, format, *printed != column, file, message);
        *printed = column;
    }
    free(cell);
    return status;
}
