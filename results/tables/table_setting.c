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
        const int clicked = page->chosen->setting[0].clicked;
        Status status = measure_parse(clicked ? "mse/O" : "mse", &measure[0], message);
        *measures = 2;
        return status ? status : measure_parse(clicked ? "auc/O" : "auc", &measure[1], message);
    }
    for (int m = 0; m < page->measures; m++) {
        if (page->measure[m].metric && measure_kind(&page->measure[m]) != CELL_RANK) {
            measure[(*measures)++] = page->measure[m];
        }
    }
    return STATUS_OK;
}

/* Adds the columns of difference and p, and to the note those that the replicates are too few for. */
static Status add_differences(const Page *page, const ChosenSetting *setting, const Measure *measure,
                              GridBuilder *builder, char note[NOTE], Message *message)
{
    const int n = page->chosen->estimators;
    char header[MEASURE_TEXT];
    char name[MEASURE_TEXT + 32];
    char title[MEASURE_TEXT + 32];
    Compared *compared = calloc((size_t)n + 1, sizeof *compared);
    Status status = compared ? page_compare(page, setting, measure, compared, message)
                             : fail_memory(message, "paired differences");
    if (status) {
        free(compared);
        return status;
    }
    measure_header(measure, setting->truth, page->chosen->top_k, header);
    snprintf(name, sizeof name, "%s_difference", measure->name);
    snprintf(title, sizeof title, "%s, 95 %% interval", header);
    const int c = builder->columns;
    (void)grid_builder_add(builder, name, title, CELL_INTERVAL, measure_scale(measure, setting->truth));
    snprintf(name, sizeof name, "%s_p_holm", measure->name);
    (void)grid_builder_add(builder, name, "p", CELL_P, 1);
    int unresolved = 0;
    int differences = 0;
    for (int e = 0; e < n; e++) {
        *grid_builder_cell(builder, e, c) = compared[e].difference;
        *grid_builder_cell(builder, e, c + 1) = compared[e].p;
        unresolved += compared[e].unresolved;
        differences += !isnan(compared[e].difference.value);
    }
    if (unresolved > 0) {
        note_add(note, "%s%s: %d of %d", *note ? "; " : "", header, unresolved, differences);
        for (int e = 0, named = 0; e < n && unresolved <= NAMED_UNRESOLVED; e++) {
            if (compared[e].unresolved) {
                note_add(note, "%s%s", named++ ? ", " : " (", page->chosen->estimator[e]);
            }
        }
        note_add(note, "%s", unresolved <= NAMED_UNRESOLVED ? ")" : "");
    }
    free(compared);
    return STATUS_OK;
}

static Status add_measure(const Page *page, const ChosenSetting *setting, const Measure *measure,
                          GridBuilder *builder, Message *message)
{
    char header[MEASURE_TEXT];
    measure_header(measure, setting->truth, page->chosen->top_k, header);
    Cell *cell = grid_builder_add(builder, measure->name, header, measure_kind(measure),
                                  measure_scale(measure, setting->truth));
    Status status = page_values(page, setting, measure, cell, builder->most, message);
    if (!status) {
        mark_best(measure, cell, builder->rows, builder->most);
    }
    return status;
}

static void add_names(const Page *page, GridBuilder *builder)
{
    (void)grid_builder_add(builder, "estimator", "estimator", CELL_TEXT, 1);
    for (int e = 0; e < page->chosen->estimators; e++) {
        grid_builder_text(builder, e, 0, page->chosen->estimator[e]);
    }
}

/* Only estimators with a unit in the setting have a row; their number. */
static Status add_counts(const Page *page, const ChosenSetting *setting, GridBuilder *builder, int *row,
                         int *rows, Message *message)
{
    const int n = page->chosen->estimators;
    Counted *counted = calloc((size_t)n + 1, sizeof *counted);
    Status status =
        counted ? page_count(page, setting, counted, message) : fail_memory(message, "the counts of units");
    if (!status) {
        status = page_order(page, setting, 1, row, message);
    }
    const int c = builder->columns;
    (void)grid_builder_add(builder, "replicates", NULL, CELL_COUNT, 1);
    (void)grid_builder_add(builder, "diverged", NULL, CELL_COUNT, 1);
    *rows = 0;
    for (int i = 0; i < n && !status; i++) {
        const int e = row[i];
        grid_builder_cell(builder, e, c)->value = counted[e].done;
        grid_builder_cell(builder, e, c + 1)->value = counted[e].diverged;
        row[*rows] = e;
        *rows += counted[e].done + counted[e].diverged > 0;
    }
    free(counted);
    return status;
}

