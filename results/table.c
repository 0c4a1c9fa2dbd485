#include "results/table.h"

#include "results/grid.h"
#include "results/query.h"
#include "results/summary.h"
#include "results/table_risk.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { NOTE = 2048, TITLE = 1024 };

/* Where a block of the table stands. */
typedef struct Block {
    Store *store;
    const char *experiment, *question, *setting, *baseline;
    int top_k;
    TableFormat format;
    FILE *file;
    const Column *printed; /* columns of the csv names that were printed last */
} Block;

enum { MSE_SCALE = 10000 };

static const Column truth_column[] = {
    {"estimator", "estimator", CELL_TEXT, 1},
    {"replicates", NULL, CELL_COUNT, 1},
    {"diverged", NULL, CELL_COUNT, 1},
    {"mean_bias", "mean bias", CELL_ESTIMATE, 1},
    {"relative_bias", "bias %", CELL_PERCENT, 1},
    {"bias_sq", "bias² (1e-4)", CELL_ESTIMATE, MSE_SCALE},
    {"variance", "variance (1e-4)", CELL_ESTIMATE, MSE_SCALE},
    {"mse", "mse (1e-4)", CELL_ESTIMATE, MSE_SCALE},
    {"auc", "AUC (D)", CELL_ESTIMATE, 1},
    {"seconds", "seconds", CELL_NUMBER, 1},
};
enum { TRUTH_COLUMNS = sizeof truth_column / sizeof *truth_column, AT_MSE = 7, AT_AUC = 8, AT_SECONDS = 9 };

/* Of real data: the metrics of the CVR over D. The @k stand first, so that their headers can name k. */
static const Column label_column[] = {
    {"estimator", "estimator", CELL_TEXT, 1},   {"replicates", NULL, CELL_COUNT, 1},
    {"diverged", NULL, CELL_COUNT, 1},          {"ndcg", "NDCG", CELL_ESTIMATE, 1},
    {"recall", "Recall", CELL_ESTIMATE, 1},     {"f1", "F1", CELL_ESTIMATE, 1},
    {"auc", "AUC", CELL_ESTIMATE, 1},           {"mse", "mse", CELL_ESTIMATE, 1},
    {"log_loss", "log loss", CELL_ESTIMATE, 1}, {"seconds", "seconds", CELL_NUMBER, 1},
};
enum { LABEL_COLUMNS = sizeof label_column / sizeof *label_column, FIRST_METRIC = 3, AT_K_METRICS = 3 };

static const Column paired_column[] = {
    {"estimator", "estimator", CELL_TEXT, 1},
    {"mse_difference", "mse (1e-4), 95 % interval", CELL_INTERVAL, MSE_SCALE},
    {"mse_p_holm", "p", CELL_P, 1},
    {"auc_difference", "AUC, 95 % interval", CELL_INTERVAL, 1},
    {"auc_p_holm", "p", CELL_P, 1},
};
enum { PAIRED_COLUMNS = sizeof paired_column / sizeof *paired_column };

/* Offset of row r in an array of cells. */
static size_t at_row(int r, int columns)
{
    return (size_t)r * (size_t)columns;
}

static Cell unknown(void)
{
    return (Cell){.value = NAN, .low = NAN, .high = NAN};
}

static void set_text(Cell *cell, const char *text)
{
    snprintf(cell->text, sizeof cell->text, "%s", text);
}

static Status read_metric(const Block *block, const char *estimator, const char *metric, Cell *cell,
                          Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status =
        query_prepare(block->store, &statement, message,
                      "SELECT mean, mcse FROM summary_metric WHERE experiment = ?1 AND setting = ?2 AND"
                      " estimator = ?3 AND space = 'D' AND task = 'cvr' AND metric = ?4",
                      "tttt", block->experiment, block->setting, estimator, metric);
    if (!status && query_next(block->store, statement, &status, message)) {
        cell->value = column_double(statement, 0);
        cell->low = column_double(statement, 1);
    }
    sqlite3_finalize(statement);
    return status;
}

