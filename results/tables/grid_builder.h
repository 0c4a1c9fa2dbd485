/* A grid that is put together column by column. */
#pragma once

#include "results/tables/table_context.h"

/* Cells of rows x most columns; a row's columns lie together. */
typedef struct GridBuilder {
    int rows, columns;
    size_t most;
    Column *column;
    char (*text)[2][MEASURE_TEXT + 32]; /* name and header of each column */
    Cell *cell;
} GridBuilder;

/* Clear it also after a failure. */
Status grid_builder_init(GridBuilder *builder, int rows, int most_columns, Message *message);
void grid_builder_clear(GridBuilder *builder);

/* Adds a column of unknown cells; the first of its cells, the next `most` further. A header of NULL: only in
 * csv. */
Cell *grid_builder_add(GridBuilder *builder, const char *name, const char *header, CellKind kind,
                       double scale);

Cell *grid_builder_cell(const GridBuilder *builder, int row, int column);
void grid_builder_text(const GridBuilder *builder, int row, int column, const char *text);

/* Leaves the rows row[0], ..., row[rows - 1], in this order, and closes up the columns: from now on grid
 * cells. */
Status grid_builder_arrange(GridBuilder *builder, const int *row, int rows, Message *message);

/* Prints the builder that grid_builder_arrange has closed up, unless it has no rows. */
typedef struct GridTexts {
    const char *setting, *title, *note, *part; /* as in Grid */
    int groups;
    bool names; /* as of grid_print */
} GridTexts;
Status grid_builder_print(const GridBuilder *builder, const Page *page, const GridTexts *texts,
                          Message *message);
