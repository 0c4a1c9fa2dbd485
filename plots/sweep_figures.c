/* Sweeps are laid out by the positions of their values: one key along x, the others in panels, rows or loops.
 * Of those, what no setting fills is left out: joint settings may pair the values of several keys. */
#include "plots/sweep_figures.h"

#include "results/statistics/places.h"
#include "results/summary/unit_read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 96, TEXT_OF_PANEL = 512 };

static double scale_of(const FigureSource *source)
{
    return source->chosen->setting[0].truth ? source->measure->scale : 1;
}

/* As it is drawn; NaN for a setting that is not there (NULL). */
static Estimate value_of(const FigureSource *source, const ChosenSetting *setting, int e)
{
    if (!setting)
        return (Estimate){NAN, NAN};
    const Estimate value = chosen_value(source->chosen, setting, e, source->measure);
    return (Estimate){value.value * scale_of(source), value.mcse * scale_of(source)};
}

static void put_number(FILE *file, double value)
{
    fprintf(file, isnan(value) ? "\tNaN" : "\t%.10g", value);
}

static void put_text(const FigureSource *source, FILE *file, const char *text)
{
    fputc('\t', file);
    figure_text(file, *text ? text : " ", source->place); /* an empty column would be a missing one */
}

/* Whether the values of the key are numbers that stand well on a linear or, all positive, on a log scale. */
static bool has_scale(const SweepKey *key)
{
    double least = INFINITY;
    double most = 0;
    bool positive = true;
    for (int i = 0; i < key->values; i++) {
        char *end;
        double x = strtod(key->value[i], &end);
        if (end == key->value[i] || *end || !isfinite(x))
            return false;
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
    for (int k = 0; k < chosen->keys; k++)
        panels.count *= k == panels.x ? 1 : chosen->key[k].values;
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

static bool panel_is_filled(const Panels *panels, int panel)
{
    bool filled = false;
    for (int at = 0; at < panels->chosen->key[panels->x].values && !filled; at++)
        filled = panel_setting(panels, panel, at);
    return filled;
}

/* "0.1, linear", or with names "world.ctr = 0.1, world.shape = linear". */
static void panel_text(const Panels *panels, int panel, bool named, char text[TEXT_OF_PANEL])
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
        if (k != panels->x)
            used += (size_t)snprintf(text + used, TEXT_OF_PANEL - used, "%s%s%s%s", used ? ", " : "",
                                     named ? chosen->key[k].name : "", named ? " = " : "",
                                     chosen->key[k].value[value[k]]);
    }
}

Status write_sweep(const FigureSource *source, FILE *file, int *rows, Message *message)
{
    (void)message;
    const Chosen *chosen = source->chosen;
    const Panels panels = panels_of(chosen);
    const SweepKey *key = &chosen->key[panels.x];
    const bool numbers = has_scale(key);
    fputs("# panel\testimator\tx\t", file);
    figure_text(file, key->name, source->place);
    fputs("\tvalue\tmcse\tposition\n", file);
    const char *before = "";
    for (int i = 0; i < panels.count * chosen->estimators; i++) {
        char text[TEXT_OF_PANEL];
        const int e = i % chosen->estimators;
        if (!panel_is_filled(&panels, i / chosen->estimators))
            continue;
        panel_text(&panels, i / chosen->estimators, true, text);
        fputs(before, file);
        before = "\n\n";
        for (int at = 0; at < key->values; at++) {
            const Estimate value = value_of(source, panel_setting(&panels, i / chosen->estimators, at), e);
            figure_text(file, *text ? text : "-", source->place);
            put_text(source, file, chosen->label[e]);
            put_number(file, numbers ? strtod(key->value[at], NULL) : at + 1);
            put_text(source, file, key->value[at]);
            put_number(file, value.value);
            put_number(file, value.mcse);
            fprintf(file, "\t%d\n", chosen->place[e]);
            *rows += !isnan(value.value);
        }
    }
    return STATUS_OK;
}

/* The best of a setting, and those that are not significantly different from it. */
typedef struct Best {
    int estimator; /* -1: no values */
    int ties;
    int tied[2]; /* the first */
} Best;

static void add_tie(Best *best, int e)
{
    if (best->ties < 2)
        best->tied[best->ties] = e;
    best->ties++;
}

/* Whoever may be the best as well, as tables mark it. */
static Status tie_by_replicates(const FigureSource *source, const ChosenSetting *setting, Best *best,
                                Message *message)
{
    const Chosen *chosen = source->chosen;
    const Measure *measure = source->measure;
    MetricGroup *group;
    Status status =
        results_metric_group(chosen->results, setting->index, measure_metric(measure), &group, message);
    if (status)
        return status;
    int *first = calloc((size_t)group->count + 1, sizeof *first);
    UnitValues *values = metric_group_values(group);
    status = first && values ? places_first(values, group->count, measure->better, 1, first, message)
                             : fail_memory(message, "a figure");
    for (int e = 0; e < chosen->estimators && !status; e++) {
        const int place = metric_group_find(group, chosen->estimator[e]);
        if (place >= 0 && e != best->estimator && first[place] != 0)
            add_tie(best, e);
    }
    free(values);
    free(first);
    return status;
}

/* A metric without values per replicate: by two standard errors of the difference, as if independent. */
static void tie_by_error(const FigureSource *source, const ChosenSetting *setting, Best *best)
{
    const Estimate first = value_of(source, setting, best->estimator);
    const double least = measure_loss(source->measure, first.value);
    for (int e = 0; e < source->chosen->estimators; e++) {
        const Estimate value = value_of(source, setting, e);
        const double loss = measure_loss(source->measure, value.value);
        if (e != best->estimator && !isnan(loss) && !(loss - least > 2 * hypot(value.mcse, first.mcse)))
            add_tie(best, e);
    }
}

