/* The cells of a grid as the formats for readers show them; for grid_*.c. */
#pragma once

#include "results/tables/grid.h"

enum { PRINTED_PART = 64 };

/* `left` is aligned on its right side, `right` on its left, so that errors stand below each other. */
typedef struct PrintedCell {
    char left[CELL_TEXT_SIZE], right[PRINTED_PART];
    bool best;
} PrintedCell;

void printed_cell_make(PrintedCell *printed, const Column *column, const Cell *cell);

/* Whether the cell's text stands in the row above too, in the columns of groups. */
bool grid_repeats(const Grid *grid, const PrintedCell *printed, int r, int c);

/* Whether the row starts another group than the row above, but for the innermost of several. */
bool grid_starts_group(const Grid *grid, const PrintedCell *printed, int r);

/* Letters of a UTF-8 text, which is what it takes on a terminal. */
int text_width(const char *text);
