/* Each part of a page in HTML and in markdown, side by side, so that both say the same. */
#include "experiments/report/document.h"

#include "experiments/report/svg.h"
#include "results/tables/markup.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool is_html(const Document *d)
{
    return d->format == &grid_html;
}

char *document_read(const char *path, Message *message)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "rbe");
    if (!file || getdelim(&text, &size, 0, file) < 0) {
        (void)fail(message, STATUS_FAILED, "%s: cannot read: %s", path, strerror(errno));
        free(text);
        text = NULL;
    }
    if (file)
        (void)fclose(file);
    return text;
}

void document_begin(const Document *d, const char *title, const char *style)
{
    if (!is_html(d))
        return;
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n<title>",
          d->file);
    html_text(d->file, title);
    fprintf(d->file, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<main>\n", style);
}

void document_end(const Document *d, const char *script)
{
    if (is_html(d))
        fprintf(d->file, "</main>\n<script>\n%s</script>\n</body>\n</html>\n", script);
}

/* Text of a paragraph: in HTML between tags. */
static void put(const Document *d, const char *text)
{
    if (is_html(d))
        html_text(d->file, text);
    else
        markdown_text(d->file, text);
}

void document_heading(const Document *d, int level, const char *text)
{
    if (is_html(d))
        fprintf(d->file, "<h%d>", level);
    else
        fprintf(d->file, "%.*s ", level, "######");
    put(d, text);
    if (is_html(d))
        fprintf(d->file, "</h%d>\n", level);
    else
        fputs("\n\n", d->file);
}

void document_paragraph(const Document *d, const char *kind, const char *text)
{
    if (is_html(d) && kind)
        fprintf(d->file, "<p class=\"%s\">", kind);
    else if (is_html(d))
        fputs("<p>", d->file);
    put(d, text);
    fputs(is_html(d) ? "</p>\n" : "\n\n", d->file);
}

/* A fence is longer than any in the text. */
static void put_fenced(FILE *file, const char *text)
{
    size_t fence = 3;
    for (const char *at = strchr(text, '`'); at; at = strchr(at, '`')) {
        size_t length = strspn(at, "`");
        fence = length >= fence ? length + 1 : fence;
        at += length;
    }
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < fence; i++)
            fputc('`', file);
        fputc('\n', file);
        if (side == 0)
            fputs(text, file);
    }
    fputc('\n', file);
}

void document_code(const Document *d, const char *summary, const char *text)
{
    if (summary) {
        fputs("<details><summary>", d->file);
        put(d, summary);
        fputs(is_html(d) ? "</summary>\n" : "</summary>\n\n", d->file);
    }
    if (is_html(d)) {
        fputs("<pre><code>", d->file);
        html_text(d->file, text);
        fputs("</code></pre>\n", d->file);
    } else {
        put_fenced(d->file, text);
    }
    if (summary)
        fputs(is_html(d) ? "</details>\n" : "</details>\n\n", d->file);
}

/* `kind` is the screens that the drawing is for: wide, narrow or, as the only one, all. */
static Status put_svg(const Document *d, const DocumentFigure *figure, const char *svg, const char *kind,
                      Message *message)
{
    char prefix[32];
    snprintf(prefix, sizeof prefix, "f%d%s-", figure->number, kind);
    fprintf(d->file, "<div class=\"card %s\">", kind);
    Status status = svg_inline(svg, prefix, figure->caption, d->file, message);
    fputs("</div>\n", d->file);
    return status;
}

static Status put_figure(const Document *d, const DocumentFigure *figure, const char *wide,
                         const char *narrow, Message *message)
{
    bool two = narrow && svg_width(narrow) < svg_width(wide);
    fputs("<figure class=\"plot\">\n", d->file);
    Status status = put_svg(d, figure, wide, two ? "wide" : "only", message);
    if (!status && two)
        status = put_svg(d, figure, narrow, "narrow", message);
    fputs("<figcaption>", d->file);
    html_text(d->file, figure->caption);
    fputs("</figcaption>\n</figure>\n", d->file);
    return status;
}

Status document_figure(const Document *d, const DocumentFigure *figure, Message *message)
{
    if (!is_html(d)) {
        const char *slash = strrchr(figure->path, '/');
        fputs("![", d->file);
        put(d, figure->caption);
        fprintf(d->file, "](<%s>)\n\n", slash ? slash + 1 : figure->path);
        return STATUS_OK;
    }
    char *wide = document_read(figure->path, message);
    char *narrow = wide && figure->narrow ? document_read(figure->narrow, message) : NULL;
    Status status =
        wide && (narrow || !figure->narrow) ? put_figure(d, figure, wide, narrow, message) : STATUS_FAILED;
    free(wide);
    free(narrow);
    return status;
}
