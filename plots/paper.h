/* What figures are for: the widths and the size of texts of common papers and slides. */
#pragma once

#include "sim/base/suggest.h"

#include <stddef.h>

/* The width is that of a column, a little less than what the class has, so that no box is overfull. */
typedef struct Paper {
    const char *name; /* NULL ends the table */
    const char *what; /* the class, and the width of a figure over two columns */
    double width;     /* inches */
    double points;    /* size of texts, of about \footnotesize */
} Paper;

extern const Paper paper_table[];

/* STATUS_USAGE for a name that is not in the table. */
Status paper_find(const char *name, const Paper **paper, Message *message);

enum { PAPER_HELP = 512 };

/* A line a paper. */
void paper_help(char text[PAPER_HELP]);
