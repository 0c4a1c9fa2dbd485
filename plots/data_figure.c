/* Data and texts are files beside the figure until it is drawn. */
#include "plots/data_figure.h"

#include "plots/gnuplot.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static Status name_file(char path[PATH_MAX], const char *folder, const char *name, const char *extension,
                        Message *message)
{
    if (snprintf(path, PATH_MAX, "%s/%s.%s", folder, name, extension) >= PATH_MAX)
        return fail(message, STATUS_USAGE, "%s: the name is too long", folder);
    return STATUS_OK;
}

static Status write_data(const DataFigure *figure, const char *path, Message *message)
{
    FILE *file = fopen(path, "w");
    if (!file)
        return fail(message, STATUS_FAILED, "%s: %s", path, strerror(errno));
    figure->write(figure->context, file);
    bool failed = ferror(file);
    failed |= fclose(file) != 0;
    return failed ? fail(message, STATUS_FAILED, "%s: %s", path, strerror(errno)) : STATUS_OK;
}

Status data_figure_draw(const DataFigure *figure, const char *scripts, const Scratch *scratch,
                        char path[PATH_MAX], Message *message)
{
    char script[PATH_MAX], style[PATH_MAX], data[PATH_MAX], texts[PATH_MAX];
    const FigureFormat *format = figure->format ? figure->format : &figure_formats[0];
    const FigureComments about = {figure->caption, figure->caption, style};
    Status status = name_file(script, scripts, figure->script, "gp", message);
    if (!status)
        status = name_file(style, scripts, "figure", "tikz", message);
    if (!status)
        status = name_file(data, scratch->path, figure->name, "tsv", message);
    if (!status)
        status = name_file(texts, scratch->path, figure->name, "texts", message);
    if (!status)
        status = name_file(path, scratch->directory, figure->name, format->extension, message);
    if (status)
        return status;
    const GnuplotCall call = {.script = script,
                              .scratch = scratch,
                              .output = path,
                              .format = format,
                              .data = data,
                              .texts = texts,
                              .about = &about};
    status = write_data(figure, data, message);
    if (!status)
        status = figure_texts_write(&figure->texts, format, texts, message);
    if (!status)
        status = gnuplot_draw(&call, message);
    unlink(data);
    unlink(texts);
    return status;
}