static Status read_paired(const Block *block, const char *estimator, const char *metric, Cell *cell, Cell *p,
                          Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status =
        query_prepare(block->store, &statement, message,
                      "SELECT difference, low, high, p_holm FROM summary_paired WHERE experiment = ?1 AND"
                      " setting = ?2 AND estimator = ?3 AND space = 'D' AND task = 'cvr' AND metric = ?4",
                      "tttt", block->experiment, block->setting, estimator, metric);
    if (!status && query_next(block->store, statement, &status, message)) {
        cell->value = column_double(statement, 0);
        cell->low = column_double(statement, 1);
        cell->high = column_double(statement, 2);
        p->value = column_double(statement, 3);
    }
    sqlite3_finalize(statement);
    return status;
}

static Status read_truth(const Block *block, const char *estimator, Cell *cell, Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(
        block->store, &statement, message,
        "SELECT mean_bias, mean_bias_mcse, relative_bias, NULL, bias_sq, bias_sq_mcse, variance,"
        " variance_mcse, mse, mse_mcse FROM summary_bias_variance"
        " WHERE experiment = ?1 AND setting = ?2 AND estimator = ?3",
        "ttt", block->experiment, block->setting, estimator);
    if (!status && query_next(block->store, statement, &status, message)) {
        for (int i = 0; FIRST_METRIC + i <= AT_MSE; i++) {
            cell[FIRST_METRIC + i].value = column_double(statement, 2 * i);
            cell[FIRST_METRIC + i].low = column_double(statement, 2 * i + 1);
        }
    }
    sqlite3_finalize(statement);
    return status ? status : read_metric(block, estimator, "auc", &cell[AT_AUC], message);
}

static Status read_labels(const Block *block, const char *estimator, Cell *cell, Message *message)
{
    Status status = STATUS_OK;
    for (int c = FIRST_METRIC; c < AT_SECONDS && !status; c++) {
        status = read_metric(block, estimator, label_column[c].name, &cell[c], message);
    }
    return status;
}

static void mark_best(Cell *cell, int rows)
{
    Cell *best = NULL;
    for (int r = 0; r < rows; r++) {
        Cell *mse = &cell[at_row(r, TRUTH_COLUMNS) + AT_MSE];
        if (!isnan(mse->value) && (!best || mse->value < best->value)) {
            best = mse;
        }
    }
    if (best && rows > 1) {
        best->best = 1;
    }
}

/* Estimators with runs in the setting, in order: name, done, diverged, median seconds. */
static const char estimators_sql[] =
    "SELECT e.estimator, sum(r.status = 'done'), sum(r.status = 'diverged'), count(*) OVER (),"
    " (SELECT avg(seconds) FROM (SELECT seconds, row_number() OVER (ORDER BY seconds) AS place, count(*) "
    "OVER () AS n"
    " FROM run WHERE experiment = ?1 AND setting = ?2 AND estimator = e.estimator AND status = 'done')"
    " WHERE place IN ((n + 1) / 2, n / 2 + 1)) FROM estimator e JOIN run r USING (experiment, estimator)"
    " WHERE e.experiment = ?1 AND r.setting = ?2 GROUP BY e.estimator ORDER BY e.position";

/* Rows of the main table, with `columns` a row; the caller frees *cell. */
static Status read_rows(const Block *block, int truth, Cell **cell, int *rows, Message *message)
{
    const int columns = truth ? TRUTH_COLUMNS : LABEL_COLUMNS;
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(block->store, &statement, message, estimators_sql, "tt", block->experiment,
                                  block->setting);
    while (!status && query_next(block->store, statement, &status, message)) {
        if (!*cell) {
            *cell = calloc((size_t)sqlite3_column_int(statement, 3) * (size_t)columns, sizeof **cell);
        }
        if (!*cell) {
            status = fail_memory(message, "a table");
            break;
        }
        Cell *row = *cell + at_row(*rows, columns);
        for (int c = 0; c < columns; c++) {
            row[c] = unknown();
        }
        ++*rows;
        const char *estimator = column_text(statement, 0);
        set_text(&row[0], estimator);
        row[1].value = column_double(statement, 1);
        row[2].value = column_double(statement, 2);
        row[AT_SECONDS].value = column_double(statement, 4);
        status =
            truth ? read_truth(block, estimator, row, message) : read_labels(block, estimator, row, message);
    }
    sqlite3_finalize(statement);
    return status;
}

