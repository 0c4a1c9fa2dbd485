#include "results/paired.h"
#include "results/query.h"
#include "results/summary_parts.h"

#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Observation {
    int world, replicate;
    double value;
} Observation;

/* One estimator's values of one metric, by world and replicate. */
typedef struct Series {
    char estimator[128];
    size_t first, count; /* in Group.observation */
} Series;

/* One metric of one space and task: a series for each estimator, in order. */
typedef struct Group {
    char space[16], task[16], metric[64];
    Observation *observation; /* room for one a run of the setting */
    size_t observations;
    Series *series; /* room for one an estimator, as in p and difference */
    int count;
    double *value; /* scratch, room as observation */
    double *p;
    PairedDifference *difference;
} Group;

typedef struct Where {
    Store *store;
    const char *experiment, *setting, *baseline;
} Where;

static void group_clear(Group *group)
{
    free(group->observation);
    free(group->series);
    free(group->value);
    free(group->p);
    free(group->difference);
}

static Status group_init(Group *group, const Where *where, Message *message)
{
    size_t runs = 0;
    size_t estimators = 0;
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(where->store, &statement, message,
                                  "SELECT (SELECT count(*) FROM run WHERE experiment = ?1 AND setting = ?2),"
                                  " (SELECT count(*) FROM estimator WHERE experiment = ?1)",
                                  "tt", where->experiment, where->setting);
    if (!status && query_next(where->store, statement, &status, message)) {
        runs = (size_t)sqlite3_column_int64(statement, 0);
        estimators = (size_t)sqlite3_column_int64(statement, 1);
    }
    sqlite3_finalize(statement);
    group->observation = calloc(runs + 1, sizeof *group->observation);
    group->value = calloc(runs + 1, sizeof *group->value);
    group->series = calloc(estimators + 1, sizeof *group->series);
    group->p = calloc(estimators + 1, sizeof *group->p);
    group->difference = calloc(estimators + 1, sizeof *group->difference);
    if (!group->observation || !group->value || !group->series || !group->p || !group->difference) {
        fail_memory(message, "the metrics");
        return STATUS_FAILED;
    }
    return status;
}

static void add_observation(Group *group, const char *estimator, Observation observation)
{
    if (group->count == 0 || strcmp(group->series[group->count - 1].estimator, estimator) != 0) {
        Series *series = &group->series[group->count++];
        *series = (Series){.first = group->observations};
        snprintf(series->estimator, sizeof series->estimator, "%s", estimator);
    }
    group->observation[group->observations++] = observation;
    group->series[group->count - 1].count++;
}

static Status write_metric(const Where *where, const Group *group, const Series *series, Message *message)
{
    for (size_t i = 0; i < series->count; i++) {
        group->value[i] = group->observation[series->first + i].value;
    }
    double sd = series->count > 1 ? gsl_stats_sd(group->value, 1, series->count) : (double)NAN;
    return query_run(where->store, message,
                     "INSERT INTO summary_metric VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                     "tttitttddd", where->experiment, where->setting, series->estimator, (int)series->count,
                     group->space, group->task, group->metric, gsl_stats_mean(group->value, 1, series->count),
                     sd, sd / sqrt((double)series->count));
}

static int compare_units(const Observation *a, const Observation *b)
{
    if (a->world != b->world) {
        return a->world < b->world ? -1 : 1;
    }
    return (a->replicate > b->replicate) - (a->replicate < b->replicate);
}

/* Fills group->value with differences over the units that both have, and returns their number. */
static int match(const Group *group, const Series *series, const Series *baseline)
{
    const Observation *a = group->observation + series->first;
    const Observation *b = group->observation + baseline->first;
    int pairs = 0;
    for (size_t i = 0, j = 0; i < series->count && j < baseline->count;) {
        int order = compare_units(&a[i], &b[j]);
        if (order == 0) {
            group->value[pairs++] = a[i].value - b[j].value;
        }
        i += order <= 0;
        j += order >= 0;
    }
    return pairs;
}

