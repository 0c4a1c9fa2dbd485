/* The full table of one setting: all measures, and the paired differences. */
#include "results/tables/grid_builder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NAMED_UNRESOLVED = 8 };

/* What differences are shown of: the measures that were chosen as far as they have a value per replicate,
 * else mse and AUC, over clicks where conversions are known there alone. */
static Status compared_measures(const Page *page, Measure *measure, int *measures, Message *message)
{
    *measures = 0;
    if (page->chosen->measures == 0) {
        const bool clicked = page->chosen->setting[0].clicked;
        Status status = measure_parse(clicked ? "mse/O" : "mse", &measure[0], message);
        *measures = 2;
        return status ? status : measure_parse(clicked ? "auc/O" : "auc", &measure[1], message);
    }
    for (int m = 0; m < page->measures; m++)
        if (page->measure[m].metric && measure_kind(&page->measure[m]) != CELL_RANK)
            measure[(*measures)++] = page->measure[m];
    return STATUS_OK;
}

/* A grid of the chosen estimators of a setting while it is put together. */
typedef struct SettingTable {
    const Page *page;
    const ChosenSetting *setting;
    GridBuilder builder;
    int *row; /* places of the estimators that have a row, in order */
    int rows;
    char unresolved[NOTE]; /* what the replicates are too few for */
} SettingTable;

static Status setting_table_init(SettingTable *t, const Page *page, const ChosenSetting *setting, int columns,
                                 Message *message)
{
    const int n = page->chosen->estimators;
    *t = (SettingTable){.page = page, .setting = setting, .row = calloc((size_t)n + 1, sizeof *t->row)};
    if (!t->row)
        return fail_memory(message, "a table");
    Status status = grid_builder_init(&t->builder, n, columns, message);
    if (status)
        return status;
    (void)grid_builder_add(&t->builder, "estimator", "estimator", CELL_TEXT, 1);
    for (int e = 0; e < n; e++)
        grid_builder_text(&t->builder, e, 0, page_name(page, e));
    return STATUS_OK;
}

static void setting_table_clear(SettingTable *t)
{
    grid_builder_clear(&t->builder);
    free(t->row);
}

/* Names the differences of a column that the replicates are too few for. */
static void note_unresolved(SettingTable *t, const Compared *compared, const char *header)
{
    const int n = t->page->chosen->estimators;
    int unresolved = 0, differences = 0, named = 0;
    for (int e = 0; e < n; e++) {
        unresolved += compared[e].unresolved;
        differences += !isnan(compared[e].difference.value);
    }
    if (unresolved == 0)
        return;
    note_add(t->unresolved, "%s%s: %d of %d", *t->unresolved ? "; " : "", header, unresolved, differences);
    for (int e = 0; e < n && unresolved <= NAMED_UNRESOLVED; e++)
        if (compared[e].unresolved)
            note_add(t->unresolved, "%s%s", named++ ? ", " : " (", page_name(t->page, e));
    note_add(t->unresolved, "%s", unresolved <= NAMED_UNRESOLVED ? ")" : "");
}

/* Adds the columns of difference and p. */
static Status add_differences(SettingTable *t, const Measure *measure, Message *message)
{
    const int n = t->page->chosen->estimators;
    const bool truth = t->setting->truth;
    char header[MEASURE_TEXT], name[MEASURE_TEXT + 32], title[MEASURE_TEXT + 32];
    Compared *compared = calloc((size_t)n + 1, sizeof *compared);
    Status status = compared ? page_compare(t->page, t->setting, measure, compared, message)
                             : fail_memory(message, "paired differences");
    if (status) {
        free(compared);
        return status;
    }
    measure_header(measure, truth, t->page->chosen->top_k, header);
    snprintf(name, sizeof name, "%.*s_difference", MEASURE_TEXT - 1, measure->name);
    snprintf(title, sizeof title, "%s, 95 %% interval, unadjusted", header);
    const int c = t->builder.columns;
    (void)grid_builder_add(&t->builder, name, title, CELL_INTERVAL, measure_scale(measure, truth));
    snprintf(name, sizeof name, "%.*s_p_holm", MEASURE_TEXT - 1, measure->name);
    (void)grid_builder_add(&t->builder, name, "p", CELL_P, 1);
    for (int e = 0; e < n; e++) {
        *grid_builder_cell(&t->builder, e, c) = compared[e].difference;
        *grid_builder_cell(&t->builder, e, c + 1) = compared[e].p;
    }
    note_unresolved(t, compared, header);
    free(compared);
    return STATUS_OK;
}

static Status add_all_differences(SettingTable *t, Message *message)
{
    Measure measure[MOST_MEASURES];
    int measures = 0;
    Status status = compared_measures(t->page, measure, &measures, message);
    for (int m = 0; m < measures && !status; m++)
        status = add_differences(t, &measure[m], message);
    return status;
}

static Status add_measure(SettingTable *t, const Measure *measure, Message *message)
{
    char header[MEASURE_TEXT];
    const bool truth = t->setting->truth;
    measure_header(measure, truth, t->page->chosen->top_k, header);
    const CellColumn column = {grid_builder_add(&t->builder, measure->name, header, measure_kind(measure),
                                                measure_scale(measure, truth)),
                               t->builder.most};
    Status status = page_values(t->page, t->setting, measure, column, message);
    if (!status)
        status = mark_best(t->page, t->setting, measure, column, message);
    return status;
}

