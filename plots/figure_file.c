/* SVG and TikZ as gnuplot writes them, completed. The search is for what gnuplot writes, not for any file of
 * the format. It is apart from gnuplot.c, which knows nothing of formats but how their files end. */
#include "plots/figure_file.h"

#include "plots/figures.h"
#include "results/tables/markup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The whole file as a text, or NULL. */
static char *read_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t size = 0;
    if (!file)
        return NULL;
    if (getdelim(&text, &size, EOF, file) < 0 || ferror(file)) {
        free(text);
        text = NULL;
    }
    (void)fclose(file);
    return text;
}

/* Colours are turned over and keep their hue. Only the file by itself is meant: inside of a page, which has
 * its own ways, svg is not the root. */
static const char dark_mode[] = "<style>@media (prefers-color-scheme: dark) { svg:root { filter: invert(0.9) "
                                "hue-rotate(180deg) } }</style>\n";

/* Writes up to a mark, and returns what stands behind it; NULL where it is not there. */
static const char *write_until(const char *at, const char *mark, FILE *file)
{
    const char *found = at ? strstr(at, mark) : NULL;
    if (found)
        fwrite(at, 1, (size_t)(found - at), file);
    return found ? found + strlen(mark) : NULL;
}

/* gnuplot has a title and a description of its own, which are replaced. */
static bool write_svg(const char *text, const FigureComments *about, FILE *file)
{
    const char *at = write_until(text, "<svg", file);
    fputs("<svg role=\"img\"", file);
    at = write_until(at, "<title>", file);
    fputs("<title>", file);
    html_text(file, about->title);
    fputs("</title>\n<desc>", file);
    html_text(file, about->description);
    fputs("</desc>\n", file);
    fputs(dark_mode, file);
    at = at ? strstr(at, "</desc>") : NULL;
    if (at)
        fputs(at + strlen("</desc>"), file);
    return at != NULL;
}

/* Texts are escaped in comments too, so that none comes to life when a line of the file is broken. */
static bool write_tikz(const char *text, const FigureComments *about, FILE *file)
{
    char *style = read_text(about->tikz_style);
    if (!style)
        return false;
    fputs("% ", file);
    figure_text(file, about->title, FIGURE_TEX);
    fputs("\n% ", file);
    figure_text(file, about->description, FIGURE_TEX);
    fputc('\n', file);
    fputs("\\begingroup\\endlinechar=-1\\relax\n", file); /* or each line would be a space */
    fputs(style, file);
    free(style);
    /* Letters whose width is not what gnuplot takes it for must not move the page. */
    const char *at = write_until(text, "\\path (0.000,0.000) rectangle", file);
    fputs("\\path[use as bounding box] (0.000,0.000) rectangle", file);
    if (at)
        fputs(at, file);
    fputs("\\endgroup\n", file);
    return at != NULL;
}

Status figure_file_complete(const char *path, const FigureFormat *format, const FigureComments *about,
                            Message *message)
{
    bool (*write)(const char *, const FigureComments *, FILE *) = format->is_tex                 ? write_tikz
                                                                  : !strcmp(format->name, "svg") ? write_svg
                                                                                                 : NULL;
    if (!write)
        return STATUS_OK;
    char *text = read_text(path);
    FILE *file = text ? fopen(path, "w") : NULL;
    const bool whole = file && write(text, about, file);
    bool failed = !file || ferror(file);
    if (file)
        failed |= fclose(file) != 0;
    free(text);
    if (failed)
        return fail(message, STATUS_FAILED, "%s: %s", path, strerror(errno));
    return whole ? STATUS_OK
                 : fail(message, STATUS_FAILED, "%s: the figure is not as gnuplot writes it", path);
}
