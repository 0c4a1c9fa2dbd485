/* Runs gnuplot on a script. */
#pragma once

#include "plots/figure_file.h"
#include "sim/base/scratch.h"

enum {
    GNUPLOT_SECONDS = 60 /* after which it hangs; CVRLAB_GNUPLOT_SECONDS in the environment says another */
};

/* What a script draws, and with what. Scripts get the paths of data, output and texts, and the name of the
 * format, as ARG1 to ARG4; see style.gp. */
typedef struct GnuplotCall {
    const char *script;     /* path of the .gp file; style.gp and others of its folder are found by name */
    const Scratch *scratch; /* where it is drawn, under the name of the output */
    const char *output;     /* the file, in the scratch's directory, when the figure is whole */
    const FigureFormat *format;
    const char *data;            /* a file of tab-separated values; the script says of which */
    const char *texts;           /* a script that sets what figure_texts.h says */
    const FigureComments *about; /* what the file says of itself */
} GnuplotCall;

/* Draws the figure. On failure, which may be that gnuplot is not installed, hangs or that the disk is full,
 * there is no output file and an old one stays as it was; the message passes on what gnuplot said. Paths
 * reach the script as they are, without a shell or gnuplot's own quoting in between. */
Status gnuplot_draw(const GnuplotCall *call, Message *message);
