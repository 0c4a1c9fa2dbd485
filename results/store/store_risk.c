/* The store's table of risk estimates. */
#include "results/store/query.h"
#include "results/store/registration.h"

#include <string.h>

static Status write_row(Store *store, const RiskRow *row, Message *message)
{
    return query_run(store, message,
                     "INSERT OR REPLACE INTO risk (experiment, setting, predictor, estimator, world, "
                     "predictor_position, estimator_position, redraws, ideal, bias_theory, sd_theory, "
                     "left_out, estimates) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
                     "ttttiiiiddddb", row->experiment, row->setting, row->predictor, row->estimator,
                     row->world, row->predictor_position, row->estimator_position, row->redraws, row->ideal,
                     row->bias_theory, row->sd_theory, row->left_out, (const void *)row->estimate,
                     (size_t)row->redraws * sizeof *row->estimate);
}

Status store_risk(Store *store, const RiskRow *row, int rows, Message *message)
{
    Status status = query_begin(store, message);
    if (status)
        return status;
    status = rows > 0 ? registration_check(store, row->experiment, message) : STATUS_OK;
    for (int i = 0; i < rows && !status; i++)
        status = write_row(store, &row[i], message);
    for (int i = 0; i < rows && !status; i++)
        if (i == 0 || strcmp(row[i].setting, row[i - 1].setting) != 0)
            status = store_mark_stale(store, row[i].experiment, row[i].setting, message);
    return query_end(store, status, message);
}

Status store_risk_redraws(Store *store, const RiskKey *key, int *redraws, Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status =
        query_prepare(store, &statement, message,
                      "SELECT redraws FROM risk WHERE experiment = ?1 AND setting = ?2 AND predictor = ?3"
                      " AND estimator = ?4 AND world = ?5",
                      "tttti", key->experiment, key->setting, key->predictor, key->estimator, key->world);
    *redraws =
        !status && query_next(store, statement, &status, message) ? sqlite3_column_int(statement, 0) : 0;
    sqlite3_finalize(statement);
    return status;
}
