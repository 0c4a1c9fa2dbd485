/* Figures from a store, drawn by gnuplot from the .gp files beside this header. */
#pragma once

#include "results/store.h"

typedef struct PlotOptions {
    const char *directory; /* where figures go; created when missing */
    const char *scripts;   /* folder of the .gp files */
    const char *formats;   /* comma-separated: svg, png, pdf */
    int keep_data;         /* keep each figure's data file beside it */
} PlotOptions;

/* Draws every figure that the store has data for: bias-variance bars with error bars by estimator, bias by
 * decile of true propensity, calibration. Files are DIRECTORY/EXPERIMENT-FIGURE[-SETTINGNUMBER].FORMAT; no
 * partial file is left on failure, and an old one stays. SETTINGNUMBER counts from 1, in the order of the
 * settings. `written` (may be NULL) is called with each path. Stale summaries are brought up to date first.
 * STATUS_USAGE for an unknown format. */
Status plot_store(Store *store, const PlotOptions *options, void (*written)(const char *path, void *context),
                  void *context, Message *message);
