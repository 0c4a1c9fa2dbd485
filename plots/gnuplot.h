/* Runs gnuplot on a script. */
#pragma once

#include "sim/status.h"

typedef struct Figure {
    const char *script;   /* path of the .gp file */
    const char *data;     /* ARG1 in the script */
    const char *output;   /* ARG2 is a temporary name beside it, renamed to it when the figure is whole */
    const char *format;   /* ARG3: svg, png or pdf */
    const char *title;    /* ARG4 */
    const char *baseline; /* ARG5 */
} Figure;

/* Draws the figure. On failure, which may be that gnuplot is not installed or that the disk is full, there is
 * no output file and an old one stays as it was; the message passes on what gnuplot said. Arguments reach the
 * script as they are, without a shell or gnuplot's own quoting in between. */
Status gnuplot_draw(const Figure *figure, Message *message);
