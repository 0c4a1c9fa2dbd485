/* What gnuplot leaves is completed to a file that stands alone: an SVG says what it shows and follows the
 * reader's dark mode, and TikZ brings the definitions that it uses. */
#pragma once

#include "plots/figure_format.h"

/* What a file says of itself to those who do not see it. */
typedef struct FigureComments {
    const char *title;       /* one line */
    const char *description; /* a sentence or two */
    const char *tikz_style;  /* path of the definitions that a TikZ file needs */
} FigureComments;

/* Rewrites the file, or leaves it where its format has nothing to say. */
Status figure_file_complete(const char *path, const FigureFormat *format, const FigureComments *about,
                            Message *message);
