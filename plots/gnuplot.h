/* Runs gnuplot on a script. */
#pragma once

#include "plots/figure_format.h"
#include "sim/base/scratch.h"

enum {
    GNUPLOT_SECONDS = 60 /* after which it hangs; CVRLAB_GNUPLOT_SECONDS in the environment says another */
};

/* What a script draws, and with what. Scripts get these as ARG1 to ARG9; style.gp gives them the names in
 * brackets. Texts are escaped where the format is TeX. */
typedef struct GnuplotCall {
    const char *script;     /* path of the .gp file; style.gp and others of its folder are found by name */
    const Scratch *scratch; /* where it is drawn, under the name of the output */
    const char *output;     /* the file, in the scratch's directory, when the figure is whole */
    const FigureFormat *format; /* ARG3 [format]: its name */
    const char *data;           /* ARG1 [data]: a file of tab-separated values; the script says of which */
    const char *title;          /* ARG4 [title] */
    const char *baseline;       /* ARG5 [baseline]: an estimator that others are seen against */
    const char *metric;         /* ARG6 [metric]: its heading, "" where the figure is of none */
    const char *key;            /* ARG7 [key]: the key along the x axis of a sweep, or "" */
    const char *other_keys;     /* ARG8 [other_keys]: the others of the sweep, "a, b", or "" */
    const char *width;          /* ARG9 [asked_width]: inches, "0" for what suits the script */
} GnuplotCall;

/* Draws the figure. On failure, which may be that gnuplot is not installed, hangs or that the disk is full,
 * there is no output file and an old one stays as it was; the message passes on what gnuplot said. Arguments
 * reach the script as they are, without a shell or gnuplot's own quoting in between. */
Status gnuplot_draw(const GnuplotCall *call, Message *message);
