/* The tables code, data_file and build, and when units of different code or data may stand beside each other.
 * The comparison is made twice: before units are computed again, and in the transaction that registers the
 * experiment, since another process may have registered its own meanwhile. */
#include "results/store/origin.h"

#include "results/store/query.h"
#include "results/store/store_lock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NAMED = 6, NAMES_TEXT = 420 };

const char origin_risk[] = "risk layer";

/* In data_file.kept, of a file that units were run on. */
static const char kept_gone[] = "no longer there";

/* By setting, so that the primary key serves. */
static const char units_of_estimator[] =
    "SELECT 1 FROM setting s JOIN run r ON r.experiment = s.experiment AND r.setting = s.setting"
    " AND r.estimator = ?2 WHERE s.experiment = ?1 LIMIT 1";
static const char units_of_risk[] = "SELECT 1 FROM risk WHERE experiment = ?1 AND ?2 <> '' LIMIT 1";
static const char units_of_experiment[] = "SELECT 1 FROM run WHERE experiment = ?1 UNION ALL"
                                          " SELECT 1 FROM risk WHERE experiment = ?1 LIMIT 1";

static bool is_risk(const CodeRow *code)
{
    return !strcmp(code->estimator, origin_risk);
}

static bool at_work_elsewhere(Store *store, const char *experiment)
{
    return store_lock_elsewhere(store_lock_file(store), &(LockName){experiment, "", "", 0, 0});
}

/* The name of the first of the parts "NAME=HASH,..." that is not among the others. */
static void find_part(const char *parts, const char *others, char part[CODE_PART])
{
    part[0] = 0;
    while (*parts && !part[0]) {
        const size_t length = strcspn(parts, ",");
        bool same = false;
        for (const char *at = others; !same && *at; at += strcspn(at, ","), at += *at == ',')
            same = strcspn(at, ",") == length && !strncmp(at, parts, length);
        if (!same)
            snprintf(part, CODE_PART, "%.*s", (int)strcspn(parts, "="), parts);
        parts += length + (parts[length] == ',');
    }
}

static Status compare_code(Store *store, const char *experiment, CodeRow *code, Message *message)
{
    sqlite3_stmt *row = NULL;
    bool known = false;
    Status status =
        query_has(store, &code->units, message, is_risk(code) ? units_of_risk : units_of_estimator, "tt",
                  experiment, code->estimator);
    if (!status)
        status = query_prepare(
            store, &row, message,
            "SELECT own <> ?3, base <> ?4, own FROM code WHERE experiment = ?1 AND estimator = ?2", "tttt",
            experiment, code->estimator, code->own, code->base);
    code->own_new = code->base_new = false;
    if (!status && query_next(store, row, &status, message)) {
        known = true;
        code->own_new = sqlite3_column_int(row, 0);
        code->base_new = sqlite3_column_int(row, 1);
        if (code->outside && code->own_new)
            find_part(code->own, column_text(row, 2), code->part);
    }
    sqlite3_finalize(row);
    code->unknown = code->units && !known;
    /* What another process is about to store is there already, as far as this is concerned. */
    code->units |= known && at_work_elsewhere(store, experiment);
    return status;
}

static bool code_changed(const CodeRow *code)
{
    return code->units && (code->own_new || code->base_new);
}

/* Whether the file is as the store has it; else says what is not. */
static Status compare_file(Store *store, const char *experiment, const FileRow *file, Origin *origin,
                           Message *message)
{
    sqlite3_stmt *row = NULL;
    Status status = query_prepare(store, &row, message,
                                  "SELECT bytes, hash FROM data_file WHERE experiment = ?1 AND file = ?2",
                                  "tt", experiment, file->file);
    if (!status && !query_next(store, row, &status, message) && !status) {
        snprintf(origin->data_change, sizeof origin->data_change,
                 "%.300s was not there when its units were run", file->path);
    } else if (!status && (sqlite3_column_int64(row, 0) != file->bytes ||
                           strcmp(column_text(row, 1), file->hash) != 0)) {
        snprintf(origin->data_change, sizeof origin->data_change,
                 "%.300s is not the file that its units were run on: that had %lld bytes and the SHA-256 "
                 "%.12s..., now it has %lld and %.12s...",
                 file->path, (long long)sqlite3_column_int64(row, 0), column_text(row, 1),
                 (long long)file->bytes, file->hash);
    }
    sqlite3_finalize(row);
    return status;
}

