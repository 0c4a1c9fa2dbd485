/* A figure that gnuplot drew as part of an HTML page. */
#pragma once

#include "sim/base/status.h"

#include <stdio.h>

/* Width in pixels, or 0 for a text that is no SVG. */
double svg_width(const char *svg);

/* Writes the <svg> element: without XML declaration, gnuplot's own title and description, named `label` to
 * who cannot see it, and with `prefix` before its ids, which figures of one page must not share.
 * STATUS_FAILED for a text that is no SVG. */
Status svg_inline(const char *svg, const char *prefix, const char *label, FILE *file, Message *message);
