#include "results/store/query.h"
#include "results/tables/table_context.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const Column column[] = {
    {"setting", "setting", CELL_TEXT, 1}, /* of csv it is a column anyway */
    {"predictor", "predictor", CELL_TEXT, 1},
    {"estimator", "risk estimator", CELL_TEXT, 1},
    {"replicates", NULL, CELL_COUNT, 1},
    {"ideal", "ideal", CELL_NUMBER, 1},
    {"bias", "bias", CELL_ESTIMATE, 1},
    {"bias_theory", "exact bias", CELL_NUMBER, 1},
    {"sd", "sd", CELL_NUMBER, 1},
    {"sd_theory", "exact sd", CELL_NUMBER, 1},
    {"rmse", "rmse", CELL_NUMBER, 1},
    {"relative_error", "relative error %", CELL_ESTIMATE, 100},
};
enum {
    COLUMNS = sizeof column / sizeof *column,
    AT_SETTING = 0,
    AT_PREDICTOR = 1,
    FIRST_NUMBER = 3,
    AT_BIAS = 5,
    AT_RMSE = 9,
    AT_RELATIVE = 10,
    AT_MCSE = COLUMNS, /* of the query: the errors of these two */
};

typedef struct Rows {
    Cell *cell; /* rows x COLUMNS */
    int rows;
} Rows;

static Status add_row(Rows *rows, sqlite3_stmt *statement, Message *message)
{
    Cell *larger = reallocarray(rows->cell, (size_t)(rows->rows + 1) * COLUMNS, sizeof *rows->cell);
    if (!larger) {
        return fail_memory(message, "a table");
    }
    Cell *row = larger + (size_t)rows->rows++ * COLUMNS;
    rows->cell = larger;
    for (int c = 0; c < COLUMNS; c++) {
        row[c] = (Cell){.value = NAN, .low = NAN, .high = NAN};
        if (c < FIRST_NUMBER) {
            snprintf(row[c].text, CELL_TEXT_SIZE, "%s", column_text(statement, c));
        } else {
            row[c].value = column_double(statement, c);
        }
    }
    row[AT_BIAS].low = column_double(statement, AT_MCSE);
    row[AT_RELATIVE].low = column_double(statement, AT_MCSE + 1);
    return STATUS_OK;
}

/* Stars the lowest rmse of each predictor, whose rows stand together. */
static void mark_lowest(Rows *rows, int first)
{
    Cell *best = NULL;
    const char *predictor = "";
    for (int r = first; r < rows->rows; r++) {
        Cell *row = rows->cell + (size_t)r * COLUMNS;
        if (strcmp(row[AT_PREDICTOR].text, predictor) != 0) {
            best = NULL;
        }
        predictor = row[AT_PREDICTOR].text;
        if (!best || row[AT_RMSE].value < best->value) {
            if (best) {
                best->best = 0;
            }
            best = &row[AT_RMSE];
            best->best = 1;
        }
    }
}

static Status add_setting(const Page *page, const ChosenSetting *setting, Rows *rows, Message *message)
{
    const int first = rows->rows;
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(
        page->store, &statement, message,
        "SELECT setting, predictor, estimator, replicates, ideal, bias, bias_theory, sd, sd_theory,"
        " rmse, relative_error, bias_mcse, relative_error_mcse FROM risk_summary WHERE experiment = ?1 AND "
        "setting = ?2",
        "tt", page->chosen->experiment, setting->text);
    while (!status && query_next(page->store, statement, &status, message)) {
        if (words_have(&page->options->filter.estimator, column_text(statement, 2))) {
            status = add_row(rows, statement, message);
        }
    }
    sqlite3_finalize(statement);
    mark_lowest(rows, first);
    return status;
}

static Status print_rows(const Page *page, const Rows *rows, int names, Message *message)
{
    const TableFormat format = page->options->format;
    const char *experiment = page->chosen->experiment;
    char title[TITLE], note[NOTE] = "";
    Column shown[COLUMNS];
    memcpy(shown, column, sizeof shown);
    if (page->chosen->keys == 0) {
        shown[AT_SETTING].header = NULL;
    }
    if (format == TABLE_CSV) {
        shown[AT_SETTING].name = NULL;
    }
    snprintf(title, sizeof title, "Estimates of the ideal loss of fixed predictions%s%s",
             format == TABLE_LATEX ? ", " : "", format == TABLE_LATEX ? experiment : "");
    note_add(note,
             "Outcomes fixed, clicks redrawn. ± Monte Carlo standard error, %s of a predictor by rmse; "
             "exact: the closed form, where there is one.",
             grid_mark(format));
    const Grid grid = {.experiment = experiment,
                       .setting = rows->cell[AT_SETTING].text,
                       .title = title,
                       .note = note,
                       .column = shown,
                       .columns = COLUMNS,
                       .rows = rows->rows,
                       .cell = rows->cell,
                       .groups = 2};
    return grid_print(&grid, format, names, page->file, message);
}

/* In csv a setting is a grid of its own, which names it. */
Status print_risk(const Page *page, int *printed, Message *message)
{
    const int csv = page->options->format == TABLE_CSV;
    Status status = STATUS_OK;
    Rows rows = {0};
    *printed = 0;
    for (int s = 0; s < page->chosen->settings && !status; s++) {
        const int last = s == page->chosen->settings - 1;
        status = add_setting(page, &page->chosen->setting[s], &rows, message);
        if (!status && rows.rows > 0 && (csv || last)) {
            if (csv && !*printed && page->chosen->estimators > 0) {
                fputc('\n', page->file);
            }
            status = print_rows(page, &rows, !*printed, message);
            *printed = 1;
            rows.rows = 0;
        }
    }
    free(rows.cell);
    return status;
}