/* Adds formatted text to a line that may fill up. */
__attribute__((format(printf, 2, 3))) static void append(char note[NOTE], const char *format, ...)
{
    size_t length = strlen(note);
    va_list values;
    va_start(values, format);
    vsnprintf(note + length, NOTE - length, format, values);
    va_end(values);
}

static Status write_note(const Block *block, int truth, const Cell *cell, int rows, char note[NOTE],
                         Message *message)
{
    int worlds = 0;
    sqlite3_stmt *statement = NULL;
    Status status =
        query_prepare(block->store, &statement, message,
                      "SELECT count(DISTINCT world) FROM run WHERE experiment = ?1 AND setting = ?2", "tt",
                      block->experiment, block->setting);
    if (!status && query_next(block->store, statement, &status, message)) {
        worlds = sqlite3_column_int(statement, 0);
    }
    sqlite3_finalize(statement);
    const int columns = truth ? TRUTH_COLUMNS : LABEL_COLUMNS;
    double fewest = INFINITY;
    double most = 0;
    double diverged = 0;
    for (int r = 0; r < rows; r++) {
        const Cell *row = cell + at_row(r, columns);
        fewest = fmin(fewest, row[1].value);
        most = fmax(most, row[1].value);
        diverged += row[2].value;
    }
    note[0] = '\0';
    append(note, fewest < most ? "%.0f to %.0f" : "%.0f", fewest, most);
    append(note, " replicate%s an estimator in %d world%s, %.0f diverged", most == 1 ? "" : "s", worlds,
           worlds == 1 ? "" : "s", diverged);
    for (int r = 0, named = 0; r < rows; r++) {
        const Cell *row = cell + at_row(r, columns);
        if (row[2].value > 0) {
            append(note, "%s %s %.0f", named++ ? "," : ":", row[0].text, row[2].value);
        }
    }
    append(note, truth
                     ? ". ± Monte Carlo standard error, * lowest mse; bias² is unbiased and may be negative."
                     : ". ± standard error of the mean over replicates.");
    return status;
}

static Status print_paired(const Block *block, const Cell *main_cell, int main_columns, int rows,
                           Message *message)
{
    Cell *cell = calloc((size_t)rows * PAIRED_COLUMNS, sizeof *cell);
    if (!cell) {
        return fail_memory(message, "a table");
    }
    Status status = STATUS_OK;
    int used = 0;
    for (int r = 0; r < rows && !status; r++) {
        Cell *row = cell + at_row(used, PAIRED_COLUMNS);
        for (int c = 0; c < PAIRED_COLUMNS; c++) {
            row[c] = unknown();
        }
        const char *estimator = main_cell[at_row(r, main_columns)].text;
        set_text(&row[0], estimator);
        status = read_paired(block, estimator, "mse", &row[1], &row[2], message);
        if (!status) {
            status = read_paired(block, estimator, "auc", &row[3], &row[4], message);
        }
        used += !isnan(row[1].value) || !isnan(row[3].value);
    }
    if (!status && used > 0) {
        char title[TITLE];
        snprintf(title, sizeof title,
                 "Paired difference from %s%s%s; p corrected by Holm over the estimators", block->baseline,
                 *block->setting ? ", " : "", block->setting);
        const Grid grid = {block->experiment, block->setting, title, "",
                           paired_column,     PAIRED_COLUMNS, used,  cell};
        status = grid_print(&grid, block->format, 0, block->file, message);
    }
    free(cell);
    return status;
}

