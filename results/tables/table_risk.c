/* The table of the risk layer, whose estimators and predictors are its own. */
#include "results/statistics/places.h"
#include "results/summary/unit_read.h"
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
    {"left_out", "left out %", CELL_NUMBER, 100}, /* where some row has it */
};
enum { COLUMNS = sizeof column / sizeof *column, AT_SETTING = 0, AT_RMSE = 9, AT_LEFT_OUT = 11 };

typedef struct RiskTable {
    Cell *cell;              /* rows x COLUMNS */
    const RiskSummary **row; /* what each is of */
    int rows;
    bool left_out; /* some row of the experiment has it: every grid of csv has the same columns */
} RiskTable;

static void add_row(RiskTable *table, const char *setting, const RiskSummary *r)
{
    table->row[table->rows] = r;
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
        cell_number(r->left_out),
    };
    memcpy(table->cell + (size_t)table->rows++ * COLUMNS, row, sizeof row);
}

/* Marks those of a predictor's rows whose rmse may be the lowest. */
static Status mark_rows(const ExperimentResults *results, RiskTable *table, int first, int rows,
                        Message *message)
{
    int *mark = calloc((size_t)rows + 1, sizeof *mark);
    UnitValues *square = calloc((size_t)rows + 1, sizeof *square);
    Status status = mark && square ? STATUS_OK : fail_memory(message, "a table");
    for (int r = 0; r < rows && !status; r++) {
        RedrawnWorlds redrawn = {0};
        status = results_redraws(results, table->row[first + r], &redrawn, message);
        if (!status)
            status = redrawn_squares(&redrawn, &square[r], message);
        redrawn_worlds_clear(&redrawn);
    }
    if (!status)
        status = places_first(square, rows, BETTER_LOW, 0, mark, message);
    for (int r = 0; r < rows && square; r++) {
        if (!status)
            table->cell[(size_t)(first + r) * COLUMNS + AT_RMSE].best = mark[r] == 1;
        unit_values_clear(&square[r]);
    }
    free(mark);
    free(square);
    return status;
}

/* The rows of a predictor stand together. */
static Status mark_predictors(const ExperimentResults *results, RiskTable *table, int first, Message *message)
{
    Status status = STATUS_OK;
    for (int end = first; first < table->rows && !status; first = end) {
        while (end < table->rows && !strcmp(table->row[end]->predictor, table->row[first]->predictor))
            end++;
        status = mark_rows(results, table, first, end - first, message);
    }
    return status;
}

static bool is_shown(const Page *page, const ChosenSetting *setting, const RiskSummary *row)
{
    return row->setting == setting->index && row->replicates > 0 &&
           words_have(&page->options->filter.estimator, row->estimator);
}

static bool has_left_out(const Page *page)
{
    const Chosen *chosen = page->chosen;
    for (int s = 0; s < chosen->settings; s++)
        for (int i = 0; i < chosen->results->risk_rows; i++) {
            const RiskSummary *row = &chosen->results->risk_row[i];
            if (is_shown(page, &chosen->setting[s], row) && !isnan(row->left_out))
                return true;
        }
    return false;
}

static Status add_setting(const Page *page, const ChosenSetting *setting, RiskTable *table, Message *message)
{
    const ExperimentResults *results = page->chosen->results;
    const int first = table->rows;
    for (int i = 0; i < results->risk_rows; i++)
        if (is_shown(page, setting, &results->risk_row[i]))
            add_row(table, setting->text, &results->risk_row[i]);
    return mark_predictors(results, table, first, message);
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
    if (!table->left_out)
        shown[AT_LEFT_OUT].name = shown[AT_LEFT_OUT].header = NULL;
    snprintf(title, sizeof title, "Estimates of the ideal loss of fixed predictions%s%s",
             format->floats ? ", " : "", format->floats ? experiment : "");
    note_add(note,
             "Outcomes fixed, clicks redrawn. ± Monte Carlo standard error, %s of a predictor by rmse; "
             "exact: the closed form, where there is one.",
             format->mark);
    if (table->left_out)
        note_add(note, " Left out: exposures whose imputed error the estimator does not take.");
    const Grid grid = {.experiment = experiment,
                       .setting = table->cell[AT_SETTING].text,
                       .title = title,
                       .note = note,
                       .column = shown,
                       .columns = COLUMNS,
                       .rows = table->rows,
                       .cell = table->cell,
                       .groups = 2,
                       .part = "risk"};
    return grid_print(&grid, format, names, page->file, message);
}

/* In csv a setting is a grid of its own, which names it. */
Status print_risk(const Page *page, bool *printed, Message *message)
{
    const Chosen *chosen = page->chosen;
    const size_t rows = (size_t)chosen->results->risk_rows;
    RiskTable table = {.cell = calloc(rows * COLUMNS + 1, sizeof *table.cell),
                       .row = (const RiskSummary **)calloc(rows + 1, sizeof(const RiskSummary *)),
                       .left_out = has_left_out(page)};
    Status status = table.cell && table.row ? STATUS_OK : fail_memory(message, "a table");
    *printed = false;
    for (int s = 0; s < chosen->settings && !status; s++) {
        const bool last = s == chosen->settings - 1;
        status = add_setting(page, &chosen->setting[s], &table, message);
        if (status || table.rows == 0 || (!page->format->data && !last))
            continue;
        if (page->format->data && !*printed && chosen->estimators > 0 &&
            page_has(page, TABLE_MAIN | TABLE_DIFFERENCES))
            fputc('\n', page->file);
        status = print_rows(page, &table, !*printed, message);
        *printed = true;
        table.rows = 0;
    }
    free(table.cell);
    free((void *)table.row);
    return status;
}
