/* Reads the values of a metric, and compares the estimators by them. */
#include "results/summary/metric_group.h"

#include "results/store/query.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void metric_group_clear(MetricGroup *group)
{
    free(group->unit);
    free(group->without);
    unit_values_clear(&group->gap);
    free(group->series);
    free(group->value);
    free(group->p);
    free(group->difference);
    free(group->pairs);
    *group = (MetricGroup){0};
}

Status metric_group_init(MetricGroup *group, Store *store, const char *experiment, const char *setting,
                         Message *message)
{
    size_t runs = 0;
    size_t estimators = 0;
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(store, &statement, message,
                                  "SELECT (SELECT count(*) FROM run WHERE experiment = ?1 AND setting = ?2),"
                                  " (SELECT count(*) FROM estimator WHERE experiment = ?1)",
                                  "tt", experiment, setting);
    if (!status && query_next(store, statement, &status, message)) {
        runs = (size_t)sqlite3_column_int(statement, 0);
        estimators = (size_t)sqlite3_column_int(statement, 1);
    }
    sqlite3_finalize(statement);
    *group = (MetricGroup){.most_units = (int)runs, .most_series = (int)estimators};
    group->unit = calloc(runs + 1, sizeof *group->unit);
    group->gap.unit = calloc(runs + 1, sizeof *group->gap.unit);
    group->value = calloc(runs + 1, sizeof *group->value);
    group->series = calloc(estimators + 1, sizeof *group->series);
    group->p = calloc(estimators + 1, sizeof *group->p);
    group->difference = calloc(estimators + 1, sizeof *group->difference);
    group->pairs = calloc(estimators + 1, sizeof *group->pairs);
    if (!group->unit || !group->gap.unit || !group->value || !group->series || !group->p ||
        !group->difference || !group->pairs)
        return fail_memory(message, "the metrics");
    return status;
}

static Status make_room_for_groups(MetricGroup *group, Message *message)
{
    const size_t room = (size_t)group->most_units * TEST_GROUPS;
    if (!group->without)
        group->without = calloc(room, sizeof *group->without);
    if (!group->gap.without)
        group->gap.without = calloc(room, sizeof *group->gap.without);
    return group->without && group->gap.without ? STATUS_OK : fail_memory(message, "the metrics");
}

/* Of the unit that was added last. One that lacks them among others, since an older program ran it, leaves
 * the error of all unknown. */
static void add_without(MetricGroup *group, UnitValues *values, const float *without)
{
    float *to = group->without + (size_t)(group->units - 1) * TEST_GROUPS;
    if (values->units == 1)
        values->without = to;
    for (int g = 0; g < TEST_GROUPS; g++)
        to[g] = without ? without[g] : (float)NAN;
}

Status metric_group_add(MetricGroup *group, const char *estimator, UnitValue unit, const float *without,
                        Message *message)
{
    const bool next = group->count == 0 || strcmp(group->series[group->count - 1].estimator, estimator) != 0;
    if (group->units == group->most_units || (next && group->count == group->most_series) ||
        strlen(estimator) >= sizeof group->series->estimator)
        return fail(message, STATUS_FAILED,
                    "metric %s: more values than the store has units, or estimators with names of more than"
                    " %zu letters; the store is damaged",
                    group->metric, sizeof group->series->estimator - 1);
    if (next) {
        Series *series = &group->series[group->count++];
        *series = (Series){.values.unit = group->unit + group->units};
        snprintf(series->estimator, sizeof series->estimator, "%s", estimator);
    }
    UnitValues *values = &group->series[group->count - 1].values;
    group->unit[group->units++] = unit;
    values->units++;
    Status status = without ? make_room_for_groups(group, message) : STATUS_OK;
    if (!status && (values->without || (without && values->units == 1)))
        add_without(group, values, without);
    return status;
}

Status metric_group_add_row(MetricGroup *group, sqlite3_stmt *row, int first, Message *message)
{
    const UnitValue unit = {sqlite3_column_int(row, first + 1), sqlite3_column_int(row, first + 2),
                            sqlite3_column_double(row, first + 3)};
    float without[TEST_GROUPS];
    const void *blob = sqlite3_column_blob(row, first + 4);
    const bool known = blob && sqlite3_column_bytes(row, first + 4) == sizeof without;
    if (known)
        memcpy(without, blob, sizeof without);
    return metric_group_add(group, column_text(row, first), unit, known ? without : NULL, message);
}

Status metric_group_read(MetricGroup *group, Store *store, const char *experiment, const char *setting,
                         MetricName metric, Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status = metric_group_init(group, store, experiment, setting, message);
    snprintf(group->space, sizeof group->space, "%s", metric.space);
    snprintf(group->task, sizeof group->task, "%s", metric.task);
    snprintf(group->metric, sizeof group->metric, "%s", metric.metric);
    if (!status)
        status = query_prepare(store, &statement, message,
                               "SELECT s.estimator, v.world, v.replicate, v.value, v.without"
                               " FROM series s JOIN estimator e USING (experiment, estimator)"
                               " CROSS JOIN run r USING (experiment, setting, estimator)"
                               " CROSS JOIN metric_value v ON v.series = s.id AND v.world = r.world"
                               " AND v.replicate = r.replicate AND v.metric = (SELECT id FROM metric_name"
                               " WHERE space = ?3 AND task = ?4 AND metric = ?5)"
                               " WHERE s.experiment = ?1 AND s.setting = ?2"
                               " AND v.value IS NOT NULL AND r.status = 'done'"
                               " ORDER BY e.position, s.estimator, v.world, v.replicate",
                               "ttttt", experiment, setting, metric.space, metric.task, metric.metric);
    while (!status && query_next(store, statement, &status, message)) {
        status = metric_group_add_row(group, statement, 0, message);
    }
    sqlite3_finalize(statement);
    return status;
}

int metric_group_find(const MetricGroup *group, const char *estimator)
{
    for (int e = 0; e < group->count; e++)
        if (!strcmp(group->series[e].estimator, estimator))
            return e;
    return -1;
}

Status metric_group_compare(MetricGroup *group, int baseline, Message *message)
{
    for (int e = 0; e < group->count; e++) {
        UnitValues gap = group->gap;
        gap.units = 0;
        if (e != baseline)
            unit_gaps(&group->series[e].values, &group->series[baseline].values, &gap);
        group->pairs[e] = gap.units;
        group->difference[e] = unit_difference(&gap, 0);
        group->p[e] = group->difference[e].p;
    }
    return holm(group->p, group->count, message);
}

UnitValues *metric_group_values(const MetricGroup *group)
{
    UnitValues *values = calloc((size_t)group->count + 1, sizeof *values);
    for (int e = 0; values && e < group->count; e++)
        values[e] = group->series[e].values;
    return values;
}
