/* Which figures are drawn of which settings and metrics, into which files, with which texts. */
#include "plots/plot.h"

#include "plots/gnuplot.h"
#include "sim/base/scratch.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH = 4096, TITLE = 512, SETTING_NAME = 128 };

typedef struct Plot {
    const PlotOptions *options;
    FigureDrawn *drawn;
    void *context;
    Scratch scratch; /* where files are made */
    Figure figure;   /* the one at hand */
    int files;       /* figures drawn of the kind, over all experiments */
    int all_files;   /* and of all kinds */
} Plot;

/* What is awkward in file names. */
static void replace_awkward(char *name)
{
    for (char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("._+-=", *c))
            *c = '_';
}

/* The setting's part of a file name. */
static void setting_name(const Figure *figure, char name[SETTING_NAME])
{
    const Chosen *chosen = figure->experiment;
    const ChosenSetting *setting = figure->setting;
    const char *text = "";
    if (setting && chosen->all_settings > 1)
        text = setting->text;
    else if (!setting && chosen->settings < chosen->all_settings)
        text = *chosen->fixed ? chosen->fixed : "part";
    if (snprintf(name, SETTING_NAME, "%s", text) >= SETTING_NAME && setting)
        snprintf(name, SETTING_NAME, "%d", setting->index + 1);
}

/* The path of the figure's file in a folder. */
static Status figure_path(const Plot *plot, const char *directory, const char *extension, char path[PATH],
                          Message *message)
{
    const Figure *figure = &plot->figure;
    char setting[SETTING_NAME];
    setting_name(figure, setting);
    int start = snprintf(path, PATH, "%s/", directory);
    if (start < PATH)
        start +=
            snprintf(path + start, (size_t)(PATH - start), "%s-%s%s%s%s%s.%s", figure->experiment->experiment,
                     figure->kind->name, figure->metric ? "-" : "",
                     figure->metric ? figure->metric->name : "", *setting ? "-" : "", setting, extension);
    if (start >= PATH)
        return fail(message, STATUS_USAGE, "%s: the name is too long", directory);
    replace_awkward(path + strlen(directory) + 1);
    return STATUS_OK;
}

static void metric_heading(const Figure *figure, char heading[MEASURE_TEXT])
{
    const Chosen *chosen = figure->experiment;
    heading[0] = 0;
    if (figure->metric)
        measure_header(figure->metric, chosen->setting[0].truth, chosen->top_k, heading);
}

void figure_caption(const Figure *figure, char text[FIGURE_CAPTION])
{
    char heading[MEASURE_TEXT];
    const bool one_of_several = figure->setting && figure->experiment->all_settings > 1;
    metric_heading(figure, heading);
    snprintf(text, FIGURE_CAPTION, "%s%s%s%s%s", figure->kind->caption, *heading ? ": " : "", heading,
             one_of_several ? ", " : "", one_of_several ? figure->setting->text : "");
}

static Status write_rows(const Plot *plot, const FigureFormat *format, FILE *file, int *rows,
                         Message *message)
{
    const Figure *figure = &plot->figure;
    const FigureSource source = {figure->experiment, figure->setting, figure->metric,
                                 format->is_tex ? FIGURE_TEX | FIGURE_DATA : FIGURE_DATA};
    *rows = 0;
    return figure->kind->write(&source, file, rows, message);
}

static Status write_data(const Plot *plot, const FigureFormat *format, const char *path, int *rows,
                         Message *message)
{
    FILE *file = fopen(path, "w");
    if (!file)
        return fail(message, STATUS_FAILED, "%s: %s", path, strerror(errno));
    Status status = write_rows(plot, format, file, rows, message);
    bool failed = ferror(file);
    failed |= fclose(file) != 0;
    if (!status && failed)
        status = fail(message, STATUS_FAILED, "%s: %s", path, strerror(errno));
    return status;
}

/* Texts of a script, as they are or escaped for TeX. */
typedef struct Labels {
    char *title, *baseline, *metric, *key, *other_keys;
} Labels;

static void free_labels(Labels *labels)
{
    free(labels->title);
    free(labels->baseline);
    free(labels->metric);
    free(labels->key);
    free(labels->other_keys);
}

/* NULL when out of memory. */
static char *make_label(const char *text, const FigureFormat *format)
{
    char *copy = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&copy, &size);
    if (!file)
        return NULL;
    figure_text(file, text, format->is_tex ? FIGURE_TEX : FIGURE_PLAIN);
    (void)fclose(file);
    return copy;
}

