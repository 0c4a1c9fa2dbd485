/* The steps from one layout of a store to the next. They are apart from the schema, which knows the present
 * layout alone, and this is the one place where texts of an older store are taken apart. */
#include "results/store/upgrade.h"

#include "results/store/query.h"
#include "results/store/schema.h"
#include "results/store/setting_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A step to version `from` + 1. */
typedef struct UpgradeStep {
    int from;
    /* Lists of statements end with NULL; one that is NULL is empty. */
    const char *const *clear;  /* what makes room in the file for the new tables; a reader needs none of it */
    const char *const *create; /* CREATE TABLE of each table that is new, or has other columns now */
    const char *const *shadow; /* what a reader needs besides, for which the file has `change` */
    Status (*fill)(Store *store,
                   Message *message); /* their rows, from what the store has; NULL: it has none of them */
    const char *const *change;        /* what else becomes of the file */
} UpgradeStep;

/* The fingerprint was one text with a line "key: value" for each key, and had no legacy values. A text of
 * another form gives keys that no spec has, so that the experiment can be read but not taken up again. */
static Status split_fingerprint(Store *store, const char *experiment, char *text, Message *message)
{
    Status status = STATUS_OK;
    for (char *line; !status && (line = strsep(&text, "\n"));) {
        char *value = strstr(line, ": ");
        if (!value)
            continue;
        *value = 0;
        status = query_run(store, message,
                           "INSERT OR IGNORE INTO fingerprint (experiment, key, value) VALUES (?1, ?2, ?3)",
                           "ttt", experiment, line, value + 2);
    }
    return status;
}

/* The keys of a setting stood in its text alone: "key=value key=value". A value may hold blanks, so a pair
 * ends at the last blank before the next "=". */
static Status split_setting(Store *store, const char *experiment, const char *setting, char *text,
                            Message *message)
{
    Status status = STATUS_OK;
    char *equals = strchr(text, '=');
    for (int position = 0; !status && equals; position++) {
        char *value = equals + 1, *next = strchr(value, '='), *end = NULL;
        *equals = 0;
        if (next) {
            *next = 0;
            end = strrchr(value, ' ');
            *next = '=';
        }
        if (end)
            *end = 0;
        status = setting_key_write(store, experiment, setting, position, &(KeyValue){text, value}, message);
        if (!end)
            break;
        text = end + 1;
        equals = next;
    }
    return status;
}

static Status fill_fingerprints(Store *store, Message *message)
{
    sqlite3_stmt *row = NULL;
    Status status = query_prepare(store, &row, message, "SELECT name, fingerprint FROM experiment", "");
    while (!status && query_next(store, row, &status, message)) {
        char *text = strdup(column_text(row, 1));
        status = text ? split_fingerprint(store, column_text(row, 0), text, message)
                      : fail_memory(message, "a fingerprint");
        free(text);
    }
    sqlite3_finalize(row);
    return status;
}

static Status fill_setting_keys(Store *store, Message *message)
{
    sqlite3_stmt *row = NULL;
    Status status = query_prepare(store, &row, message, "SELECT experiment, setting FROM setting", "");
    while (!status && query_next(store, row, &status, message)) {
        char *text = strdup(column_text(row, 1));
        status = text ? split_setting(store, column_text(row, 0), column_text(row, 1), text, message)
                      : fail_memory(message, "a setting");
        free(text);
    }
    sqlite3_finalize(row);
    return status;
}

static Status fill_from_5(Store *store, Message *message)
{
    Status status = fill_fingerprints(store, message);
    return status ? status : fill_setting_keys(store, message);
}

/* These texts are today's; when a later version changes one of these tables, version 6's text moves here. */
static const char *const create_from_5[] = {schema_fingerprint, schema_setting_key, NULL};
static const char *const change_from_5[] = {"ALTER TABLE experiment DROP COLUMN fingerprint", NULL};

/* Every setting drew logs of its own; there were no named methods, and no labels. What made the numbers was
 * not recorded. */
static Status fill_from_6(Store *store, Message *message)
{
    Status status = query_run(store, message,
                              "INSERT INTO setting_log (experiment, setting, log) SELECT experiment, setting,"
                              " setting FROM setting",
                              "");
    return status ? status
                  : query_run(store, message,
                              "INSERT INTO method (experiment, estimator, base, label)"
                              " SELECT experiment, estimator, estimator, estimator FROM estimator",
                              "");
}

static const char *const create_from_6[] = {schema_setting_log, schema_method, schema_code,
                                            schema_data_file,   schema_build,  NULL};
static const char runs_of_a_reader[] =
    "CREATE TEMPORARY VIEW run AS SELECT experiment, setting, estimator, world, replicate, status, seconds,"
    " steps, tuned, NULL AS parameters, NULL AS message, NULL AS shared,"
    " NULL AS asked, predictions FROM main.run";
