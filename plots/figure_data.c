/* Tab-separated rows out of the results, for gnuplot. */
#include "plots/figure_data.h"

#include "results/statistics/places.h"
#include "results/statistics/propensity_metrics.h"
#include "results/statistics/stream_periods.h"
#include "results/summary/unit_read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const EstimatorResults *cell_of(const FigureSource *source, int estimator)
{
    const Chosen *chosen = source->chosen;
    return results_cell(chosen->results, source->setting->index, chosen->place[estimator]);
}

/* Writes the rest of a row: numbers, NaN where there is none. */
static void put_numbers(FILE *file, const double *value, int count)
{
    for (int i = 0; i < count; i++)
        fprintf(file, isnan(value[i]) ? "\tNaN" : "\t%.10g", value[i]);
    fputc('\n', file);
}

Status write_bias_variance(const FigureSource *source, FILE *file, int *rows, Message *message)
{
    (void)message;
    fprintf(file, "# estimator\tbias_sq\tvariance\tmse\tmse_mcse\n");
    for (int e = 0; e < source->chosen->estimators; e++) {
        const BiasVarianceSummary *all = &cell_of(source, e)->all;
        if (isnan(all->variance.value))
            continue;
        const double value[] = {all->bias_sq.value, all->variance.value, all->mse.value, all->mse.mcse};
        figure_text(file, source->chosen->label[e], source->place);
        put_numbers(file, value, 4);
        ++*rows;
    }
    return STATUS_OK;
}

/* Starts the row of an estimator: the first of a block after two blank lines. */
static void begin_row(const FigureSource *source, FILE *file, int estimator, bool first_of_block, int *rows)
{
    fputs(first_of_block && *rows > 0 ? "\n\n" : "", file);
    figure_text(file, source->chosen->label[estimator], source->place);
    ++*rows;
}

Status write_decile(const FigureSource *source, FILE *file, int *rows, Message *message)
{
    (void)message;
    fprintf(file, "# estimator\tdecile\tmean_p_o\tmean_bias\tmean_bias_mcse\tbias_sq\tvariance\n");
    for (int e = 0; e < source->chosen->estimators; e++) {
        const EstimatorResults *cell = cell_of(source, e);
        bool first = true;
        for (int d = 0; d < DECILES; d++) {
            const BiasVarianceSummary *decile = &cell->decile[d];
            if (decile->replicates == 0)
                continue;
            const double value[] = {d + 1,
                                    decile->mean_p_o,
                                    decile->mean_bias.value,
                                    decile->mean_bias.mcse,
                                    decile->bias_sq.value,
                                    decile->variance.value};
            begin_row(source, file, e, first, rows);
            put_numbers(file, value, 6);
            first = false;
        }
    }
    return STATUS_OK;
}

Status write_calibration(const FigureSource *source, FILE *file, int *rows, Message *message)
{
    (void)message;
    fprintf(file, "# estimator\tbin\tpredicted\tp_r\tp_r_mcse\n");
    for (int e = 0; e < source->chosen->estimators; e++) {
        const EstimatorResults *cell = cell_of(source, e);
        bool first = true;
        for (int b = 0; b < CALIBRATION_BINS; b++) {
            const CalibrationBin *bin = &cell->bin[b];
            if (bin->replicates == 0)
                continue;
            const double value[] = {b + 1, bin->predicted.value, bin->p_r.value, bin->p_r.mcse};
            begin_row(source, file, e, first, rows);
            put_numbers(file, value, 4);
            first = false;
        }
    }
    return STATUS_OK;
}

Status write_replicates(const FigureSource *source, FILE *file, int *rows, Message *message)
{
    const Measure *measure = source->measure;
    const double scale = source->setting->truth ? measure->scale : 1;
    MetricGroup *group;
    Status status = results_metric_group(source->chosen->results, source->setting->index,
                                         measure_metric(measure), &group, message);
    fprintf(file, "# estimator\tvalue\tmean\tlow\thigh\n");
    for (int e = 0; e < source->chosen->estimators && !status; e++) {
        const int place = metric_group_find(group, source->chosen->estimator[e]);
        if (place < 0)
            continue;
        const UnitValues *values = &group->series[place].values;
        const PairedDifference mean = unit_difference(values, 0);
        for (int i = 0; i < values->units; i++) {
            begin_row(source, file, e, i == 0, rows);
            fprintf(file, "\t%.10g\t%.10g\t%.10g\t%.10g\n", scale * values->unit[i].value,
                    scale * mean.difference, scale * mean.low, scale * mean.high);
        }
    }
    return status;
}

static Estimate period_value(const FigureSource *source, int estimator, const char *metric, int period)
{
    const MetricName name = {stream_period_spaces[period], "cvr", metric};
    return results_metric_centre(source->chosen->results, source->setting->index,
                                 source->chosen->place[estimator], name)
        .mean;
}

