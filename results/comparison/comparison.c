#include "results/comparison/comparison_internal.h"

#include "results/store/query.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double level = 0.05;

const char *change_name(Change change)
{
    static const char *const name[CHANGES] = {"identical", "same within error", "better",
                                              "worse",     "diverged",          "not known"};
    return name[change];
}

void comparison_free(Comparison *comparison)
{
    free(comparison->row);
    *comparison = (Comparison){0};
}

/* The measure as a quantity of claims, which are values per unit. */
static Status quantity_of(const Measure *measure, const char *estimator, Quantity *quantity, Message *message)
{
    static const char *const column[][2] = {
        {"mean_bias", "bias"}, {"bias_sq", "bias_sq"}, {"variance", "variance"}, {"seconds", "seconds"}};
    const char *metric = measure->metric;
    for (size_t i = 0; measure->column && i < sizeof column / sizeof *column; i++) {
        metric = !strcmp(measure->column, column[i][0]) ? column[i][1] : metric;
    }
    if (!metric || measure->better == BETTER_TRUTH || (measure->column && !strcmp(measure->column, "rank"))) {
        return fail(message, STATUS_USAGE,
                    "metric '%s' has no value per replicate that is better or worse; expected mean_bias, "
                    "bias_sq, variance, mse, seconds or one of `cvrlab list metrics`",
                    measure->name);
    }
    *quantity = (Quantity){0};
    snprintf(quantity->estimator, sizeof quantity->estimator, "%s", estimator);
    snprintf(quantity->metric, sizeof quantity->metric, "%s", metric);
    snprintf(quantity->task, sizeof quantity->task, "%s", measure->task);
    snprintf(quantity->space, sizeof quantity->space, "%s", measure->space);
    return STATUS_OK;
}

/* Distances from the best value in place of values, as of ComparedRow. */
static void take_distances(UnitValues *values, double best)
{
    const double mean = unit_mean(values).mean;
    for (int i = 0; i < values->units; i++) {
        const double gap = values->unit[i].value - best;
        values->unit[i].value = mean < best ? -gap : gap;
    }
}

static Status read_values(const ComparedSide *side, const char *setting, const char *estimator,
                          const Measure *measure, UnitValues *values, Message *message)
{
    Quantity quantity;
    *values = (UnitValues){0};
    Status status = quantity_of(measure, estimator, &quantity, message);
    if (!status) {
        status = claim_values(side->store, side->experiment->name, setting, &quantity, values, message);
    }
    if (!status && measure->better == BETTER_ONE && values->units > 0) {
        take_distances(values, measure->column ? 0 : 1);
    }
    return status;
}

static int same_column(sqlite3_stmt *a, sqlite3_stmt *b, int column)
{
    const void *x = sqlite3_column_blob(a, column);
    const void *y = sqlite3_column_blob(b, column);
    const int size = sqlite3_column_bytes(a, column);
    return size == sqlite3_column_bytes(b, column) && (size == 0 || memcmp(x, y, (size_t)size) == 0);
}

/* The worlds that both have: *same when there are any, and all have equal test exposures. The clicks tell, as
 * they are drawn: true probabilities may differ in their last digits between machines. */
static Status same_worlds(const ComparedSide *old, const ComparedSide *new, const char *setting, int *same,
                          Message *message)
{
    static const char sql[] = "SELECT world, rows, click FROM test_set WHERE experiment = ?1 AND setting = ?2"
                              " ORDER BY world";
    sqlite3_stmt *a = NULL, *b = NULL;
    int worlds = 0, differing = 0;
    Status status = query_prepare(old->store, &a, message, sql, "tt", old->experiment->name, setting);
    if (!status) {
        status = query_prepare(new->store, &b, message, sql, "tt", new->experiment->name, setting);
    }
    int more_a = !status && query_next(old->store, a, &status, message);
    int more_b = !status && query_next(new->store, b, &status, message);
    while (more_a && more_b && !status) {
        const int order = sqlite3_column_int(a, 0) - sqlite3_column_int(b, 0);
        if (order == 0) {
            worlds++;
            differing += !same_column(a, b, 1) || !same_column(a, b, 2);
        }
        more_a = order > 0 ? more_a : query_next(old->store, a, &status, message);
        more_b = order < 0 || status ? more_b : query_next(new->store, b, &status, message);
    }
    sqlite3_finalize(a);
    sqlite3_finalize(b);
    *same = old->experiment->seed == new->experiment->seed &&worlds > 0 && differing == 0;
    return status;
}

