/* The values of one metric in one setting, by estimator and unit: what means, paired differences and ranks
 * are taken from. */
#pragma once

#include "results/statistics/units.h"
#include "results/store/store.h"

struct sqlite3_stmt;

/* A metric of the replicates: "D", "cvr", "auc". */
typedef struct MetricName {
    const char *space, *task, *metric;
} MetricName;

/* One estimator's values. */
typedef struct Series {
    char estimator[128];
    UnitValues values; /* in MetricGroup.unit */
} Series;

/* A series for each estimator that has values, in order. */
typedef struct MetricGroup {
    char space[16], task[16], metric[64];
    UnitValue *unit; /* room for one a run of the setting: most_units */
    int units, most_units;
    float *without; /* of the units, as in UnitValues; NULL until one has it */
    Series *series; /* room for one an estimator, as in what follows: most_series */
    int count, most_series;
    UnitValues gap; /* scratch, room as unit and without */
    double *value;
    PairedDifference *difference; /* of metric_group_compare */
    double *p;                    /* adjusted by Holm's method */
    int *pairs;
} MetricGroup;

/* Room for the runs of a setting. Clear it also after a failure. */
Status metric_group_init(MetricGroup *group, Store *store, const char *experiment, const char *setting,
                         Message *message);
void metric_group_clear(MetricGroup *group);

/* Adds a value, with TEST_GROUPS others without a part of the test sample where these are known, else NULL;
 * those of an estimator come one after the other, by world and replicate. STATUS_FAILED when there are more
 * of them than runs, or more estimators than the experiment has, as in a damaged store. */
Status metric_group_add(MetricGroup *group, const char *estimator, UnitValue unit, const float *without,
                        Message *message);

/* The same from columns of a query, from `first` on: estimator, world, replicate, value, without. */
Status metric_group_add_row(MetricGroup *group, struct sqlite3_stmt *row, int first, Message *message);

/* metric_group_init, and all values of one metric of done runs. */
Status metric_group_read(MetricGroup *group, Store *store, const char *experiment, const char *setting,
                         MetricName metric, Message *message);

/* The place of the estimator's series, or -1. */
int metric_group_find(const MetricGroup *group, const char *estimator);

/* Fills difference, p and pairs: each series less series `baseline`, over the units that both have (none: 0
 * pairs and NaN). Holm's correction is over all the others. */
Status metric_group_compare(MetricGroup *group, int baseline, Message *message);

/* The values of the series, which belong to the group: an array of `count`, for places.h. NULL when out of
 * memory; free() it. */
UnitValues *metric_group_values(const MetricGroup *group);
