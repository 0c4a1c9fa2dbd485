/* The table of the risk layer, whose estimators and predictors are its own. */
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
enum { COLUMNS = sizeof column / sizeof *column, AT_SETTING = 0, AT_PREDICTOR = 1, AT_RMSE = 9 };

typedef struct RiskTable {
    Cell *cell; /* rows x COLUMNS */
    int rows;
} RiskTable;

static void add_row(RiskTable *table, const char *setting, const RiskSummary *r)
{
    const Cell row[COLUMNS] = {
        cell_text(setting),
        cell_text(r->predictor),
        cell_text(r->estimator),
        cell_number(r->replicates),
        cell_number(r->ideal),
        cell_estimate(r->bias.value, r->bias.mcse),
        cell_number(r->bias_theory),
        cell_number(r->sd),
        cell_number(r->sd_theory),
        cell_number(r->rmse),
        cell_estimate(r->relative_error.value, r->relative_error.mcse),
    };
    memcpy(table->cell + (size_t)table->rows++ * COLUMNS, row, sizeof row);
}

/* Marks the lowest rmse of each predictor, whose rows stand together. */
static void mark_lowest(RiskTable *table, int first)
{
    Cell *best = NULL;
    const char *predictor = "";
    for (int r = first; r < table->rows; r++) {
        Cell *row = table->cell + (size_t)r * COLUMNS;
        if (strcmp(row[AT_PREDICTOR].text, predictor) != 0)
            best = NULL;
        predictor = row[AT_PREDICTOR].text;
        if (best && !(row[AT_RMSE].value < best->value))
            continue;
        if (best)
            best->best = false;
        best = &row[AT_RMSE];
        best->best = true;
    }
}

static void add_setting(const Page *page, const ChosenSetting *setting, RiskTable *table)
{
    const ExperimentResults *results = page->chosen->results;
    const int first = table->rows;
    for (int i = 0; i < results->risk_rows; i++) {
        const RiskSummary *row = &results->risk_row[i];
        if (row->setting == setting->index && row->replicates > 0 &&
            words_have(&page->options->filter.estimator, row->estimator))
            add_row(table, setting->text, row);
    }
    mark_lowest(table, first);
}

static Status print_rows(const Page *page, const RiskTable *table, bool names, Message *message)
{
    const GridFormat *format = page->format;
    const char *experiment = page->chosen->experiment;
    char title[TITLE], note[NOTE] = "";
    Column shown[COLUMNS];
    memcpy(shown, column, sizeof shown);
    if (page->chosen->keys == 0)
        shown[AT_SETTING].header = NULL;
    if (format->data)
        shown[AT_SETTING].name = NULL;
    snprintf(title, sizeof title, "Estimates of the ideal loss of fixed predictions%s%s",
             format->floats ? ", " : "", format->floats ? experiment : "");
    note_add(
        note,
        "Outcomes fixed, clicks redrawn. ± Monte Carlo standard error, %s: the lowest rmse of a predictor; "
        "exact: the closed form, where there is one.",
        format->star);
    const Grid grid = {.experiment = experiment,
                       .setting = table->cell[AT_SETTING].text,
                       .title = title,
                       .note = note,
                       .column = shown,
                       .columns = COLUMNS,
                       .rows = table->rows,
                       .cell = table->cell,
                       .groups = 2};
    return grid_print(&grid, format, names, page->file, message);
}

/* In csv a setting is a grid of its own, which names it. */
Status print_risk(const Page *page, bool *printed, Message *message)
{
    const Chosen *chosen = page->chosen;
    RiskTable table = {.cell = calloc((size_t)chosen->results->risk_rows * COLUMNS + 1, sizeof *table.cell)};
    Status status = table.cell ? STATUS_OK : fail_memory(message, "a table");
    *printed = false;
    for (int s = 0; s < chosen->settings && !status; s++) {
        const bool last = s == chosen->settings - 1;
        add_setting(page, &chosen->setting[s], &table);
        if (table.rows == 0 || (!page->format->data && !last))
            continue;
        if (page->format->data && !*printed && chosen->estimators > 0 &&
            page_has(page, TABLE_MAIN | TABLE_DIFFERENCES))
            fputc('\n', page->file);
        status = print_rows(page, &table, !*printed, message);
        *printed = true;
        table.rows = 0;
    }
    free(table.cell);
    return status;
}
