/* Two stores of today's layout, whose tables both have been checked, in one connection for the time of the
 * merge. Rows are keyed by what they are about, so that joining them is inserting those that lack. */
#include "results/store/store_merge.h"

#include "results/store/metric_names.h"
#include "results/store/provenance.h"
#include "results/store/query.h"
#include "results/store/schema.h"

#include <stdio.h>
#include <string.h>

typedef struct Merge {
    Store *store, *other;
} Merge;

/* Fails with the other store's name, the experiment's, and why. */
static Status refuse(const Merge *m, Status status, const char *experiment, const char *why, Message *message)
{
    return fail(message, status, "%s: cannot be merged into %s: experiment '%s' %s", store_path(m->other),
                store_path(m->store), experiment, why);
}

static Status check_layout(const Merge *m, Message *message)
{
    int version;
    Status status = schema_version(m->other, &version, message);
    if (!status && version < STORE_VERSION)
        status = fail(message, STATUS_USAGE,
                      "%s: cannot be merged into %s: written by an older cvrlab (store version %d, not %d); "
                      "expected a shard of this one",
                      store_path(m->other), store_path(m->store), version, STORE_VERSION);
    return status;
}

/* Keys whose values differ, of experiments that both stores have. */
static Status check_fingerprints(const Merge *m, Message *message)
{
    ProvenanceList list;
    Status status = provenance_read(&list, m->other, message);
    for (int i = 0; !status && i < list.experiments; i++) {
        const Provenance *p = &list.experiment[i];
        Fingerprint stored;
        FingerprintChange change;
        int at = 0;
        status = fingerprint_read(&stored, m->store, p->name, message);
        if (!status && stored.keys && fingerprint_next_change(&stored, &p->fingerprint, &at, &change)) {
            char why[512];
            snprintf(why, sizeof why, "has '%.120s: %.160s', not '%.160s'", change.key,
                     change.given ? change.given : "(nothing)", change.stored ? change.stored : "(nothing)");
            status = refuse(m, STATUS_USAGE, p->name, why, message);
        }
        fingerprint_clear(&stored);
    }
    provenance_clear(&list);
    return status;
}

/* A query for what keeps the stores from being merged: experiment, and why. */
typedef struct Hindrance {
    Status status;
    const char *sql;
} Hindrance;

#define UNIT                                                                                                 \
    " || iif(r.setting <> '', r.setting || ', ', '') || 'world ' || r.world || ', replicate ' || "           \
    "r.replicate"
#define HOSTS                                                                                                \
    " || ' that was run on ' || (SELECT host FROM other.experiment WHERE name = r.experiment) ||"            \
    " ' is not the same as on ' || (SELECT host FROM main.experiment WHERE name = r.experiment)"

