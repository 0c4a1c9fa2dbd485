/* Figures from a store, drawn by gnuplot from the .gp files beside this header. */
#pragma once

#include "plots/figure_format.h"
#include "plots/figures.h"
#include "plots/paper.h"

enum { FIGURE_CAPTION = 512 };

typedef struct PlotOptions {
    const char *directory; /* where figures go; created when missing */
    const char *scripts;   /* folder of the .gp files */
    const char *formats;   /* names of formats, with commas between */
    bool keep_data;        /* keep each figure's data beside it, and the texts that its script is given */
    Words figure;          /* names of figures; empty: those that suit the experiment */
    Filter filter;         /* the metrics are for figures that are of one metric */
    bool may_be_none;      /* it is no failure that there is nothing to draw */
    const Paper *paper;    /* where figures are for: width and size of texts; NULL: on their own */
    double width;          /* of a figure in inches, before that of the paper; 0: what suits its script */
    const char *font;      /* of texts; NULL: what the format has; TikZ takes the document's */
    const char *title;     /* "" for none; NULL: the experiment's question */
    const char *sort;      /* a metric by which estimators are sorted, best first; NULL: as in the spec */
    KeyTitle *key_title;   /* see figures.h; may be NULL */
} PlotOptions;

/* A file that was written, and what it shows. All of it belongs to the results that are being plotted. */
typedef struct Figure {
    const char *path;
    const FigureFormat *format; /* NULL: the file holds the figure's data */
    const FigureKind *kind;
    const Chosen *experiment;
    const ChosenSetting *setting; /* NULL: all that are chosen */
    const Measure *metric;        /* NULL: the figure is of no one metric */
} Figure;

/* Is told of each figure in the order of drawing. A failure ends the drawing, and is that of plot_results. */
typedef Status FigureDrawn(const Figure *figure, void *context, Message *message);

/* Draws the figures of each chosen experiment: those that are named, or those that suit it (see figures.c).
 * Files are DIRECTORY/EXPERIMENT-FIGURE[-METRIC][-SETTING].EXTENSION; no partial file is left on failure, and
 * an old one stays. SETTING is "world.ctr=0.1_world.gamma_r=0.7", or the setting's number where that is too
 * long; of a figure of all chosen settings, the keys that the filter fixed, or "part" where it left settings
 * out and fixed none. What is awkward in file names becomes '_'. `drawn` may be NULL.
 * STATUS_USAGE for an unknown format or figure, one that was named and has no data,
 * or as of selection_make. */
Status plot_results(const StoreResults *results, const PlotOptions *options, FigureDrawn *drawn,
                    void *context, Message *message);

/* "Along the sweep: AUC (O)", "Predicted against true conversion rate, world.ctr=0.1" */
void figure_caption(const Figure *figure, char text[FIGURE_CAPTION]);
