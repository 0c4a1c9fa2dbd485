/* Which figures are drawn of which settings and metrics, into which files, with which texts. */
#include "plots/plot.h"

#include "plots/figure_texts.h"
#include "plots/gnuplot.h"
#include "sim/base/scratch.h"
#include "sim/base/text.h"

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
                                 format->is_tex ? FIGURE_TEX | FIGURE_DATA : FIGURE_DATA,
                                 plot->options->key_title};
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

/* "a, b": the keys of the sweep but that of the x axis. */
static void join_other_keys(const FigureSource *source, int x, char text[TITLE])
{
    const Chosen *chosen = source->chosen;
    size_t used = 0;
    text[0] = 0;
    for (int k = 0; k < chosen->keys && used < TITLE; k++) {
        char title[KEY_TITLE];
        figure_key_title(source, chosen->key[k].name, title);
        if (k != x)
            used += (size_t)snprintf(text + used, TITLE - used, "%s%s", used ? ", " : "", title);
    }
}

static const char *title_of(const Plot *plot)
{
    const Chosen *chosen = plot->figure.experiment;
    if (plot->options->title)
        return plot->options->title;
    return *chosen->question ? chosen->question : chosen->experiment;
}

/* The file is the figure's own, beside its data. */
static Status write_texts(const Plot *plot, const FigureFormat *format, const char *path, Message *message)
{
    const Figure *figure = &plot->figure;
    const PlotOptions *options = plot->options;
    const Chosen *chosen = figure->experiment;
    const FigureSource source = {.chosen = chosen, .key_title = options->key_title};
    const bool has_key = chosen->keys > 0 && !figure->setting;
    const int x = has_key ? figure_x_key(chosen) : 0;
    char heading[MEASURE_TEXT], key[KEY_TITLE] = "", other_keys[TITLE] = "";
    metric_heading(figure, heading);
    if (figure->kind->along)
        snprintf(key, sizeof key, "%s", figure->kind->along);
    if (has_key) {
        figure_key_title(&source, chosen->key[x].name, key);
        join_other_keys(&source, x, other_keys);
    }
    const FigureTexts texts = {.title = title_of(plot),
                               .setting = figure->setting ? figure->setting->text : chosen->fixed,
                               .baseline = results_label(chosen->results, chosen->baseline),
                               .metric = heading,
                               .key = key,
                               .other_keys = other_keys,
                               .font = options->font ? options->font : "",
                               .is_signed = figure->metric && measure_is_signed(figure->metric),
                               .width = options->width > 0 || !options->paper ? options->width
                                                                              : options->paper->width,
                               .points = options->paper ? options->paper->points : FIGURE_POINTS};
    return figure_texts_write(&texts, format, path, message);
}

/* Tells of a file of the figure at hand. */
static Status tell(const Plot *plot, const char *path, const FigureFormat *format, Message *message)
{
    Figure figure = plot->figure;
    figure.path = path;
    figure.format = format;
    return plot->drawn ? plot->drawn(&figure, plot->context, message) : STATUS_OK;
}

/* What is made for the figure at hand besides the figure. */
typedef struct FigureParts {
    char data[PATH], texts[PATH];
} FigureParts;

static Status draw(Plot *plot, const FigureParts *parts, const FigureFormat *format, Message *message)
{
    char script[PATH], style[PATH], output[PATH], caption[FIGURE_CAPTION], title[TITLE];
    snprintf(script, sizeof script, "%s/%s.gp", plot->options->scripts, plot->figure.kind->name);
    snprintf(style, sizeof style, "%s/figure.tikz", plot->options->scripts);
    figure_caption(&plot->figure, caption);
    snprintf(title, sizeof title, "%s",
             *title_of(plot) ? title_of(plot) : plot->figure.experiment->experiment);
    text_clean(title, "");
    text_clean(caption, "");
    Status status = figure_path(plot, plot->options->directory, format->extension, output, message);
    if (!status)
        status = write_texts(plot, format, parts->texts, message);
    if (!status) {
        const FigureComments about = {title, caption, style};
        const GnuplotCall call = {.script = script,
                                  .scratch = &plot->scratch,
                                  .output = output,
                                  .format = format,
                                  .data = parts->data,
                                  .texts = parts->texts,
                                  .about = &about};
        status = gnuplot_draw(&call, message);
    }
    if (status)
        return status;
    plot->files++;
    return tell(plot, output, format, message);
}

static Words format_words(const PlotOptions *options)
{
    return (Words){&options->formats, 1};
}

