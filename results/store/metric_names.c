/* A list of the names that this process has met: an experiment has some dozens, and units ask for them in one
 * order, so that the next is mostly the one after the last. */
#include "results/store/metric_names.h"

#include "results/store/query.h"

#include <stdlib.h>
#include <string.h>

typedef struct KnownMetric {
    char *space, *task, *metric; /* one allocation, space first */
    int64_t id;
} KnownMetric;

void metric_names_clear(MetricNames *names)
{
    for (int i = 0; i < names->count; i++)
        free(names->known[i].space);
    free(names->known);
    *names = (MetricNames){0};
}

static const KnownMetric *find(MetricNames *names, const MetricRow *metric)
{
    for (int i = 1; i <= names->count; i++) {
        const int place = (names->last + i) % names->count;
        const KnownMetric *known = &names->known[place];
        if (!strcmp(known->metric, metric->metric) && !strcmp(known->task, metric->task) &&
            !strcmp(known->space, metric->space)) {
            names->last = place;
            return known;
        }
    }
    return NULL;
}

static Status add(MetricNames *names, const MetricRow *metric, int64_t id, Message *message)
{
    const size_t space = strlen(metric->space) + 1, task = strlen(metric->task) + 1,
                 name = strlen(metric->metric) + 1;
    KnownMetric *larger = reallocarray(names->known, (size_t)names->count + 1, sizeof *larger);
    char *text = malloc(space + task + name);
    if (larger)
        names->known = larger;
    if (!larger || !text) {
        free(text);
        return fail_memory(message, "the names of metrics");
    }
    KnownMetric *known = &larger[names->count];
    memcpy(text, metric->space, space);
    memcpy(text + space, metric->task, task);
    memcpy(text + space + task, metric->metric, name);
    known->space = text;
    known->task = text + space;
    known->metric = text + space + task;
    known->id = id;
    names->last = names->count++;
    return STATUS_OK;
}

static Status read_id(Store *store, const MetricRow *metric, int64_t *id, Message *message)
{
    sqlite3_stmt *row = NULL;
    Status status = query_run(store, message,
                              "INSERT INTO metric_name (space, task, metric, id) SELECT ?1, ?2, ?3,"
                              " coalesce((SELECT max(id) FROM metric_name), 0) + 1"
                              " ON CONFLICT (space, task, metric) DO NOTHING",
                              "ttt", metric->space, metric->task, metric->metric);
    if (!status)
        status = query_prepare(store, &row, message,
                               "SELECT id FROM metric_name WHERE space = ?1 AND task = ?2 AND metric = ?3",
                               "ttt", metric->space, metric->task, metric->metric);
    *id = !status && query_next(store, row, &status, message) ? sqlite3_column_int64(row, 0) : 0;
    sqlite3_finalize(row);
    return status;
}

Status metric_names_id(Store *store, const MetricRow *metric, int64_t *id, Message *message)
{
    MetricNames *names = store_metric_names(store);
    const KnownMetric *known = find(names, metric);
    if (known) {
        *id = known->id;
        return STATUS_OK;
    }
    Status status = read_id(store, metric, id, message);
    return status ? status : add(names, metric, *id, message);
}
