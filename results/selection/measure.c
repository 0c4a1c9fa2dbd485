/* One table of what is made of all replicates; metrics of a replicate are those of
 * results/statistics/metrics.h. */
#include "results/selection/measure.h"

#include "sim/base/suggest.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SQUARES = 10000, MOST_NAMES = 64 };

/* The offset of what is not in BiasVarianceSummary. */
#define NO_COLUMN SIZE_MAX

/* Measures of BiasVarianceSummary, what is known of the units themselves, and ranks. */
static const struct TruthColumn {
    const char *name, *header, *metric;
    double scale;
    size_t offset; /* of the Estimate in BiasVarianceSummary */
    Better better;
    bool by_decile;
    size_t in_cell; /* offset of the number in EstimatorResults, which is known without the truth too */
} truth_column[] = {
    {"mean_bias", "mean bias", NULL, 1, offsetof(BiasVarianceSummary, mean_bias), BETTER_ONE, true,
     NO_COLUMN},
    {"relative_bias", "bias %", NULL, 100, offsetof(BiasVarianceSummary, relative_bias), BETTER_ONE, false,
     NO_COLUMN},
    {"bias_sq", "bias² (1e-4)", NULL, SQUARES, offsetof(BiasVarianceSummary, bias_sq), BETTER_LOW, true,
     NO_COLUMN},
    {"variance", "variance (1e-4)", NULL, SQUARES, offsetof(BiasVarianceSummary, variance), BETTER_LOW, true,
     NO_COLUMN},
    {"mse", "mse (1e-4)", "mse", SQUARES, offsetof(BiasVarianceSummary, mse), BETTER_LOW, false, NO_COLUMN},
    {"seconds", "seconds", NULL, 1, offsetof(BiasVarianceSummary, seconds), BETTER_LOW, false,
     offsetof(EstimatorResults, seconds)},
    {"parameters", "parameters", NULL, 1, NO_COLUMN, BETTER_LOW, false,
     offsetof(EstimatorResults, parameters)},
    {"rank", "rank", "mse", 1, NO_COLUMN, BETTER_LOW, false, NO_COLUMN},
    {"rank_all", "rank, all at once", "mse", 1, NO_COLUMN, BETTER_LOW, false, NO_COLUMN},
};
enum { TRUTH_COLUMNS = sizeof truth_column / sizeof *truth_column };

static const struct {
    const char *name, *header;
    bool at_k;
} metric_header[] = {
    {"auc", "AUC", false},      {"pr_auc", "PR-AUC", false}, {"gauc", "GAUC", false},
    {"uauc", "UAUC", false},    {"ndcg", "NDCG", true},      {"f1", "F1", true},
    {"recall", "Recall", true}, {"ece", "ECE", false},       {"segment_ece", "segment ECE", false},
    {"regret", "regret", true},
};

/* The word that the text is, or NULL. */
static const char *one_of(const char *const *word, const char *text)
{
    while (*word && strcmp(*word, text) != 0)
        word++;
    return *word;
}

static const struct {
    const char *word, *header;
    Centre centre;
} centres[] = {{"median", "median", CENTRE_MEDIAN}, {"trimmed", "trimmed mean", CENTRE_TRIMMED}};
enum { CENTRES = sizeof centres / sizeof *centres };

static bool take_centre(const char *word, Measure *measure)
{
    for (int i = 0; i < CENTRES; i++) {
        if (!strcmp(centres[i].word, word)) {
            measure->centre = centres[i].centre;
            return true;
        }
    }
    return false;
}

static Status unknown_name(const char *name, Message *message)
{
    const char *known[MOST_NAMES];
    int count = 0;
    for (int i = 0; i < TRUTH_COLUMNS; i++)
        known[count++] = truth_column[i].name;
    for (int i = 0; metric_at(i).metric && count < MOST_NAMES; i++)
        known[count++] = metric_at(i).metric->name;
    const KnownNames names = {
        known, count,
        "mean_bias, bias_sq, variance, mse, rank, rank_all, seconds, parameters or one of `cvrlab list "
        "metrics`"};
    return fail_unknown(message, NULL, "metric", name, &names);
}