/* "a, b": the keys of the sweep but that of the x axis. */
static void join_other_keys(const Chosen *chosen, int x, char text[TITLE])
{
    size_t used = 0;
    text[0] = 0;
    for (int k = 0; k < chosen->keys && used < TITLE; k++)
        if (k != x)
            used +=
                (size_t)snprintf(text + used, TITLE - used, "%s%s", used ? ", " : "", chosen->key[k].name);
}

static Status make_labels(const Figure *figure, const FigureFormat *format, Labels *labels, Message *message)
{
    const Chosen *chosen = figure->experiment;
    const bool has_key = chosen->keys > 0 && !figure->setting;
    const int x = has_key ? figure_x_key(chosen) : 0;
    const char *where = figure->setting ? figure->setting->text : chosen->fixed;
    char heading[MEASURE_TEXT], title[TITLE], other_keys[TITLE] = "";
    snprintf(title, sizeof title, "%s%s%s", chosen->experiment, *where ? ": " : "", where);
    metric_heading(figure, heading);
    if (has_key)
        join_other_keys(chosen, x, other_keys);
    *labels = (Labels){.title = make_label(title, format),
                       .baseline = make_label(results_label(chosen->results, chosen->baseline), format),
                       .metric = make_label(heading, format),
                       .key = make_label(has_key ? chosen->key[x].name : "", format),
                       .other_keys = make_label(other_keys, format)};
    return labels->title && labels->baseline && labels->metric && labels->key && labels->other_keys
               ? STATUS_OK
               : fail_memory(message, "a figure");
}

/* Tells of a file of the figure at hand. */
static Status tell(const Plot *plot, const char *path, const FigureFormat *format, Message *message)
{
    Figure figure = plot->figure;
    figure.path = path;
    figure.format = format;
    return plot->drawn ? plot->drawn(&figure, plot->context, message) : STATUS_OK;
}

static Status draw(Plot *plot, const char *data, const FigureFormat *format, Message *message)
{
    char script[PATH], output[PATH], width[32];
    Labels labels = {0};
    snprintf(script, sizeof script, "%s/%s.gp", plot->options->scripts, plot->figure.kind->name);
    snprintf(width, sizeof width, "%g", plot->options->width);
    Status status = figure_path(plot, plot->options->directory, format->extension, output, message);
    if (!status)
        status = make_labels(&plot->figure, format, &labels, message);
    if (!status) {
        const GnuplotCall call = {.script = script,
                                  .scratch = &plot->scratch,
                                  .output = output,
                                  .format = format,
                                  .data = data,
                                  .title = labels.title,
                                  .baseline = labels.baseline,
                                  .metric = labels.metric,
                                  .key = labels.key,
                                  .other_keys = labels.other_keys,
                                  .width = width};
        status = gnuplot_draw(&call, message);
    }
    free_labels(&labels);
    if (status)
        return status;
    plot->files++;
    return tell(plot, output, format, message);
}

static Words format_words(const PlotOptions *options)
{
    return (Words){&options->formats, 1};
}

/* The data file is written anew for each format, since TeX wants its texts escaped; the last is kept on
 * request, and then takes its place among the figures. */
static Status draw_formats(Plot *plot, Message *message)
{
    const Words formats = format_words(plot->options);
    char data[PATH], name[WORD_TEXT];
    int rows = 1;
    Status status = figure_path(plot, plot->scratch.path, "tsv", data, message);
    if (status)
        return status;
    for (WordsAt at = {0}; !status && rows > 0 && words_next(&formats, &at, name);) {
        const FigureFormat *format;
        status = figure_format_find(name, &format, message);
        if (!status)
            status = write_data(plot, format, data, &rows, message);
        if (!status && rows > 0)
            status = draw(plot, data, format, message);
    }
    if (status || rows == 0 || !plot->options->keep_data) {
        unlink(data);
        return status;
    }
    status = scratch_keep(&plot->scratch, strrchr(data, '/') + 1, message);
    if (!status)
        status = figure_path(plot, plot->options->directory, "tsv", data, message);
    return status ? status : tell(plot, data, NULL, message);
}