/* The other store comes first in each join: it is the small one, whose rows are looked up in this one. */
static const Hindrance hindrances[] = {
    {STATUS_USAGE, "SELECT r.experiment, 'has units of ''' || r.estimator || ''' of other code' ||"
                   " iif(r.own = o.own, ': the code that it is built on', '') || ', of commit ' ||"
                   " substr(o.revision, 1, 12) || ', not ' || substr(r.revision, 1, 12)"
                   " FROM other.code o CROSS JOIN main.code r USING (experiment, estimator)"
                   " WHERE r.own <> o.own OR r.base <> o.base"},
    {STATUS_USAGE, "SELECT r.experiment, 'is of other data: ' || o.path || ' has the SHA-256 ' ||"
                   " substr(o.hash, 1, 12) || '..., not ' || substr(r.hash, 1, 12) || '...'"
                   " FROM other.data_file o CROSS JOIN main.data_file r USING (experiment, file)"
                   " WHERE r.hash <> o.hash"},
    {STATUS_FAILED, "SELECT r.experiment, 'has other test exposures in ' || iif(r.setting <> '', r.setting ||"
                    " ', ', '') || 'world ' || r.world FROM other.test_set o CROSS JOIN main.test_set r"
                    " USING (experiment, setting, world) WHERE r.rows <> o.rows OR r.p_r IS NOT o.p_r"
                    " OR r.p_o IS NOT o.p_o OR r.q IS NOT o.q OR r.click IS NOT o.click"},
    {STATUS_FAILED, "SELECT r.experiment, 'has a unit of ' || r.estimator || ', '" UNIT HOSTS
                    " FROM other.run o CROSS JOIN main.run r USING (experiment, setting, estimator, world,"
                    " replicate) WHERE r.status IN ('done', 'diverged') AND o.status IN ('done', 'diverged')"
                    " AND (r.status <> o.status OR r.steps <> o.steps OR r.tuned <> o.tuned"
                    " OR r.predictions IS NOT o.predictions)"},
    {STATUS_FAILED,
     "SELECT r.experiment, 'has ' || k.metric || ' of a unit of ' || r.estimator || ', '" UNIT HOSTS
     " FROM other.run o CROSS JOIN main.run r USING (experiment, setting, estimator, world,"
     " replicate) CROSS JOIN other.series t USING (experiment, setting, estimator)"
     " CROSS JOIN main.series s USING (experiment, setting, estimator)"
     " CROSS JOIN other.metric_value w ON w.series = t.id AND w.world = r.world"
     " AND w.replicate = r.replicate CROSS JOIN other.metric_name k ON k.id = w.metric"
     " CROSS JOIN main.metric_name n ON n.space = k.space AND n.task = k.task"
     " AND n.metric = k.metric CROSS JOIN main.metric_value v ON v.series = s.id"
     " AND v.world = r.world AND v.replicate = r.replicate AND v.metric = n.id"
     " WHERE v.value IS NOT w.value"},
    {STATUS_FAILED,
     "SELECT r.experiment, 'has estimates of ' || r.estimator || ' for ' || r.predictor ||"
     " ', ' || iif(r.setting <> '', r.setting || ', ', '') || 'world ' || r.world" HOSTS
     " FROM other.risk o CROSS JOIN main.risk r USING (experiment, setting, predictor, estimator,"
     " world) WHERE r.ideal IS NOT o.ideal OR substr(r.estimates, 1, 8 * min(r.redraws,"
     " o.redraws)) <> substr(o.estimates, 1, 8 * min(r.redraws, o.redraws))"},
};

static Status check_rows(const Merge *m, Message *message)
{
    Status status = STATUS_OK;
    for (size_t i = 0; !status && i < sizeof hindrances / sizeof *hindrances; i++) {
        sqlite3_stmt *row = NULL;
        status = query_prepare(m->store, &row, message, hindrances[i].sql, "");
        if (!status && query_next(m->store, row, &status, message))
            status = refuse(m, hindrances[i].status, column_text(row, 0), column_text(row, 1), message);
        sqlite3_finalize(row);
    }
    return status;
}