/* The first file that the store knows and that is not there any more, which nobody has kept; free(*path). */
static Status find_gone(Store *store, const char *experiment, const Origin *origin, char **gone,
                        Message *message)
{
    sqlite3_stmt *row = NULL;
    Status status = query_prepare(store, &row, message,
                                  "SELECT file FROM data_file WHERE experiment = ?1 AND kept <> ?2"
                                  " ORDER BY file",
                                  "tt", experiment, kept_gone);
    *gone = NULL;
    while (!status && !*gone && query_next(store, row, &status, message)) {
        bool found = false;
        for (int i = 0; !found && i < origin->files; i++)
            found = !strcmp(origin->file[i].file, column_text(row, 0));
        if (!found && !(*gone = strdup(column_text(row, 0))))
            status = fail_memory(message, "the name of a file");
    }
    sqlite3_finalize(row);
    return status;
}

static Status compare_data(Store *store, const char *experiment, Origin *origin, Message *message)
{
    bool units, known;
    origin->data_unknown = false;
    origin->data_change[0] = 0;
    Status status = query_has(store, &units, message, units_of_experiment, "t", experiment);
    if (!status)
        status = query_has(store, &known, message, "SELECT 1 FROM data_file WHERE experiment = ?1 LIMIT 1",
                           "t", experiment);
    if (status)
        return status;
    origin->data_unknown = units && !known && origin->files > 0;
    if (!known || (!units && !at_work_elsewhere(store, experiment)))
        return STATUS_OK;
    for (int i = 0; !status && !origin->data_change[0] && i < origin->files; i++)
        status = compare_file(store, experiment, &origin->file[i], origin, message);
    char *gone = NULL;
    if (!status && !origin->data_change[0])
        status = find_gone(store, experiment, origin, &gone, message);
    if (gone)
        snprintf(origin->data_change, sizeof origin->data_change,
                 "%.300s, which its units were run on, is not there", gone);
    free(gone);
    return status;
}

Status origin_compare(Store *store, const char *experiment, Origin *origin, Message *message)
{
    Status status = compare_data(store, experiment, origin, message);
    for (int i = 0; !status && i < origin->codes; i++)
        status = compare_code(store, experiment, &origin->code[i], message);
    return status;
}

/* Names with commas between them: all, or as many as are read at a glance. */
typedef struct NameText {
    char text[NAMES_TEXT];
    int names;
} NameText;

static void name_add(NameText *list, const char *name)
{
    const size_t used = strlen(list->text);
    if (list->names++ < MOST_NAMED)
        snprintf(list->text + used, sizeof list->text - used, "%s%s", used ? "," : "", name);
}

static void name_end(NameText *list)
{
    const size_t used = strlen(list->text);
    if (list->names > MOST_NAMED)
        snprintf(list->text + used, sizeof list->text - used, " and %d more", list->names - MOST_NAMED);
}

static Status refuse_outside(Store *store, const char *experiment, const CodeRow *code, Message *message)
{
    return fail(message, STATUS_USAGE,
                "%s: experiment '%s': %s of '%s' has changed since its units were run; --redo %s runs them "
                "again, --keep keeps them, or give the model a new name",
                store_path(store), experiment, code->part[0] ? code->part : "a file", code->estimator,
                code->estimator);
}

static Status refuse_code(Store *store, const char *experiment, const Origin *origin, Message *message)
{
    NameText own = {.names = 0}, base = {.names = 0}, all = {.names = 0};
    bool computed = true;
    char what[2 * NAMES_TEXT + 100];
    for (int i = 0; i < origin->codes; i++) {
        const CodeRow *code = &origin->code[i];
        if (!code_changed(code) || code->answer != ORIGIN_REFUSE)
            continue;
        if (code->outside)
            return refuse_outside(store, experiment, code, message);
        name_add(code->own_new ? &own : &base, code->estimator);
        name_add(&all, code->estimator);
        computed &= code->computed;
    }
    if (all.names == 0)
        return STATUS_OK;
    name_end(&own);
    name_end(&base);
    snprintf(what, sizeof what, "%s%s%s%s%s%s", own.names ? "the source of " : "", own.text,
             own.names && base.names ? " and " : "", base.names ? "what " : "", base.text,
             base.names ? base.names > 1 ? " are built on" : " is built on" : "");
    return fail(
        message, STATUS_USAGE,
        "%s: experiment '%s': %s %s changed since its units were run%s; --redo %s%s%s runs them again, "
        "--keep keeps them",
        store_path(store), experiment, what, own.names && base.names ? "have" : "has",
        computed ? ", and a unit computed again is not the same" : "", strchr(all.text, ' ') ? "'" : "",
        all.names > MOST_NAMED ? "all" : all.text, strchr(all.text, ' ') ? "'" : "");
}