static Status find_best(const FigureSource *source, const ChosenSetting *setting, Best *best,
                        Message *message)
{
    double least = NAN;
    *best = (Best){.estimator = -1};
    for (int e = 0; e < source->chosen->estimators; e++) {
        const double loss = measure_loss(source->measure, value_of(source, setting, e).value);
        if (!isnan(loss) && (best->estimator < 0 || loss < least)) {
            best->estimator = e;
            least = loss;
        }
    }
    if (best->estimator >= 0 && source->measure->metric)
        return tie_by_replicates(source, setting, best, message);
    if (best->estimator >= 0)
        tie_by_error(source, setting, best);
    return STATUS_OK;
}

static void put_best(const FigureSource *source, FILE *file, const Best *best)
{
    char line[LINE] = "";
    const char *const *name = source->chosen->label;
    fprintf(file, "\t%d", source->chosen->place[best->estimator]);
    put_text(source, file, name[best->estimator]);
    if (best->ties > 0)
        snprintf(line, sizeof line, "= %s", name[best->tied[0]]);
    put_text(source, file, line);
    line[0] = '\0';
    if (best->ties == 2)
        snprintf(line, sizeof line, "= %s", name[best->tied[1]]);
    else if (best->ties > 2)
        snprintf(line, sizeof line, "and %d more", best->ties - 1);
    put_text(source, file, line);
    fprintf(file, "\t%d\n", best->ties);
}

Status write_heatmap(const FigureSource *source, FILE *file, int *rows, Message *message)
{
    const Panels panels = panels_of(source->chosen);
    const SweepKey *key = &source->chosen->key[panels.x];
    Status status = STATUS_OK;
    fprintf(file, "# x\ty\tx value\ty value\tposition\tbest\ttied\ttied\tties\n");
    int y = 0; /* rows so far */
    for (int i = 0; i < panels.count * key->values && !status; i++) {
        char text[TEXT_OF_PANEL];
        Best best = {.estimator = -1};
        const int panel = i / key->values;
        const int x = i % key->values;
        const ChosenSetting *setting = panel_setting(&panels, panel, x);
        y += x == 0 && panel_is_filled(&panels, panel);
        if (setting)
            status = find_best(source, setting, &best, message);
        if (!status && best.estimator >= 0) {
            panel_text(&panels, panel, false, text);
            fprintf(file, "%d\t%d", x + 1, y);
            put_text(source, file, key->value[x]);
            put_text(source, file, text);
            put_best(source, file, &best);
            ++*rows;
        }
    }
    return status;
}

/* The settings in the order of the nested loops, the last key changing fastest; free() the list. NULL without
 * memory. */
static const ChosenSetting **in_loops(const Chosen *chosen, int *count)
{
    const size_t place = sizeof(const ChosenSetting *);
    const ChosenSetting **list = calloc((size_t)chosen->settings, place);
    int places = 1;
    for (int k = 0; k < chosen->keys; k++)
        places *= chosen->key[k].values;
    *count = 0;
    for (int i = 0; list && i < places; i++) {
        int value[MOST_KEYS] = {0};
        for (int k = chosen->keys - 1, rest = i; k >= 0; k--) {
            value[k] = rest % chosen->key[k].values;
            rest /= chosen->key[k].values;
        }
        const ChosenSetting *setting = chosen_setting(chosen, value);
        if (setting)
            list[(*count)++] = setting;
    }
    return list;
}

/* Its values, and how many settings each step of them is long, where it begins. */
static void write_loop_key(const FigureSource *source, int k, const ChosenSetting *const *setting,
                           int settings, FILE *file)
{
    const SweepKey *key = &source->chosen->key[k];
    char title[KEY_TITLE];
    figure_key_title(source, key->name, title);
    for (int i = 0; i < settings; i++) {
        const int value = setting[i]->value[k];
        int step = 0;
        while (i + step < settings && setting[i + step]->value[k] == value)
            step++;
        fprintf(file, "key");
        put_text(source, file, title);
        fprintf(file, "\t%d\t%.10g", i + 1, value / (key->values - 1.0));
        put_text(source, file, key->value[value]);
        fprintf(file, "\t%d\n", i > 0 && setting[i - 1]->value[k] == value ? 0 : step);
    }
}

Status write_nested_loop(const FigureSource *source, FILE *file, int *rows, Message *message)
{
    const Chosen *chosen = source->chosen;
    int settings;
    const ChosenSetting **setting = in_loops(chosen, &settings);
    if (!setting)
        return fail_memory(message, "a figure");
    fprintf(file, "# kind\tname\tsetting\tvalue\tmcse or value of the key\tposition or length of the step\n");
    for (int k = 0; k < chosen->keys; k++) {
        write_loop_key(source, k, setting, settings, file);
        fprintf(file, "\n\n");
    }
    for (int i = 0; i < chosen->estimators * settings; i++) {
        const Estimate value = value_of(source, setting[i % settings], i / settings);
        fputs(i > 0 && i % settings == 0 ? "\n\n" : "", file);
        fprintf(file, "estimator");
        put_text(source, file, chosen->label[i / settings]);
        fprintf(file, "\t%d", i % settings + 1);
        put_number(file, value.value);
        put_number(file, value.mcse);
        fprintf(file, "\t%d\n", chosen->place[i / settings]);
        *rows += !isnan(value.value);
    }
    free((void *)setting);
    return STATUS_OK;
}
