/* A grid that is put together column by column. */
#pragma once

#include "results/table_parts.h"

/* Cells of rows x most columns; a row's columns lie together. */
typedef struct Sheet {
    int rows, columns;
    size_t most;
    Column *column;
    char (*text)[2][MEASURE_TEXT + 32]; /* name and header of each column */
    Cell *cell;
} Sheet;

/* Clear it also after a failure. */
Status sheet_init(Sheet *sheet, int rows, int most_columns, Message *message);
void sheet_clear(Sheet *sheet);

/* Adds a column of unknown cells; the first of its cells, the next `most` further. A header of NULL: only in
 * csv. */
Cell *sheet_add(Sheet *sheet, const char *name, const char *header, CellKind kind, double scale);

Cell *sheet_cell(const Sheet *sheet, int row, int column);
void sheet_text(const Sheet *sheet, int row, int column, const char *text);

/* Leaves the rows row[0], ..., row[rows - 1], in this order, and closes up the columns: from now on grid
 * cells. */
Status sheet_arrange(Sheet *sheet, const int *row, int rows, Message *message);

/* Prints the sheet that sheet_arrange has closed up, unless it has no rows. */
Status sheet_print(const Sheet *sheet, const Page *page, const char *setting, const char *title,
                   const char *note, int groups, int names, Message *message);
