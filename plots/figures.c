/* The table of figures, and the data of those of one setting. */
#include "plots/figures.h"

#include "plots/sweep_figures.h"
#include "results/store/query.h"
#include "results/summary/metric_group.h"
#include "sim/base/suggest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void figure_text(FILE *file, const char *text, int escapes)
{
    for (; *text; text++) {
        for (int i = 0; i < escapes && strchr("_%&#${}", *text); i++)
            fputc('\\', file);
        fputc(*text == '\t' ? ' ' : *text, file);
    }
}

int figure_x_key(const Chosen *chosen)
{
    int x = 0;
    for (int k = 1; k < chosen->keys; k++)
        x = chosen->key[k].values >= chosen->key[x].values ? k : x;
    return x;
}

/* Every replicate's value of the measure, with the estimator's mean and 95 % t interval in each row. */
static Status write_replicates(const FigureSource *source, FILE *file, int *rows, Message *message)
{
    const Measure *measure = source->measure;
    const double scale = source->setting->truth ? measure->scale : 1;
    MetricGroup group;
    Status status =
        metric_group_read(&group, source->store, source->chosen->experiment, source->setting->text,
                          measure->space, measure->task, measure->metric, message);
    fprintf(file, "# estimator\tvalue\tmean\tlow\thigh\n");
    for (int e = 0; e < source->chosen->estimators && !status; e++) {
        int place = metric_group_find(&group, source->chosen->estimator[e]);
        if (place < 0) {
            continue;
        }
        fputs(*rows > 0 ? "\n\n" : "", file);
        const Series *series = &group.series[place];
        const int sample = unit_sample(&series->values, group.value);
        const PairedDifference mean = paired_difference(group.value, sample);
        for (int i = 0; i < series->values.units; i++, ++*rows) {
            figure_text(file, series->estimator, source->escapes);
            fprintf(file, "\t%.10g\t%.10g\t%.10g\t%.10g\n", scale * series->values.unit[i].value,
                    scale * mean.difference, scale * mean.low, scale * mean.high);
        }
    }
    metric_group_clear(&group);
    return status;
}

/* One estimator's cost and accuracy. */
typedef struct Cost {
    double seconds, value, mcse, loss;
} Cost;

static Status read_cost(const FigureSource *source, const Measure *seconds, const char *estimator, Cost *cost,
                        Message *message)
{
    const char *experiment = source->chosen->experiment;
    const ChosenSetting *setting = source->setting;
    double error;
    Status status = measure_read(source->store, experiment, setting->text, estimator, seconds, setting->truth,
                                 &cost->seconds, &error, message);
    if (!status) {
        status = measure_read(source->store, experiment, setting->text, estimator, source->measure,
                              setting->truth, &cost->value, &cost->mcse, message);
    }
    cost->loss = measure_loss(source->measure, cost->value);
    return status;
}

/* No other is at least as fast and as good, and better in one of the two. */
static int is_efficient(const Cost *cost, int n, int e)
{
    for (int o = 0; o < n; o++) {
        if (cost[o].seconds <= cost[e].seconds && cost[o].loss <= cost[e].loss &&
            (cost[o].seconds < cost[e].seconds || cost[o].loss < cost[e].loss)) {
            return 0;
        }
    }
    return 1;
}

/* Training seconds beside the measure. */
static Status write_cost(const FigureSource *source, FILE *file, int *rows, Message *message)
{
    const Chosen *chosen = source->chosen;
    const int n = chosen->estimators;
    const double scale = source->setting->truth ? source->measure->scale : 1;
    Measure seconds;
    Cost *cost = calloc((size_t)n, sizeof *cost);
    Status status = cost ? measure_parse("seconds", &seconds, message) : fail_memory(message, "a figure");
    for (int e = 0; e < n && !status; e++) {
        status = read_cost(source, &seconds, chosen->estimator[e], &cost[e], message);
    }
    fprintf(file, "# estimator\tseconds\tvalue\tmcse\tefficient\tplace\n");
    for (int e = 0; e < n && !status; e++) {
        if (cost[e].seconds > 0 && !isnan(cost[e].value)) {
            figure_text(file, chosen->estimator[e], source->escapes);
            fprintf(file, "\t%.10g\t%.10g\t%.10g\t%d\t%d\n", cost[e].seconds, scale * cost[e].value,
                    scale * cost[e].mcse, is_efficient(cost, n, e), chosen->place[e]);
            ++*rows;
        }
    }
    free(cost);
    return status;
}

/* Stores of versions without the risk layer do not have its view. */
static Status has_risk(const FigureSource *source, int *has, Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(source->store, &statement, message,
                                  "SELECT 1 FROM pragma_table_list WHERE name = 'risk_summary'", "");
    *has = !status && query_next(source->store, statement, &status, message);
    sqlite3_finalize(statement);
    return status;
}

