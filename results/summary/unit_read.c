/* Values of single units, read on demand; apart from summary_read.c, which reads what every table needs. */
#include "results/summary/unit_read.h"

#include "results/store/query.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A list of the metrics that were read so far. */
typedef struct KeptMetric {
    MetricGroup group;
    struct KeptMetric *next; /* of the same setting */
} KeptMetric;

struct KeptMetrics {
    KeptMetric **of_setting; /* NULL until one is asked for */
    int settings;
};

struct KeptMetrics *kept_metrics_create(void)
{
    return calloc(1, sizeof(struct KeptMetrics));
}

void kept_metrics_free(struct KeptMetrics *kept)
{
    for (int s = 0; kept && s < kept->settings; s++)
        for (KeptMetric *metric = kept->of_setting[s]; metric;) {
            KeptMetric *next = metric->next;
            metric_group_clear(&metric->group);
            free(metric);
            metric = next;
        }
    if (kept)
        free(kept->of_setting);
    free(kept);
}

static KeptMetric *find_kept(const struct KeptMetrics *kept, int setting, MetricName metric)
{
    KeptMetric *found = kept->of_setting[setting];
    while (found &&
           (strcmp(found->group.metric, metric.metric) != 0 || strcmp(found->group.task, metric.task) != 0 ||
            strcmp(found->group.space, metric.space) != 0))
        found = found->next;
    return found;
}

Status results_metric_group(const ExperimentResults *results, int setting, MetricName metric,
                            MetricGroup **group, Message *message)
{
    struct KeptMetrics *kept = results->kept;
    if (!kept->of_setting) {
        kept->of_setting = calloc((size_t)results->settings + 1, sizeof(KeptMetric *));
        kept->settings = kept->of_setting ? results->settings : 0;
    }
    KeptMetric *found = kept->of_setting ? find_kept(kept, setting, metric) : NULL;
    if (!found) {
        found = kept->of_setting ? calloc(1, sizeof *found) : NULL;
        if (!found)
            return fail_memory(message, "the metrics");
        Status status = metric_group_read(&found->group, results->store, results->name,
                                          results->setting[setting].text, metric, message);
        if (status) {
            metric_group_clear(&found->group);
            free(found);
            return status;
        }
        found->next = kept->of_setting[setting];
        kept->of_setting[setting] = found;
    }
    *group = &found->group;
    return STATUS_OK;
}

/* From a row (world, ideal, estimates, number of worlds). */
static Status take_redraws(RedrawnWorlds *redrawn, sqlite3_stmt *row, Message *message)
{
    if (!redrawn->world)
        redrawn->world = calloc((size_t)sqlite3_column_int(row, 3), sizeof *redrawn->world);
    const size_t bytes = (size_t)sqlite3_column_bytes(row, 2);
    double *estimate = redrawn->world ? malloc(bytes + 1) : NULL;
    if (!estimate)
        return fail_memory(message, "the redraws");
    if (bytes > 0)
        memcpy(estimate, sqlite3_column_blob(row, 2), bytes);
    redrawn->world[redrawn->worlds++] = (RedrawnWorld){
        sqlite3_column_int(row, 0), (int)(bytes / sizeof *estimate), column_double(row, 1), estimate};
    return STATUS_OK;
}

Status results_redraws(const ExperimentResults *results, const RiskSummary *row, RedrawnWorlds *redrawn,
                       Message *message)
{
    sqlite3_stmt *statement = NULL;
    *redrawn = (RedrawnWorlds){0};
    Status status = query_prepare(
        results->store, &statement, message,
        "SELECT world, ideal, estimates, count(*) OVER () FROM risk WHERE experiment = ?1 AND"
        " setting = ?2 AND predictor = ?3 AND estimator = ?4 ORDER BY world",
        "tttt", results->name, results->setting[row->setting].text, row->predictor, row->estimator);
    while (!status && query_next(results->store, statement, &status, message))
        status = take_redraws(redrawn, statement, message);
    sqlite3_finalize(statement);
    return status;
}

void redrawn_worlds_clear(RedrawnWorlds *redrawn)
{
    for (int w = 0; w < redrawn->worlds; w++)
        free(redrawn->world[w].estimate);
    free(redrawn->world);
    *redrawn = (RedrawnWorlds){0};
}

