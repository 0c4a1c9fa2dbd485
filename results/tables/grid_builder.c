/* Rows keep room for all columns until the grid is arranged, so that a column can be added without moving the
 * others. */
#include "results/tables/grid_builder.h"

#include "sim/base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

Status grid_builder_init(GridBuilder *builder, int rows, int most_columns, Message *message)
{
    const size_t most = (size_t)most_columns;
    *builder = (GridBuilder){.rows = rows, .most = most};
    builder->column = calloc(most, sizeof *builder->column);
    builder->text = calloc(most, sizeof *builder->text);
    builder->cell = calloc(most * (size_t)rows + 1, sizeof *builder->cell);
    return builder->column && builder->text && builder->cell ? STATUS_OK : fail_memory(message, "a table");
}

void grid_builder_clear(GridBuilder *builder)
{
    free(builder->column);
    free(builder->text);
    free(builder->cell);
}

Cell *grid_builder_cell(const GridBuilder *builder, int row, int column)
{
    return &builder->cell[(size_t)row * builder->most + (size_t)column];
}

void grid_builder_text(const GridBuilder *builder, int row, int column, const char *text)
{
    char *to = grid_builder_cell(builder, row, column)->text;
    snprintf(to, CELL_TEXT_SIZE, "%s", text);
    text_clean(to, "");
}

Cell *grid_builder_add(GridBuilder *builder, const char *name, const char *header, CellKind kind,
                       double scale)
{
    const int c = builder->columns++;
    snprintf(builder->text[c][0], sizeof builder->text[c][0], "%s", name);
    snprintf(builder->text[c][1], sizeof builder->text[c][1], "%s", header ? header : "");
    text_clean(builder->text[c][0], "");
    text_clean(builder->text[c][1], "");
    builder->column[c] = (Column){builder->text[c][0], header ? builder->text[c][1] : NULL, kind, scale};
    for (int r = 0; r < builder->rows; r++)
        *grid_builder_cell(builder, r, c) = (Cell){.value = NAN, .low = NAN, .high = NAN};
    return grid_builder_cell(builder, 0, c);
}

Status grid_builder_arrange(GridBuilder *builder, const int *row, int rows, Message *message)
{
    const size_t columns = (size_t)builder->columns;
    Cell *cell = calloc(columns * (size_t)rows + 1, sizeof *cell);
    if (!cell)
        return fail_memory(message, "a table");
    for (int r = 0; r < rows; r++)
        memcpy(cell + (size_t)r * columns, grid_builder_cell(builder, row[r], 0), columns * sizeof *cell);
    free(builder->cell);
    builder->cell = cell;
    builder->rows = rows;
    builder->most = columns;
    return STATUS_OK;
}

Status grid_builder_print(const GridBuilder *builder, const Page *page, const GridTexts *texts,
                          Message *message)
{
    const Grid grid = {.experiment = page->chosen->experiment,
                       .setting = texts->setting,
                       .title = texts->title,
                       .note = texts->note,
                       .part = texts->part,
                       .column = builder->column,
                       .columns = builder->columns,
                       .rows = builder->rows,
                       .cell = builder->cell,
                       .groups = texts->groups};
    return builder->rows > 0 ? grid_print(&grid, page->format, texts->names, page->file, message) : STATUS_OK;
}
