/* The table of formats. It is apart from the table of figures because gnuplot.c needs this one alone. */
#include "plots/figure_format.h"

#include <stdio.h>
#include <string.h>

const FigureFormat figure_formats[] = {
    {.name = "svg", .extension = "svg", .end = "</svg>"},
    {.name = "png", .extension = "png", .end = "IEND"},
    {.name = "pdf", .extension = "pdf", .end = "%%EOF"},
    {.name = "tikz", .extension = "tex", .end = "%% gnuplot variables", .is_tex = true},
    {0},
};

Status figure_format_find(const char *name, const FigureFormat **format, Message *message)
{
    enum { FORMATS = sizeof figure_formats / sizeof *figure_formats - 1 };
    const char *known[FORMATS];
    for (int i = 0; i < FORMATS; i++) {
        known[i] = figure_formats[i].name;
        *format = &figure_formats[i];
        if (!strcmp(known[i], name))
            return STATUS_OK;
    }
    return fail_unknown(message, NULL, "format", name, &(KnownNames){known, FORMATS, NULL});
}

void figure_format_names(char *text, size_t size)
{
    size_t used = 0;
    for (const FigureFormat *format = figure_formats; format->name && used < size; format++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", used ? "," : "", format->name);
}
