/* Texts as assignments of gnuplot, escaped for it and for the format of the figure. */
#include "plots/figure_texts.h"

#include "plots/figures.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Nothing but ' is special between single quotes. */
static void put_text(FILE *file, const char *name, const char *text, const FigureFormat *format)
{
    char *copy = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&copy, &size);
    if (memory) {
        figure_text(memory, text, format->is_tex ? FIGURE_TEX : FIGURE_PLAIN);
        (void)fclose(memory);
    }
    fprintf(file, "%s = '", name);
    for (const char *c = copy; c && *c; c++)
        fprintf(file, *c == '\'' ? "''" : "%c", *c);
    fputs("'\n", file);
    free(copy);
}

Status figure_texts_write(const FigureTexts *texts, const FigureFormat *format, const char *path,
                          Message *message)
{
    FILE *file = fopen(path, "w");
    if (!file)
        return fail(message, STATUS_FAILED, "%s: %s", path, strerror(errno));
    put_text(file, "title", texts->title, format);
    put_text(file, "setting", texts->setting, format);
    put_text(file, "baseline", texts->baseline, format);
    put_text(file, "metric", texts->metric, format);
    put_text(file, "key", texts->key, format);
    put_text(file, "other_keys", texts->other_keys, format);
    put_text(file, "font_name", texts->font, format);
    fprintf(file, "is_signed = %d\n", texts->is_signed);
    fprintf(file, "asked_width = %.17g\n", texts->width);
    fprintf(file, "points = %g\n", texts->points);
    bool failed = ferror(file);
    failed |= fclose(file) != 0;
    return failed ? fail(message, STATUS_FAILED, "%s: %s", path, strerror(errno)) : STATUS_OK;
}
