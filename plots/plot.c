#include "plots/plot.h"

#include "plots/figures.h"
#include "plots/gnuplot.h"
#include "results/store/query.h"
#include "results/summary/summary.h"
#include "sim/base/directory.h"
#include "sim/base/suggest.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH = 4096, TITLE = 512 };

typedef struct Plot {
    Store *store;
    const PlotOptions *options;
    void (*written)(const char *path, void *context);
    void *context;
    const Chosen *chosen;
    const FigureKind *kind;
    const ChosenSetting *setting; /* NULL for a figure of all */
    const Measure *measure;       /* NULL for a figure of none */
    int files;                    /* figures drawn of the kind, over all experiments */
    int all_files;                /* and of all kinds */
} Plot;

/* What is awkward in file names. */
static void replace_awkward(char *name)
{
    for (char *c = name; *c; c++) {
        if (!isalnum((unsigned char)*c) && !strchr("._+-=", *c)) {
            *c = '_';
        }
    }
}

void plot_setting_name(const Chosen *chosen, const ChosenSetting *setting, char name[SETTING_NAME])
{
    const char *text = "";
    if (setting && chosen->all_settings > 1) {
        text = setting->text;
    } else if (!setting && chosen->settings < chosen->all_settings) {
        text = *chosen->fixed ? chosen->fixed : "part";
    }
    if (snprintf(name, SETTING_NAME, "%s", text) >= SETTING_NAME && setting) {
        snprintf(name, SETTING_NAME, "%d", setting->number);
    }
    replace_awkward(name);
}

static Status figure_path(const Plot *plot, const char *extension, char path[PATH], Message *message)
{
    char setting[SETTING_NAME];
    plot_setting_name(plot->chosen, plot->setting, setting);
    int start = snprintf(path, PATH, "%s/", plot->options->directory);
    int length =
        start + snprintf(path + start, (size_t)(PATH - start), "%s-%s%s%s%s%s.%s", plot->chosen->experiment,
                         plot->kind->name, plot->measure ? "-" : "", plot->measure ? plot->measure->name : "",
                         *setting ? "-" : "", setting, extension);
    if (length >= PATH) {
        return fail(message, STATUS_USAGE, "%s: the name is too long", plot->options->directory);
    }
    replace_awkward(path + start);
    return STATUS_OK;
}

/* The rows of a query, of the chosen estimators. Tab-separated, a NULL as NaN. */
static Status write_query(const FigureSource *source, const FigureKind *kind, FILE *file, int *rows,
                          Message *message)
{
    char last[128] = "";
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(source->store, &statement, message, kind->sql, "tt",
                                  source->chosen->experiment, source->setting->text);
    while (!status && query_next(source->store, statement, &status, message)) {
        const char *estimator = column_text(statement, 0);
        if (!chosen_estimator(source->chosen, estimator)) {
            continue;
        }
        for (int c = 0; *rows == 0 && c < sqlite3_column_count(statement); c++) {
            fprintf(file, "%s%s", c ? "\t" : "# ", sqlite3_column_name(statement, c));
        }
        if (*rows == 0) {
            fputc('\n', file);
        } else if (kind->blocks && strcmp(estimator, last) != 0) {
            fprintf(file, "\n\n");
        }
        snprintf(last, sizeof last, "%s", estimator);
        figure_text(file, estimator, source->escapes);
        for (int c = 1; c < sqlite3_column_count(statement); c++) {
            double value = column_double(statement, c);
            fprintf(file, isnan(value) ? "\tNaN" : "\t%.10g", value);
        }
        fputc('\n', file);
        ++*rows;
    }
    sqlite3_finalize(statement);
    return status;
}

static Status write_rows(const Plot *plot, int tex, FILE *file, int *rows, Message *message)
{
    const FigureSource source = {plot->store, plot->chosen, plot->setting, plot->measure, tex ? 2 : 0};
    *rows = 0;
    return plot->kind->sql ? write_query(&source, plot->kind, file, rows, message)
                           : plot->kind->write(&source, file, rows, message);
}

static Status write_data(const Plot *plot, int tex, const char *path, int *rows, Message *message)
{
    FILE *file = fopen(path, "w");
    if (!file) {
        return fail(message, STATUS_FAILED, "%s: %s", path, strerror(errno));
    }
    Status status = write_rows(plot, tex, file, rows, message);
    int failed = ferror(file);
    failed |= fclose(file);
    if (!status && failed) {
        status = fail(message, STATUS_FAILED, "%s: %s", path, strerror(errno));
    }
    return status;
}

/* What a script is told of the figure, as it is or escaped for TeX. */
typedef struct Labels {
    char *title, *baseline, *measure, *key, *keys;
} Labels;

