/* Units of work in the store: the test exposures of their world, their runs and metrics. */
#include "results/store/metric_names.h"
#include "results/store/query.h"
#include "results/store/registration.h"
#include "results/store/store_lock.h"

#include <string.h>

Status store_test_set(Store *store, const char *experiment, const char *setting, int world,
                      const TestSet *test, Message *message)
{
    const size_t bytes = test->rows * sizeof(double);
    Status status = query_begin(store, message);
    if (status)
        return status;
    status = registration_check(store, experiment, message);
    if (!status)
        status =
            query_run(store, message,
                      "INSERT INTO test_set (experiment, setting, world, rows, p_r, p_o, q, click) VALUES "
                      "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
                      " ON CONFLICT (experiment, setting, world) DO NOTHING",
                      "ttilbbbb", experiment, setting, world, (int64_t)test->rows, (const void *)test->p_r,
                      bytes, (const void *)test->p_o, bytes, (const void *)test->q, bytes,
                      (const void *)test->click, test->rows);
    return query_end(store, status, message);
}

Status store_has_test_set(Store *store, const char *experiment, const char *setting, int world, bool *there,
                          Message *message)
{
    return query_has(store, there, message,
                     "SELECT 1 FROM test_set WHERE experiment = ?1 AND setting = ?2 AND world = ?3", "tti",
                     experiment, setting, world);
}

static LockName lock_of(const UnitKey *unit)
{
    return (LockName){unit->experiment, unit->setting, unit->estimator, unit->world, unit->replicate};
}

bool store_claim(Store *store, const UnitKey *unit)
{
    const LockName name = lock_of(unit);
    return store_lock_alone(store_lock_file(store), &name);
}

void store_release(Store *store, const UnitKey *unit)
{
    const LockName name = lock_of(unit);
    store_lock_release(store_lock_file(store), &name);
}

static const char *const state_name[] = {
    [UNIT_MISSING] = "missing", [UNIT_DONE] = "done",       [UNIT_DIVERGED] = "diverged",
    [UNIT_FAILED] = "failed",   [UNIT_TIMEOUT] = "timeout", [UNIT_SKIPPED] = "skipped"};

const char *unit_state_name(UnitState state)
{
    return state_name[state];
}

/* A status that this program does not know is taken for a failure. */
static UnitState state_of(const char *status)
{
    for (int i = UNIT_DONE; i <= UNIT_SKIPPED; i++)
        if (!strcmp(state_name[i], status))
            return (UnitState)i;
    return UNIT_FAILED;
}

Status store_unit_state(Store *store, const UnitKey *unit, UnitState *state, Message *message)
{
    sqlite3_stmt *row;
    *state = UNIT_MISSING;
    Status status = query_prepare(store, &row, message,
                                  "SELECT status FROM run WHERE experiment = ?1 AND setting = ?2"
                                  " AND estimator = ?3 AND world = ?4 AND replicate = ?5",
                                  "tttii", unit->experiment, unit->setting, unit->estimator, unit->world,
                                  unit->replicate);
    if (!status && query_next(store, row, &status, message))
        *state = state_of(column_text(row, 0));
    sqlite3_finalize(row);
    return status;
}

/* The number of a setting's estimator, a new one where it has none. */
static Status find_series(Store *store, const char *experiment, const char *setting, const char *estimator,
                          int64_t *id, Message *message)
{
    static const char insert[] = "INSERT INTO series (experiment, setting, estimator, id) SELECT ?1, ?2, ?3,"
                                 " coalesce((SELECT max(id) FROM series), 0) + 1"
                                 " ON CONFLICT (experiment, setting, estimator) DO NOTHING";
    sqlite3_stmt *row = NULL;
    Status status = query_run(store, message, insert, "ttt", experiment, setting, estimator);
    if (!status)
        status =
            query_prepare(store, &row, message,
                          "SELECT id FROM series WHERE experiment = ?1 AND setting = ?2 AND estimator = ?3",
                          "ttt", experiment, setting, estimator);
    *id = !status && query_next(store, row, &status, message) ? sqlite3_column_int64(row, 0) : 0;
    sqlite3_finalize(row);
    return status;
}