static Status has_runs(const ComparedSide *side, const char *setting, const char *estimator, int *found,
                       Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status =
        query_prepare(side->store, &statement, message,
                      "SELECT 1 FROM run WHERE experiment = ?1 AND setting = ?2 AND estimator = ?3 LIMIT 1",
                      "ttt", side->experiment->name, setting, estimator);
    *found = !status && query_next(side->store, statement, &status, message);
    sqlite3_finalize(statement);
    return status;
}

Status comparison_fill(ComparedRow *row, const UnitValues *old, const UnitValues *new, int same_draws,
                       Message *message)
{
    Status status = STATUS_OK;
    const UnitMean before = unit_mean(old), after = unit_mean(new);
    row->old = before.mean;
    row->old_mcse = before.mcse;
    row->new = after.mean;
    row->new_mcse = after.mcse;
    row->old_units = old->units;
    row->new_units = new->units;
    if (same_draws) {
        status = unit_paired(new, old, &row->difference, &row->pairs, message);
    } else {
        row->difference = unit_welch(new, old);
    }
    /* The mean of differences is 0 and so is their spread, which one difference does not have. */
    if (row->pairs > 0 && row->difference.difference == 0 && !(row->difference.error > 0)) {
        row->change = CHANGE_NONE;
        row->difference.p = NAN;
    }
    return status;
}

static Status compare_one(ComparedRow *row, const ComparedSide *old, const ComparedSide *new,
                          const Measure *measure, int same_draws, Message *message)
{
    UnitValues before = {0}, after = {0};
    int runs = 0;
    row->change = CHANGE_UNKNOWN;
    Status status = read_values(old, row->setting, row->estimator, measure, &before, message);
    if (!status) {
        status = read_values(new, row->setting, row->estimator, measure, &after, message);
    }
    if (!status) {
        status = comparison_fill(row, &before, &after, same_draws, message);
    }
    if (!status && before.units > 0 && after.units == 0) {
        status = has_runs(new, row->setting, row->estimator, &runs, message);
        row->change = runs ? CHANGE_DIVERGED : CHANGE_UNKNOWN;
    }
    free(before.unit);
    free(after.unit);
    return status;
}

Status comparison_judge(Comparison *comparison, int high_is_better, Message *message)
{
    double *p = calloc((size_t)comparison->rows + 1, sizeof *p);
    if (!p) {
        return fail_memory(message, "a comparison");
    }
    for (int i = 0; i < comparison->rows; i++) {
        p[i] = comparison->row[i].difference.p;
    }
    Status status = holm(p, comparison->rows, message);
    for (int i = 0; i < comparison->rows; i++) {
        ComparedRow *row = &comparison->row[i];
        row->difference.p = p[i];
        if (!isnan(p[i])) {
            const int lower = row->difference.difference < 0;
            const int better = lower != high_is_better;
            row->change = p[i] >= level ? CHANGE_WITHIN_ERROR : better ? CHANGE_BETTER : CHANGE_WORSE;
        }
        comparison->count[row->change]++;
    }
    free(p);
    return status;
}

int comparison_has(const Chosen *chosen, const char *setting)
{
    for (int s = 0; s < chosen->settings; s++) {
        if (!strcmp(chosen->setting[s].text, setting)) {
            return 1;
        }
    }
    return 0;
}

static Status compare_setting(Comparison *comparison, const ComparedSide *old, const ComparedSide *new,
                              const char *setting, const Measure *measure, Message *message)
{
    int same_draws = 0;
    Status status = same_worlds(old, new, setting, &same_draws, message);
    for (int e = 0; e < old->chosen->estimators && !status; e++) {
        const char *estimator = old->chosen->estimator[e];
        if (chosen_estimator(new->chosen, estimator)) {
            ComparedRow *row = &comparison->row[comparison->rows++];
            *row = (ComparedRow){.setting = setting};
            snprintf(row->estimator, sizeof row->estimator, "%s", estimator);
            status = compare_one(row, old, new, measure, same_draws, message);
        }
    }
    return status;
}

Status comparison_read(Comparison *comparison, const ComparedSide *old, const ComparedSide *new,
                       const Measure *measure, Message *message)
{
    const Chosen *chosen = old->chosen;
    const size_t most = (size_t)chosen->settings * (size_t)chosen->estimators;
    *comparison = (Comparison){.row = calloc(most + 1, sizeof *comparison->row)};
    Status status = comparison->row ? STATUS_OK : fail_memory(message, "a comparison");
    for (int s = 0; s < chosen->settings && !status; s++) {
        const char *setting = chosen->setting[s].text;
        if (comparison_has(new->chosen, setting)) {
            status = compare_setting(comparison, old, new, setting, measure, message);
        }
    }
    return status ? status : comparison_judge(comparison, measure->better == BETTER_HIGH, message);
}