Status write_stream(const FigureSource *source, FILE *file, int *rows, Message *message)
{
    (void)message;
    const double scale = source->setting->truth ? source->measure->scale : 1;
    fputs("# panel\testimator\tday\tday\tvalue\tmcse\tposition\n", file);
    for (int e = 0; e < source->chosen->estimators; e++) {
        int known = 0;
        for (int k = 0; k < STREAM_PERIODS; k++) {
            const double day = period_value(source, e, period_metric_table->name, k).value;
            const Estimate value = period_value(source, e, source->measure->metric, k);
            if (isnan(value.value))
                continue;
            fputs(known == 0 && *rows > 0 ? "\n\n-\t" : "-\t", file);
            figure_text(file, source->chosen->label[e], source->place);
            fprintf(file, "\t%.10g\t%.3g", day, day);
            put_numbers(
                file, (const double[]){scale * value.value, scale * value.mcse, source->chosen->place[e]}, 3);
            known++;
            ++*rows;
        }
    }
    return STATUS_OK;
}

static Estimate propensity_value(const FigureSource *source, int estimator, const PropensityMetric *metric)
{
    const MetricName name = {metric->space, "propensity", metric->metric.name};
    return results_metric_centre(source->chosen->results, source->setting->index,
                                 source->chosen->place[estimator], name)
        .mean;
}

/* Whoever divides by propensities has the first metric. */
Status write_propensity(const FigureSource *source, FILE *file, int *rows, Message *message)
{
    (void)message;
    fprintf(file, "# metric\testimator\tmean\tmcse\n");
    for (const PropensityMetric *m = propensity_metric_table; m->metric.name; m++) {
        bool first = true;
        for (int e = 0; e < source->chosen->estimators; e++) {
            const Estimate mean = propensity_value(source, e, m);
            if (isnan(propensity_value(source, e, propensity_metric_table).value))
                continue;
            fputs(first && *rows > 0 ? "\n\n" : "", file);
            for (const char *c = m->metric.name; *c; c++)
                fputc(*c == '_' ? ' ' : *c, file);
            fputc('\t', file);
            figure_text(file, source->chosen->label[e], source->place);
            put_numbers(file, (const double[]){mean.value, mean.mcse}, 2);
            first = false;
            ++*rows;
        }
    }
    return STATUS_OK;
}

/* One estimator's cost and accuracy. */
typedef struct Cost {
    Estimate seconds, metric;
    double loss;
    bool outside; /* its seconds are of another kind */
} Cost;

/* Whether no other is at least as fast and as good, and better in one of the two. */
static bool is_efficient(const Cost *cost, int n, int e)
{
    if (cost[e].outside)
        return false;
    for (int o = 0; o < n; o++)
        if (!cost[o].outside && cost[o].seconds.value <= cost[e].seconds.value &&
            cost[o].loss <= cost[e].loss &&
            (cost[o].seconds.value < cost[e].seconds.value || cost[o].loss < cost[e].loss))
            return false;
    return true;
}

Status write_cost(const FigureSource *source, FILE *file, int *rows, Message *message)
{
    const Chosen *chosen = source->chosen;
    const int n = chosen->estimators;
    const double scale = source->setting->truth ? source->measure->scale : 1;
    Measure seconds;
    Status status = measure_parse("seconds", &seconds, message);
    if (status)
        return status;
    Cost *cost = calloc((size_t)n + 1, sizeof *cost);
    if (!cost)
        return fail_memory(message, "a figure");
    for (int e = 0; e < n; e++) {
        cost[e].seconds = chosen_value(chosen, source->setting, e, &seconds);
        cost[e].metric = chosen_value(chosen, source->setting, e, source->measure);
        cost[e].loss = measure_loss(source->measure, cost[e].metric.value);
        cost[e].outside = chosen->results->outside[chosen->place[e]];
    }
    fprintf(file, "# estimator\tseconds\tvalue\tmcse\tefficient\tposition\n");
    for (int e = 0; e < n; e++) {
        if (!(cost[e].seconds.value > 0) || isnan(cost[e].metric.value))
            continue;
        begin_row(source, file, e, false, rows);
        fputs(cost[e].outside ? "†" : "", file);
        fprintf(file, "\t%.10g\t%.10g\t%.10g\t%d\t%d\n", cost[e].seconds.value, scale * cost[e].metric.value,
                scale * cost[e].metric.mcse, is_efficient(cost, n, e), chosen->place[e]);
    }
    free(cost);
    return STATUS_OK;
}

/* By place, of equals in the order of the experiment. */
static bool ranks_before(const Rank *a, const Rank *b)
{
    return a->place != b->place ? a->place < b->place : a->low + a->high < b->low + b->high;
}

