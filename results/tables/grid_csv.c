/* Grids as comma-separated values for other programs: in full precision, with experiment and setting in front
 * of every row. */
#include "results/tables/grid_format.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Whether a spreadsheet would take the text for a formula and compute it: a number it may take for one. */
static bool is_formula(const char *text)
{
    char *end;
    if (!*text || !strchr("=+-@", *text))
        return false;
    (void)strtod(text, &end);
    return end == text || *end;
}

static void put_csv(FILE *file, const char *text)
{
    if (is_formula(text))
        fputc('\'', file); /* which a spreadsheet takes for the mark of a text */
    if (!strpbrk(text, ",\"\n")) {
        fputs(text, file);
        return;
    }
    fputc('"', file);
    for (; *text; text++)
        fprintf(file, "%s%c", *text == '"' ? "\"" : "", *text);
    fputc('"', file);
}

static void put_value(FILE *file, double value)
{
    fputc(',', file);
    if (!isnan(value))
        fprintf(file, "%.17g", value);
}

static bool has_error(CellKind kind)
{
    return kind == CELL_ESTIMATE || kind == CELL_PERCENT;
}

static bool has_interval(CellKind kind)
{
    return kind == CELL_INTERVAL || kind == CELL_RANK;
}

/* The name of a column, which may be a value of a sweep. */
static void put_name(FILE *file, const char *name, const char *ending)
{
    char text[CELL_TEXT_SIZE];
    snprintf(text, sizeof text, "%s%s", name, ending);
    fputc(',', file);
    put_csv(file, text);
}

static void print_names(const Grid *grid, FILE *file)
{
    fprintf(file, "experiment,setting");
    for (int c = 0; c < grid->columns; c++) {
        const Column *column = &grid->column[c];
        if (!column->name)
            continue;
        put_name(file, column->name, "");
        if (has_error(column->kind)) {
            put_name(file, column->name, "_mcse");
        } else if (has_interval(column->kind)) {
            put_name(file, column->name, "_low");
            put_name(file, column->name, "_high");
        }
    }
    fputc('\n', file);
}

static void print_rows(const Grid *grid, FILE *file)
{
    for (int r = 0; r < grid->rows; r++) {
        put_csv(file, grid->experiment);
        fputc(',', file);
        put_csv(file, grid->setting);
        for (int c = 0; c < grid->columns; c++) {
            const Cell *cell = &grid->cell[r * grid->columns + c];
            const CellKind kind = grid->column[c].kind;
            if (!grid->column[c].name)
                continue;
            if (kind == CELL_TEXT) {
                fputc(',', file);
                put_csv(file, cell->text);
                continue;
            }
            put_value(file, cell->value);
            if (has_error(kind) || has_interval(kind))
                put_value(file, cell->low);
            if (has_interval(kind))
                put_value(file, cell->high);
        }
        fputc('\n', file);
    }
}

static Status print(const Grid *grid, const PrintedCell *printed, bool names, FILE *file, Message *message)
{
    (void)printed; /* numbers are written whole */
    (void)message;
    if (names)
        print_names(grid, file);
    print_rows(grid, file);
    return STATUS_OK;
}

const GridFormat grid_csv = {
    .name = "csv", .mark = "* may be the best", .star = "*", .data = true, .wraps = true, .print = print};
