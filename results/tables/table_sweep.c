/* A sweep as grids, one a measure: the values of the last key side by side, those of the other keys and the
 * estimators below each other. */
#include "results/tables/grid_builder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct SweepTable {
    const Page *page;
    const SweepKey *across; /* the last key */
    int blocks;             /* of rows: combinations of the values of the other keys */
    int *order;             /* of the estimators, in all blocks */
} SweepTable;

/* The values of the keys of a block and a place across. */
static void values_of(const SweepTable *sweep, int block, int place, int value[MOST_KEYS])
{
    const Chosen *chosen = sweep->page->chosen;
    value[chosen->keys - 1] = place;
    for (int k = chosen->keys - 2; k >= 0; k--) {
        value[k] = block % chosen->key[k].values;
        block /= chosen->key[k].values;
    }
}

static Status sweep_init(SweepTable *sweep, const Page *page, Message *message)
{
    const Chosen *chosen = page->chosen;
    *sweep = (SweepTable){.page = page, .across = &chosen->key[chosen->keys - 1], .blocks = 1};
    for (int k = 0; k < chosen->keys - 1; k++)
        sweep->blocks *= chosen->key[k].values;
    sweep->order = calloc((size_t)chosen->estimators + 1, sizeof *sweep->order);
    if (!sweep->order)
        return fail_memory(message, "a table");
    return page_order(page, chosen->setting, chosen->settings, sweep->order, message);
}

/* The columns of keys and estimators. */
static void add_names(const SweepTable *sweep, GridBuilder *builder)
{
    const Chosen *chosen = sweep->page->chosen;
    const int n = chosen->estimators;
    for (int k = 0; k < chosen->keys - 1; k++)
        (void)grid_builder_add(builder, chosen->key[k].name, chosen->key[k].name, CELL_TEXT, 1);
    (void)grid_builder_add(builder, "estimator", "estimator", CELL_TEXT, 1);
    for (int r = 0; r < builder->rows; r++) {
        int value[MOST_KEYS] = {0};
        values_of(sweep, r / n, 0, value);
        for (int k = 0; k < chosen->keys - 1; k++)
            grid_builder_text(builder, r, k, chosen->key[k].value[value[k]]);
        grid_builder_text(builder, r, chosen->keys - 1, page_name(sweep->page, r % n));
    }
}

/* What a grid shows of a measure. */
typedef struct SweepGrid {
    const SweepTable *sweep;
    const Measure *measure;
    bool compared; /* differences from the baseline, where a star means that p is below 0.05 */
    GridBuilder builder;
    int unresolved; /* differences that the replicates are too few for */
} SweepGrid;

/* A column of a block, a row an estimator. */
static Status fill(SweepGrid *grid, const ChosenSetting *setting, CellColumn column, Message *message)
{
    const Page *page = grid->sweep->page;
    const int n = page->chosen->estimators;
    if (!grid->compared) {
        Status status = page_values(page, setting, grid->measure, column, message);
        if (!status)
            status = mark_best(page, setting, grid->measure, column, message);
        return status;
    }
    Compared *difference = calloc((size_t)n + 1, sizeof *difference);
    Status status = difference ? page_compare(page, setting, grid->measure, difference, message)
                               : fail_memory(message, "paired differences");
    for (int e = 0; e < n && !status; e++) {
        Cell *to = column.cell + (size_t)e * column.stride;
        *to = difference[e].difference;
        to->best = difference[e].p.value < 0.05;
        grid->unresolved += difference[e].unresolved;
    }
    free(difference);
    return status;
}

static Status add_columns(SweepGrid *grid, Message *message)
{
    const SweepTable *sweep = grid->sweep;
    const Chosen *chosen = sweep->page->chosen;
    const CellKind kind = grid->compared ? CELL_INTERVAL : measure_kind(grid->measure);
    const double scale = measure_scale(grid->measure, chosen->setting[0].truth);
    Status status = STATUS_OK;
    for (int a = 0; a < sweep->across->values; a++) {
        const char *value = sweep->across->value[a];
        const int c = grid->builder.columns;
        (void)grid_builder_add(&grid->builder, value, value, kind, scale);
        for (int b = 0; b < sweep->blocks && !status; b++) {
            int place[MOST_KEYS] = {0};
            values_of(sweep, b, a, place);
            const ChosenSetting *setting = chosen_setting(chosen, place);
            Cell *first = grid_builder_cell(&grid->builder, b * chosen->estimators, c);
            if (setting)
                status = fill(grid, setting, (CellColumn){first, grid->builder.most}, message);
        }
    }
    return status;
}