/* Estimators that only the other store has follow those that are there, in their order. */
static const char *const register_rows[] = {
    "INSERT OR IGNORE INTO main.experiment (name, question, spec, baseline, seed, top_k, shown, version,"
    " libraries, host, started, stale, registered) SELECT name, question, spec, baseline, seed, top_k, shown,"
    " version, libraries, host, started, 1, registered FROM other.experiment",
    "UPDATE main.experiment SET stale = 1 WHERE EXISTS (SELECT 1 FROM other.estimator o WHERE o.experiment ="
    " name AND NOT EXISTS (SELECT 1 FROM main.estimator e WHERE e.experiment = o.experiment"
    " AND e.estimator = o.estimator))",
    "INSERT OR IGNORE INTO main.estimator (experiment, estimator, position)"
    " SELECT experiment, estimator, 1000000 + position FROM other.estimator",
    "UPDATE main.estimator SET position = ranked.place FROM (SELECT experiment AS of, estimator AS name,"
    " row_number() OVER (PARTITION BY experiment ORDER BY position) - 1 AS place FROM main.estimator) AS"
    " ranked WHERE experiment = ranked.of AND estimator = ranked.name AND position <> ranked.place",
    "INSERT OR IGNORE INTO main.method (experiment, estimator, base, label, unbiased)"
    " SELECT experiment, estimator, base, label, unbiased FROM other.method",
    "INSERT OR IGNORE INTO main.claim (experiment, position, says, that)"
    " SELECT experiment, position, says, that FROM other.claim",
    "INSERT OR IGNORE INTO main.fingerprint (experiment, key, value, legacy)"
    " SELECT experiment, key, value, legacy FROM other.fingerprint",
    "INSERT OR IGNORE INTO main.code (experiment, estimator, own, base, revision, kept)"
    " SELECT experiment, estimator, own, base, revision, kept FROM other.code",
    "INSERT OR IGNORE INTO main.data_file (experiment, file, path, bytes, hash, kept)"
    " SELECT experiment, file, path, bytes, hash, kept FROM other.data_file",
    "INSERT OR IGNORE INTO main.build (experiment, revision, compiler, flags, cpu)"
    " SELECT experiment, revision, compiler, flags, cpu FROM other.build",
    "INSERT OR IGNORE INTO main.precision (experiment, asked) SELECT experiment, asked FROM other.precision",
    "INSERT OR IGNORE INTO main.setting (experiment, setting, position)"
    " SELECT experiment, setting, position FROM other.setting",
    "INSERT OR IGNORE INTO main.setting_key (experiment, setting, key, value, number, position)"
    " SELECT experiment, setting, key, value, number, position FROM other.setting_key",
    "INSERT OR IGNORE INTO main.setting_log (experiment, setting, log)"
    " SELECT experiment, setting, log FROM other.setting_log",
    "INSERT OR IGNORE INTO main.test_set (experiment, setting, world, rows, p_r, p_o, q, click)"
    " SELECT experiment, setting, world, rows, p_r, p_o, q, click FROM other.test_set",
    NULL,
};

/* Which units come: merge_unit. Those that have failed have no metrics that would have to go. */
static const char *const take_units[] = {
    "CREATE TEMPORARY TABLE merge_unit AS SELECT o.experiment, o.setting, o.estimator, o.world, o.replicate"
    " FROM other.run o LEFT JOIN main.run r USING (experiment, setting, estimator, world, replicate)"
    " WHERE r.status IS NULL OR (r.status NOT IN ('done', 'diverged') AND o.status IN ('done', 'diverged'))",
    "INSERT OR REPLACE INTO main.run (experiment, setting, estimator, world, replicate, status, seconds, "
    "steps,"
    " tuned, parameters, message, shared, asked, predictions) SELECT o.experiment, o.setting, o.estimator,"
    " o.world, o.replicate, o.status, o.seconds, o.steps, o.tuned, o.parameters, o.message, o.shared, "
    "o.asked,"
    " o.predictions FROM temp.merge_unit JOIN other.run o USING (experiment, setting, estimator, world,"
    " replicate)",
    "INSERT OR IGNORE INTO main.series (experiment, setting, estimator, id) SELECT experiment, setting,"
    " estimator, (SELECT coalesce(max(id), 0) FROM main.series) + row_number() OVER () FROM (SELECT DISTINCT"
    " experiment, setting, estimator FROM temp.merge_unit EXCEPT SELECT experiment, setting, estimator"
    " FROM main.series)",
    "INSERT OR IGNORE INTO main.metric_name (space, task, metric, id) SELECT space, task, metric,"
    " (SELECT coalesce(max(id), 0) FROM main.metric_name) + row_number() OVER () FROM (SELECT space, task,"
    " metric FROM other.metric_name EXCEPT SELECT space, task, metric FROM main.metric_name)",
    "INSERT INTO main.metric_value (series, world, replicate, metric, value, without) SELECT s.id, v.world,"
    " v.replicate, n.id, v.value, v.without FROM temp.merge_unit u CROSS JOIN other.series t"
    " USING (experiment, setting, estimator) CROSS JOIN other.metric_value v ON v.series = t.id"
    " AND v.world = u.world AND v.replicate = u.replicate CROSS JOIN other.metric_name k ON k.id = v.metric"
    " CROSS JOIN main.series s ON s.experiment = u.experiment AND s.setting = u.setting"
    " AND s.estimator = u.estimator CROSS JOIN main.metric_name n ON n.space = k.space AND n.task = k.task"
    " AND n.metric = k.metric",
    "INSERT INTO temp.merge_unit SELECT o.experiment, o.setting, o.predictor || '/' || o.estimator, o.world, "
    "0"
    " FROM other.risk o LEFT JOIN main.risk r USING (experiment, setting, predictor, estimator, world)"
    " WHERE coalesce(r.redraws, 0) < o.redraws",
    "INSERT OR REPLACE INTO main.risk (experiment, setting, predictor, estimator, world, predictor_position,"
    " estimator_position, redraws, ideal, bias_theory, sd_theory, left_out, estimates)"
    " SELECT o.experiment, o.setting, o.predictor, o.estimator, o.world, o.predictor_position,"
    " o.estimator_position, o.redraws, o.ideal, o.bias_theory, o.sd_theory, o.left_out, o.estimates"
    " FROM other.risk o LEFT JOIN main.risk r USING (experiment, setting, predictor, estimator, world)"
    " WHERE coalesce(r.redraws, 0) < o.redraws",
    "UPDATE main.setting SET stale = 1 WHERE (experiment, setting) IN (SELECT experiment, setting"
    " FROM temp.merge_unit)",
    NULL,
};

