/* A page in HTML or markdown: what a report is written with, so that it is written once. */
#pragma once

#include "results/tables/grid.h"

typedef struct Document {
    FILE *file;
    const GridFormat *format; /* &grid_html or &grid_markdown: grids print themselves into `file` in it */
} Document;

/* Texts of all of these are escaped. `style` and `script` are contents of files that come with the program;
 * in HTML they stand in the page, which then needs nothing else. */
void document_begin(const Document *d, const char *title, const char *style);
void document_end(const Document *d, const char *script);

/* `kind` is the class of the element in HTML, or NULL. */
void document_heading(const Document *d, int level, const char *text);
void document_paragraph(const Document *d, const char *kind, const char *text);

/* Lines of code; with a summary, folded away until it is asked for. */
void document_code(const Document *d, const char *summary, const char *text);

typedef struct DocumentFigure {
    const char *path;   /* of an SVG file that gnuplot drew */
    const char *narrow; /* of the same figure for narrow screens, or NULL */
    const char *caption;
    int number; /* among the figures of the page */
} DocumentFigure;

/* In markdown the figure stands in a file beside the page; in HTML it is part of the page. */
Status document_figure(const Document *d, const DocumentFigure *figure, Message *message);

/* The whole of a file; free() it. NULL on a failure. */
char *document_read(const char *path, Message *message);