static Status refuse(Store *store, const char *experiment, const Origin *origin, Message *message)
{
    if (origin->data_change[0] && !origin->keep_data)
        return fail(message, STATUS_USAGE,
                    "%s: experiment '%s': %s; --redo all runs all of its units again, --keep keeps them",
                    store_path(store), experiment, origin->data_change);
    return refuse_code(store, experiment, origin, message);
}

static Status run_each(Store *store, const char *const *sql, const char *experiment, const char *estimator,
                       Message *message)
{
    Status status = STATUS_OK;
    for (; !status && *sql; sql++)
        status = query_run(store, message, *sql, "tt", experiment, estimator);
    return status;
}

/* The units of an estimator, trained and of the risk layer. */
static Status delete_units(Store *store, const char *experiment, const char *estimator, Message *message)
{
    static const char *const units[] = {("DELETE FROM metric_value WHERE series IN (SELECT id FROM series"
                                         " WHERE experiment = ?1 AND estimator = ?2)"),
                                        "DELETE FROM series WHERE experiment = ?1 AND estimator = ?2",
                                        "DELETE FROM run WHERE experiment = ?1 AND estimator = ?2",
                                        "DELETE FROM risk WHERE experiment = ?1 AND estimator = ?2", NULL};
    static const char *const risk[] = {"DELETE FROM risk WHERE experiment = ?1 AND ?2 <> ''", NULL};
    return run_each(store, strcmp(estimator, origin_risk) != 0 ? units : risk, experiment, estimator,
                    message);
}

static Status delete_all(Store *store, const char *experiment, Message *message)
{
    static const char *const all[] = {("DELETE FROM metric_value WHERE series IN (SELECT id FROM series"
                                       " WHERE experiment = ?1 AND ?2 = '')"),
                                      "DELETE FROM series WHERE experiment = ?1 AND ?2 = ''",
                                      "DELETE FROM run WHERE experiment = ?1 AND ?2 = ''",
                                      "DELETE FROM risk WHERE experiment = ?1 AND ?2 = ''",
                                      "DELETE FROM test_set WHERE experiment = ?1 AND ?2 = ''",
                                      "DELETE FROM code WHERE experiment = ?1 AND ?2 = ''",
                                      "DELETE FROM data_file WHERE experiment = ?1 AND ?2 = ''",
                                      "DELETE FROM build WHERE experiment = ?1 AND ?2 = ''",
                                      NULL};
    return run_each(store, all, experiment, "", message);
}

/* Where no unit is left, nothing else of them is left either. */
static Status delete_for_redo(Store *store, const char *experiment, Origin *origin, Message *message)
{
    bool units = false;
    Status status = STATUS_OK;
    if (!origin->redo_all && origin->redos == 0)
        return STATUS_OK;
    if (at_work_elsewhere(store, experiment))
        return fail(
            message, STATUS_USAGE,
            "%s: another process is running experiment '%s', whose units --redo would delete; wait for "
            "its end, or stop it",
            store_path(store), experiment);
    for (int i = 0; !status && i < origin->redos; i++)
        status = delete_units(store, experiment, origin->redo[i], message);
    if (!status)
        status =
            query_run(store, message, "UPDATE experiment SET stale = 1 WHERE name = ?1", "t", experiment);
    if (!status && !origin->redo_all)
        status = query_has(store, &units, message, units_of_experiment, "t", experiment);
    origin->redo_all |= !units;
    return status || units ? status : delete_all(store, experiment, message);
}

