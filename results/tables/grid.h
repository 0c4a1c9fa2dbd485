/* Tables: what a selection shows, as a grid of cells, and the formats to print it in. Above claims, below
 * comparison. This file: grids and formats, which know nothing of experiments. */
#pragma once

#include "sim/base/status.h"

#include <stdbool.h>
#include <stdio.h>

enum { CELL_TEXT_SIZE = 256 };

typedef enum CellKind {
    CELL_TEXT,     /* text */
    CELL_BELOW,    /* text below that of the column before, in a cell with it; where texts come first */
    CELL_COUNT,    /* value, a whole number */
    CELL_ESTIMATE, /* value with the standard error `low`: error to 2 significant digits, value to match */
    CELL_PERCENT,  /* value, a fraction with the standard error `low`, as a signed percentage */
    CELL_NUMBER,   /* value to 3 significant digits, followed by a mark where `text` has one */
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
    bool best;               /* marked with a star, in LaTeX and HTML bold */
} Cell;

typedef struct Grid {
    const char *experiment, *setting; /* the first columns of csv */
    const char *title, *note;         /* lines above and below */
    const Column *column;
    int columns, rows;
    const Cell *cell; /* rows x columns */
    int groups; /* in so many first columns a text that stands in the row above too is left out, and rows that
                   differ in them stand apart */
    const char *part;     /* what the table is, for programs: "main", "claims", ... */
    const char *question; /* of the experiment, where the table is what answers it; NULL or "" */
} Grid;

Cell cell_text(const char *text);
Cell cell_number(double value); /* of a kind without error or interval */
Cell cell_estimate(double value, double error);
Cell cell_interval(double value, double low, double high);

struct PrintedCell;

/* One way to print grids. */
typedef struct GridFormat {
    const char *name; /* on the command line */
    const char *mark; /* what a note says of a best value: "* may be the best" */
    const char *star; /* the mark itself: "*" or "bold" */
    bool data;        /* for programs: a block of lines for each grid, without headings, titles and notes */
    bool floats; /* tables stand apart from the text around them, so that their titles name the experiment */
    bool wraps;  /* wraps long texts, so that there is room for more columns of them */
    bool text_first; /* long texts stand at the start of the row, and may stand below each other there */
    /* Writes the heading of an experiment; NULL: there is none. */
    void (*heading)(const char *experiment, const char *question, FILE *file);
    /* Writes a whole output, of which `text` are all grids, one after the other; NULL: it is the text. */
    void (*document)(const char *text, FILE *file);
    /* Prints a grid whose cells are printed as in grid_format.h. The line of names of columns only where
     * `names`, if the format can do without. STATUS_FAILED when out of memory. */
    Status (*print)(const Grid *grid, const struct PrintedCell *cell, bool names, FILE *file,
                    Message *message);
} GridFormat;

/* grid_text, grid_csv, ... */
#define FORMAT(name) extern const GridFormat grid_##name;
#include "results/tables/formats.inc"
#undef FORMAT

/* Where grids of text are read. */
typedef struct GridTerminal {
    int width;   /* in letters; 0: lines may have any length */
    bool colour; /* headings and best values are bold, verdicts in colour */
} GridTerminal;

/* For all grids of text from now on; at first lines have any length and no colour. */
void grid_text_terminal(const GridTerminal *terminal);

/* Prints a text that starts at the letter `indent` of a line, in lines that fit the terminal and are indented
 * alike; without a final line break. */
void grid_text_wrapped(const char *text, int indent, FILE *file);

/* All formats; ends with NULL. */
extern const GridFormat *const grid_formats[];

/* Their names as an option takes them: "text|csv|json|markdown|latex|html". A name's place is that of its
 * format in grid_formats. */
enum { FORMAT_NAMES_TEXT = 128 };
const char *grid_format_names(char names[FORMAT_NAMES_TEXT]);

/* Writes "compare: Which one?", where the format has headings. */
void grid_heading(const GridFormat *format, const char *experiment, const char *question, FILE *file);

/* Prints the grid; where the format is `data`, the line of names only where `names`. STATUS_FAILED when out
 * of memory. */
Status grid_print(const Grid *grid, const GridFormat *format, bool names, FILE *file, Message *message);
