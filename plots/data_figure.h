/* A figure of numbers that a caller has, and no store: drawn by a script as other figures are. */
#pragma once

#include "plots/figure_texts.h"
#include "sim/base/scratch.h"

#include <limits.h>
#include <stdio.h>

typedef struct DataFigure {
    const char *name;    /* of its files */
    const char *script;  /* NAME of NAME.gp */
    const char *caption; /* what it shows */
    FigureTexts texts;
    /* Writes the lines that the script is to draw; texts among them by figure_text, as FIGURE_DATA, and
     * without what TeX would read otherwise where the format may be tikz. */
    void (*write)(const void *context, FILE *file);
    const void *context;
    const FigureFormat *format; /* NULL: svg */
} DataFigure;

/* Draws it as a file, path[], in the scratch's directory. `scripts` is the folder of the .gp files. As
 * gnuplot_draw fails. */
Status data_figure_draw(const DataFigure *figure, const char *scripts, const Scratch *scratch,
                        char path[PATH_MAX], Message *message);
