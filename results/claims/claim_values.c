#include "results/claims/claim_values.h"

#include "results/statistics/bias_variance.h"
#include "results/store/query.h"
#include "results/summary/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Where the values come from. */
typedef struct Place {
    Store *store;
    const char *experiment, *setting;
    const Quantity *quantity;
} Place;

static bool is(const Place *place, const char *metric)
{
    return strcmp(place->quantity->metric, metric) == 0;
}

static Status add_unit(UnitValues *values, UnitValue unit, Message *message)
{
    /* Room doubles at 0, 1, 2, 4, ... units. */
    if ((values->units & (values->units - 1)) == 0) {
        size_t room = values->units ? 2 * (size_t)values->units : 1;
        UnitValue *grown = realloc(values->unit, room * sizeof *grown);
        if (!grown) {
            return fail_memory(message, "the values of a claim");
        }
        values->unit = grown;
    }
    values->unit[values->units++] = unit;
    return STATUS_OK;
}

/* From rows (world, replicate, value). */
static Status read_units(Store *store, sqlite3_stmt *from, UnitValues *values, Message *message)
{
    Status status = STATUS_OK;
    while (!status && query_next(store, from, &status, message)) {
        status = add_unit(values,
                          (UnitValue){sqlite3_column_int(from, 0), sqlite3_column_int(from, 1),
                                      sqlite3_column_double(from, 2)},
                          message);
    }
    return status;
}

static Status seconds_values(const Place *place, UnitValues *values, Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(place->store, &statement, message,
                                  "SELECT world, replicate, seconds FROM run WHERE experiment = ?1 AND"
                                  " setting = ?2 AND estimator = ?3 AND seconds IS NOT NULL AND"
                                  " status = 'done' ORDER BY world, replicate",
                                  "ttt", place->experiment, place->setting, place->quantity->estimator);
    if (!status) {
        status = read_units(place->store, statement, values, message);
    }
    sqlite3_finalize(statement);
    return status;
}

static Status metric_values(const Place *place, UnitValues *values, Message *message)
{
    const Quantity *q = place->quantity;
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(
        place->store, &statement, message,
        "SELECT m.world, m.replicate, m.value FROM metric m"
        " JOIN run r USING (experiment, setting, estimator, world, replicate)"
        " WHERE m.experiment = ?1 AND m.setting = ?2 AND m.space = ?3 AND m.task = ?4 AND"
        " m.metric = ?5 AND m.estimator = ?6 AND m.value IS NOT NULL AND r.status = 'done'"
        " ORDER BY m.world, m.replicate",
        "tttttt", place->experiment, place->setting, q->space, q->task, q->metric, q->estimator);
    if (!status) {
        status = read_units(place->store, statement, values, message);
    }
    sqlite3_finalize(statement);
    return status;
}

/* The test exposures of one world that lie in the quantity's space, and what one estimator predicts there. */
typedef struct WorldRuns {
    int world, replicates;
    size_t all, rows; /* test exposures; those in the space */
    size_t *row;
    double *p; /* rows */
    int *replicate;
    float *memory; /* replicates x rows */
    const float **prediction;
} WorldRuns;

static void world_runs_clear(WorldRuns *w)
{
    free(w->row);
    free(w->p);
    free(w->replicate);
    free(w->memory);
    free((void *)w->prediction);
    *w = (WorldRuns){0};
}

/* From a row (world, rows, p_r, click) of test_set. */
static Status read_world(const Place *place, sqlite3_stmt *from, WorldRuns *w, Message *message)
{
    const char *space = place->quantity->space;
    w->world = sqlite3_column_int(from, 0);
    w->all = (size_t)sqlite3_column_int64(from, 1);
    const unsigned char *p = sqlite3_column_blob(from, 2);
    const unsigned char *click = sqlite3_column_blob(from, 3);
    if ((size_t)sqlite3_column_bytes(from, 2) != w->all * sizeof *w->p ||
        (size_t)sqlite3_column_bytes(from, 3) != w->all) {
        return fail(message, STATUS_FAILED, "%s: table test_set: a column of world %d is not of %zu rows",
                    store_path(place->store), w->world, w->all);
    }
    w->row = calloc(w->all + 1, sizeof *w->row);
    w->p = calloc(w->all + 1, sizeof *w->p);
    if (!w->row || !w->p) {
        return fail_memory(message, "the test exposures");
    }
    for (size_t i = 0; i < w->all; i++) {
        if (*space == 'D' || (click[i] != 0) == (*space == 'O')) {
            memcpy(&w->p[w->rows], p + i * sizeof *w->p, sizeof *w->p);
            w->row[w->rows++] = i;
        }
    }
    return STATUS_OK;
}

/* From a row (predictions, replicate, number of runs) of run. */
static Status read_run(const Place *place, sqlite3_stmt *from, WorldRuns *w, Message *message)
{
    const size_t runs = (size_t)sqlite3_column_int(from, 2);
    if (!w->memory) {
        w->memory = calloc(runs * w->rows + 1, sizeof *w->memory);
        w->prediction = calloc(runs, sizeof *w->prediction);
        w->replicate = calloc(runs, sizeof *w->replicate);
    }
    if (!w->memory || !w->prediction || !w->replicate) {
        return fail_memory(message, "stored predictions");
    }
    const unsigned char *bytes = sqlite3_column_blob(from, 0);
    if ((size_t)sqlite3_column_bytes(from, 0) != w->all * sizeof(float)) {
        return fail(message, STATUS_FAILED, "%s: table run: predictions in world %d are not of %zu rows",
                    store_path(place->store), w->world, w->all);
    }
    float *to = w->memory + (size_t)w->replicates * w->rows;
    for (size_t i = 0; i < w->rows; i++) {
        memcpy(&to[i], bytes + w->row[i] * sizeof(float), sizeof(float));
    }
    w->replicate[w->replicates] = sqlite3_column_int(from, 1);
    w->prediction[w->replicates++] = to;
    return STATUS_OK;
}

