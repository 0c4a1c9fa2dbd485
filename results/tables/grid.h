/* A table of cells, and the ways to print it. */
#pragma once

#include "results/tables/table.h"

enum { CELL_TEXT_SIZE = 256 };

typedef enum CellKind {
    CELL_TEXT,     /* text */
    CELL_COUNT,    /* value, a whole number */
    CELL_ESTIMATE, /* value with the standard error `low`: error to 2 significant digits, value to match */
    CELL_PERCENT,  /* value, a fraction with the standard error `low`, as a signed percentage */
    CELL_NUMBER,   /* value to 3 significant digits */
    CELL_INTERVAL, /* value [low, high] */
    CELL_P,        /* value, a p-value */
    CELL_RANK,     /* value [low, high], whole numbers */
} CellKind;

typedef struct Column {
    const char
        *name; /* in csv; its error is name_mcse, its interval name_low and name_high. NULL: not there */
    const char *header; /* elsewhere; NULL: only in csv */
    CellKind kind;
    double scale; /* values are multiplied by it, except in csv, which has full precision */
} Column;

typedef struct Cell {
    char text[CELL_TEXT_SIZE];
    double value, low, high; /* NaN where unknown */
    int best;                /* marked with a star, in LaTeX and HTML bold */
} Cell;

typedef struct Grid {
    const char *experiment, *setting; /* the first columns of csv */
    const char *title, *note;         /* lines above and below */
    const Column *column;
    int columns, rows;
    const Cell *cell; /* rows x columns */
    int groups; /* in so many first columns a text that stands in the row above too is left out, and rows
                 * that differ in them stand apart */
} Grid;

Cell cell_text(const char *text);
Cell cell_number(double value); /* of a kind without error or interval */
Cell cell_estimate(double value, double error);
Cell cell_interval(double value, double low, double high);

/* How the format marks a best value: "* best" or "bold: best". */
const char *grid_mark(TableFormat format);

/* The mark itself: "*" or "bold". */
const char *grid_star(TableFormat format);

/* Prints the grid; in csv the line of names only where `names`, and title and note not at all. STATUS_FAILED
 * when out of memory. */
Status grid_print(const Grid *grid, TableFormat format, int names, FILE *file, Message *message);