Status redrawn_squares(const RedrawnWorlds *redrawn, UnitValues *values, Message *message)
{
    *values = (UnitValues){0};
    size_t most = 0;
    for (int w = 0; w < redrawn->worlds; w++)
        most += (size_t)redrawn->world[w].redraws;
    values->unit = calloc(most + 1, sizeof *values->unit);
    if (!values->unit)
        return fail_memory(message, "the redraws");
    for (int w = 0; w < redrawn->worlds; w++) {
        const RedrawnWorld *world = &redrawn->world[w];
        for (int k = 0; k < world->redraws; k++) {
            const double gap = world->estimate[k] - world->ideal;
            if (!isnan(gap))
                values->unit[values->units++] = (UnitValue){world->world, k, gap * gap};
        }
    }
    return STATUS_OK;
}

static void world_predictions_clear(WorldPredictions *w)
{
    free(w->row);
    free(w->p_r);
    free(w->replicate);
    free(w->memory);
    free((void *)w->prediction);
    *w = (WorldPredictions){0};
}

/* From a row (world, rows, p_r, click) of test_set. */
static Status take_exposures(WorldPredictions *w, const Store *store, const char *space, sqlite3_stmt *from,
                             Message *message)
{
    w->world = sqlite3_column_int(from, 0);
    const int64_t rows = sqlite3_column_int64(from, 1);
    const unsigned char *p_r = sqlite3_column_blob(from, 2);
    const unsigned char *click = sqlite3_column_blob(from, 3);
    w->all = (size_t)sqlite3_column_bytes(from, 3);
    if (rows < 0 || (uint64_t)rows != w->all ||
        (size_t)sqlite3_column_bytes(from, 2) != w->all * sizeof *w->p_r)
        return fail(message, STATUS_FAILED, "%s: table test_set: a column of world %d is not of %lld rows",
                    store_path(store), w->world, (long long)rows);
    w->row = calloc(w->all + 1, sizeof *w->row);
    w->p_r = calloc(w->all + 1, sizeof *w->p_r);
    if (!w->row || !w->p_r)
        return fail_memory(message, "the test exposures");
    for (size_t i = 0; i < w->all; i++) {
        if (*space == 'D' || (click[i] != 0) == (*space == 'O')) {
            memcpy(&w->p_r[w->rows], p_r + i * sizeof *w->p_r, sizeof *w->p_r);
            w->row[w->rows++] = i;
        }
    }
    return STATUS_OK;
}

/* From a row (predictions, replicate, number of runs) of run. */
static Status take_run(WorldPredictions *w, const Store *store, sqlite3_stmt *from, Message *message)
{
    const size_t runs = (size_t)sqlite3_column_int(from, 2);
    if (!w->memory) {
        w->memory = calloc(runs * w->rows + 1, sizeof *w->memory);
        w->prediction = calloc(runs, sizeof *w->prediction);
        w->replicate = calloc(runs, sizeof *w->replicate);
    }
    if (!w->memory || !w->prediction || !w->replicate)
        return fail_memory(message, "stored predictions");
    const unsigned char *bytes = sqlite3_column_blob(from, 0);
    if ((size_t)sqlite3_column_bytes(from, 0) != w->all * sizeof(float))
        return fail(message, STATUS_FAILED, "%s: table run: predictions in world %d are not of %zu rows",
                    store_path(store), w->world, w->all);
    float *to = w->memory + (size_t)w->replicates * w->rows;
    for (size_t i = 0; i < w->rows; i++)
        memcpy(&to[i], bytes + w->row[i] * sizeof(float), sizeof(float));
    w->replicate[w->replicates] = sqlite3_column_int(from, 1);
    w->prediction[w->replicates++] = to;
    return STATUS_OK;
}

static Status read_runs(const ExperimentResults *r, const char *setting, const char *estimator,
                        WorldPredictions *w, Message *message)
{
    sqlite3_stmt *row = NULL;
    Status status = query_prepare(
        r->store, &row, message,
        "SELECT predictions, replicate, count(*) OVER () FROM run WHERE experiment = ?1 AND"
        " setting = ?2 AND estimator = ?3 AND world = ?4 AND status = 'done' ORDER BY replicate",
        "ttti", r->name, setting, estimator, w->world);
    while (!status && query_next(r->store, row, &status, message))
        status = take_run(w, r->store, row, message);
    sqlite3_finalize(row);
    return status;
}