static Status read_runs(const Place *place, WorldRuns *w, Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status =
        query_prepare(place->store, &statement, message,
                      "SELECT predictions, replicate, count(*) OVER () FROM run WHERE experiment = ?1 AND"
                      " setting = ?2 AND estimator = ?3 AND world = ?4 AND status = 'done'"
                      " ORDER BY replicate",
                      "ttti", place->experiment, place->setting, place->quantity->estimator, w->world);
    while (!status && query_next(place->store, statement, &status, message)) {
        status = read_run(place, statement, w, message);
    }
    sqlite3_finalize(statement);
    return status;
}

static Status add_biases(const WorldRuns *w, UnitValues *values, Message *message)
{
    Status status = STATUS_OK;
    for (int b = 0; b < w->replicates && !status; b++) {
        double sum = 0;
        for (size_t i = 0; i < w->rows; i++) {
            sum += (double)w->prediction[b][i] - w->p[i];
        }
        status = add_unit(values, (UnitValue){w->world, w->replicate[b], sum / (double)w->rows}, message);
    }
    return status;
}

static Status add_pseudo_values(const WorldRuns *w, bool of_variance, UnitValues *values, Message *message)
{
    const size_t n = (size_t)w->replicates;
    double *memory = calloc(2 * n, sizeof *memory);
    if (!memory)
        return fail_memory(message, "the values of a claim");
    Status status = bias_variance_pseudo_values(w->prediction, w->replicates, w->p, w->rows,
                                                &(PseudoValues){memory, memory + n}, message);
    const double *value = of_variance ? memory : memory + n;
    for (int b = 0; b < w->replicates && !status; b++) {
        status = add_unit(values, (UnitValue){w->world, w->replicate[b], value[b]}, message);
    }
    free(memory);
    return status;
}

static Status world_values(const Place *place, sqlite3_stmt *world, UnitValues *values, Message *message)
{
    const bool biases = is(place, "bias") || is(place, "abs_bias");
    WorldRuns w = {0};
    Status status = read_world(place, world, &w, message);
    if (!status) {
        status = read_runs(place, &w, message);
    }
    if (!status && w.rows > 0 && biases) {
        status = add_biases(&w, values, message);
    } else if (!status && w.rows > 0 && w.replicates > 2) {
        status = add_pseudo_values(&w, is(place, "variance"), values, message);
    }
    world_runs_clear(&w);
    return status;
}

static void turn_positive(UnitValues *values)
{
    double sum = 0;
    for (int i = 0; i < values->units; i++) {
        sum += values->unit[i].value;
    }
    for (int i = 0; i < values->units && sum < 0; i++) {
        values->unit[i].value = -values->unit[i].value;
    }
}

static Status prediction_values(const Place *place, UnitValues *values, Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(place->store, &statement, message,
                                  "SELECT world, rows, p_r, click FROM test_set WHERE experiment = ?1 AND"
                                  " setting = ?2 AND p_r IS NOT NULL ORDER BY world",
                                  "tt", place->experiment, place->setting);
    while (!status && query_next(place->store, statement, &status, message)) {
        status = world_values(place, statement, values, message);
    }
    sqlite3_finalize(statement);
    if (!status && is(place, "abs_bias")) {
        turn_positive(values);
    }
    return status;
}

/* From a row (world, ideal, estimates) of risk: a unit a redraw whose estimate is defined. */
static Status add_redraws(const Place *place, sqlite3_stmt *from, UnitValues *values, Message *message)
{
    const double ideal = column_double(from, 1);
    const double *estimate = sqlite3_column_blob(from, 2);
    const int redraws = sqlite3_column_bytes(from, 2) / (int)sizeof *estimate;
    Status status = STATUS_OK;
    for (int k = 0; k < redraws && !status; k++) {
        const double gap = estimate[k] - ideal;
        const double value = is(place, "risk_bias") ? gap : fabs(gap) / ideal;
        if (!isnan(value)) {
            status = add_unit(values, (UnitValue){sqlite3_column_int(from, 0), k, value}, message);
        }
    }
    return status;
}

static Status risk_values(const Place *place, UnitValues *values, Message *message)
{
    const Quantity *q = place->quantity;
    sqlite3_stmt *statement = NULL;
    Status status =
        query_prepare(place->store, &statement, message,
                      "SELECT world, ideal, estimates FROM risk WHERE experiment = ?1 AND setting = ?2"
                      " AND predictor = ?3 AND estimator = ?4 ORDER BY world",
                      "tttt", place->experiment, place->setting, q->task, q->estimator);
    while (!status && query_next(place->store, statement, &status, message)) {
        status = add_redraws(place, statement, values, message);
    }
    sqlite3_finalize(statement);
    return status;
}

Status claim_values(Store *store, const char *experiment, const char *setting, const Quantity *quantity,
                    UnitValues *values, Message *message)
{
    const Place place = {store, experiment, setting, quantity};
    *values = (UnitValues){0};
    if (claim_is_of_risk(quantity)) {
        return risk_values(&place, values, message);
    }
    for (const char *const *own = claim_metrics; *own; own++) {
        if (is(&place, *own)) {
            return prediction_values(&place, values, message);
        }
    }
    return is(&place, "seconds") ? seconds_values(&place, values, message)
                                 : metric_values(&place, values, message);
}