/* Replaces the row. What was kept before stays kept, until the units are run again. */
static Status write_code(Store *store, const char *experiment, const CodeRow *code, const char *commit,
                         bool kept, Message *message)
{
    return query_run(
        store, message,
        "INSERT INTO code (experiment, estimator, own, base, revision, kept) VALUES (?1, ?2, ?3, ?4, ?5,"
        " CASE WHEN ?6 THEN 'not recorded' ELSE '' END)"
        " ON CONFLICT (experiment, estimator) DO UPDATE SET own = excluded.own, base = excluded.base,"
        " revision = CASE WHEN ?7 THEN revision ELSE excluded.revision END,"
        " kept = CASE WHEN ?6 THEN kept || iif(kept = '', '', '; ') || own || ' on ' || base"
        " WHEN ?7 THEN kept ELSE '' END",
        "tttttii", experiment, code->estimator, code->own, code->base, commit, (int)kept,
        (int)(code->answer == ORIGIN_SAME));
}

static Status register_code(Store *store, const char *experiment, const Origin *origin, const CodeRow *code,
                            Message *message)
{
    const bool kept = (code_changed(code) || code->unknown) && code->answer == ORIGIN_KEEP;
    if (code->unknown && !kept)
        return STATUS_OK;
    if (code->units && !code->unknown && !code_changed(code))
        return STATUS_OK;
    return write_code(store, experiment, code, origin->commit, kept, message);
}

static Status keep_gone(Store *store, const char *experiment, const Origin *origin, Message *message)
{
    char *gone;
    Status status;
    while (!(status = find_gone(store, experiment, origin, &gone, message)) && gone) {
        status =
            query_run(store, message, "UPDATE data_file SET kept = ?3 WHERE experiment = ?1 AND file = ?2",
                      "ttt", experiment, gone, kept_gone);
        free(gone);
        if (status)
            break;
    }
    return status;
}

static Status register_data(Store *store, const char *experiment, const Origin *origin, Message *message)
{
    const bool kept = (origin->data_change[0] || origin->data_unknown) && origin->keep_data;
    if (origin->data_unknown && !kept)
        return STATUS_OK;
    Status status = kept ? keep_gone(store, experiment, origin, message) : STATUS_OK;
    for (int i = 0; !status && i < origin->files; i++) {
        const FileRow *file = &origin->file[i];
        status = query_run(
            store, message,
            "INSERT INTO data_file (experiment, file, path, bytes, hash, kept) VALUES (?1, ?2, ?3, ?4, ?5, "
            "?7)"
            " ON CONFLICT (experiment, file) DO UPDATE SET path = excluded.path, bytes = excluded.bytes,"
            " hash = excluded.hash, kept = iif(?6 AND hash <> excluded.hash, kept || iif(kept = '', '', '; ')"
            " || bytes || ' bytes, ' || substr(hash, 1, 12), kept)",
            "tttltit", experiment, file->file, file->path, file->bytes, file->hash, (int)kept,
            !kept                  ? ""
            : origin->data_unknown ? "not recorded"
                                   : "not there before");
    }
    return status;
}

static Status register_build(Store *store, const char *experiment, const Origin *origin, Message *message)
{
    bool units;
    Status status = query_has(store, &units, message, units_of_experiment, "t", experiment);
    if (status || units)
        return status;
    return query_run(store, message,
                     "INSERT OR REPLACE INTO build (experiment, revision, compiler, flags, cpu)"
                     " VALUES (?1, ?2, ?3, ?4, ?5)",
                     "ttttt", experiment, origin->commit, origin->compiler, origin->flags, origin->cpu);
}

Status origin_register(Store *store, const char *experiment, Origin *origin, Message *message)
{
    Status status = delete_for_redo(store, experiment, origin, message);
    if (!status)
        status = origin_compare(store, experiment, origin, message);
    if (!status)
        status = refuse(store, experiment, origin, message);
    if (!status)
        status = register_build(store, experiment, origin, message);
    for (int i = 0; !status && i < origin->codes; i++)
        status = register_code(store, experiment, origin, &origin->code[i], message);
    return status ? status : register_data(store, experiment, origin, message);
}

