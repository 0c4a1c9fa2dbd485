#include "plots/sweep_figures.h"

#include "results/summary/metric_group.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 96, TEXT_OF_PANEL = 512 };

static double scale_of(const FigureSource *source)
{
    return source->chosen->setting[0].truth ? source->measure->scale : 1;
}

static Status read_value(const FigureSource *source, const ChosenSetting *setting, int e, double *value,
                         double *mcse, Message *message)
{
    *value = NAN;
    *mcse = NAN;
    Status status = STATUS_OK;
    if (setting) {
        status =
            measure_read(source->store, source->chosen->experiment, setting->text,
                         source->chosen->estimator[e], source->measure, setting->truth, value, mcse, message);
    }
    *value *= scale_of(source);
    *mcse *= scale_of(source);
    return status;
}

static void put_number(FILE *file, double value)
{
    fprintf(file, isnan(value) ? "\tNaN" : "\t%.10g", value);
}

static void put_text(const FigureSource *source, FILE *file, const char *text)
{
    fputc('\t', file);
    figure_text(file, *text ? text : " ", source->escapes); /* an empty column would be a missing one */
}

/* 1 if the values of the key are numbers that stand well on a linear or, all positive, on a log scale. */
static int has_scale(const SweepKey *key)
{
    double least = INFINITY;
    double most = 0;
    int positive = 1;
    for (int i = 0; i < key->values; i++) {
        char *end;
        double x = strtod(key->value[i], &end);
        if (end == key->value[i] || *end || !isfinite(x)) {
            return 0;
        }
        positive &= x > 0;
        most = fmax(most, fabs(x));
        least = x != 0 ? fmin(least, fabs(x)) : least;
    }
    return positive || most < 30 * least;
}

/* The settings in the order of their keys but `x`, which changes fastest. */
typedef struct Panels {
    int x, count;
    const Chosen *chosen;
} Panels;

static Panels panels_of(const Chosen *chosen)
{
    Panels panels = {.x = figure_x_key(chosen), .count = 1, .chosen = chosen};
    for (int k = 0; k < chosen->keys; k++) {
        panels.count *= k == panels.x ? 1 : chosen->key[k].values;
    }
    return panels;
}

static const ChosenSetting *panel_setting(const Panels *panels, int panel, int at)
{
    int value[MOST_KEYS] = {0};
    for (int k = panels->chosen->keys - 1; k >= 0; k--) {
        if (k == panels->x) {
            value[k] = at;
        } else {
            value[k] = panel % panels->chosen->key[k].values;
            panel /= panels->chosen->key[k].values;
        }
    }
    return chosen_setting(panels->chosen, value);
}

/* "0.1, linear" */
static void panel_text(const Panels *panels, int panel, char text[TEXT_OF_PANEL])
{
    const Chosen *chosen = panels->chosen;
    int value[MOST_KEYS] = {0};
    for (int k = chosen->keys - 1; k >= 0; k--) {
        if (k != panels->x) {
            value[k] = panel % chosen->key[k].values;
            panel /= chosen->key[k].values;
        }
    }
    size_t used = 0;
    text[0] = '\0';
    for (int k = 0; k < chosen->keys && used < TEXT_OF_PANEL; k++) {
        if (k != panels->x) {
            used += (size_t)snprintf(text + used, TEXT_OF_PANEL - used, "%s%s", used ? ", " : "",
                                     chosen->key[k].value[value[k]]);
        }
    }
}

Status write_sweep(const FigureSource *source, FILE *file, int *rows, Message *message)
{
    const Chosen *chosen = source->chosen;
    const Panels panels = panels_of(chosen);
    const SweepKey *key = &chosen->key[panels.x];
    const int numbers = has_scale(key);
    Status status = STATUS_OK;
    fprintf(file, "# panel\testimator\tx\t%s\tvalue\tmcse\tplace\n", key->name);
    for (int i = 0; i < panels.count * chosen->estimators && !status; i++) {
        char text[TEXT_OF_PANEL];
        const int e = i % chosen->estimators;
        panel_text(&panels, i / chosen->estimators, text);
        fputs(i > 0 ? "\n\n" : "", file);
        for (int at = 0; at < key->values && !status; at++) {
            double value;
            double mcse;
            status = read_value(source, panel_setting(&panels, i / chosen->estimators, at), e, &value, &mcse,
                                message);
            figure_text(file, *text ? text : "-", source->escapes);
            put_text(source, file, chosen->estimator[e]);
            put_number(file, numbers ? strtod(key->value[at], NULL) : at + 1);
            put_text(source, file, key->value[at]);
            put_number(file, value);
            put_number(file, mcse);
            fprintf(file, "\t%d\n", chosen->place[e]);
            *rows += !isnan(value);
        }
    }
    return status;
}

/* The best of a setting, and who is not told from it. */
typedef struct Best {
    int estimator; /* -1: no values */
    int ties;
    int tied[2]; /* the first */
} Best;

static void add_tie(Best *best, int e)
{
    if (best->ties < 2) {
        best->tied[best->ties] = e;
    }
    best->ties++;
}

/* By paired t tests with Holm's correction, at the level of ranks. */
static Status tie_by_replicates(const FigureSource *source, const ChosenSetting *setting, Best *best,
                                Message *message)
{
    const Chosen *chosen = source->chosen;
    const Measure *measure = source->measure;
    MetricGroup group;
    Status status = metric_group_read(&group, source->store, chosen->experiment, setting->text,
                                      measure->space, measure->task, measure->metric, message);
    int place = status ? -1 : metric_group_find(&group, chosen->estimator[best->estimator]);
    if (place >= 0) {
        status = metric_group_compare(&group, place, message);
    }
    for (int e = 0; e < chosen->estimators && place >= 0 && !status; e++) {
        int other = metric_group_find(&group, chosen->estimator[e]);
        if (other >= 0 && other != place && !(group.p[other] < RANK_LEVEL)) {
            add_tie(best, e);
        }
    }
    metric_group_clear(&group);
    return status;
}