/* Only estimators with a unit in the setting have a row. */
static Status add_counts(SettingTable *t, Message *message)
{
    const int c = t->builder.columns;
    Status status = page_order(t->page, t->setting, 1, t->row, message);
    if (status)
        return status;
    (void)grid_builder_add(&t->builder, "replicates", NULL, CELL_COUNT, 1);
    (void)grid_builder_add(&t->builder, "diverged", NULL, CELL_COUNT, 1);
    (void)grid_builder_add(&t->builder, "failed", NULL, CELL_COUNT, 1);
    (void)grid_builder_add(&t->builder, "shared", NULL, CELL_COUNT, 1);
    for (int i = 0; i < t->page->chosen->estimators; i++) {
        const int e = t->row[i];
        const EstimatorResults *results = page_cell(t->page, t->setting, e);
        grid_builder_cell(&t->builder, e, c)->value = results->done;
        grid_builder_cell(&t->builder, e, c + 1)->value = results->diverged;
        grid_builder_cell(&t->builder, e, c + 2)->value = results->failed;
        grid_builder_cell(&t->builder, e, c + 3)->value = results->shared;
        t->row[t->rows] = e;
        t->rows += results->runs > 0;
    }
    return STATUS_OK;
}

/* What needs a word in the columns that are shown. */
static void add_explanations(const Page *page, const ChosenSetting *setting, char note[NOTE])
{
    bool of_replicates = false;
    for (int m = 0; m < page->measures; m++) {
        of_replicates |= needs_replicates(&page->measure[m]);
        if (setting->truth && !strcmp(page->measure[m].name, "bias_sq"))
            note_add(note, "; bias² is unbiased and may be negative");
        note_rank(&page->measure[m], note);
        note_seconds(page, &page->measure[m], note);
    }
    if (of_replicates)
        note_few_worlds(page, setting, 1, note);
    note_add(note, ".");
}

static Status fill_main(SettingTable *t, Message *message)
{
    const Page *page = t->page;
    Status status = add_counts(t, message);
    for (int m = 0; m < page->measures && !status; m++)
        status = add_measure(t, &page->measure[m], message);
    if (!status && page->format->data && page->options->baseline && page_has(page, TABLE_DIFFERENCES))
        status = add_all_differences(t, message);
    return status ? status : grid_builder_arrange(&t->builder, t->row, t->rows, message);
}

static Status print_main(SettingTable *t, bool names, Message *message)
{
    const Page *page = t->page;
    const char *setting = t->setting->text,
               *experiment = page->format->floats ? page->chosen->experiment : "";
    char title[TITLE], note[NOTE] = "";
    Status status = fill_main(t, message);
    if (status || !page_has(page, TABLE_MAIN))
        return status;
    if (!status && t->rows > 0)
        status = note_units(page, t->setting, 1, note, message);
    if (status)
        return status;
    note_add(note, " of its column, by 95 %% confidence sets that hold for all at once");
    add_explanations(page, t->setting, note);
    note_precision(page, t->setting, 1, note);
    note_tuning(page, note);
    snprintf(title, sizeof title, "%s%s%s", experiment, *experiment && *setting ? ", " : "", setting);
    const GridTexts texts = {.setting = setting,
                             .title = title,
                             .note = note,
                             .names = names,
                             .part = page->ranks ? "ranks" : "main",
                             .answers = !page->ranks};
    return grid_builder_print(&t->builder, page, &texts, message);
}

/* Keeps of `order` the estimators with a difference. */
static void keep_compared(SettingTable *t, const int *order, int rows)
{
    for (int i = 0; i < rows; i++) {
        bool known = false;
        for (int c = 1; c < t->builder.columns; c++)
            known |= !isnan(grid_builder_cell(&t->builder, order[i], c)->value);
        t->row[t->rows] = order[i];
        t->rows += known;
    }
}

static Status print_differences(SettingTable *t, bool names, Message *message)
{
    const char *setting = t->setting->text;
    char title[TITLE], note[NOTE] = "";
    Status status = grid_builder_arrange(&t->builder, t->row, t->rows, message);
    if (status)
        return status;
    snprintf(title, sizeof title, "Paired difference from %s%s%s; p corrected by Holm over the estimators",
             page_baseline(t->page), *setting ? ", " : "", setting);
    if (*t->unresolved)
        note_add(note, "Too few %s for some differences (standard error above a third): %s.",
                 t->setting->truth ? "replicates" : "replicates or test labels", t->unresolved);
    const GridTexts texts = {
        .setting = setting, .title = title, .note = note, .names = names, .part = "differences"};
    return grid_builder_print(&t->builder, t->page, &texts, message);
}

/* The rows of the main table in their order, as far as they have a difference. */
static Status print_paired(const SettingTable *main, bool names, Message *message)
{
    SettingTable t;
    Status status = setting_table_init(&t, main->page, main->setting, 1 + 2 * MOST_MEASURES, message);
    if (!status)
        status = add_all_differences(&t, message);
    if (!status)
        keep_compared(&t, main->row, main->rows);
    if (!status && t.rows > 0)
        status = print_differences(&t, names, message);
    setting_table_clear(&t);
    return status;
}

Status print_setting(const Page *page, const ChosenSetting *setting, bool names, Message *message)
{
    SettingTable t;
    Status status = setting_table_init(&t, page, setting, 5 + 3 * MOST_MEASURES, message);
    if (!status)
        status = print_main(&t, names, message);
    /* Where both are data, the differences are columns of the main table. */
    if (!status && t.rows > 0 && page_has(page, TABLE_DIFFERENCES) &&
        !(page->format->data && page_has(page, TABLE_MAIN)))
        status = print_paired(&t, names, message);
    setting_table_clear(&t);
    return status;
}