/* What a figure is of when no metric was chosen. */
static Status default_metrics(const Figure *figure, Measure *metric, int *metrics, Message *message)
{
    const ChosenSetting *setting = &figure->experiment->setting[0];
    Status status = STATUS_OK;
    *metrics = 0;
    if (!setting->truth)
        return measure_parse(setting->clicked ? "auc/O" : "auc", &metric[(*metrics)++], message);
    for (int i = 0; i < 2 && figure->kind->metric[i] && !status; i++)
        status = measure_parse(figure->kind->metric[i], &metric[(*metrics)++], message);
    return status;
}

/* One for each metric that the figure can be of. */
static Status draw_metrics(Plot *plot, Message *message)
{
    const Chosen *chosen = plot->figure.experiment;
    const FigureKind *kind = plot->figure.kind;
    Measure standard[2];
    const Measure *metric = chosen->measure;
    int metrics = chosen->measures;
    Status status = STATUS_OK;
    plot->figure.metric = NULL;
    if (!kind->metric[0])
        return draw_formats(plot, message);
    if (metrics == 0) {
        status = default_metrics(&plot->figure, standard, &metrics, message);
        metric = standard;
    }
    for (int m = 0; m < metrics && !status; m++) {
        plot->figure.metric = &metric[m];
        if (metric[m].metric || !kind->needs_replicates)
            status = draw_formats(plot, message);
    }
    plot->figure.metric = NULL;
    return status;
}

static Status draw_kind(Plot *plot, Message *message)
{
    const Chosen *chosen = plot->figure.experiment;
    Status status = STATUS_OK;
    plot->figure.setting = NULL;
    if (plot->figure.kind->scope == OF_SWEEP)
        return chosen->keys >= plot->figure.kind->keys ? draw_metrics(plot, message) : STATUS_OK;
    for (int s = 0; s < chosen->settings && !status; s++) {
        plot->figure.setting = &chosen->setting[s];
        status = draw_metrics(plot, message);
    }
    return status;
}

/* Draws the figure of each experiment that has data for it: where it was named, or else suits. */
static Status draw_experiments(Plot *plot, const FigureKind *kind, bool named, const Selection *selection,
                               Message *message)
{
    Status status = STATUS_OK;
    for (int i = 0; i < selection->experiments && !status; i++) {
        const Chosen *chosen = &selection->experiment[i];
        plot->figure = (Figure){.kind = kind, .experiment = chosen};
        if ((chosen->estimators > 0 || kind->of_risk) && (named || figure_suits(kind, chosen)))
            status = draw_kind(plot, message);
    }
    return status;
}

static Status draw_selection(Plot *plot, const Selection *selection, Message *message)
{
    static const char *const needs[] = {"", "; it needs a sweep", "; it needs a sweep of two keys"};
    const Words *asked = &plot->options->figure;
    const bool named = asked->words > 0;
    for (const FigureKind *kind = figure_table; kind->name; kind++) {
        if (!words_have(asked, kind->name))
            continue;
        plot->files = 0;
        Status status = draw_experiments(plot, kind, named, selection, message);
        if (status)
            return status;
        if (named && plot->files == 0)
            return fail(message, STATUS_USAGE, "%s: holds no results for the figure '%s'%s",
                        store_path(selection->results->store), kind->name, needs[kind->keys]);
        plot->all_files += plot->files;
    }
    return plot->all_files == 0 && !plot->options->may_be_none
               ? fail(message, STATUS_FAILED, "%s: holds no results for any figure",
                      store_path(selection->results->store))
               : STATUS_OK;
}

static Status check_options(const PlotOptions *options, Message *message)
{
    const Words formats = format_words(options);
    const FigureFormat *format;
    char part[WORD_TEXT];
    int count = 0;
    Status status = STATUS_OK;
    for (WordsAt at = {0}; !status && words_next(&formats, &at, part); count++)
        status = figure_format_find(part, &format, message);
    if (!status && count == 0)
        status = figure_format_find(options->formats, &format, message);
    for (WordsAt at = {0}; !status && words_next(&options->figure, &at, part);)
        status = figure_check_name(part, message);
    return status;
}

Status plot_results(const StoreResults *results, const PlotOptions *options, FigureDrawn *drawn,
                    void *context, Message *message)
{
    Selection selection = {0};
    Status status = check_options(options, message);
    if (!status)
        status = selection_make(&selection, results, &options->filter, message);
    Plot plot = {.options = options, .drawn = drawn, .context = context};
    if (!status)
        status = scratch_make(&plot.scratch, options->directory, message);
    if (!status) {
        status = draw_selection(&plot, &selection, message);
        scratch_remove(&plot.scratch);
    }
    selection_clear(&selection);
    return status;
}
