#include "results/summary/summary.h"

#include "results/store/query.h"
#include "results/summary/summary_internal.h"

#include <stdlib.h>
#include <string.h>

static Status clear_summaries(Store *store, const char *experiment, Message *message)
{
    static const char *const clear[] = {
        "DELETE FROM summary_bias_variance WHERE experiment = ?1",
        "DELETE FROM summary_decile WHERE experiment = ?1",
        "DELETE FROM summary_calibration WHERE experiment = ?1",
        "DELETE FROM summary_metric WHERE experiment = ?1",
        "DELETE FROM summary_paired WHERE experiment = ?1",
        "DELETE FROM summary_risk WHERE experiment = ?1",
    };
    Status status = STATUS_OK;
    for (size_t i = 0; !status && i < sizeof clear / sizeof *clear; i++) {
        status = query_run(store, message, clear[i], "t", experiment);
    }
    return status;
}

static Status summarise(Store *store, const char *experiment, const char *baseline, Message *message)
{
    Status status = clear_summaries(store, experiment, message);
    sqlite3_stmt *statement = NULL;
    if (!status) {
        status = query_prepare(store, &statement, message,
                               "SELECT setting FROM setting WHERE experiment = ?1 ORDER BY position, setting",
                               "t", experiment);
    }
    while (!status && query_next(store, statement, &status, message)) {
        const char *setting = column_text(statement, 0);
        status = summarise_truth(store, experiment, setting, message);
        if (!status) {
            status = summarise_metrics(store, experiment, setting, baseline, message);
        }
        if (!status) {
            status = summarise_risk(store, experiment, setting, message);
        }
    }
    sqlite3_finalize(statement);
    if (status) {
        return status;
    }
    return query_run(store, message, "UPDATE experiment SET stale = 0 WHERE name = ?1", "t", experiment);
}

static Status refresh_all(Store *store, Message *message)
{
    Status status = query_begin(store, message);
    if (status) {
        return status;
    }
    /* The loop's statement reads what its body updates, so it takes one stale experiment at a time. */
    for (int more = 1; more && !status;) {
        sqlite3_stmt *statement = NULL;
        char *name = NULL;
        char *baseline = NULL;
        status = query_prepare(store, &statement, message,
                               "SELECT name, baseline FROM experiment WHERE stale ORDER BY name LIMIT 1", "");
        more = !status && query_next(store, statement, &status, message);
        if (more) {
            name = strdup(column_text(statement, 0));
            baseline = strdup(column_text(statement, 1));
        }
        sqlite3_finalize(statement);
        if (more) {
            status = name && baseline ? summarise(store, name, baseline, message)
                                      : fail_memory(message, "the names of the experiments");
        }
        free(name);
        free(baseline);
    }
    return query_end(store, status, message);
}

Status summary_refresh(Store *store, Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status =
        query_prepare(store, &statement, message, "SELECT count(*) FROM experiment WHERE stale", "");
    int stale =
        !status && query_next(store, statement, &status, message) && sqlite3_column_int(statement, 0) > 0;
    sqlite3_finalize(statement);
    if (status || !stale) {
        return status;
    }
    sqlite3_stmt *mode = NULL;
    status = query_prepare(store, &mode, message, "PRAGMA query_only", "");
    int reading = !status && query_next(store, mode, &status, message) && sqlite3_column_int(mode, 0);
    sqlite3_finalize(mode);
    if (!status && reading) {
        status = store_let_write(store, 1, message);
    }
    if (!status) {
        status = refresh_all(store, message);
    }
    if (reading) {
        Status closed = store_let_write(store, 0, status ? NULL : message);
        status = status ? status : closed;
    }
    return status;
}