/* Moves the parts among the figures. The texts go untold: they are nothing without the data. */
static Status keep_parts(Plot *plot, const FigureParts *parts, Message *message)
{
    char path[PATH];
    Status status = scratch_keep(&plot->scratch, strrchr(parts->texts, '/') + 1, message);
    if (!status)
        status = scratch_keep(&plot->scratch, strrchr(parts->data, '/') + 1, message);
    if (!status)
        status = figure_path(plot, plot->options->directory, "tsv", path, message);
    return status ? status : tell(plot, path, NULL, message);
}

/* The parts are written anew for each format, since TeX wants its texts escaped; the last are kept on
 * request, and then take their places among the figures. */
static Status draw_formats(Plot *plot, Message *message)
{
    const Words formats = format_words(plot->options);
    FigureParts parts;
    char name[WORD_TEXT];
    int rows = 1;
    Status status = figure_path(plot, plot->scratch.path, "tsv", parts.data, message);
    if (!status)
        status = figure_path(plot, plot->scratch.path, "texts", parts.texts, message);
    if (status)
        return status;
    for (WordsAt at = {0}; !status && rows > 0 && words_next(&formats, &at, name);) {
        const FigureFormat *format;
        status = figure_format_find(name, &format, message);
        if (!status)
            status = write_data(plot, format, parts.data, &rows, message);
        if (!status && rows > 0)
            status = draw(plot, &parts, format, message);
    }
    if (!status && rows > 0 && plot->options->keep_data)
        status = keep_parts(plot, &parts, message);
    unlink(parts.data);
    unlink(parts.texts);
    return status;
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

/* By how much each estimator is worse than the best possible, on average over the settings of the figure. */
static void mean_losses(const Figure *figure, const Measure *sort, double *loss)
{
    const Chosen *chosen = figure->experiment;
    for (int e = 0; e < chosen->estimators; e++) {
        double sum = 0;
        int count = 0;
        for (int s = 0; s < chosen->settings; s++) {
            const ChosenSetting *setting = &chosen->setting[s];
            const double one = figure->setting && figure->setting != setting
                                   ? NAN
                                   : measure_loss(sort, chosen_value(chosen, setting, e, sort).value);
            sum += isnan(one) ? 0 : one;
            count += !isnan(one);
        }
        loss[e] = count > 0 ? sum / count : INFINITY;
    }
}

/* Draws the figure with the estimators in order of a metric. Equals keep their order. */
static Status draw_sorted(Plot *plot, Message *message)
{
    const Chosen *chosen = plot->figure.experiment;
    const size_t n = (size_t)chosen->estimators;
    Measure sort;
    if (!plot->options->sort || n == 0)
        return draw_metrics(plot, message);
    Status status = measure_parse(plot->options->sort, &sort, message);
    if (status)
        return status;
    Chosen sorted = *chosen;
    double *loss = calloc(n, sizeof *loss);
    sorted.estimator = calloc(n, sizeof *sorted.estimator);
    sorted.label = calloc(n, sizeof *sorted.label);
    sorted.place = calloc(n, sizeof *sorted.place);
    if (!loss || !sorted.estimator || !sorted.label || !sorted.place) {
        status = fail_memory(message, "a figure");
        goto out;
    }
    mean_losses(&plot->figure, &sort, loss);
    for (size_t e = 0; e < n; e++) {
        size_t at = 0;
        for (size_t o = 0; o < n; o++)
            at += loss[o] < loss[e] || (o < e && loss[o] == loss[e]);
        sorted.estimator[at] = chosen->estimator[e];
        sorted.label[at] = chosen->label[e];
        sorted.place[at] = chosen->place[e];
    }
    plot->figure.experiment = &sorted;
    status = draw_metrics(plot, message);
    plot->figure.experiment = chosen;
out:
    free(loss);
    free(sorted.estimator);
    free(sorted.label);
    free(sorted.place);
    return status;
}

static Status draw_kind(Plot *plot, Message *message)
{
    const Chosen *chosen = plot->figure.experiment;
    Status status = STATUS_OK;
    plot->figure.setting = NULL;
    if (plot->figure.kind->scope == OF_SWEEP)
        return chosen->keys >= plot->figure.kind->keys ? draw_sorted(plot, message) : STATUS_OK;
    for (int s = 0; s < chosen->settings && !status; s++) {
        plot->figure.setting = &chosen->setting[s];
        status = draw_sorted(plot, message);
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
        if ((chosen->estimators > 0 || kind->of_risk || kind->of_claims) &&
            (named || figure_suits(kind, chosen)))
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
                        store_path(selection->results->store), kind->name,
                        kind->of_claims ? "; it needs a sweep, and a claim that ends in everywhere"
                                        : needs[kind->keys]);
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
    Measure sort;
    if (!status && options->sort)
        status = measure_parse(options->sort, &sort, message);
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
