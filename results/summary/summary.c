/* Brings summaries up to date: all tables of each stale setting anew, in one transaction. */
#include "results/summary/summary.h"

#include "results/store/query.h"
#include "results/summary/summary_internal.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static Status clear_summaries(Store *store, const char *experiment, const char *setting, Message *message)
{
    static const char *const clear[] = {
        "DELETE FROM summary_bias_variance WHERE experiment = ?1 AND setting = ?2",
        "DELETE FROM summary_decile WHERE experiment = ?1 AND setting = ?2",
        "DELETE FROM summary_calibration WHERE experiment = ?1 AND setting = ?2",
        "DELETE FROM summary_metric WHERE experiment = ?1 AND setting = ?2",
        "DELETE FROM summary_paired WHERE experiment = ?1 AND setting = ?2",
        "DELETE FROM summary_risk WHERE experiment = ?1 AND setting = ?2",
    };
    Status status = STATUS_OK;
    for (size_t i = 0; !status && i < sizeof clear / sizeof *clear; i++)
        status = query_run(store, message, clear[i], "tt", experiment, setting);
    return status;
}

static Status summarise_setting(const SummaryScope *scope, Message *message)
{
    Status status = clear_summaries(scope->store, scope->experiment, scope->setting, message);
    if (!status)
        status = summarise_truth(scope, message);
    if (!status)
        status = summarise_metrics(scope, message);
    return status ? status : summarise_risk(scope, message);
}

/* All settings where the experiment is stale, else those that are. */
static Status summarise(Store *store, const char *experiment, const char *baseline, Message *message)
{
    sqlite3_stmt *row = NULL;
    Status status =
        query_prepare(store, &row, message,
                      "SELECT s.setting FROM setting s JOIN experiment e ON e.name = s.experiment"
                      " WHERE s.experiment = ?1 AND (e.stale OR s.stale) ORDER BY s.position, s.setting",
                      "t", experiment);
    while (!status && query_next(store, row, &status, message)) {
        const SummaryScope scope = {store, experiment, column_text(row, 0), baseline};
        status = summarise_setting(&scope, message);
    }
    sqlite3_finalize(row);
    if (!status)
        status = query_run(store, message, "UPDATE setting SET stale = 0 WHERE experiment = ?1 AND stale",
                           "t", experiment);
    return status ? status
                  : query_run(store, message, "UPDATE experiment SET stale = 0 WHERE name = ?1 AND stale",
                              "t", experiment);
}

/* Summarises the first stale experiment after `last`, whose place it takes, if there is one more. */
static Status refresh_next(Store *store, char **last, bool *more, Message *message)
{
    char *name = NULL, *baseline = NULL;
    sqlite3_stmt *row = NULL;
    Status status = query_prepare(
        store, &row, message,
        "SELECT name, baseline FROM experiment e WHERE (stale OR EXISTS (SELECT 1 FROM setting s"
        " WHERE s.experiment = e.name AND s.stale)) AND (?1 IS NULL OR name > ?1) ORDER BY name LIMIT 1",
        "t", *last);
    *more = !status && query_next(store, row, &status, message);
    if (*more) {
        name = strdup(column_text(row, 0));
        baseline = strdup(column_text(row, 1));
    }
    sqlite3_finalize(row);
    if (*more)
        status = name && baseline ? summarise(store, name, baseline, message)
                                  : fail_memory(message, "the names of the experiments");
    free(baseline);
    free(*last);
    *last = name;
    return status;
}

static Status refresh_all(Store *store, Message *message)
{
    Status status = query_begin(store, message);
    if (status)
        return status;
    /* A query of all stale experiments would read what its loop updates. That each name is after the last
     * ends the loop, whatever the file holds. */
    char *last = NULL;
    for (bool more = true; more && !status;)
        status = refresh_next(store, &last, &more, message);
    free(last);
    return query_end(store, status, message);
}

/* The number that a query says. */
static Status read_number(Store *store, const char *sql, int *number, Message *message)
{
    sqlite3_stmt *row = NULL;
    Status status = query_prepare(store, &row, message, sql, "");
    *number = !status && query_next(store, row, &status, message) ? sqlite3_column_int(row, 0) : 0;
    sqlite3_finalize(row);
    return status;
}

Status summary_refresh(Store *store, Message *message)
{
    int stale, reading;
    Status status = read_number(store,
                                "SELECT EXISTS (SELECT 1 FROM experiment WHERE stale)"
                                " OR EXISTS (SELECT 1 FROM setting WHERE stale)",
                                &stale, message);
    if (status || stale == 0)
        return status;
    status = read_number(store, "PRAGMA query_only", &reading, message);
    if (!status && reading)
        status = store_let_write(store, 1, message);
    if (!status)
        status = refresh_all(store, message);
    if (!reading)
        return status;
    Status closed = store_let_write(store, 0, status ? NULL : message);
    return status ? status : closed;
}