static Status store_metrics(Store *store, const RunRow *row, Message *message)
{
    int64_t series, metric;
    sqlite3_stmt *insert = NULL;
    Status status = find_series(store, row->experiment, row->setting, row->estimator, &series, message);
    if (!status)
        status = query_prepare(store, &insert, message,
                               "INSERT INTO metric_value (series, world, replicate, metric, value, without)"
                               " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                               "");
    for (int i = 0; i < row->metrics && !status; i++) {
        const MetricRow *of = &row->metric[i];
        status = metric_names_id(store, of, &metric, message);
        if (!status)
            status =
                query_bind(store, insert, message, "liildb", series, row->world, row->replicate, metric,
                           of->value, (const void *)of->without, (size_t)row->groups * sizeof *of->without);
        if (!status)
            query_next(store, insert, &status, message);
    }
    sqlite3_finalize(insert);
    return status;
}

Status store_run(Store *store, const RunRow *row, Message *message)
{
    Status status = query_begin(store, message);
    if (status)
        return status;
    status = registration_check(store, row->experiment, message);
    /* A unit that another process has stored in the meantime is the same unit: its draws are keyed by what it
     * is. One that has failed has no metrics that would have to go. */
    if (!status)
        status =
            query_run(store, message,
                      "INSERT INTO run (experiment, setting, estimator, world, replicate, status, seconds, "
                      "steps, tuned, parameters, message, shared, asked, predictions) VALUES (?1, ?2, ?3, "
                      "?4, ?5, ?6, ?7, ?8, "
                      "?9, nullif(?10, 0), ?11, ?12, iif(?6 = 'done', ?13, NULL), ?14)"
                      " ON CONFLICT (experiment, setting, estimator, world, replicate) DO UPDATE SET"
                      " status = excluded.status, seconds = excluded.seconds, steps = excluded.steps,"
                      " tuned = excluded.tuned, parameters = excluded.parameters, message = excluded.message,"
                      " shared = excluded.shared, asked = excluded.asked,"
                      " predictions = excluded.predictions WHERE run.status NOT IN ('done', 'diverged')",
                      "tttiitdltlttib", row->experiment, row->setting, row->estimator, row->world,
                      row->replicate, row->status, row->seconds, row->steps, row->tuned ? row->tuned : "",
                      row->parameters, row->message, row->shared, row->asked, (const void *)row->prediction,
                      row->rows * sizeof *row->prediction);
    if (!status && sqlite3_changes(store_connection(store)) > 0) {
        status = store_metrics(store, row, message);
        if (!status)
            status = store_mark_stale(store, row->experiment, row->setting, message);
    }
    status = query_end(store, status, message);
    if (status)
        metric_names_clear(store_metric_names(store)); /* a new one has been rolled back */
    return status;
}

static Status copy_metrics(Store *store, const UnitKey *unit, const char *setting, Message *message)
{
    int64_t from, to;
    Status status = find_series(store, unit->experiment, setting, unit->estimator, &from, message);
    if (!status)
        status = find_series(store, unit->experiment, unit->setting, unit->estimator, &to, message);
    return status ? status
                  : query_run(store, message,
                              "INSERT INTO metric_value (series, world, replicate, metric, value, without)"
                              " SELECT ?2, world, replicate, metric, value, without FROM metric_value"
                              " WHERE series = ?1 AND world = ?3 AND replicate = ?4",
                              "llii", from, to, unit->world, unit->replicate);
}

Status store_copy_run(Store *store, const UnitKey *unit, const char *setting, int asked, bool *copied,
                      Message *message)
{
    Status status = query_begin(store, message);
    *copied = false;
    if (status)
        return status;
    status = registration_check(store, unit->experiment, message);
    /* One that has failed gives way, and has no metrics. */
    if (!status)
        status = query_run(
            store, message,
            "INSERT OR REPLACE INTO run (experiment, setting, estimator, world, replicate, status, steps,"
            " tuned, parameters, shared, asked, predictions)"
            " SELECT experiment, ?6, estimator, world, replicate, status, steps, tuned, parameters, setting,"
            " asked, predictions FROM run WHERE experiment = ?1 AND setting = ?2 AND estimator = ?3"
            " AND world = ?4 AND replicate = ?5 AND status = 'done' AND asked = ?7",
            "tttiiti", unit->experiment, setting, unit->estimator, unit->world, unit->replicate,
            unit->setting, asked);
    if (!status && sqlite3_changes(store_connection(store)) > 0) {
        *copied = true;
        status = copy_metrics(store, unit, setting, message);
        if (!status)
            status = store_mark_stale(store, unit->experiment, unit->setting, message);
    }
    status = query_end(store, status, message);
    *copied &= !status;
    return status;
}