static Status write_pair(const Where *where, const Group *group, int e, int pairs, Message *message)
{
    const PairedDifference *d = &group->difference[e];
    return query_run(where->store, message,
                     "INSERT INTO summary_paired VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                     "tttittttdddd", where->experiment, where->setting, group->series[e].estimator, pairs,
                     where->baseline, group->space, group->task, group->metric, d->difference, d->low,
                     d->high, group->p[e]);
}

static Status write_pairs(const Where *where, Group *group, Message *message)
{
    const Series *baseline = NULL;
    for (int e = 0; e < group->count; e++) {
        if (strcmp(group->series[e].estimator, where->baseline) == 0) {
            baseline = &group->series[e];
        }
    }
    if (!baseline) {
        return STATUS_OK;
    }
    for (int e = 0; e < group->count; e++) {
        int pairs = &group->series[e] == baseline ? 0 : match(group, &group->series[e], baseline);
        group->p[e] = NAN;
        if (pairs > 0) {
            group->difference[e] = paired_difference(group->value, pairs);
            group->p[e] = group->difference[e].p;
        }
    }
    if (holm(group->p, group->count)) {
        return fail_memory(message, "the p-values");
    }
    Status status = STATUS_OK;
    for (int e = 0; e < group->count && !status; e++) {
        int pairs = &group->series[e] == baseline ? 0 : match(group, &group->series[e], baseline);
        if (pairs > 0) {
            status = write_pair(where, group, e, pairs, message);
        }
    }
    return status;
}

static Status write_group(const Where *where, Group *group, Message *message)
{
    Status status = STATUS_OK;
    for (int e = 0; e < group->count && !status; e++) {
        status = write_metric(where, group, &group->series[e], message);
    }
    if (!status && group->count > 0) {
        status = write_pairs(where, group, message);
    }
    group->count = 0;
    group->observations = 0;
    return status;
}

/* Starts a new group when the row is of another metric than the group. */
static Status enter_group(const Where *where, Group *group, sqlite3_stmt *row, Message *message)
{
    const char *space = column_text(row, 0);
    const char *task = column_text(row, 1);
    const char *metric = column_text(row, 2);
    if (!strcmp(group->space, space) && !strcmp(group->task, task) && !strcmp(group->metric, metric)) {
        return STATUS_OK;
    }
    Status status = write_group(where, group, message);
    snprintf(group->space, sizeof group->space, "%s", space);
    snprintf(group->task, sizeof group->task, "%s", task);
    snprintf(group->metric, sizeof group->metric, "%s", metric);
    return status;
}

Status summarise_metrics(Store *store, const char *experiment, const char *setting, const char *baseline,
                         Message *message)
{
    const Where where = {store, experiment, setting, baseline};
    Group group = {0};
    sqlite3_stmt *statement = NULL;
    Status status = group_init(&group, &where, message);
    if (!status) {
        status = query_prepare(store, &statement, message,
                               "SELECT m.space, m.task, m.metric, m.estimator, m.world, m.replicate, m.value"
                               " FROM metric m JOIN estimator e USING (experiment, estimator)"
                               " JOIN run r USING (experiment, setting, estimator, world, replicate)"
                               " WHERE m.experiment = ?1 AND m.setting = ?2 AND m.value IS NOT NULL"
                               " AND r.status = 'done'"
                               " ORDER BY m.space, m.task, m.metric, e.position, m.world, m.replicate",
                               "tt", experiment, setting);
    }
    while (!status && query_next(store, statement, &status, message)) {
        status = enter_group(&where, &group, statement, message);
        if (!status) {
            add_observation(&group, column_text(statement, 3),
                            (Observation){sqlite3_column_int(statement, 4), sqlite3_column_int(statement, 5),
                                          sqlite3_column_double(statement, 6)});
        }
    }
    sqlite3_finalize(statement);
    if (!status) {
        status = write_group(&where, &group, message);
    }
    group_clear(&group);
    return status;
}
