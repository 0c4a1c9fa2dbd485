#include "results/comparison_parts.h"
#include "results/query.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Ideal losses that differ by less, in proportion, are those of the same draws on another machine. */
static const double rounding = 1e-9;

/* One side of a row: its values, and the ideal losses behind them. */
typedef struct RiskValues {
    UnitValues values, ideal; /* the latter a world each */
} RiskValues;

static void risk_values_clear(RiskValues *risk)
{
    free(risk->values.unit);
    free(risk->ideal.unit);
}

/* From a row (world, ideal, estimates). */
static Status add_world(RiskValues *risk, sqlite3_stmt *from, Message *message)
{
    const int world = sqlite3_column_int(from, 0);
    const double ideal = column_double(from, 1);
    const unsigned char *bytes = sqlite3_column_blob(from, 2);
    const int redraws = sqlite3_column_bytes(from, 2) / (int)sizeof(double);
    Status status = unit_values_add(&risk->ideal, (UnitValue){world, 0, ideal}, message);
    for (int r = 0; r < redraws && !status; r++) {
        double estimate;
        memcpy(&estimate, bytes + (size_t)r * sizeof estimate, sizeof estimate);
        if (!isnan(estimate)) {
            const double error = estimate - ideal;
            status = unit_values_add(&risk->values, (UnitValue){world, r, error * error}, message);
        }
    }
    return status;
}

static Status read_risk(const ComparedSide *side, const ComparedRow *row, RiskValues *risk, Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status =
        query_prepare(side->store, &statement, message,
                      "SELECT world, ideal, estimates FROM risk WHERE experiment = ?1 AND setting = ?2 AND"
                      " predictor = ?3 AND estimator = ?4 ORDER BY world",
                      "tttt", side->experiment->name, row->setting, row->predictor, row->estimator);
    while (!status && query_next(side->store, statement, &status, message)) {
        status = add_world(risk, statement, message);
    }
    sqlite3_finalize(statement);
    return status;
}

/* The worlds that both have are of the same exposures and outcomes. */
static int same_ideals(const UnitValues *a, const UnitValues *b)
{
    int worlds = 0, same = 0;
    for (int i = 0, j = 0; i < a->units && j < b->units;) {
        const int order = a->unit[i].world - b->unit[j].world;
        if (order == 0) {
            worlds++;
            same += fabs(a->unit[i].value - b->unit[j].value) <= rounding * fabs(a->unit[i].value);
        }
        i += order <= 0;
        j += order >= 0;
    }
    return worlds > 0 && same == worlds;
}

static Status compare_row(Comparison *comparison, const ComparedSide *old, const ComparedSide *new,
                          const ComparedRow *what, Message *message)
{
    RiskValues before = {0}, after = {0};
    Status status = read_risk(old, what, &before, message);
    if (!status) {
        status = read_risk(new, what, &after, message);
    }
    if (!status && after.ideal.units > 0) {
        ComparedRow *larger =
            reallocarray(comparison->row, (size_t)comparison->rows + 1, sizeof *comparison->row);
        if (larger) {
            const int same =
                old->experiment->seed == new->experiment->seed &&same_ideals(&before.ideal, &after.ideal);
            comparison->row = larger;
            larger[comparison->rows] = *what;
            status =
                comparison_fill(&larger[comparison->rows++], &before.values, &after.values, same, message);
        } else {
            status = fail_memory(message, "a comparison");
        }
    }
    risk_values_clear(&before);
    risk_values_clear(&after);
    return status;
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