static void free_labels(Labels *labels)
{
    free(labels->title);
    free(labels->baseline);
    free(labels->measure);
    free(labels->key);
    free(labels->keys);
}

static char *label(const char *text, int tex)
{
    char *copy = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&copy, &size);
    if (file) {
        figure_text(file, text, tex);
        (void)fclose(file);
    }
    return copy;
}

static Status make_labels(const Plot *plot, int tex, Labels *labels, Message *message)
{
    const Chosen *chosen = plot->chosen;
    const int x = chosen->keys > 0 && !plot->setting ? figure_x_key(chosen) : -1;
    const char *where = plot->setting ? plot->setting->text : chosen->fixed;
    char measure[MEASURE_TEXT] = "";
    char title[TITLE];
    char keys[TITLE] = "";
    snprintf(title, sizeof title, "%s%s%s", chosen->experiment, *where ? ": " : "", where);
    if (plot->measure) {
        measure_header(plot->measure, chosen->setting[0].truth, chosen->top_k, measure);
    }
    size_t used = 0;
    for (int k = 0; x >= 0 && k < chosen->keys && used < TITLE; k++) {
        if (k != x) {
            used +=
                (size_t)snprintf(keys + used, TITLE - used, "%s%s", used ? ", " : "", chosen->key[k].name);
        }
    }
    *labels = (Labels){label(title, tex), label(chosen->baseline, tex), label(measure, tex),
                       label(x >= 0 ? chosen->key[x].name : "", tex), label(keys, tex)};
    return labels->title && labels->baseline && labels->measure && labels->key && labels->keys
               ? STATUS_OK
               : fail_memory(message, "a figure");
}

static Status draw(Plot *plot, const char *data, const char *format, Message *message)
{
    const int tex = !strcmp(format, "tikz");
    char script[PATH];
    char output[PATH];
    char width[32];
    Labels labels = {0};
    snprintf(script, sizeof script, "%s/%s.gp", plot->options->scripts, plot->kind->name);
    snprintf(width, sizeof width, "%g", plot->options->width);
    Status status = figure_path(plot, tex ? "tex" : format, output, message);
    if (!status) {
        status = make_labels(plot, tex, &labels, message);
    }
    if (!status) {
        const Figure figure = {script,          data,           output,     format,      labels.title,
                               labels.baseline, labels.measure, labels.key, labels.keys, width};
        status = gnuplot_draw(&figure, message);
    }
    if (!status) {
        plot->files++;
    }
    if (!status && plot->written) {
        plot->written(output, plot->context);
    }
    free_labels(&labels);
    return status;
}

/* The data file is written anew for each format, since TeX wants its texts escaped; the last is kept on
 * request. */
static Status draw_formats(Plot *plot, Message *message)
{
    char data[PATH];
    int rows = 1;
    char *formats = strdup(plot->options->formats);
    Status status = formats ? figure_path(plot, "tsv", data, message) : fail_memory(message, "the formats");
    char *rest = formats;
    for (char *format = strsep(&rest, ","); format && !status && rows > 0; format = strsep(&rest, ",")) {
        status = write_data(plot, !strcmp(format, "tikz"), data, &rows, message);
        if (!status && rows > 0) {
            status = draw(plot, data, format, message);
        }
    }
    free(formats);
    if (status || rows == 0 || !plot->options->keep_data) {
        unlink(data);
    } else if (plot->written) {
        plot->written(data, plot->context);
    }
    return status;
}

/* One for each measure that the figure can be of. */
static Status draw_measures(Plot *plot, Message *message)
{
    static const char *const standard[] = {"mean_bias", "mse", "auc"};
    const int truth = plot->chosen->setting[0].truth;
    Measure measure[MOST_MEASURES];
    int measures = plot->chosen->measures;
    Status status = STATUS_OK;
    plot->measure = NULL;
    if (!plot->kind->measured) {
        return draw_formats(plot, message);
    }
    memcpy(measure, plot->chosen->measure, sizeof measure);
    if (measures == 0) { /* of real data, AUC */
        const int first = !truth ? 2 : plot->kind->keys == 1 ? 0 : 1;
        for (int i = first; i < (truth ? 2 : 3) && !status; i++) {
            const int clicked = plot->chosen->setting[0].clicked;
            status = measure_parse(clicked ? "auc/O" : standard[i], &measure[measures++], message);
        }
    }
    for (int m = 0; m < measures && !status; m++) {
        plot->measure = &measure[m];
        if (measure[m].metric || !plot->kind->each) {
            status = draw_formats(plot, message);
        }
    }
    plot->measure = NULL;
    return status;
}