static const char *const shadow_from_6[] = {runs_of_a_reader, NULL};
static const char take_runs_of_6[] =
    "INSERT INTO run (experiment, setting, estimator, world, replicate, status, seconds, steps, tuned,"
    " predictions) SELECT experiment, setting, estimator, world, replicate, status, seconds, steps, tuned,"
    " predictions FROM run_of_6";
/* The table of runs is made anew, so that its statement is that of a new store. What refers to it keeps its
 * name meanwhile: that is the legacy behaviour, and it takes foreign keys that are not enforced yet. */
static const char *const change_from_6[] = {
    "PRAGMA legacy_alter_table = ON",
    "ALTER TABLE run RENAME TO run_of_6",
    schema_run,
    take_runs_of_6,
    "DROP TABLE run_of_6",
    "PRAGMA legacy_alter_table = OFF",
    "ALTER TABLE experiment ADD COLUMN registered TEXT NOT NULL DEFAULT ''",
    NULL};

/* Two tables of summaries got more columns: all summaries are computed anew. A reader computes its own, and
 * what says whether they are stale is its own as well. */
static const char *const clear_from_7[] = {"DROP VIEW bias_variance", "DROP VIEW metric_summary",
                                           "DROP TABLE summary_bias_variance", "DROP TABLE summary_metric",
                                           NULL};
static const char test_sample_of_8[] =
    "CREATE TABLE test_sample ("
    " experiment TEXT NOT NULL, setting TEXT NOT NULL, space TEXT NOT NULL, task TEXT NOT NULL,"
    " metric TEXT NOT NULL, estimator TEXT NOT NULL, world INTEGER NOT NULL,"
    " replicate INTEGER NOT NULL, without BLOB NOT NULL,"
    " PRIMARY KEY (experiment, setting, space, task, metric, estimator, world, replicate)) WITHOUT ROWID";
static const char *const create_from_7[] = {test_sample_of_8, schema_summary_bias_variance,
                                            schema_summary_metric, NULL};
static const char *const shadow_from_7[] = {
    "CREATE TEMPORARY TABLE summary_decile AS SELECT * FROM main.summary_decile WHERE 0",
    "CREATE TEMPORARY TABLE summary_calibration AS SELECT * FROM main.summary_calibration WHERE 0",
    "CREATE TEMPORARY TABLE summary_paired AS SELECT * FROM main.summary_paired WHERE 0",
    "CREATE TEMPORARY TABLE summary_risk AS SELECT * FROM main.summary_risk WHERE 0",
    "CREATE TEMPORARY TABLE experiment AS SELECT * FROM main.experiment",
    "UPDATE temp.experiment SET stale = 1",
    NULL};
static const char *const change_from_7[] = {schema_view_bias_variance, schema_view_metric_summary,
                                            "UPDATE experiment SET stale = 1", NULL};

/* Metrics were keyed by eight texts and numbers, metric before unit, and what the test sample does to them
 * was a table of its own. */
static Status fill_from_8(Store *store, Message *message)
{
    static const char *const fill[] = {
        "INSERT INTO series (experiment, setting, estimator, id) SELECT experiment, setting, estimator,"
        " row_number() OVER (ORDER BY experiment, setting, estimator)"
        " FROM (SELECT DISTINCT experiment, setting, estimator FROM metric)",
        "INSERT INTO metric_name (space, task, metric, id) SELECT space, task, metric,"
        " row_number() OVER (ORDER BY space, task, metric)"
        " FROM (SELECT DISTINCT space, task, metric FROM metric)",
        "INSERT INTO metric_value (series, world, replicate, metric, value, without)"
        " SELECT s.id, m.world, m.replicate, n.id, m.value, t.without"
        " FROM metric m JOIN series s USING (experiment, setting, estimator)"
        " JOIN metric_name n USING (space, task, metric)"
        " LEFT JOIN test_sample t USING (experiment, setting, space, task, metric, estimator, world,"
        " replicate) ORDER BY 1, 2, 3, 4",
        NULL};
    Status status = STATUS_OK;
    for (const char *const *statement = fill; !status && *statement; statement++)
        status = query_run(store, message, *statement, "");
    return status;
}