static Status run_each(Store *store, const char *const *sql, Message *message)
{
    Status status = STATUS_OK;
    for (; !status && *sql; sql++)
        status = query_run(store, message, *sql, "");
    return status;
}

static Status count_units(const Merge *m, MergeCount *count, Message *message)
{
    sqlite3_stmt *row = NULL;
    Status status = query_prepare(m->store, &row, message,
                                  "SELECT (SELECT count(*) FROM temp.merge_unit),"
                                  " (SELECT count(*) FROM other.run) + (SELECT count(*) FROM other.risk)",
                                  "");
    if (!status && query_next(m->store, row, &status, message)) {
        count->taken = sqlite3_column_int64(row, 0);
        count->there = sqlite3_column_int64(row, 1) - count->taken;
    }
    sqlite3_finalize(row);
    return status;
}

/* BEGIN IMMEDIATE would lock the other store as well, which is only read; a write that changes nothing locks
 * this one. */
static Status begin(const Merge *m, Message *message)
{
    Status status = query_run(m->store, message, "BEGIN", "");
    return status ? status : query_run(m->store, message, "DELETE FROM main.experiment WHERE 0", "");
}

static Status merge(const Merge *m, MergeCount *count, Message *message)
{
    Status status = begin(m, message);
    if (!status)
        status = check_fingerprints(m, message);
    if (!status)
        status = check_rows(m, message);
    if (!status)
        status = run_each(m->store, register_rows, message);
    if (!status)
        status = run_each(m->store, take_units, message);
    if (!status)
        status = count_units(m, count, message);
    if (!status)
        status = query_run(m->store, message, "DROP TABLE temp.merge_unit", "");
    status = query_end(m->store, status, message);
    metric_names_clear(store_metric_names(m->store)); /* of a transaction that was rolled back */
    return status;
}

Status store_merge(Store *store, Store *other, MergeCount *count, Message *message)
{
    const Merge m = {store, other};
    *count = (MergeCount){0};
    Status status = check_layout(&m, message);
    if (!status)
        status = store_attach(store, other, message);
    if (status)
        return status;
    status = merge(&m, count, message);
    store_detach(store);
    return status;
}