static Status draw_kind(Plot *plot, Message *message)
{
    const Chosen *chosen = plot->chosen;
    Status status = STATUS_OK;
    plot->setting = NULL;
    if (plot->kind->scope == OF_SWEEP) {
        return chosen->keys >= plot->kind->keys ? draw_measures(plot, message) : STATUS_OK;
    }
    for (int s = 0; s < chosen->settings && !status; s++) {
        plot->setting = &chosen->setting[s];
        status = draw_measures(plot, message);
    }
    return status;
}

/* Does the figure suit the experiment, where none was asked for? */
static int suits(const FigureKind *kind, const Chosen *chosen)
{
    static const char *const standard[][4] = {{"bias_variance", "decile", "calibration", "risk"},
                                              {"sweep"},
                                              {"sweep", "heatmap"},
                                              {"nested_loop", "heatmap"}};
    static const char *const of_labels[4] = {"replicates", "risk"};
    const int one = chosen->keys == 0 && !chosen->setting[0].truth;
    const char *const *name = one ? of_labels : standard[chosen->keys < 3 ? chosen->keys : 3];
    for (int i = 0; i < 4 && name[i]; i++) {
        if (!strcmp(name[i], kind->name)) {
            return 1;
        }
    }
    return 0;
}

static Status draw_selection(Plot *plot, const Selection *selection, Message *message)
{
    const Words *asked = &plot->options->figure;
    Status status = STATUS_OK;
    for (plot->kind = figure_table; plot->kind->name && !status; plot->kind++) {
        if (!words_have(asked, plot->kind->name)) {
            continue;
        }
        plot->files = 0;
        for (int i = 0; i < selection->experiments && !status; i++) {
            plot->chosen = &selection->experiment[i];
            const int has_runs = plot->chosen->estimators > 0 || plot->kind->of_risk;
            if (has_runs && (asked->words > 0 || suits(plot->kind, plot->chosen))) {
                status = draw_kind(plot, message);
            }
        }
        if (!status && asked->words > 0 && plot->files == 0) {
            status = fail(message, STATUS_USAGE, "%s: has no data for the figure '%s'%s",
                          store_path(plot->store), plot->kind->name,
                          plot->kind->keys > 1    ? "; it needs a sweep of two keys"
                          : plot->kind->keys == 1 ? "; it needs a sweep"
                                                  : "");
        }
        plot->all_files += plot->files;
    }
    if (!status && plot->all_files == 0 && !plot->options->may_be_none) {
        status = fail(message, STATUS_FAILED, "%s: has no data for any figure", store_path(plot->store));
    }
    return status;
}

static Status check_formats(const char *formats, Message *message)
{
    static const char *const known[] = {"svg", "png", "pdf", "tikz"};
    char *copy = strdup(formats);
    if (!copy) {
        return fail_memory(message, "the formats");
    }
    Status status = STATUS_OK;
    char *rest = copy;
    for (char *format = strsep(&rest, ","); format && !status; format = strsep(&rest, ",")) {
        int found = 0;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
            found |= !strcmp(format, known[i]);
        }
        if (!found) {
            status = fail(message, STATUS_USAGE,
                          "formats: '%s'; expected svg, png, pdf or tikz, separated by commas", format);
        }
    }
    free(copy);
    return status;
}

static Status check_figures(const Words *figure, Message *message)
{
    const char *known[32];
    int count = 0;
    char part[WORD_TEXT];
    for (const FigureKind *kind = figure_table; kind->name; kind++) {
        known[count++] = kind->name;
    }
    for (WordsAt at = {0}; words_next(figure, &at, part);) {
        int found = 0;
        for (int i = 0; i < count; i++) {
            found |= !strcmp(part, known[i]);
        }
        const char *nearest = nearest_name(part, known, count);
        if (!found && nearest) {
            return fail(message, STATUS_USAGE, "unknown figure '%s'; did you mean '%s'?", part, nearest);
        }
        if (!found) {
            return fail(message, STATUS_USAGE,
                        "unknown figure '%s'; expected bias_variance, decile, calibration, replicates, cost, "
                        "sweep, heatmap, nested_loop or risk",
                        part);
        }
    }
    return STATUS_OK;
}

Status plot_store(Store *store, const PlotOptions *options, void (*written)(const char *path, void *context),
                  void *context, Message *message)
{
    Selection selection = {0};
    Status status = check_formats(options->formats, message);
    if (!status) {
        status = check_figures(&options->figure, message);
    }
    if (!status) {
        status = summary_refresh(store, message);
    }
    if (!status) {
        status = selection_read(&selection, store, &options->filter, message);
    }
    if (!status) {
        status = directory_make(options->directory, NULL, message);
    }
    if (!status) {
        Plot plot = {.store = store, .options = options, .written = written, .context = context};
        status = draw_selection(&plot, &selection, message);
    }
    selection_clear(&selection);
    return status;
}