/* The tables of summaries are those of a reader already where an older step has made them. */
static const char *const create_from_8[] = {schema_series, schema_metric_name, schema_metric_value, NULL};
static const char *const shadow_from_8[] = {
    "CREATE TEMPORARY TABLE setting AS SELECT experiment, setting, position, 0 AS stale FROM main.setting",
    ("CREATE TEMPORARY TABLE IF NOT EXISTS summary_bias_variance AS"
     " SELECT * FROM main.summary_bias_variance WHERE 0"),
    "CREATE TEMPORARY TABLE IF NOT EXISTS summary_metric AS SELECT * FROM main.summary_metric WHERE 0",
    "CREATE TEMPORARY TABLE IF NOT EXISTS summary_decile AS SELECT * FROM main.summary_decile WHERE 0",
    ("CREATE TEMPORARY TABLE IF NOT EXISTS summary_calibration AS"
     " SELECT * FROM main.summary_calibration WHERE 0"),
    "CREATE TEMPORARY TABLE IF NOT EXISTS summary_paired AS SELECT * FROM main.summary_paired WHERE 0",
    "CREATE TEMPORARY TABLE IF NOT EXISTS summary_risk AS SELECT * FROM main.summary_risk WHERE 0",
    "CREATE TEMPORARY TABLE IF NOT EXISTS experiment AS SELECT * FROM main.experiment",
    "UPDATE temp.experiment SET stale = 1",
    NULL};
static const char *const change_from_8[] = {"DROP TABLE test_sample", "DROP TABLE metric",
                                            "ALTER TABLE setting ADD COLUMN stale INTEGER NOT NULL DEFAULT 0",
                                            schema_view_metric, NULL};

/* There was no `precision`. */
static const char *const create_from_9[] = {schema_precision, NULL};

/* Risk rows did not say what share of the imputed errors is left out. */
static const char risk_of_a_reader[] =
    "CREATE TEMPORARY VIEW risk AS SELECT experiment, setting, predictor, estimator, world,"
    " predictor_position, estimator_position, redraws, ideal, bias_theory, sd_theory, NULL AS left_out,"
    " estimates FROM main.risk";
static const char take_risk_of_10[] =
    "INSERT INTO risk (experiment, setting, predictor, estimator, world, predictor_position,"
    " estimator_position, redraws, ideal, bias_theory, sd_theory, estimates) SELECT experiment, setting,"
    " predictor, estimator, world, predictor_position, estimator_position, redraws, ideal, bias_theory,"
    " sd_theory, estimates FROM risk_of_10";
static const char *const clear_from_10[] = {"DROP VIEW risk_summary", NULL};
static const char *const shadow_from_10[] = {risk_of_a_reader, NULL};
static const char *const change_from_10[] = {"ALTER TABLE risk RENAME TO risk_of_10",
                                             schema_risk,
                                             take_risk_of_10,
                                             "DROP TABLE risk_of_10",
                                             schema_view_risk_summary,
                                             NULL};

static const UpgradeStep upgrade_steps[] = {
    {5, NULL, create_from_5, NULL, fill_from_5, change_from_5},
    {6, NULL, create_from_6, shadow_from_6, fill_from_6, change_from_6},
    {7, clear_from_7, create_from_7, shadow_from_7, NULL, change_from_7},
    {8, NULL, create_from_8, shadow_from_8, fill_from_8, change_from_8},
    {9, NULL, create_from_9, NULL, NULL, NULL},
    {10, clear_from_10, NULL, shadow_from_10, NULL, change_from_10},
};
enum { STEPS = sizeof upgrade_steps / sizeof *upgrade_steps };

static Status run_all(Store *store, const char *const *statement, Message *message)
{
    Status status = STATUS_OK;
    for (; !status && statement && *statement; statement++)
        status = query_run(store, message, *statement, "");
    return status;
}

Status store_upgrade(Store *store, int version, Message *message)
{
    Status status = STATUS_OK;
    for (int i = 0; !status && i < STEPS; i++) {
        const UpgradeStep *step = &upgrade_steps[i];
        if (step->from < version)
            continue;
        status = run_all(store, step->clear, message);
        if (!status)
            status = run_all(store, step->create, message);
        if (!status && step->fill)
            status = step->fill(store, message);
        if (!status)
            status = run_all(store, step->change, message);
    }
    return status ? status : schema_set_version(store, message);
}

static Status create_temporary(Store *store, const char *const *statement, Message *message)
{
    static const char create[] = "CREATE ";
    Status status = STATUS_OK;
    for (; !status && statement && *statement; statement++) {
        char *sql = NULL;
        if (asprintf(&sql, "CREATE TEMPORARY %s", *statement + strlen(create)) < 0)
            return fail_memory(message, "a table");
        status = query_run(store, message, sql, "");
        free(sql);
    }
    return status;
}

Status store_upgrade_view(Store *store, int version, Message *message)
{
    Status status = STATUS_OK;
    for (int i = 0; !status && i < STEPS; i++) {
        const UpgradeStep *step = &upgrade_steps[i];
        if (step->from < version)
            continue;
        status = create_temporary(store, step->create, message);
        if (!status)
            status = run_all(store, step->shadow, message);
        if (!status && step->fill)
            status = step->fill(store, message);
    }
    return status;
}