static Status write_note(const SweepGrid *grid, char note[NOTE], Message *message)
{
    const Page *page = grid->sweep->page;
    if (grid->compared) {
        note_add(note,
                 "95 %% intervals, unadjusted; %s: p below 0.05 by Holm's method over the estimators of a "
                 "setting.",
                 page->format->star);
        if (grid->unresolved > 0)
            note_add(note, " Too few %s for %d of the differences (standard error above a third).",
                     page->chosen->setting[0].truth ? "replicates" : "replicates or test labels",
                     grid->unresolved);
        return STATUS_OK;
    }
    Status status = note_units(page, page->chosen->setting, page->chosen->settings, note, message);
    note_add(note, " of its setting, by 95 %% confidence sets that hold for all at once");
    note_rank(grid->measure, note);
    note_seconds(page, grid->measure, note);
    if (needs_replicates(grid->measure))
        note_few_worlds(page, page->chosen->setting, page->chosen->settings, note);
    note_add(note, ".");
    note_precision(page, page->chosen->setting, page->chosen->settings, note);
    note_tuning(page, note);
    return status;
}

/* "mse (1e-4) by world.gamma_r, world.ctr=0.1" */
static void write_title(const SweepGrid *grid, char title[TITLE])
{
    const Page *page = grid->sweep->page;
    const Chosen *chosen = page->chosen;
    char header[MEASURE_TEXT];
    measure_header(grid->measure, chosen->setting[0].truth, chosen->top_k, header);
    snprintf(title, TITLE, "%s%s%s%s%s by %s%s%s", page->format->floats ? chosen->experiment : "",
             page->format->floats ? ": " : "", header, grid->compared ? ", paired difference from " : "",
             grid->compared ? page_baseline(page) : "", grid->sweep->across->name, *chosen->fixed ? ", " : "",
             chosen->fixed);
}

/* Arranges the rows of each block in the order of the estimators. */
static Status arrange(SweepGrid *grid, Message *message)
{
    const int n = grid->sweep->page->chosen->estimators, rows = grid->builder.rows;
    int *row = calloc((size_t)rows + 1, sizeof *row);
    if (!row)
        return fail_memory(message, "a table");
    for (int r = 0; r < rows; r++)
        row[r] = r / n * n + grid->sweep->order[r % n];
    Status status = grid_builder_arrange(&grid->builder, row, rows, message);
    free(row);
    return status;
}

static Status print_grid(const SweepTable *sweep, const Measure *measure, bool compared, Message *message)
{
    const Chosen *chosen = sweep->page->chosen;
    char title[TITLE], note[NOTE] = "";
    SweepGrid grid = {.sweep = sweep, .measure = measure, .compared = compared};
    Status status = grid_builder_init(&grid.builder, sweep->blocks * chosen->estimators,
                                      chosen->keys + sweep->across->values, message);
    if (status)
        goto out;
    add_names(sweep, &grid.builder);
    status = add_columns(&grid, message);
    if (!status)
        status = write_note(&grid, note, message);
    if (!status)
        status = arrange(&grid, message);
    if (status)
        goto out;
    write_title(&grid, title);
    const GridTexts texts = {
        .setting = "", .title = title, .note = note, .groups = chosen->keys - 1, .answers = !compared};
    status = grid_builder_print(&grid.builder, sweep->page, &texts, message);
out:
    grid_builder_clear(&grid.builder);
    return status;
}

Status print_sweep(const Page *page, Message *message)
{
    const bool differences = page->options->parts == TABLE_DIFFERENCES ||
                             (page->options->baseline && page_has(page, TABLE_DIFFERENCES));
    SweepTable sweep;
    Status status = sweep_init(&sweep, page, message);
    for (int m = 0; m < page->measures && !status; m++) {
        const Measure *measure = &page->measure[m];
        if (page_has(page, TABLE_MAIN))
            status = print_grid(&sweep, measure, false, message);
        if (!status && differences && measure->metric && measure_kind(measure) != CELL_RANK)
            status = print_grid(&sweep, measure, true, message);
    }
    free(sweep.order);
    return status;
}
