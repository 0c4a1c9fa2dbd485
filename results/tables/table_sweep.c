/* A sweep as grids, one a measure: the values of the last key side by side, those of the other keys and the
 * estimators below each other. */
#include "results/tables/grid_builder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Sweep {
    const Page *page;
    const SweepKey *across; /* the last key */
    int blocks;             /* of rows: combinations of the values of the other keys */
    int *order;             /* of the estimators, in all blocks */
} Sweep;

/* The values of the keys of a block and a place across. */
static void values_of(const Sweep *sweep, int block, int place, int value[MOST_KEYS])
{
    const Chosen *chosen = sweep->page->chosen;
    value[chosen->keys - 1] = place;
    for (int k = chosen->keys - 2; k >= 0; k--) {
        value[k] = block % chosen->key[k].values;
        block /= chosen->key[k].values;
    }
}

static Status sweep_init(Sweep *sweep, const Page *page, Message *message)
{
    const Chosen *chosen = page->chosen;
    *sweep = (Sweep){.page = page, .across = &chosen->key[chosen->keys - 1], .blocks = 1};
    for (int k = 0; k < chosen->keys - 1; k++) {
        sweep->blocks *= chosen->key[k].values;
    }
    sweep->order = calloc((size_t)chosen->estimators + 1, sizeof *sweep->order);
    if (!sweep->order) {
        return fail_memory(message, "a table");
    }
    return page_order(page, chosen->setting, chosen->settings, sweep->order, message);
}

/* The columns of keys and estimators. */
static void add_names(const Sweep *sweep, GridBuilder *builder)
{
    const Chosen *chosen = sweep->page->chosen;
    const int n = chosen->estimators;
    for (int k = 0; k < chosen->keys - 1; k++) {
        (void)grid_builder_add(builder, chosen->key[k].name, chosen->key[k].name, CELL_TEXT, 1);
    }
    (void)grid_builder_add(builder, "estimator", "estimator", CELL_TEXT, 1);
    for (int r = 0; r < builder->rows; r++) {
        int value[MOST_KEYS] = {0};
        values_of(sweep, r / n, 0, value);
        for (int k = 0; k < chosen->keys - 1; k++) {
            grid_builder_text(builder, r, k, chosen->key[k].value[value[k]]);
        }
        grid_builder_text(builder, r, chosen->keys - 1, chosen->estimator[r % n]);
    }
}

/* Cells of one column of a block, a row an estimator. With `compared`, differences from the baseline, where a
 * star means that p is below 0.05. */
static Status fill(const Sweep *sweep, const ChosenSetting *setting, const Measure *measure, int compared,
                   Cell *cell, size_t stride, int *unresolved, Message *message)
{
    const Page *page = sweep->page;
    const int n = page->chosen->estimators;
    if (!compared) {
        Status status = page_values(page, setting, measure, cell, stride, message);
        if (!status) {
            mark_best(measure, cell, n, stride);
        }
        return status;
    }
    Compared *difference = calloc((size_t)n + 1, sizeof *difference);
    Status status = difference ? page_compare(page, setting, measure, difference, message)
                               : fail_memory(message, "paired differences");
    for (int e = 0; e < n && !status; e++) {
        Cell *to = cell + (size_t)e * stride;
        *to = difference[e].difference;
        to->best = difference[e].p.value < 0.05;
        *unresolved += difference[e].unresolved;
    }
    free(difference);
    return status;
}