Status results_predictions(const ExperimentResults *results, const PredictionQuery *query,
                           Status (*take)(const WorldPredictions *world, void *context, Message *message),
                           void *context, Message *message)
{
    const char *text = results->setting[query->setting].text;
    sqlite3_stmt *row = NULL;
    Status status =
        query_prepare(results->store, &row, message,
                      "SELECT world, rows, p_r, click FROM test_set WHERE experiment = ?1 AND setting = ?2"
                      " AND p_r IS NOT NULL ORDER BY world",
                      "tt", results->name, text);
    while (!status && query_next(results->store, row, &status, message)) {
        WorldPredictions world = {0};
        status = take_exposures(&world, results->store, query->space, row, message);
        if (!status)
            status = read_runs(results, text, results->estimator[query->estimator], &world, message);
        if (!status)
            status = take(&world, context, message);
        world_predictions_clear(&world);
    }
    sqlite3_finalize(row);
    return status;
}

/* From a row (world, rows, p_o, click) of test_set. A blob need not be aligned. */
static Status take_clicks(const Store *store, sqlite3_stmt *from, WorldClicks *clicks, double **p_o,
                          Message *message)
{
    const size_t bytes = (size_t)sqlite3_column_bytes(from, 2);
    *clicks = (WorldClicks){.world = sqlite3_column_int(from, 0),
                            .rows = (size_t)sqlite3_column_bytes(from, 3),
                            .click = sqlite3_column_blob(from, 3)};
    if (sqlite3_column_int64(from, 1) != (int64_t)clicks->rows || bytes != clicks->rows * sizeof **p_o)
        return fail(message, STATUS_FAILED, "%s: table test_set: a column of world %d is not of %lld rows",
                    store_path(store), clicks->world, (long long)sqlite3_column_int64(from, 1));
    *p_o = malloc(bytes + 1);
    if (!*p_o)
        return fail_memory(message, "the test exposures");
    if (bytes > 0)
        memcpy(*p_o, sqlite3_column_blob(from, 2), bytes);
    clicks->p_o = *p_o;
    return STATUS_OK;
}

Status results_clicks(const ExperimentResults *results, int setting,
                      Status (*take)(const WorldClicks *world, void *context, Message *message),
                      void *context, Message *message)
{
    sqlite3_stmt *row = NULL;
    Status status =
        query_prepare(results->store, &row, message,
                      "SELECT world, rows, p_o, click FROM test_set WHERE experiment = ?1 AND setting = ?2"
                      " AND p_o IS NOT NULL ORDER BY world",
                      "tt", results->name, results->setting[setting].text);
    while (!status && query_next(results->store, row, &status, message)) {
        WorldClicks clicks;
        double *p_o = NULL;
        status = take_clicks(results->store, row, &clicks, &p_o, message);
        if (!status)
            status = take(&clicks, context, message);
        free(p_o);
    }
    sqlite3_finalize(row);
    return status;
}

static bool same_column(sqlite3_stmt *a, sqlite3_stmt *b, int column)
{
    const void *x = sqlite3_column_blob(a, column), *y = sqlite3_column_blob(b, column);
    const int size = sqlite3_column_bytes(a, column);
    return size == sqlite3_column_bytes(b, column) && (size == 0 || memcmp(x, y, (size_t)size) == 0);
}

static Status select_exposures(SettingAt at, sqlite3_stmt **row, Message *message)
{
    return query_prepare(
        at.results->store, row, message,
        "SELECT world, rows, click FROM test_set WHERE experiment = ?1 AND setting = ?2 ORDER BY world", "tt",
        at.results->name, at.results->setting[at.setting].text);
}

Status results_same_exposures(SettingAt a, SettingAt b, bool *same, Message *message)
{
    sqlite3_stmt *row_a = NULL, *row_b = NULL;
    int worlds = 0, differing = 0;
    Status status = select_exposures(a, &row_a, message);
    if (!status)
        status = select_exposures(b, &row_b, message);
    bool more_a = !status && query_next(a.results->store, row_a, &status, message);
    bool more_b = !status && query_next(b.results->store, row_b, &status, message);
    while (more_a && more_b && !status) {
        const int order = sqlite3_column_int(row_a, 0) - sqlite3_column_int(row_b, 0);
        if (order == 0) {
            worlds++;
            differing += !same_column(row_a, row_b, 1) || !same_column(row_a, row_b, 2);
        }
        more_a = order > 0 ? more_a : query_next(a.results->store, row_a, &status, message);
        more_b = order < 0 || status ? more_b : query_next(b.results->store, row_b, &status, message);
    }
    sqlite3_finalize(row_a);
    sqlite3_finalize(row_b);
    *same = worlds > 0 && differing == 0;
    return status;
}