Status write_ranks(const FigureSource *source, FILE *file, int *rows, Message *message)
{
    const Chosen *chosen = source->chosen;
    const Measure *measure = source->measure;
    const size_t n = (size_t)chosen->estimators;
    MetricGroup *group;
    Status status = results_metric_group(chosen->results, source->setting->index, measure_metric(measure),
                                         &group, message);
    if (status)
        return status;
    Rank *rank = calloc((size_t)group->count + 1, sizeof *rank);
    int *order = calloc(n + 1, sizeof *order);
    int count = 0;
    UnitValues *values = metric_group_values(group);
    status = rank && order && values ? places_by_loss(values, group->count, measure->better,
                                                      measure->column ? 0 : 1, rank, message)
                                     : fail_memory(message, "a figure");
    for (int e = 0; e < chosen->estimators && !status; e++) {
        const int series = metric_group_find(group, chosen->estimator[e]);
        int at = count;
        if (series < 0 || rank[series].place == 0)
            continue;
        while (at > 0 && ranks_before(&rank[series],
                                      &rank[metric_group_find(group, chosen->estimator[order[at - 1]])])) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = e;
        count++;
    }
    fprintf(file, "# estimator\trank\tlow\thigh\tposition\n");
    for (int i = 0; i < count; i++) {
        const Rank *one = &rank[metric_group_find(group, chosen->estimator[order[i]])];
        begin_row(source, file, order[i], false, rows);
        fprintf(file, "\t%d\t%d\t%d\t%d\n", one->place, one->low, one->high, chosen->place[order[i]]);
    }
    free(values);
    free(rank);
    free(order);
    return status;
}

/* Test exposures by the logit of their click propensity, in bins of LOGIT_STEP from -LOGIT_END. */
enum { LOGIT_END = 12, LOGIT_STEPS = 4, LOGIT_BINS = 2 * LOGIT_END * LOGIT_STEPS };

typedef struct Overlap {
    double count[2][LOGIT_BINS]; /* without a click, and with one */
    double all[2];
} Overlap;

static Status count_clicks(const WorldClicks *world, void *context, Message *message)
{
    Overlap *overlap = context;
    (void)message;
    for (size_t i = 0; i < world->rows; i++) {
        const double logit = log(world->p_o[i] / (1 - world->p_o[i]));
        const int bin = (int)floor((fmin(fmax(logit, -LOGIT_END), LOGIT_END) + LOGIT_END) * LOGIT_STEPS);
        const int clicked = world->click[i] != 0;
        overlap->count[clicked][bin < LOGIT_BINS ? bin : LOGIT_BINS - 1]++;
        overlap->all[clicked]++;
    }
    return STATUS_OK;
}

static double propensity_at(int bin)
{
    return 1 / (1 + exp(LOGIT_END - (double)bin / LOGIT_STEPS));
}

Status write_overlap(const FigureSource *source, FILE *file, int *rows, Message *message)
{
    Overlap overlap = {0};
    Status status =
        results_clicks(source->chosen->results, source->setting->index, count_clicks, &overlap, message);
    int first = 0, last = LOGIT_BINS - 1;
    if (status || overlap.all[0] + overlap.all[1] == 0)
        return status;
    while (overlap.count[0][first] + overlap.count[1][first] == 0)
        first++;
    while (overlap.count[0][last] + overlap.count[1][last] == 0)
        last--;
    fprintf(file, "# low\thigh\tclicked\tnot_clicked\n");
    for (int b = first; b <= last; b++) {
        fprintf(file, "%.10g\t%.10g\t%.10g\t%.10g\n", propensity_at(b), propensity_at(b + 1),
                overlap.count[1][b] / fmax(overlap.all[1], 1), overlap.count[0][b] / fmax(overlap.all[0], 1));
        ++*rows;
    }
    return STATUS_OK;
}

Status write_risk(const FigureSource *source, FILE *file, int *rows, Message *message)
{
    (void)message;
    const ExperimentResults *results = source->chosen->results;
    const char *last = "";
    fprintf(file, "# predictor\testimator\testimate\tideal\tbias\tmcse\ttheory\tsd\ttheory\n");
    for (int i = 0; i < results->risk_rows; i++) {
        const RiskSummary *r = &results->risk_row[i];
        if (r->setting != source->setting->index || r->replicates == 0)
            continue;
        const double value[] = {r->estimate_mean, r->ideal, r->bias.value, r->bias.mcse,
                                r->bias_theory,   r->sd,    r->sd_theory};
        fputs(*rows > 0 && strcmp(r->predictor, last) != 0 ? "\n\n" : "", file);
        last = r->predictor;
        figure_text(file, r->predictor, source->place);
        fputc('\t', file);
        figure_text(file, r->estimator, source->place);
        put_numbers(file, value, 7);
        ++*rows;
    }
    return STATUS_OK;
}
