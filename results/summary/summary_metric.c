/* Means, and paired differences from the baseline, of each metric of the replicates. */
#include "results/statistics/moments.h"
#include "results/store/query.h"
#include "results/summary/metric_group.h"
#include "results/summary/summary_internal.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Of the values at each end that a trimmed mean leaves out. */
static const double trim = 0.1;

static Status write_metric(const SummaryScope *scope, const MetricGroup *group, const Series *series,
                           Message *message)
{
    const UnitValues *values = &series->values;
    const UnitMean mean = unit_mean(values);
    const size_t n = (size_t)values->units, cut = (size_t)(trim * (double)n);
    for (size_t i = 0; i < n; i++)
        group->value[i] = values->unit[i].value;
    gsl_sort(group->value, 1, n);
    return query_run(scope->store, message,
                     "INSERT INTO summary_metric (experiment, setting, estimator, replicates, space, task,"
                     " metric, mean, sd, mcse, test_se, median, trimmed_mean) VALUES (?1, ?2, ?3, ?4, ?5, ?6,"
                     " ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
                     "tttitttdddddd", scope->experiment, scope->setting, series->estimator, values->units,
                     group->space, group->task, group->metric, mean.mean, mean.sd, mean.mcse,
                     values->without ? mean.test_error : (double)NAN,
                     gsl_stats_median_from_sorted_data(group->value, 1, n),
                     moments_mean(group->value + cut, n - 2 * cut));
}

static Status write_pair(const SummaryScope *scope, const MetricGroup *group, int e, Message *message)
{
    const PairedDifference *d = &group->difference[e];
    return query_run(scope->store, message,
                     "INSERT INTO summary_paired (experiment, setting, estimator, replicates, baseline,"
                     " space, task, metric, difference, low, high, p_holm) VALUES (?1, ?2, ?3, ?4, ?5, ?6,"
                     " ?7, ?8, ?9, ?10, ?11, ?12)",
                     "tttittttdddd", scope->experiment, scope->setting, group->series[e].estimator,
                     group->pairs[e], scope->baseline, group->space, group->task, group->metric,
                     d->difference, d->low, d->high, group->p[e]);
}

static Status write_pairs(const SummaryScope *scope, MetricGroup *group, Message *message)
{
    const int baseline = metric_group_find(group, scope->baseline);
    if (baseline < 0)
        return STATUS_OK;
    Status status = metric_group_compare(group, baseline, message);
    for (int e = 0; e < group->count && !status; e++)
        if (group->pairs[e] > 0)
            status = write_pair(scope, group, e, message);
    return status;
}

static Status write_group(const SummaryScope *scope, MetricGroup *group, Message *message)
{
    Status status = STATUS_OK;
    for (int e = 0; e < group->count && !status; e++)
        status = write_metric(scope, group, &group->series[e], message);
    if (!status && group->count > 0)
        status = write_pairs(scope, group, message);
    group->count = 0;
    group->units = 0;
    return status;
}

/* Starts a new group when the row is of another metric than the group. */
static Status enter_group(const SummaryScope *scope, MetricGroup *group, sqlite3_stmt *row, Message *message)
{
    const char *space = column_text(row, 0);
    const char *task = column_text(row, 1);
    const char *metric = column_text(row, 2);
    if (!strcmp(group->space, space) && !strcmp(group->task, task) && !strcmp(group->metric, metric))
        return STATUS_OK;
    Status status = write_group(scope, group, message);
    snprintf(group->space, sizeof group->space, "%s", space);
    snprintf(group->task, sizeof group->task, "%s", task);
    snprintf(group->metric, sizeof group->metric, "%s", metric);
    return status;
}

Status summarise_metrics(const SummaryScope *scope, Message *message)
{
    MetricGroup group;
    sqlite3_stmt *statement = NULL;
    Status status = metric_group_init(&group, scope->store, scope->experiment, scope->setting, message);
    if (!status)
        status = query_prepare(scope->store, &statement, message,
                               "SELECT n.space, n.task, n.metric, s.estimator, v.world, v.replicate,"
                               " v.value, v.without FROM series s JOIN estimator e USING (experiment,"
                               " estimator) CROSS JOIN run r USING (experiment, setting, estimator)"
                               " CROSS JOIN metric_value v ON v.series = s.id AND v.world = r.world"
                               " AND v.replicate = r.replicate JOIN metric_name n ON n.id = v.metric"
                               " WHERE s.experiment = ?1 AND s.setting = ?2 AND v.value IS NOT NULL"
                               " AND r.status = 'done'"
                               " ORDER BY n.space, n.task, n.metric, e.position, s.estimator, v.world,"
                               " v.replicate",
                               "tt", scope->experiment, scope->setting);
    while (!status && query_next(scope->store, statement, &status, message)) {
        status = enter_group(scope, &group, statement, message);
        if (!status)
            status = metric_group_add_row(&group, statement, 3, message);
    }
    sqlite3_finalize(statement);
    if (!status)
        status = write_group(scope, &group, message);
    metric_group_clear(&group);
    return status;
}
