#include "results/comparison/comparison_internal.h"
#include "results/store/query.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Ideal losses that differ by less, in proportion, are those of the same draws on another machine. */
static const double rounding = 1e-9;

/* Squared errors of the estimates of a row. */
static Status read_squares(const ComparedSide *side, const ComparedRow *row, UnitValues *values,
                           Message *message)
{
    Quantity error = {.metric = "risk_bias"};
    snprintf(error.estimator, sizeof error.estimator, "%s", row->estimator);
    snprintf(error.task, sizeof error.task, "%s", row->predictor);
    Status status = claim_values(side->store, side->experiment->name, row->setting, &error, values, message);
    for (int i = 0; i < values->units; i++) {
        values->unit[i].value *= values->unit[i].value;
    }
    return status;
}

static const char ideals_sql[] = "SELECT world, ideal FROM risk WHERE experiment = ?1 AND setting = ?2 AND"
                                 " predictor = ?3 AND estimator = ?4 ORDER BY world";

/* Whether the worlds that both have are of the same exposures and outcomes, as far as there are any. */
static Status same_ideals(const ComparedSide *old, const ComparedSide *new, const ComparedRow *row, int *same,
                          Message *message)
{
    sqlite3_stmt *a = NULL, *b = NULL;
    int worlds = 0, differing = 0;
    Status status = query_prepare(old->store, &a, message, ideals_sql, "tttt", old->experiment->name,
                                  row->setting, row->predictor, row->estimator);
    if (!status) {
        status = query_prepare(new->store, &b, message, ideals_sql, "tttt", new->experiment->name,
                               row->setting, row->predictor, row->estimator);
    }
    int more_a = !status && query_next(old->store, a, &status, message);
    int more_b = !status && query_next(new->store, b, &status, message);
    while (more_a && more_b && !status) {
        const int order = sqlite3_column_int(a, 0) - sqlite3_column_int(b, 0);
        const double before = column_double(a, 1);
        if (order == 0) {
            worlds++;
            differing += !(fabs(before - column_double(b, 1)) <= rounding * fabs(before));
        }
        more_a = order > 0 ? more_a : query_next(old->store, a, &status, message);
        more_b = order < 0 || status ? more_b : query_next(new->store, b, &status, message);
    }
    sqlite3_finalize(a);
    sqlite3_finalize(b);
    *same = old->experiment->seed == new->experiment->seed &&worlds > 0 && differing == 0;
    return status;
}

static Status fill(ComparedRow *row, const ComparedSide *old, const ComparedSide *new, int *found,
                   Message *message)
{
    UnitValues before = {0}, after = {0};
    int same = 0;
    Status status = read_squares(old, row, &before, message);
    if (!status) {
        status = read_squares(new, row, &after, message);
    }
    if (!status) {
        status = same_ideals(old, new, row, &same, message);
    }
    if (!status) {
        status = comparison_fill(row, &before, &after, same, message);
    }
    *found = after.units > 0;
    free(before.unit);
    free(after.unit);
    return status;
}

/* Adds the row where both have it. */
static Status compare_row(Comparison *comparison, const ComparedSide *old, const ComparedSide *new,
                          ComparedRow *row, Message *message)
{
    int found = 0;
    Status status = fill(row, old, new, &found, message);
    if (status || !found) {
        return status;
    }
    ComparedRow *larger =
        reallocarray(comparison->row, (size_t)comparison->rows + 1, sizeof *comparison->row);
    if (!larger) {
        return fail_memory(message, "a comparison");
    }
    comparison->row = larger;
    larger[comparison->rows++] = *row;
    return STATUS_OK;
}

static Status compare_setting(Comparison *comparison, const ComparedSide *old, const ComparedSide *new,
                              const char *setting, const Words *estimator, Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(old->store, &statement, message,
                                  "SELECT DISTINCT predictor, estimator FROM risk WHERE experiment = ?1 AND"
                                  " setting = ?2 ORDER BY predictor_position, estimator_position",
                                  "tt", old->experiment->name, setting);
    while (!status && query_next(old->store, statement, &status, message)) {
        ComparedRow row = {.setting = setting, .change = CHANGE_UNKNOWN};
        snprintf(row.predictor, sizeof row.predictor, "%s", column_text(statement, 0));
        snprintf(row.estimator, sizeof row.estimator, "%s", column_text(statement, 1));
        if (words_have(estimator, row.estimator)) {
            status = compare_row(comparison, old, new, &row, message);
        }
    }
    sqlite3_finalize(statement);
    return status;
}

Status comparison_read_risk(Comparison *comparison, const ComparedSide *old, const ComparedSide *new,
                            const Words *estimator, Message *message)
{
    Status status = STATUS_OK;
    *comparison = (Comparison){0};
    for (int s = 0; s < old->chosen->settings && !status; s++) {
        const char *setting = old->chosen->setting[s].text;
        if (comparison_has(new->chosen, setting)) {
            status = compare_setting(comparison, old, new, setting, estimator, message);
        }
    }
    return status ? status : comparison_judge(comparison, 0, message);
}
