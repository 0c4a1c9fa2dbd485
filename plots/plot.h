/* Figures from a store, drawn by gnuplot from the .gp files beside this header. */
#pragma once

#include "results/selection/selection.h"

enum { SETTING_NAME = 128 };

typedef struct PlotOptions {
    const char *directory; /* where figures go; created when missing */
    const char *scripts;   /* folder of the .gp files */
    const char *formats;   /* comma-separated: svg, png, pdf, tikz (a .tex file) */
    int keep_data;         /* keep each figure's data file beside it */
    Words figure;          /* names of figures; empty: those that suit the experiment */
    Filter filter;   /* metrics are for the figures of one metric: mean_bias and mse where none is given */
    int may_be_none; /* it is no failure that there is nothing to draw */
    double width;    /* of a figure in inches; 0: that of its script */
} PlotOptions;

/* Draws the figures of each chosen experiment. One setting: bias_variance, decile, calibration and, where the
 * store has that layer, risk
 * (without truth, replicates); a sweep of one key: sweep; of two: sweep and heatmap; of more: nested_loop and
 * heatmap. Files are DIRECTORY/EXPERIMENT-FIGURE[-METRIC][-SETTING].FORMAT; no partial file is left on
 * failure, and an old one stays. SETTING is as of plot_setting_name. `written` (may be
 * NULL) is called with each path. Stale summaries are brought up to date first. STATUS_USAGE for an unknown
 * format or figure, one that was asked for and has no data, or as of selection_read. */
Status plot_store(Store *store, const PlotOptions *options, void (*written)(const char *path, void *context),
                  void *context, Message *message);

/* The setting's part of a file name: "world.ctr=0.1_world.gamma_r=0.7", what is awkward in file names as '_',
 * or its number where that is too long. NULL, of a figure of all chosen settings: the keys that the filter
 * fixed, or "part" where it left settings out and fixed none. "" for an experiment without a sweep. */
void plot_setting_name(const Chosen *chosen, const ChosenSetting *setting, char name[SETTING_NAME]);
