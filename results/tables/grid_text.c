/* Grids as plain text, aligned in columns for a terminal. */
#include "results/tables/grid_format.h"

#include <stdlib.h>

static void spaces(FILE *file, int count)
{
    fprintf(file, "%*s", count > 0 ? count : 0, "");
}

typedef struct ColumnWidths {
    int left, right, whole;
    int star; /* of values without a right part */
} ColumnWidths;

static ColumnWidths column_widths(const Grid *grid, const PrintedCell *printed, int c)
{
    ColumnWidths w = {0};
    for (int r = 0; r < grid->rows; r++) {
        const PrintedCell *cell = &printed[r * grid->columns + c];
        int left = text_width(cell->left);
        int right = *cell->right ? text_width(cell->right) + cell->best : 0;
        w.star |= cell->best;
        w.left = left > w.left ? left : w.left;
        w.right = right > w.right ? right : w.right;
    }
    w.star = w.right > 0 ? 0 : w.star;
    int header = text_width(grid->column[c].header);
    int whole = w.left + (w.right > 0) + w.right + w.star;
    w.whole = header > whole ? header : whole;
    w.left += w.whole - whole;
    return w;
}

static void print_lines(const Grid *grid, const PrintedCell *printed, const ColumnWidths *widths, FILE *file)
{
    int last = grid->columns - 1;
    while (last > 0 && !grid->column[last].header)
        last--;
    fprintf(file, "%s%s", grid->title, *grid->title ? "\n" : "");
    for (int r = -1; r < grid->rows; r++) {
        if (r > 0 && grid_starts_group(grid, printed, r))
            fputc('\n', file);
        for (int c = 0, first = 1; c < grid->columns; c++) {
            const Column *column = &grid->column[c];
            const ColumnWidths w = widths[c];
            if (!column->header)
                continue;
            spaces(file, first ? 0 : 2);
            first = 0;
            const PrintedCell *cell = &printed[(r < 0 ? 0 : r) * grid->columns + c];
            const char *left = r < 0 ? column->header : grid_repeats(grid, printed, r, c) ? "" : cell->left;
            const int padding = (r < 0 ? w.whole : w.left) - text_width(left);
            if (column->kind == CELL_TEXT) {
                fprintf(file, "%s", left);
                spaces(file, c < last ? padding : 0);
                continue;
            }
            spaces(file, padding);
            fprintf(file, "%s", left);
            if (r >= 0 && w.right > 0) {
                fprintf(file, " %s%s", cell->right, cell->best ? "*" : "");
                spaces(file, w.right - text_width(cell->right) - cell->best);
            } else if (r >= 0 && w.star) {
                fputc(cell->best ? '*' : ' ', file);
            }
        }
        fputc('\n', file);
    }
    fprintf(file, "%s%s\n", grid->note, *grid->note ? "\n" : "");
}

static Status print(const Grid *grid, const PrintedCell *printed, bool names, FILE *file, Message *message)
{
    (void)names; /* headers are always there */
    ColumnWidths *widths = calloc((size_t)grid->columns, sizeof *widths);
    if (!widths)
        return fail_memory(message, "a table");
    for (int c = 0; c < grid->columns; c++)
        if (grid->column[c].header)
            widths[c] = column_widths(grid, printed, c);
    print_lines(grid, printed, widths, file);
    free(widths);
    return STATUS_OK;
}

static void print_heading(const char *experiment, const char *question, FILE *file)
{
    fprintf(file, "%s%s%s\n\n", experiment, *question ? ": " : "", question);
}

const GridFormat grid_text = {
    .name = "text", .mark = "* may be the best", .star = "*", .heading = print_heading, .print = print};
