/* The numbers that stand for the names of metrics in the table metric_value. */
#pragma once

#include "results/store/store.h"

/* Numbers that the store is known to have; they never change once they are committed. */
typedef struct MetricNames {
    struct KnownMetric *known;
    int count, last; /* last: the place of the one that was asked for last */
} MetricNames;

/* The number of the metric, a new one where the store has none. Call it within a transaction. */
Status metric_names_id(Store *store, const MetricRow *metric, int64_t *id, Message *message);

/* Forgets what is known: also after a transaction that was rolled back. */
void metric_names_clear(MetricNames *names);
