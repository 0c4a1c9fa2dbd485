/* The cells of a grid as its formats show them. */
#pragma once

#include "results/tables/grid.h"

enum { SHOWN_PART = 64 };

/* `left` is aligned on its right side, `right` on its left, so that errors stand below each other. */
typedef struct Shown {
    char left[CELL_TEXT_SIZE], right[SHOWN_PART];
    int best;
} Shown;

/* 1 if the cell's text stands in the row above too, in the columns of groups. */
int grid_repeats(const Grid *grid, const Shown *shown, int r, int c);

/* 1 if the row starts another group than the row above, but for the innermost of several. */
int grid_starts_group(const Grid *grid, const Shown *shown, int r);

/* Letters of a UTF-8 text, which is what it takes on a terminal. */
int text_width(const char *text);

/* shown: rows x columns. */
void grid_print_latex(const Grid *grid, const Shown *shown, FILE *file);
void grid_print_html(const Grid *grid, const Shown *shown, FILE *file);