/* Theory beside simulation: a block for each fixed predictor, a row for each estimator of its loss. */
static Status write_risk(const FigureSource *source, FILE *file, int *rows, Message *message)
{
    enum { NUMBERS = 7, TEXTS = 2 };
    char last[128] = "";
    int has = 0;
    sqlite3_stmt *statement = NULL;
    Status status = has_risk(source, &has, message);
    if (status || !has) {
        return status;
    }
    status =
        query_prepare(source->store, &statement, message,
                      "SELECT predictor, estimator, estimate_mean, ideal, bias, bias_mcse, bias_theory, sd,"
                      " sd_theory FROM risk_summary WHERE experiment = ?1 AND setting = ?2",
                      "tt", source->chosen->experiment, source->setting->text);
    fprintf(file, "# predictor\testimator\testimate\tideal\tbias\tmcse\ttheory\tsd\ttheory\n");
    for (; !status && query_next(source->store, statement, &status, message); ++*rows) {
        const char *predictor = column_text(statement, 0);
        fputs(*rows > 0 && strcmp(predictor, last) != 0 ? "\n\n" : "", file);
        snprintf(last, sizeof last, "%s", predictor);
        figure_text(file, predictor, source->escapes);
        fputc('\t', file);
        figure_text(file, column_text(statement, 1), source->escapes);
        for (int c = TEXTS; c < TEXTS + NUMBERS; c++) {
            const double value = column_double(statement, c);
            fprintf(file, isnan(value) ? "\tNaN" : "\t%.10g", value);
        }
        fputc('\n', file);
    }
    sqlite3_finalize(statement);
    return status;
}

const FigureKind figure_table[] = {
    {.name = "bias_variance",
     .caption = "Squared bias and variance of each estimator",
     .suits = SUITS_TRUTH,
     .sql = "SELECT estimator, bias_sq, variance, mse, mse_mcse FROM bias_variance"
            " WHERE experiment = ?1 AND setting = ?2 AND variance IS NOT NULL"},
    {.name = "decile",
     .caption = "Bias and standard deviation by decile of the true click propensity",
     .suits = SUITS_TRUTH,
     .sql =
         "SELECT estimator, decile, mean_p_o, mean_bias, mean_bias_mcse, bias_sq, variance FROM decile WHERE"
         " experiment = ?1 AND setting = ?2",
     .blocks = true},
    {.name = "calibration",
     .caption = "Predicted against true conversion rate",
     .suits = SUITS_TRUTH,
     .sql = "SELECT estimator, bin, predicted, p_r, p_r_mcse FROM calibration WHERE experiment = ?1 AND "
            "setting ="
            " ?2",
     .blocks = true},
    {.name = "replicates",
     .caption = "The replicates one by one",
     .suits = SUITS_LABELS,
     .metric = {"mse"},
     .needs_replicates = true,
     .write = write_replicates},
    {.name = "cost", .caption = "Error against training time", .metric = {"mse"}, .write = write_cost},
    {.name = "sweep",
     .caption = "Along the sweep",
     .scope = OF_SWEEP,
     .keys = 1,
     .suits = SUITS_ONE_KEY | SUITS_TWO_KEYS,
     .metric = {"mean_bias", "mse"},
     .write = write_sweep},
    {.name = "heatmap",
     .caption = "The best estimator of each setting",
     .scope = OF_SWEEP,
     .keys = 2,
     .suits = SUITS_TWO_KEYS | SUITS_MORE_KEYS,
     .metric = {"mse"},
     .write = write_heatmap},
    {.name = "nested_loop",
     .caption = "All settings, the keys nested in each other",
     .scope = OF_SWEEP,
     .keys = 1,
     .suits = SUITS_MORE_KEYS,
     .metric = {"mean_bias", "mse"},
     .write = write_nested_loop},
    {.name = "risk",
     .caption = "Bias and standard deviation of the estimated loss of fixed predictions",
     .suits = SUITS_TRUTH | SUITS_LABELS,
     .of_risk = true,
     .write = write_risk},
    {0},
};

enum { FIGURES = sizeof figure_table / sizeof *figure_table - 1 };

Status figure_check_name(const char *name, Message *message)
{
    const char *known[FIGURES];
    for (int i = 0; i < FIGURES; i++) {
        known[i] = figure_table[i].name;
        if (!strcmp(known[i], name))
            return STATUS_OK;
    }
    return fail_unknown(message, NULL, "figure", name, &(KnownNames){known, FIGURES, NULL});
}

bool figure_suits(const FigureKind *kind, const Chosen *chosen)
{
    const FigureSuits with_sweep[] = {SUITS_ONE_KEY, SUITS_TWO_KEYS, SUITS_MORE_KEYS};
    if (chosen->keys > 0)
        return kind->suits & with_sweep[chosen->keys < 3 ? chosen->keys - 1 : 2];
    return kind->suits & (chosen->setting[0].truth ? SUITS_TRUTH : SUITS_LABELS);
}

void figure_help(char text[FIGURE_HELP])
{
    static const struct {
        FigureSuits suits;
        const char *experiment;
    } row[] = {{SUITS_TRUTH, "no sweep, truth known"},
               {SUITS_LABELS, "no sweep, truth unknown"},
               {SUITS_ONE_KEY, "a sweep of one key"},
               {SUITS_TWO_KEYS, "a sweep of two keys"},
               {SUITS_MORE_KEYS, "a sweep of more keys"}};
    FILE *file = fmemopen(text, FIGURE_HELP, "w");
    text[0] = 0;
    if (!file) /* error messages have the names too */
        return;
    for (const FigureKind *kind = figure_table; kind->name; kind++)
        fprintf(file, "  %-24s %s\n", kind->name, kind->caption);
    fputs("drawn by default of an experiment with", file);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        const char *before = "";
        fprintf(file, "\n  %-24s ", row[i].experiment);
        for (const FigureKind *kind = figure_table; kind->name; kind++) {
            if (kind->suits & row[i].suits) {
                fprintf(file, "%s%s", before, kind->name);
                before = ", ";
            }
        }
    }
    (void)fclose(file);
}
