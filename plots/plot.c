#include "plots/plot.h"

#include "plots/gnuplot.h"
#include "results/query.h"
#include "results/summary.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH = 4096, TITLE = 512 };

/* A figure: its script is NAME.gp, its data the rows of `sql` for one experiment and setting. */
typedef struct FigureKind {
    const char *name;
    const char *sql;
    int blocks; /* an estimator's rows are a block of their own, after two blank lines */
} FigureKind;

static const FigureKind figure_kind[] = {
    {"bias_variance",
     "SELECT estimator, bias_sq, variance, mse, mse_mcse FROM bias_variance"
     " WHERE experiment = ?1 AND setting = ?2 AND variance IS NOT NULL",
     0},
    {"decile",
     "SELECT estimator, decile, mean_p_o, mean_bias, mean_bias_mcse FROM decile WHERE experiment = ?1 AND "
     "setting = ?2",
     1},
    {"calibration",
     "SELECT estimator, bin, predicted, p_r, p_r_mcse FROM calibration WHERE experiment = ?1 AND setting = "
     "?2",
     1},
};

typedef struct Plot {
    Store *store;
    const PlotOptions *options;
    void (*written)(const char *path, void *context);
    void *context;
    const char *experiment, *setting, *baseline;
    int number; /* of the setting, from 1; 0 where there is only one */
} Plot;

static Status make_directory(const char *directory, Message *message)
{
    char path[PATH];
    if (snprintf(path, sizeof path, "%s", directory) >= PATH) {
        return fail(message, STATUS_USAGE, "%s: the name is too long", directory);
    }
    for (char *at = path + 1; *at; at++) {
        if (*at == '/') {
            *at = '\0';
            mkdir(path, 0777); /* if it fails, so does the last one */
            *at = '/';
        }
    }
    struct stat facts;
    if (mkdir(path, 0777) && (errno != EEXIST || stat(path, &facts))) {
        return fail(message, STATUS_FAILED, "%s: %s", directory, strerror(errno));
    }
    if (stat(path, &facts) == 0 && !S_ISDIR(facts.st_mode)) {
        return fail(message, STATUS_USAGE, "%s: not a directory", directory);
    }
    return STATUS_OK;
}

static Status figure_path(const Plot *plot, const FigureKind *kind, const char *extension, char path[PATH],
                          Message *message)
{
    char number[16] = "";
    if (plot->number > 0) {
        snprintf(number, sizeof number, "-%d", plot->number);
    }
    int start = snprintf(path, PATH, "%s/", plot->options->directory);
    int length = start + snprintf(path + start, (size_t)(PATH - start), "%s-%s%s.%s", plot->experiment,
                                  kind->name, number, extension);
    if (length >= PATH) {
        return fail(message, STATUS_USAGE, "%s: the name is too long", plot->options->directory);
    }
    for (char *c = path + start; *c; c++) {
        if (!isalnum((unsigned char)*c) && !strchr("._+-", *c)) {
            *c = '_';
        }
    }
    return STATUS_OK;
}

/* Tab-separated, a NULL as NaN. */
static Status write_rows(const Plot *plot, const FigureKind *kind, FILE *file, int *rows, Message *message)
{
    char last[128] = "";
    sqlite3_stmt *statement = NULL;
    Status status =
        query_prepare(plot->store, &statement, message, kind->sql, "tt", plot->experiment, plot->setting);
    for (*rows = 0; !status && query_next(plot->store, statement, &status, message); ++*rows) {
        const char *estimator = column_text(statement, 0);
        if (*rows == 0) {
            fputc('#', file);
            for (int c = 0; c < sqlite3_column_count(statement); c++) {
                fprintf(file, "%c%s", c ? '\t' : ' ', sqlite3_column_name(statement, c));
            }
            fputc('\n', file);
        } else if (kind->blocks && strcmp(estimator, last) != 0) {
            fprintf(file, "\n\n");
        }
        snprintf(last, sizeof last, "%s", estimator);
        fprintf(file, "%s", estimator);
        for (int c = 1; c < sqlite3_column_count(statement); c++) {
            double value = column_double(statement, c);
            fprintf(file, isnan(value) ? "\tNaN" : "\t%.10g", value);
        }
        fputc('\n', file);
    }
    sqlite3_finalize(statement);
    return status;
}