/* The decile that the text names, or 0. */
static int decile_of(const char *text)
{
    char *end;
    long decile = strtol(text, &end, 10);
    return end > text && !*end && decile >= 1 && decile <= DECILES ? (int)decile : 0;
}

/* Takes "/O/ctr" or ":O" off the end of the text. */
static Status split_place(char *text, Measure *measure, Message *message)
{
    char *rest = text;
    const MetricPlace usual = metric_place(strsep(&rest, "/:"));
    snprintf(measure->space, sizeof measure->space, "%s", usual.metric ? usual.space : "D");
    snprintf(measure->task, sizeof measure->task, "%s", usual.metric ? usual.task : "cvr");
    measure->placed = rest != NULL;
    for (char *word = strsep(&rest, "/:"); word; word = strsep(&rest, "/:")) {
        const char *space = metric_space_find(word);
        const char *task = metric_task_find(word);
        const int decile = decile_of(word);
        if (space) {
            snprintf(measure->space, sizeof measure->space, "%s", space);
        } else if (task) {
            snprintf(measure->task, sizeof measure->task, "%s", task);
        } else if (decile > 0) {
            measure->decile = decile;
        } else if (take_centre(word, measure)) {
            continue;
        } else {
            return fail(message, STATUS_USAGE,
                        "metric '%s': found '%s'; expected a space (D, O or N), a task (cvr, ctr, ctcvr, "
                        "ctcvr_by_cvr or propensity), median, trimmed or a decile (1 to 10)",
                        measure->name, word);
        }
    }
    return STATUS_OK;
}

const char *measure_canonical(const char *name)
{
    return strcmp(name, "bias") == 0 ? "mean_bias" : name;
}

Status measure_parse(const char *text, Measure *measure, Message *message)
{
    char name[MEASURE_TEXT];
    *measure = (Measure){.scale = 1};
    if ((size_t)snprintf(measure->name, sizeof measure->name, "%s", text) >= sizeof measure->name)
        return unknown_name(text, message);
    snprintf(name, sizeof name, "%s", text);
    Status status = split_place(name, measure, message);
    if (status)
        return status;
    const char *canonical = measure_canonical(name);
    snprintf(measure->name, sizeof measure->name, "%s%s", canonical, text + strlen(name));
    for (int i = 0; i < TRUTH_COLUMNS; i++) {
        const struct TruthColumn *column = &truth_column[i];
        if (strcmp(column->name, canonical) != 0 || !(measure->decile ? column->by_decile : !measure->placed))
            continue;
        measure->column = column->name;
        measure->metric = measure->decile ? NULL : column->metric;
        measure->better = column->better;
        measure->scale = column->scale;
        return STATUS_OK;
    }
    if (measure->decile)
        return fail(message, STATUS_USAGE,
                    "metric '%s': only mean_bias, bias_sq and variance are known by decile", measure->name);
    for (int i = 0; i < TRUTH_COLUMNS; i++)
        if (measure->centre && !truth_column[i].metric && !strcmp(truth_column[i].name, canonical))
            return fail(message, STATUS_USAGE,
                        "metric '%s': only metrics of a single replicate have a median and a trimmed mean",
                        measure->name);
    const Metric *metric = metric_place(name).metric;
    Message why;
    if (!metric)
        return unknown_name(name, message);
    if (metric_check_place(name, measure->space, measure->task, &why))
        return fail(message, STATUS_USAGE, "metric '%s': %s", measure->name, why.text);
    *(measure->centre ? &measure->centred : &measure->metric) = metric->name;
    measure->better = metric->better;
    return STATUS_OK;
}

static const struct TruthColumn *column_of(const Measure *measure)
{
    for (int i = 0; measure->column && i < TRUTH_COLUMNS; i++)
        if (!strcmp(truth_column[i].name, measure->column))
            return &truth_column[i];
    return NULL;
}