static Status add_columns(const Sweep *sweep, const Measure *measure, int compared, GridBuilder *builder,
                          int *unresolved, Message *message)
{
    const Chosen *chosen = sweep->page->chosen;
    const int n = chosen->estimators;
    const int truth = chosen->setting[0].truth;
    const CellKind kind = compared ? CELL_INTERVAL : measure_kind(measure);
    Status status = STATUS_OK;
    for (int a = 0; a < sweep->across->values; a++) {
        const char *value = sweep->across->value[a];
        const int c = builder->columns;
        (void)grid_builder_add(builder, value, value, kind, measure_scale(measure, truth));
        for (int b = 0; b < sweep->blocks && !status; b++) {
            int place[MOST_KEYS] = {0};
            values_of(sweep, b, a, place);
            const ChosenSetting *setting = chosen_setting(chosen, place);
            if (setting) {
                status = fill(sweep, setting, measure, compared, grid_builder_cell(builder, b * n, c),
                              builder->most, unresolved, message);
            }
        }
    }
    return status;
}

static Status write_note(const Sweep *sweep, const Measure *measure, int compared, int unresolved,
                         char note[NOTE], Message *message)
{
    const Chosen *chosen = sweep->page->chosen;
    if (compared) {
        note_add(note, "95 %% intervals; %s: p below 0.05 by Holm's method over the estimators of a setting.",
                 grid_star(sweep->page->options->format));
        if (unresolved > 0) {
            note_add(note, " Too few replicates for %d of the differences (standard error above a third).",
                     unresolved);
        }
        return STATUS_OK;
    }
    Status status = note_units(sweep->page, chosen->setting, chosen->settings, note, message);
    note_add(note, " of its setting%s.",
             measure_kind(measure) == CELL_RANK ? "; rank by mse, with a 95 % confidence set" : "");
    return status;
}

/* "mse (1e-4) by world.gamma_r, world.ctr=0.1" */
static void write_title(const Sweep *sweep, const Measure *measure, int compared, char title[TITLE])
{
    const Page *page = sweep->page;
    const int latex = page->options->format == TABLE_LATEX;
    char header[MEASURE_TEXT];
    measure_header(measure, page->chosen->setting[0].truth, page->chosen->top_k, header);
    snprintf(title, TITLE, "%s%s%s%s%s by %s%s%s", latex ? page->chosen->experiment : "", latex ? ": " : "",
             header, compared ? ", paired difference from " : "", compared ? page->baseline : "",
             sweep->across->name, *page->chosen->fixed ? ", " : "", page->chosen->fixed);
}

static Status print_grid(const Sweep *sweep, const Measure *measure, int compared, Message *message)
{
    const Chosen *chosen = sweep->page->chosen;
    const int n = chosen->estimators;
    const int rows = sweep->blocks * n;
    char title[TITLE];
    char note[NOTE] = "";
    GridBuilder builder = {0};
    int unresolved = 0;
    int *row = calloc((size_t)rows + 1, sizeof *row);
    Status status = row ? grid_builder_init(&builder, rows, chosen->keys + sweep->across->values, message)
                        : fail_memory(message, "a table");
    if (!status) {
        add_names(sweep, &builder);
        status = add_columns(sweep, measure, compared, &builder, &unresolved, message);
    }
    if (!status) {
        status = write_note(sweep, measure, compared, unresolved, note, message);
    }
    for (int r = 0; r < rows && !status; r++) {
        row[r] = r / n * n + sweep->order[r % n];
    }
    if (!status) {
        status = grid_builder_arrange(&builder, row, rows, message);
    }
    write_title(sweep, measure, compared, title);
    if (!status) {
        status = grid_builder_print(&builder, sweep->page, "", title, note, chosen->keys - 1, 0, message);
    }
    grid_builder_clear(&builder);
    free(row);
    return status;
}

Status print_sweep(const Page *page, Message *message)
{
    Sweep sweep;
    Status status = sweep_init(&sweep, page, message);
    for (int m = 0; m < page->measures && !status; m++) {
        const Measure *measure = &page->measure[m];
        status = print_grid(&sweep, measure, 0, message);
        if (!status && page->options->baseline && measure->metric && measure_kind(measure) != CELL_RANK) {
            status = print_grid(&sweep, measure, 1, message);
        }
    }
    free(sweep.order);
    return status;
}
