/* Runs gnuplot on a script. */
#pragma once

#include "sim/base/status.h"

typedef struct Figure {
    const char *script;   /* path of the .gp file; style.gp of its folder is found by name */
    const char *data;     /* ARG1 in the script */
    const char *output;   /* ARG2 is a temporary name beside it, renamed to it when the figure is whole */
    const char *format;   /* ARG3: svg, png, pdf or tikz */
    const char *title;    /* ARG4 */
    const char *baseline; /* ARG5 */
    const char *measure;  /* ARG6: heading of the measure, "" where the figure is of none */
    const char *key;      /* ARG7: the key along the x axis of a sweep, or "" */
    const char *keys;     /* ARG8: the other keys of the sweep, or "" */
    const char *width;    /* ARG9: inches, "0" for that of the script */
} Figure;

/* Draws the figure. On failure, which may be that gnuplot is not installed or that the disk is full, there is
 * no output file and an old one stays as it was; the message passes on what gnuplot said. Arguments reach the
 * script as they are, without a shell or gnuplot's own quoting in between. */
Status gnuplot_draw(const Figure *figure, Message *message);
