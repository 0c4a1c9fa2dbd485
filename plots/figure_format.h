/* The formats that a figure can be drawn in. */
#pragma once

#include "sim/base/suggest.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct FigureFormat {
    const char *name;      /* on the command line, and to the scripts; NULL ends the table */
    const char *extension; /* of the file */
    const char *end;       /* what the last bytes of a whole file hold */
    bool is_tex;           /* texts need TeX's escapes */
} FigureFormat;

/* The terminal of each is set in page.gp. */
extern const FigureFormat figure_formats[];

/* STATUS_USAGE for a name that is not in the table. */
Status figure_format_find(const char *name, const FigureFormat **format, Message *message);

/* The names with commas between, as the help shows them. */
void figure_format_names(char *text, size_t size);
