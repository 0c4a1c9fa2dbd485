#include "results/selection/measure.h"

#include "results/store/query.h"
#include "sim/base/suggest.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SQUARES = 10000, MOST_NAMES = 40, DECILES = 10 };

/* The columns of bias_variance. The MCSE of the relative bias is that of the bias over the same mean p. */
static const struct TruthColumn {
    const char *name, *header, *sql, *metric;
    double scale;
    Better better;
    int by_decile; /* summary_decile has it too */
} truth_column[] = {
    {"mean_bias", "mean bias", "mean_bias, mean_bias_mcse", NULL, 1, BETTER_ONE, 1},
    {"relative_bias", "bias %", "relative_bias, mean_bias_mcse * abs(relative_bias / mean_bias)", NULL, 100,
     BETTER_ONE, 0},
    {"bias_sq", "bias² (1e-4)", "bias_sq, bias_sq_mcse", NULL, SQUARES, BETTER_LOW, 1},
    {"variance", "variance (1e-4)", "variance, variance_mcse", NULL, SQUARES, BETTER_LOW, 1},
    {"mse", "mse (1e-4)", "mse, mse_mcse", "mse", SQUARES, BETTER_LOW, 0},
    {"seconds", "seconds", "seconds, NULL", NULL, 1, BETTER_LOW, 0},
    {"rank", "rank", NULL, "mse", 1, BETTER_LOW, 0},
};
enum { TRUTH_COLUMNS = sizeof truth_column / sizeof *truth_column };

static const struct {
    const char *name, *header;
    int at_k;
} metric_header[] = {
    {"auc", "AUC", 0}, {"gauc", "GAUC", 0},     {"ndcg", "NDCG", 1},
    {"f1", "F1", 1},   {"recall", "Recall", 1}, {"ece", "ECE", 0},
};

static const char *const spaces[] = {"D", "O", "N"};
static const char *const tasks[] = {"cvr", "ctr", "ctcvr"};

/* The word among three that the text is, or NULL. */
static const char *one_of(const char *const word[3], const char *text)
{
    for (int i = 0; i < 3; i++) {
        if (!strcmp(word[i], text)) {
            return word[i];
        }
    }
    return NULL;
}

static Status unknown_name(const char *name, Message *message)
{
    const char *known[MOST_NAMES];
    int count = 0;
    for (int i = 0; i < TRUTH_COLUMNS; i++) {
        known[count++] = truth_column[i].name;
    }
    for (const Metric *m = metric_table; m->name && count < MOST_NAMES; m++) {
        known[count++] = m->name;
    }
    for (const Metric *m = joint_metric_table; m->name && count < MOST_NAMES; m++) {
        known[count++] = m->name;
    }
    const char *nearest = nearest_name(name, known, count);
    if (nearest) {
        return fail(message, STATUS_USAGE, "unknown metric '%s'; did you mean '%s'?", name, nearest);
    }
    return fail(message, STATUS_USAGE,
                "unknown metric '%s'; expected mean_bias, bias_sq, variance, mse, rank, seconds or one of "
                "`cvrlab list metrics`",
                name);
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
    snprintf(measure->space, sizeof measure->space, "D");
    snprintf(measure->task, sizeof measure->task, "cvr");
    char *rest = text;
    (void)strsep(&rest, "/:");
    measure->placed = rest != NULL;
    for (char *word = strsep(&rest, "/:"); word; word = strsep(&rest, "/:")) {
        const char *space = one_of(spaces, word);
        const char *task = one_of(tasks, word);
        const int decile = decile_of(word);
        if (space) {
            snprintf(measure->space, sizeof measure->space, "%s", space);
        } else if (task) {
            snprintf(measure->task, sizeof measure->task, "%s", task);
        } else if (decile > 0) {
            measure->decile = decile;
        } else {
            return fail(
                message, STATUS_USAGE,
                "metric '%s': found '%s'; expected a space (D, O or N), a task (cvr, ctr or ctcvr) or a"
                " decile (1 to 10)",
                measure->name, word);
        }
    }
    return STATUS_OK;
}

