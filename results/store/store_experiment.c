/* Registering what units belong to: an experiment with its fingerprint, estimators and claims, and its
 * settings.
 */
#include "results/store/origin.h"
#include "results/store/provenance.h"
#include "results/store/query.h"
#include "results/store/registration.h"
#include "results/store/setting_key.h"
#include "results/store/store_lock.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* UTC, ISO 8601. */
static void now(char text[32])
{
    time_t seconds = time(NULL);
    struct tm utc;
    strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &utc));
}

static Status forget(Store *store, const char *experiment, Message *message)
{
    static const char *const forget[] = {
        "DELETE FROM series WHERE experiment = ?1",      "DELETE FROM test_set WHERE experiment = ?1",
        "DELETE FROM setting_key WHERE experiment = ?1", "DELETE FROM setting_log WHERE experiment = ?1",
        "DELETE FROM setting WHERE experiment = ?1",     "DELETE FROM method WHERE experiment = ?1",
        "DELETE FROM estimator WHERE experiment = ?1",   "DELETE FROM fingerprint WHERE experiment = ?1",
        "DELETE FROM claim WHERE experiment = ?1",       "DELETE FROM code WHERE experiment = ?1",
        "DELETE FROM data_file WHERE experiment = ?1",   "DELETE FROM build WHERE experiment = ?1",
        "DELETE FROM experiment WHERE name = ?1",
    };
    Status status = STATUS_OK;
    for (size_t i = 0; !status && i < sizeof forget / sizeof *forget; i++)
        status = query_run(store, message, forget[i], "t", experiment);
    return status;
}

/* A named method of the experiment that has no run may come back with other options. */
static Status forget_methods_without_runs(Store *store, const char *experiment, Message *message)
{
    return query_run(store, message,
                     "DELETE FROM fingerprint WHERE experiment = ?1 AND EXISTS (SELECT 1 FROM estimator e"
                     " WHERE e.experiment = ?1"
                     " AND instr(fingerprint.key, 'methods.' || e.estimator || '.') = 1"
                     " AND NOT EXISTS (SELECT 1 FROM run r WHERE r.experiment = ?1"
                     " AND r.estimator = e.estimator))",
                     "t", experiment);
}

/* What becomes of an experiment of that name that differs. One without a run or risk row, since it was
 * stopped or refused before its first, holds nothing worth keeping, unless a process is about to run it. */
static Status replace(Store *store, const char *experiment, const char *difference, Message *message)
{
    bool holds;
    Status status = query_has(store, &holds, message,
                              "SELECT 1 FROM run WHERE experiment = ?1 UNION ALL SELECT 1 FROM risk"
                              " WHERE experiment = ?1 LIMIT 1",
                              "t", experiment);
    if (status)
        return status;
    if (holds)
        return fail(message, STATUS_USAGE, "%s: experiment '%s' %s; use another --db or remove it",
                    store_path(store), experiment, difference);
    if (store_lock_elsewhere(store_lock_file(store), &(LockName){experiment, "", "", 0, 0}))
        return fail(message, STATUS_USAGE,
                    "%s: another process is running experiment '%s', which %s; use another --db",
                    store_path(store), experiment, difference);
    return forget(store, experiment, message);
}

static Status check_fingerprint(Store *store, const ExperimentRow *row, Message *message)
{
    Fingerprint stored;
    char difference[900];
    bool known;
    Status status =
        query_has(store, &known, message, "SELECT 1 FROM experiment WHERE name = ?1", "t", row->name);
    if (status || !known)
        return status;
    status = fingerprint_read(&stored, store, row->name, message);
    if (!status && fingerprint_difference(&stored, row->fingerprint, difference, sizeof difference))
        status = replace(store, row->name, difference, message);
    fingerprint_clear(&stored);
    return status;
}

/* Keys that the store has of a program that knew others stay. */
static Status store_fingerprint(Store *store, const ExperimentRow *row, Message *message)
{
    Status status = STATUS_OK;
    for (int i = 0; i < row->fingerprint->keys && !status; i++) {
        const FingerprintKey *key = &row->fingerprint->key[i];
        status = query_run(store, message,
                           "INSERT OR REPLACE INTO fingerprint (experiment, key, value, legacy)"
                           " VALUES (?1, ?2, ?3, ?4)",
                           "tttt", row->name, key->key, key->value, key->legacy);
    }
    return status;
}

/* The names of the estimators in order, one text: *names. */
static Status read_order(Store *store, const char *experiment, char **names, Message *message)
{
    sqlite3_stmt *row = NULL;
    Status status = query_prepare(store, &row, message,
                                  "SELECT group_concat(estimator, char(10)) FROM (SELECT estimator FROM"
                                  " estimator WHERE experiment = ?1 ORDER BY position)",
                                  "t", experiment);
    *names = !status && query_next(store, row, &status, message) ? strdup(column_text(row, 0)) : NULL;
    sqlite3_finalize(row);
    return status || *names ? status : fail_memory(message, "the names of the estimators");
}

/* The estimators of the row take positions 0, 1, ...; those of earlier runs that the row does not name
 * follow, in their old order. */