/* What needs a word in the columns that are shown. */
static void add_explanations(const Page *page, const ChosenSetting *setting, char note[NOTE])
{
    for (int m = 0; m < page->measures; m++) {
        const char *name = page->measure[m].name;
        if (setting->truth && !strcmp(name, "bias_sq")) {
            note_add(note, "; bias² is unbiased and may be negative");
        } else if (measure_kind(&page->measure[m]) == CELL_RANK) {
            note_add(note, "; rank by mse, with a 95 %% confidence set");
        }
    }
    note_add(note, ".");
}

static Status print_main(const Page *page, const ChosenSetting *setting, GridBuilder *builder, int *row,
                         int *rows, int names, Message *message)
{
    Measure measure[MOST_MEASURES];
    int measures = 0;
    char title[TITLE];
    char note[NOTE] = "";
    char unresolved[NOTE] = "";
    add_names(page, builder);
    Status status = add_counts(page, setting, builder, row, rows, message);
    for (int m = 0; m < page->measures && !status; m++) {
        status = add_measure(page, setting, &page->measure[m], builder, message);
    }
    if (!status && page->options->format == TABLE_CSV && page->options->baseline) {
        status = compared_measures(page, measure, &measures, message);
    }
    for (int m = 0; m < measures && !status; m++) {
        status = add_differences(page, setting, &measure[m], builder, unresolved, message);
    }
    if (!status) {
        status = grid_builder_arrange(builder, row, *rows, message);
    }
    if (!status && *rows > 0) {
        status = note_units(page, setting, 1, note, message);
    }
    note_add(note, " of its column");
    add_explanations(page, setting, note);
    /* In text the experiment has a line of its own; a table of LaTeX must say what it is. */
    const int latex = page->options->format == TABLE_LATEX;
    snprintf(title, sizeof title, "%s%s%s", latex ? page->chosen->experiment : "",
             latex && *setting->text ? ", " : "", setting->text);
    return status ? status : grid_builder_print(builder, page, setting->text, title, note, 0, names, message);
}

static Status print_paired(const Page *page, const ChosenSetting *setting, const int *order, int rows,
                           Message *message)
{
    const int n = page->chosen->estimators;
    Measure measure[MOST_MEASURES];
    int measures = 0;
    char title[TITLE];
    char unresolved[NOTE] = "";
    char note[NOTE] = "";
    GridBuilder builder = {0};
    int *row = calloc((size_t)n + 1, sizeof *row);
    Status status = row ? grid_builder_init(&builder, n, 1 + 2 * MOST_MEASURES, message)
                        : fail_memory(message, "a table");
    if (!status) {
        add_names(page, &builder);
        status = compared_measures(page, measure, &measures, message);
    }
    for (int m = 0; m < measures && !status; m++) {
        status = add_differences(page, setting, &measure[m], &builder, unresolved, message);
    }
    int kept = 0;
    for (int i = 0; i < rows && !status; i++) {
        row[kept] = order[i];
        int known = 0;
        for (int c = 1; c < builder.columns; c++) {
            known |= !isnan(grid_builder_cell(&builder, order[i], c)->value);
        }
        kept += known;
    }
    if (!status && kept > 0) {
        status = grid_builder_arrange(&builder, row, kept, message);
        snprintf(title, sizeof title,
                 "Paired difference from %s%s%s; p corrected by Holm over the estimators", page->baseline,
                 *setting->text ? ", " : "", setting->text);
        if (*unresolved) {
            note_add(note, "Too few replicates for some differences (standard error above a third): %s.",
                     unresolved);
        }
        status =
            status ? status : grid_builder_print(&builder, page, setting->text, title, note, 0, 0, message);
    }
    grid_builder_clear(&builder);
    free(row);
    return status;
}

Status print_setting(const Page *page, const ChosenSetting *setting, int names, Message *message)
{
    const int n = page->chosen->estimators;
    GridBuilder builder = {0};
    int *row = calloc((size_t)n + 1, sizeof *row);
    int rows = 0;
    Status status = row ? grid_builder_init(&builder, n, 3 + 3 * MOST_MEASURES, message)
                        : fail_memory(message, "a table");
    if (!status) {
        status = print_main(page, setting, &builder, row, &rows, names, message);
    }
    if (!status && rows > 0 && page->options->format != TABLE_CSV) {
        status = print_paired(page, setting, row, rows, message);
    }
    grid_builder_clear(&builder);
    free(row);
    return status;
}