Status measure_parse(const char *text, Measure *measure, Message *message)
{
    char name[MEASURE_TEXT];
    *measure = (Measure){.scale = 1};
    if ((size_t)snprintf(measure->name, sizeof measure->name, "%s", text) >= sizeof measure->name) {
        return unknown_name(text, message);
    }
    snprintf(name, sizeof name, "%s", text);
    Status status = split_place(name, measure, message);
    if (status) {
        return status;
    }
    for (int i = 0; i < TRUTH_COLUMNS; i++) {
        const struct TruthColumn *column = &truth_column[i];
        if (!strcmp(column->name, name) && (measure->decile ? column->by_decile : !measure->placed)) {
            measure->column = column->name;
            measure->metric = measure->decile ? NULL : column->metric;
            measure->better = column->better;
            measure->scale = column->scale;
            return STATUS_OK;
        }
    }
    if (measure->decile) {
        return fail(message, STATUS_USAGE,
                    "metric '%s': only mean_bias, bias_sq and variance are known by decile", measure->name);
    }
    const Metric *metric = metric_find(name);
    if (!metric) {
        metric = joint_metric_find(name);
        snprintf(measure->task, sizeof measure->task, "ctcvr");
    }
    if (!metric) {
        return unknown_name(name, message);
    }
    measure->metric = metric->name;
    measure->better = metric->better;
    return STATUS_OK;
}

static const struct TruthColumn *column_of(const Measure *measure)
{
    for (int i = 0; measure->column && i < TRUTH_COLUMNS; i++) {
        if (!strcmp(truth_column[i].name, measure->column)) {
            return &truth_column[i];
        }
    }
    return NULL;
}

void measure_header(const Measure *measure, int truth, int top_k, char header[MEASURE_TEXT])
{
    const struct TruthColumn *column = column_of(measure);
    if (column && (truth || !measure->metric)) {
        if (measure->decile) {
            snprintf(header, MEASURE_TEXT, "%s, decile %d", column->header, measure->decile);
        } else {
            snprintf(header, MEASURE_TEXT, "%s", column->header);
        }
        return;
    }
    char place[24] = "";
    char k[16] = "";
    const char *name = measure->metric;
    for (size_t i = 0; i < sizeof metric_header / sizeof *metric_header; i++) {
        if (!strcmp(metric_header[i].name, measure->metric)) {
            name = metric_header[i].header;
            if (metric_header[i].at_k) {
                snprintf(k, sizeof k, top_k > 0 ? "@%d" : "@k", top_k);
            }
        }
    }
    if (truth || measure->placed) {
        int cvr = !strcmp(measure->task, "cvr");
        snprintf(place, sizeof place, " (%s%s%s)", measure->space, cvr ? "" : ", ", cvr ? "" : measure->task);
    }
    snprintf(header, MEASURE_TEXT, "%s%s%s", name, k, place);
    for (char *c = header; *c; c++) {
        *c = *c == '_' ? ' ' : *c;
    }
}

double measure_loss(const Measure *measure, double value)
{
    switch (measure->better) {
    case BETTER_HIGH:
        return -value;
    case BETTER_TRUTH:
        return NAN;
    case BETTER_ONE:
        return fabs(value - (measure->column ? 0 : 1));
    default:
        return value;
    }
}

static const char median_seconds_sql[] =
    "SELECT avg(seconds), NULL FROM (SELECT seconds, row_number() OVER (ORDER BY seconds) AS place,"
    " count(*) OVER () AS n FROM run WHERE experiment = ?1 AND setting = ?2 AND estimator = ?3 AND"
    " status = 'done') WHERE place IN ((n + 1) / 2, n / 2 + 1)";

Status measure_read(Store *store, const char *experiment, const char *setting, const char *estimator,
                    const Measure *measure, int truth, double *value, double *mcse, Message *message)
{
    const struct TruthColumn *column = column_of(measure);
    sqlite3_stmt *statement = NULL;
    char sql[256];
    Status status = STATUS_OK;
    *value = NAN;
    *mcse = NAN;
    if (truth && column && column->sql) {
        snprintf(sql, sizeof sql,
                 "SELECT %s FROM %s WHERE experiment = ?1 AND setting = ?2 AND estimator = ?3%s", column->sql,
                 measure->decile ? "summary_decile" : "summary_bias_variance",
                 measure->decile ? " AND decile = ?4" : "");
        status = query_prepare(store, &statement, message, sql, measure->decile ? "ttti" : "ttt", experiment,
                               setting, estimator, measure->decile);
    } else if (column && !measure->metric && !strcmp(column->name, "seconds")) {
        status = query_prepare(store, &statement, message, median_seconds_sql, "ttt", experiment, setting,
                               estimator);
    } else if (measure->metric && (!column || column->sql)) {
        status = query_prepare(
            store, &statement, message,
            "SELECT mean, mcse FROM summary_metric WHERE experiment = ?1 AND setting = ?2 AND"
            " estimator = ?3 AND space = ?4 AND task = ?5 AND metric = ?6",
            "tttttt", experiment, setting, estimator, measure->space, measure->task, measure->metric);
    } else {
        return STATUS_OK;
    }
    if (!status && query_next(store, statement, &status, message)) {
        *value = column_double(statement, 0);
        *mcse = column_double(statement, 1);
    }
    sqlite3_finalize(statement);
    return status;
}