/* A measure without values per replicate: by two standard errors of the difference, as if independent. */
static void tie_by_error(const double *loss, const double *mcse, int n, Best *best)
{
    for (int e = 0; e < n; e++) {
        double error = hypot(mcse[e], mcse[best->estimator]);
        if (e != best->estimator && !isnan(loss[e]) && !(loss[e] - loss[best->estimator] > 2 * error)) {
            add_tie(best, e);
        }
    }
}

static Status find_best(const FigureSource *source, const ChosenSetting *setting, Best *best,
                        Message *message)
{
    const int n = source->chosen->estimators;
    double *loss = calloc(2 * (size_t)n, sizeof *loss);
    double *mcse = loss + n;
    Status status = loss ? STATUS_OK : fail_memory(message, "a figure");
    *best = (Best){.estimator = -1};
    for (int e = 0; e < n && !status; e++) {
        status = read_value(source, setting, e, &loss[e], &mcse[e], message);
        loss[e] = measure_loss(source->measure, loss[e]);
        if (!isnan(loss[e]) && (best->estimator < 0 || loss[e] < loss[best->estimator])) {
            best->estimator = e;
        }
    }
    if (!status && best->estimator >= 0) {
        if (source->measure->metric) {
            status = tie_by_replicates(source, setting, best, message);
        } else {
            tie_by_error(loss, mcse, n, best);
        }
    }
    free(loss);
    return status;
}

static void put_best(const FigureSource *source, FILE *file, const Best *best)
{
    char line[LINE] = "";
    char *const *name = source->chosen->estimator;
    fprintf(file, "\t%d", source->chosen->place[best->estimator]);
    put_text(source, file, name[best->estimator]);
    if (best->ties > 0) {
        snprintf(line, sizeof line, "= %s", name[best->tied[0]]);
    }
    put_text(source, file, line);
    line[0] = '\0';
    if (best->ties == 2) {
        snprintf(line, sizeof line, "= %s", name[best->tied[1]]);
    } else if (best->ties > 2) {
        snprintf(line, sizeof line, "and %d more", best->ties - 1);
    }
    put_text(source, file, line);
    fprintf(file, "\t%d\n", best->ties);
}

Status write_heatmap(const FigureSource *source, FILE *file, int *rows, Message *message)
{
    const Panels panels = panels_of(source->chosen);
    const SweepKey *key = &source->chosen->key[panels.x];
    Status status = STATUS_OK;
    fprintf(file, "# x\ty\tx value\ty value\tplace\tbest\ttied\ttied\tties\n");
    for (int i = 0; i < panels.count * key->values && !status; i++) {
        char text[TEXT_OF_PANEL];
        Best best = {.estimator = -1};
        const int y = i / key->values;
        const int x = i % key->values;
        const ChosenSetting *setting = panel_setting(&panels, y, x);
        if (setting) {
            status = find_best(source, setting, &best, message);
        }
        if (!status && best.estimator >= 0) {
            panel_text(&panels, y, text);
            fprintf(file, "%d\t%d", x + 1, y + 1);
            put_text(source, file, key->value[x]);
            put_text(source, file, text);
            put_best(source, file, &best);
            ++*rows;
        }
    }
    return status;
}

/* Places of the values of a setting in the order of the nested loops. */
static void loop_values(const Chosen *chosen, int number, int value[MOST_KEYS])
{
    for (int k = chosen->keys - 1; k >= 0; k--) {
        value[k] = number % chosen->key[k].values;
        number /= chosen->key[k].values;
    }
}

static void write_loop_key(const FigureSource *source, int k, int settings, FILE *file)
{
    const SweepKey *key = &source->chosen->key[k];
    for (int i = 0; i < settings; i++) {
        int value[MOST_KEYS] = {0};
        loop_values(source->chosen, i, value);
        fprintf(file, "key");
        put_text(source, file, key->name);
        fprintf(file, "\t%d\t%.10g", i + 1, value[k] / (key->values - 1.0));
        put_text(source, file, key->value[value[k]]);
        fputc('\n', file);
    }
}

Status write_nested_loop(const FigureSource *source, FILE *file, int *rows, Message *message)
{
    const Chosen *chosen = source->chosen;
    int settings = 1;
    for (int k = 0; k < chosen->keys; k++) {
        settings *= chosen->key[k].values;
    }
    fprintf(file, "# kind\tname\tsetting\tvalue\tmcse or value of the key\tplace\n");
    for (int k = 0; k < chosen->keys; k++) {
        write_loop_key(source, k, settings, file);
        fprintf(file, "\n\n");
    }
    Status status = STATUS_OK;
    for (int i = 0; i < chosen->estimators * settings && !status; i++) {
        int place[MOST_KEYS] = {0};
        double value;
        double mcse;
        loop_values(chosen, i % settings, place);
        status = read_value(source, chosen_setting(chosen, place), i / settings, &value, &mcse, message);
        fputs(i > 0 && i % settings == 0 ? "\n\n" : "", file);
        fprintf(file, "estimator");
        put_text(source, file, chosen->estimator[i / settings]);
        fprintf(file, "\t%d", i % settings + 1);
        put_number(file, value);
        put_number(file, mcse);
        fprintf(file, "\t%d\n", chosen->place[i / settings]);
        *rows += !isnan(value);
    }
    return status;
}