static Status write_data(const Plot *plot, const FigureKind *kind, const char *path, int *rows,
                         Message *message)
{
    FILE *file = fopen(path, "w");
    if (!file) {
        return fail(message, STATUS_FAILED, "%s: %s", path, strerror(errno));
    }
    Status status = write_rows(plot, kind, file, rows, message);
    int failed = ferror(file);
    failed |= fclose(file);
    if (!status && failed) {
        status = fail(message, STATUS_FAILED, "%s: %s", path, strerror(errno));
    }
    return status;
}

static int format_is_known(const char *format)
{
    return !strcmp(format, "svg") || !strcmp(format, "png") || !strcmp(format, "pdf");
}

static Status draw_format(const Plot *plot, const FigureKind *kind, const char *data, const char *format,
                          Message *message)
{
    char script[PATH];
    char output[PATH];
    char title[TITLE];
    snprintf(script, sizeof script, "%s/%s.gp", plot->options->scripts, kind->name);
    snprintf(title, sizeof title, "%s%s%s", plot->experiment, *plot->setting ? ": " : "", plot->setting);
    Status status = figure_path(plot, kind, format, output, message);
    if (!status) {
        const Figure figure = {script, data, output, format, title, plot->baseline};
        status = gnuplot_draw(&figure, message);
    }
    if (!status && plot->written) {
        plot->written(output, plot->context);
    }
    return status;
}

static Status draw_formats(const Plot *plot, const FigureKind *kind, const char *data, Message *message)
{
    char *formats = strdup(plot->options->formats);
    if (!formats) {
        return fail_memory(message, "the formats");
    }
    Status status = STATUS_OK;
    char *rest = formats;
    for (char *format = strsep(&rest, ","); format && !status; format = strsep(&rest, ",")) {
        status = draw_format(plot, kind, data, format, message);
    }
    free(formats);
    return status;
}

static Status draw_kind(const Plot *plot, const FigureKind *kind, Message *message)
{
    char data[PATH];
    int rows = 0;
    Status status = figure_path(plot, kind, "tsv", data, message);
    if (status) {
        return status;
    }
    status = write_data(plot, kind, data, &rows, message);
    if (!status && rows > 0) {
        status = draw_formats(plot, kind, data, message);
    }
    if (status || rows == 0 || !plot->options->keep_data) {
        unlink(data);
    } else if (plot->written) {
        plot->written(data, plot->context);
    }
    return status;
}

static Status check_formats(const char *formats, Message *message)
{
    char *copy = strdup(formats);
    if (!copy) {
        return fail_memory(message, "the formats");
    }
    Status status = STATUS_OK;
    char *rest = copy;
    for (char *format = strsep(&rest, ","); format && !status; format = strsep(&rest, ",")) {
        if (!format_is_known(format)) {
            status = fail(message, STATUS_USAGE,
                          "formats: '%s'; expected svg, png or pdf, separated by commas", format);
        }
    }
    free(copy);
    return status;
}

static Status draw_settings(Plot *plot, Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(plot->store, &statement, message,
                                  "SELECT s.setting, e.name, e.baseline, row_number() OVER in_order,"
                                  " count(*) OVER (PARTITION BY e.name) FROM setting s"
                                  " JOIN experiment e ON e.name = s.experiment"
                                  " WINDOW in_order AS (PARTITION BY e.name ORDER BY s.position, s.setting)"
                                  " ORDER BY e.name, s.position, s.setting",
                                  "");
    while (!status && query_next(plot->store, statement, &status, message)) {
        plot->setting = column_text(statement, 0);
        plot->experiment = column_text(statement, 1);
        plot->baseline = column_text(statement, 2);
        plot->number = sqlite3_column_int(statement, 4) > 1 ? sqlite3_column_int(statement, 3) : 0;
        for (size_t i = 0; i < sizeof figure_kind / sizeof *figure_kind && !status; i++) {
            status = draw_kind(plot, &figure_kind[i], message);
        }
    }
    sqlite3_finalize(statement);
    return status;
}

Status plot_store(Store *store, const PlotOptions *options, void (*written)(const char *path, void *context),
                  void *context, Message *message)
{
    Status status = check_formats(options->formats, message);
    if (!status) {
        status = summary_refresh(store, message);
    }
    if (!status) {
        status = make_directory(options->directory, message);
    }
    if (!status) {
        Plot plot = {.store = store, .options = options, .written = written, .context = context};
        status = draw_settings(&plot, message);
    }
    return status;
}