Status origin_unit(Store *store, UnitKey *unit, bool *there, Message *message)
{
    sqlite3_stmt *row = NULL;
    Status status = query_prepare(store, &row, message,
                                  "SELECT world, replicate FROM run WHERE experiment = ?1 AND setting = ?2"
                                  " AND estimator = ?3 AND status IN ('done', 'diverged')"
                                  " ORDER BY status <> 'done', world, replicate LIMIT 1",
                                  "ttt", unit->experiment, unit->setting, unit->estimator);
    *there = !status && query_next(store, row, &status, message);
    if (*there) {
        unit->world = sqlite3_column_int(row, 0);
        unit->replicate = sqlite3_column_int(row, 1);
    }
    sqlite3_finalize(row);
    return status;
}

static bool same_blob(sqlite3_stmt *row, int column, const void *bytes, size_t size)
{
    const bool none = sqlite3_column_type(row, column) == SQLITE_NULL;
    if (none || !bytes)
        return none && !bytes;
    return (size_t)sqlite3_column_bytes(row, column) == size &&
           (size == 0 || !memcmp(sqlite3_column_blob(row, column), bytes, size));
}

/* NaN is stored as NULL, and read as NaN. */
static bool same_number(double a, double b)
{
    return a == b || (a != a && b != b);
}

/* A metric that the store lacks is new, and no difference. */
static Status same_metrics(Store *store, const RunRow *run, bool *same, Message *message)
{
    sqlite3_stmt *row = NULL;
    Status status = query_prepare(store, &row, message,
                                  "SELECT v.value FROM series s, metric_name n, metric_value v"
                                  " WHERE s.experiment = ?1 AND s.setting = ?2 AND n.space = ?3"
                                  " AND n.task = ?4 AND n.metric = ?5 AND s.estimator = ?6"
                                  " AND v.series = s.id AND v.world = ?7 AND v.replicate = ?8"
                                  " AND v.metric = n.id",
                                  "");
    for (int i = 0; !status && *same && i < run->metrics; i++) {
        const MetricRow *metric = &run->metric[i];
        status = query_bind(store, row, message, "ttttttii", run->experiment, run->setting, metric->space,
                            metric->task, metric->metric, run->estimator, run->world, run->replicate);
        if (!status && query_next(store, row, &status, message))
            *same = same_number(column_double(row, 0), metric->value);
    }
    sqlite3_finalize(row);
    return status;
}

Status origin_same_run(Store *store, const RunRow *run, bool *same, Message *message)
{
    sqlite3_stmt *row = NULL;
    Status status =
        query_prepare(store, &row, message,
                      "SELECT status, steps, tuned, predictions FROM run WHERE experiment = ?1"
                      " AND setting = ?2 AND estimator = ?3 AND world = ?4 AND replicate = ?5",
                      "tttii", run->experiment, run->setting, run->estimator, run->world, run->replicate);
    *same = !status && query_next(store, row, &status, message) &&
            !strcmp(column_text(row, 0), run->status) && sqlite3_column_int64(row, 1) == run->steps &&
            !strcmp(column_text(row, 2), run->tuned ? run->tuned : "") &&
            same_blob(row, 3, run->prediction, run->rows * sizeof *run->prediction);
    sqlite3_finalize(row);
    return status ? status : same_metrics(store, run, same, message);
}

Status origin_same_risk(Store *store, const RiskRow *risk, bool *same, Message *message)
{
    sqlite3_stmt *row = NULL;
    Status status = query_prepare(
        store, &row, message,
        "SELECT ideal, bias_theory, sd_theory, left_out, estimates FROM risk WHERE experiment ="
        " ?1 AND setting = ?2 AND predictor = ?3 AND estimator = ?4 AND world = ?5",
        "tttti", risk->experiment, risk->setting, risk->predictor, risk->estimator, risk->world);
    *same =
        !status && query_next(store, row, &status, message) &&
        same_number(column_double(row, 0), risk->ideal) &&
        same_number(column_double(row, 1), risk->bias_theory) &&
        same_number(column_double(row, 2), risk->sd_theory) &&
        (sqlite3_column_type(row, 3) == SQLITE_NULL || same_number(column_double(row, 3), risk->left_out));
    if (*same) {
        const int stored = sqlite3_column_bytes(row, 4) / (int)sizeof *risk->estimate;
        const int both = stored < risk->redraws ? stored : risk->redraws;
        *same = both > 0 &&
                !memcmp(sqlite3_column_blob(row, 4), risk->estimate, (size_t)both * sizeof *risk->estimate);
    }
    sqlite3_finalize(row);
    return status;
}
