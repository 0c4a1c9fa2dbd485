/* SVG files of gnuplot as parts of an HTML page. The search is for what gnuplot writes, not for any SVG. */
#include "experiments/report/svg.h"

#include "results/tables/markup.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

double svg_width(const char *svg)
{
    const char *start = strstr(svg, "<svg");
    const char *width = start ? strstr(start, "width=\"") : NULL;
    return width ? strtod(width + strlen("width=\""), NULL) : 0;
}

/* Length of what stands before an id inside of a tag, or 0. */
static size_t before_id(const char *at)
{
    static const char *const start[] = {" id='", " id=\"", "href='#", "href=\"#", "url(#"};
    for (size_t i = 0; i < sizeof start / sizeof *start; i++) {
        const size_t length = strlen(start[i]);
        if (!strncmp(at, start[i], length))
            return length;
    }
    return 0;
}

/* Past an element without attributes that starts here, or the same place. */
static const char *skip(const char *at, const char *open, const char *close)
{
    const char *end = !strncmp(at, open, strlen(open)) ? strstr(at, close) : NULL;
    return end ? end + strlen(close) : at;
}

static void write_body(const char *at, const char *end, const char *prefix, FILE *file)
{
    static const char role[] = " role=\"img\""; /* which the page has written */
    bool in_tag = true;
    at += strncmp(at, role, strlen(role)) == 0 ? strlen(role) : 0;
    while (at < end) {
        at = skip(skip(at, "<title>", "</title>"), "<desc>", "</desc>");
        const size_t length = in_tag ? before_id(at) : 0;
        if (length > 0) {
            fprintf(file, "%.*s%s", (int)length, at, prefix);
            at += length;
            continue;
        }
        in_tag = *at == '<' || (in_tag && *at != '>');
        fputc(*at++, file);
    }
}

Status svg_inline(const char *svg, const char *prefix, const char *label, FILE *file, Message *message)
{
    const char *start = strstr(svg, "<svg");
    const char *end = start ? strstr(start, "</svg>") : NULL;
    if (!end)
        return fail(message, STATUS_FAILED, "a figure: expected SVG from gnuplot");
    fputs("<svg role=\"img\" aria-label=\"", file);
    html_text(file, label);
    fputc('"', file);
    write_body(start + strlen("<svg"), end, prefix, file);
    fputs("</svg>\n", file);
    return STATUS_OK;
}