static Status print_main(Block *block, int truth, Cell *cell, int rows, Message *message)
{
    const Column *columns = truth ? truth_column : label_column;
    Column named[LABEL_COLUMNS];
    char header[AT_K_METRICS][32];
    char title[TITLE];
    char note[NOTE];
    Status status = write_note(block, truth, cell, rows, note, message);
    if (status) {
        return status;
    }
    const int names = block->printed != columns;
    if (names && block->printed && block->format == TABLE_CSV) {
        fputc('\n', block->file);
    }
    block->printed = columns;
    if (truth) {
        mark_best(cell, rows);
    } else {
        memcpy(named, label_column, sizeof named);
        for (int i = 0; i < AT_K_METRICS; i++) {
            const char *metric = label_column[FIRST_METRIC + i].header;
            snprintf(header[i], sizeof header[i], block->top_k > 0 ? "%s@%d" : "%s@k", metric, block->top_k);
            named[FIRST_METRIC + i].header = header[i];
        }
        columns = named;
    }
    /* In text the experiment has a line of its own; a table of markdown or LaTeX must say what it is. */
    if (block->format == TABLE_LATEX) {
        snprintf(title, sizeof title, "%s%s%s", block->experiment, *block->setting ? ", " : "",
                 block->setting);
    } else {
        snprintf(title, sizeof title, "%s", block->setting);
    }
    const Grid grid = {block->experiment,
                       block->setting,
                       title,
                       note,
                       columns,
                       truth ? TRUTH_COLUMNS : LABEL_COLUMNS,
                       rows,
                       cell};
    return grid_print(&grid, block->format, names, block->file, message);
}

static Status print_setting(Block *block, Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status =
        query_prepare(block->store, &statement, message,
                      "SELECT 1 FROM summary_bias_variance WHERE experiment = ?1 AND setting = ?2", "tt",
                      block->experiment, block->setting);
    int truth = !status && query_next(block->store, statement, &status, message);
    sqlite3_finalize(statement);
    Cell *cell = NULL;
    int rows = 0;
    if (!status) {
        status = read_rows(block, truth, &cell, &rows, message);
    }
    if (!status && rows > 0) {
        status = print_main(block, truth, cell, rows, message);
    }
    if (!status && rows > 0 && block->format != TABLE_CSV) {
        status = print_paired(block, cell, truth ? TRUTH_COLUMNS : LABEL_COLUMNS, rows, message);
    }
    free(cell);
    return status ? status
                  : table_print_risk(block->store, block->experiment, block->setting, block->format,
                                     &block->printed, block->file, message);
}

static void print_heading(const Block *block)
{
    const char *colon = *block->question ? ": " : "";
    if (block->format == TABLE_TEXT) {
        fprintf(block->file, "%s%s%s\n\n", block->experiment, colon, block->question);
    } else if (block->format == TABLE_MARKDOWN) {
        fprintf(block->file, "**%s**%s%s\n\n", block->experiment, colon, block->question);
    }
}

static Status print_experiment(Block *block, Message *message)
{
    print_heading(block);
    sqlite3_stmt *statement = NULL;
    Status status =
        query_prepare(block->store, &statement, message,
                      "SELECT setting FROM setting WHERE experiment = ?1 ORDER BY position, setting", "t",
                      block->experiment);
    while (!status && query_next(block->store, statement, &status, message)) {
        block->setting = column_text(statement, 0);
        status = print_setting(block, message);
    }
    sqlite3_finalize(statement);
    return status;
}

Status table_print(Store *store, TableFormat format, FILE *file, Message *message)
{
    Status status = summary_refresh(store, message);
    if (status) {
        return status;
    }
    Block block = {.store = store, .format = format, .file = file};
    sqlite3_stmt *statement = NULL;
    status = query_prepare(store, &statement, message,
                           "SELECT name, question, baseline, top_k FROM experiment ORDER BY name", "");
    while (!status && query_next(store, statement, &status, message)) {
        block.experiment = column_text(statement, 0);
        block.question = column_text(statement, 1);
        block.baseline = column_text(statement, 2);
        block.top_k = sqlite3_column_int(statement, 3);
        status = print_experiment(&block, message);
    }
    sqlite3_finalize(statement);
    if (!status && (fflush(file) || ferror(file))) {
        status = fail(message, STATUS_FAILED, "cannot write the table: %s", strerror(errno));
    }
    return status;
}