static Status store_estimators(Store *store, const ExperimentRow *row, Message *message)
{
    Status status =
        query_run(store, message, "UPDATE estimator SET position = position + 1000000 WHERE experiment = ?1",
                  "t", row->name);
    for (int i = 0; i < row->methods && !status; i++) {
        const MethodRow *method = &row->method[i];
        status = query_run(store, message,
                           "INSERT INTO estimator (experiment, estimator, position) VALUES (?1, ?2, ?3)"
                           " ON CONFLICT (experiment, estimator) DO UPDATE SET position = excluded.position",
                           "tti", row->name, method->name, i);
        if (!status)
            status = query_run(store, message,
                               "INSERT OR REPLACE INTO method (experiment, estimator, base, label, unbiased)"
                               " VALUES (?1, ?2, coalesce(?3, ?2), coalesce(?4, ?2), ?5)",
                               "tttti", row->name, method->name, method->base, method->label,
                               (int)method->unbiased);
    }
    if (status)
        return status;
    return query_run(
        store, message,
        "UPDATE estimator SET position = ranked.place FROM (SELECT estimator AS name, row_number() OVER"
        " (ORDER BY position) - 1 AS place FROM estimator WHERE experiment = ?1) AS ranked"
        " WHERE experiment = ?1 AND estimator = ranked.name",
        "t", row->name);
}

static Status store_claims(Store *store, const ExperimentRow *row, Message *message)
{
    Status status = query_run(store, message, "DELETE FROM claim WHERE experiment = ?1", "t", row->name);
    for (int i = 0; i < row->claims && !status; i++) {
        status = query_run(store, message,
                           "INSERT INTO claim (experiment, position, says, that) VALUES (?1, ?2, ?3, ?4)",
                           "titt", row->name, i, row->claim[i].says, row->claim[i].that);
    }
    return status;
}

static Status store_precision(Store *store, const ExperimentRow *row, Message *message)
{
    Status status = query_run(store, message, "DELETE FROM precision WHERE experiment = ?1", "t", row->name);
    if (!status && row->precision && *row->precision)
        status = query_run(store, message, "INSERT INTO precision (experiment, asked) VALUES (?1, ?2)", "tt",
                           row->name, row->precision);
    return status;
}

Status store_experiment(Store *store, const ExperimentRow *row, Message *message)
{
    char started[32], registered[REGISTRATION_TEXT];
    now(started);
    registration_text(row->fingerprint, registered);
    Status status = query_begin(store, message);
    if (status)
        return status;
    status = forget_methods_without_runs(store, row->name, message);
    if (!status)
        status = check_fingerprint(store, row, message);
    if (!status) {
        status = query_run(
            store, message,
            "INSERT INTO experiment (name, question, spec, baseline, seed, top_k, shown, version, libraries,"
            " host, started, stale, registered) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 1,"
            " ?12)"
            " ON CONFLICT (name) DO UPDATE SET question = excluded.question, spec = excluded.spec,"
            " stale = stale OR baseline <> excluded.baseline, baseline = excluded.baseline,"
            " shown = excluded.shown, finished = NULL",
            "ttttlitttttt", row->name, row->question, row->spec, row->baseline, row->seed, row->top_k,
            row->shown, row->version, row->libraries, row->host, started, registered);
    }
    if (!status && row->origin)
        status = origin_register(store, row->name, row->origin, message);
    if (!status && row->origin && row->origin->redo_all)
        status = query_run(store, message,
                           "UPDATE experiment SET version = ?2, libraries = ?3, host = ?4, started = ?5"
                           " WHERE name = ?1",
                           "ttttt", row->name, row->version, row->libraries, row->host, started);
    if (!status)
        status = store_fingerprint(store, row, message);
    char *before = NULL, *after = NULL; /* summaries go by the order of the estimators */
    if (!status)
        status = read_order(store, row->name, &before, message);
    if (!status)
        status = store_estimators(store, row, message);
    if (!status)
        status = read_order(store, row->name, &after, message);
    if (!status && strcmp(before, after) != 0)
        status = query_run(store, message, "UPDATE experiment SET stale = 1 WHERE name = ?1", "t", row->name);
    free(before);
    free(after);
    if (!status)
        status = store_claims(store, row, message);
    if (!status)
        status = store_precision(store, row, message);
    if (!status)
        status = registration_take(store, row->name, message);
    return query_end(store, status, message);
}

Status store_setting(Store *store, const SettingRow *row, Message *message)
{
    Status status = query_begin(store, message);
    if (status)
        return status;
    status = registration_check(store, row->experiment, message);
    if (!status)
        status = query_run(store, message,
                           "INSERT INTO setting (experiment, setting, position) VALUES (?1, ?2, ?3)"
                           " ON CONFLICT (experiment, setting) DO UPDATE SET position = excluded.position",
                           "tti", row->experiment, row->setting, row->position);
    if (!status)
        status = query_run(store, message,
                           "INSERT INTO setting_log (experiment, setting, log) VALUES (?1, ?2, ?3)"
                           " ON CONFLICT (experiment, setting) DO UPDATE SET log = excluded.log",
                           "ttt", row->experiment, row->setting, row->log ? row->log : row->setting);
    if (!status)
        status = query_run(store, message, "DELETE FROM setting_key WHERE experiment = ?1 AND setting = ?2",
                           "tt", row->experiment, row->setting);
    for (int i = 0; i < row->keys && !status; i++)
        status = setting_key_write(store, row->experiment, row->setting, i, &row->key[i], message);
    return query_end(store, status, message);
}

Status store_mark_stale(Store *store, const char *experiment, const char *setting, Message *message)
{
    return query_run(store, message,
                     "UPDATE setting SET stale = 1 WHERE experiment = ?1 AND setting = ?2 AND stale = 0",
                     "tt", experiment, setting);
}

Status store_finish(Store *store, const char *experiment, Message *message)
{
    char finished[32];
    now(finished);
    Status status = query_begin(store, message);
    if (status)
        return status;
    status = registration_check(store, experiment, message);
    if (!status)
        status = query_run(store, message, "UPDATE experiment SET finished = ?2 WHERE name = ?1", "tt",
                           experiment, finished);
    return query_end(store, status, message);
}
