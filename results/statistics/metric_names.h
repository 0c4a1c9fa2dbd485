/* Every metric of a replicate by name, whatever it is a metric of, and where it is stored. */
#pragma once

#include "results/statistics/propensity_metrics.h"
#include "sim/base/status.h"

/* A metric, and the space and task that are meant where none are named. */
typedef struct MetricPlace {
    const Metric *metric; /* NULL: there is none */
    const char *space, *task;
} MetricPlace;

/* All metrics, from 0: those of predictions, then those of clicks and conversions together, then those
 * against what a model can reach, then those of parts of a stream, then those of filters, then the weighted
 * ones, then those of propensities. Names of predictions come again among the last, with the task
 * propensity. */
MetricPlace metric_at(int index);

/* The first of that name. */
MetricPlace metric_place(const char *name);

/* STATUS_USAGE where a metric of that name is not stored there: pip of cvr, auc of propensity, ess over D. */
Status metric_check_place(const char *name, const char *space, const char *task, Message *message);

/* The words that spaces are named by; ends with NULL. Parts of a stream, T1 to T10, are not among them. */
extern const char *const metric_spaces[];

/* The space of that name, a part of a stream too; NULL when there is none. */
const char *metric_space_find(const char *word);
