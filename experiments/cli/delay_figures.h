/* The figures of `cvrlab data`: when conversions come, and what clicks of each age are known to have. */
#pragma once

#include "experiments/inputs/delay_curves.h"
#include "experiments/spec/settings.h"
#include "plots/figure_format.h"
#include "plots/paper.h"

#include <stdio.h>

typedef struct DelayFigures {
    const char *directory; /* created when missing */
    const char *formats;   /* names of formats, with commas between */
    const Paper *paper;    /* NULL: figures on their own */
} DelayFigures;

/* STATUS_USAGE for a format that there is none of. */
Status delay_figures_check(const DelayFigures *figures, Message *message);

/* Draws both of a log from files as it is known at data.cut of the spec, or else at its last click, and
 * prints the path of each file: DIRECTORY/FILE-delay.EXTENSION and DIRECTORY/FILE-age.EXTENSION. Conversions
 * are those within data.window. STATUS_USAGE where none has a time after its click, else as gnuplot_draw
 * fails. */
Status delay_figures_log(const DelayFigures *figures, const Spec *spec, const char *path,
                         const ClickTimes *clicks, Message *message);

/* Likewise of a log of a world with delays, as it is known when its stream begins or, without one, when it
 * ends: DIRECTORY/EXPERIMENT-delay[-SETTING].EXTENSION. */
Status delay_figures_world(const DelayFigures *figures, const Setting *setting, const Log *log,
                           const Truth *truth, Message *message);

/* The lines of the two as their script, plots/delay.gp, takes them; `context` is a DelayCurves. */
void delay_figure_write(const void *context, FILE *file);
void age_figure_write(const void *context, FILE *file);