void measure_header(const Measure *measure, bool truth, int top_k, char header[MEASURE_TEXT])
{
    const struct TruthColumn *column = column_of(measure);
    if (column && (truth || !measure->metric)) {
        if (measure->decile)
            snprintf(header, MEASURE_TEXT, "%s, decile %d", column->header, measure->decile);
        else
            snprintf(header, MEASURE_TEXT, "%s", column->header);
        return;
    }
    char place[48] = "";
    char k[16] = "";
    const char *metric = measure->centre ? measure->centred : measure->metric, *name = metric, *centre = NULL;
    for (int i = 0; i < CENTRES; i++)
        if (centres[i].centre == measure->centre)
            centre = centres[i].header;
    for (size_t i = 0; i < sizeof metric_header / sizeof *metric_header; i++) {
        if (!strcmp(metric_header[i].name, metric)) {
            name = metric_header[i].header;
            if (metric_header[i].at_k)
                snprintf(k, sizeof k, top_k > 0 ? "@%d" : "@k", top_k);
        }
    }
    if (truth || measure->placed) {
        const bool cvr = !strcmp(measure->task, "cvr");
        snprintf(place, sizeof place, " (%s%s%s%s%s)", measure->space, cvr ? "" : ", ",
                 cvr ? "" : measure->task, centre ? ", " : "", centre ? centre : "");
    }
    snprintf(header, MEASURE_TEXT, "%s%s%s", name, k, place);
    for (char *c = header; *c; c++)
        *c = *c == '_' ? ' ' : *c;
}

double measure_loss(const Measure *measure, double value)
{
    switch (measure->better) {
    case BETTER_HIGH:
        return -value;
    case BETTER_TRUTH:
    case BETTER_NEITHER:
        return NAN;
    case BETTER_ONE:
        return fabs(value - (measure->column ? 0 : 1));
    default:
        return value;
    }
}

bool measure_is_signed(const Measure *measure)
{
    static const char *const signed_column[] = {"mean_bias", "relative_bias", "bias_sq", NULL};
    static const char *const signed_metric[] = {"pip", "pip_truth", NULL};
    const char *metric = measure->centre ? measure->centred : measure->metric;
    return (measure->column && one_of(signed_column, measure->column)) ||
           (metric && one_of(signed_metric, metric));
}

bool measure_is_rank(const Measure *measure)
{
    const struct TruthColumn *column = column_of(measure);
    return column && column->offset == NO_COLUMN && column->in_cell == NO_COLUMN;
}

MetricName measure_metric(const Measure *measure)
{
    return (MetricName){measure->space, measure->task, measure->metric};
}

Estimate measure_value(const Measure *measure, const ExperimentResults *results, int setting, int estimator)
{
    const struct TruthColumn *column = column_of(measure);
    const EstimatorResults *cell = results_cell(results, setting, estimator);
    if (measure_is_rank(measure))
        return (Estimate){NAN, NAN};
    if (column && column->offset != NO_COLUMN && results->setting[setting].truth) {
        const BiasVarianceSummary *summary =
            measure->decile ? &cell->decile[measure->decile - 1] : &cell->all;
        Estimate value;
        memcpy(&value, (const char *)summary + column->offset, sizeof value);
        return value;
    }
    if (measure->metric)
        return results_metric_centre(results, setting, estimator, measure_metric(measure)).mean;
    if (measure->centre) {
        const MetricName name = {measure->space, measure->task, measure->centred};
        const MetricCentre centre = results_metric_centre(results, setting, estimator, name);
        return (Estimate){measure->centre == CENTRE_MEDIAN ? centre.median : centre.trimmed_mean, NAN};
    }
    Estimate value = {NAN, NAN};
    if (column && column->in_cell != NO_COLUMN)
        memcpy(&value.value, (const char *)cell + column->in_cell, sizeof value.value);
    return value;
}
