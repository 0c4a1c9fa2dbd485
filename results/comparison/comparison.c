/* Differences of the values per unit, paired where both sides drew the same random numbers, and verdicts on
 * them. */
#include "results/comparison/comparison_internal.h"

#include "results/summary/unit_read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double level = 0.05;

/* Training is in float32, whose rounding is 6e-8 of a value: other processors and compilers change a metric
 * by less than this share of it, and a change of the method by much more. */
static const double rounding = 1e-6;

const char *change_name(Change change)
{
    static const char *const name[CHANGES] = {
        "identical", "identical but for rounding", "same within error", "better", "worse", "diverged",
        "not known"};
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
    static const char *const column[] = {"mean_bias", "bias_sq", "variance", "seconds"};
    const char *metric = measure->metric;
    for (size_t i = 0; measure->column && i < sizeof column / sizeof *column; i++)
        metric = !strcmp(measure->column, column[i]) ? column[i] : metric;
    if (!metric || measure->better == BETTER_TRUTH || measure->better == BETTER_NEITHER ||
        measure_is_rank(measure))
        return fail(message, STATUS_USAGE,
                    "metric '%s' has no value per replicate that is better or worse; expected mean_bias, "
                    "bias_sq, variance, mse, seconds or one of `cvrlab list metrics`",
                    measure->name);
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
    const double sign = unit_mean(values).mean < best ? -1 : 1;
    unit_values_scale(values, sign, -sign * best);
}

/* One estimator in the same setting of both sides. */
typedef struct ComparedPair {
    const ChosenSetting *old_setting, *new_setting;
    const char *estimator;
    bool same_draws;
} ComparedPair;

static Status read_values(const ComparedSide *side, const ChosenSetting *setting, const char *estimator,
                          const Measure *measure, UnitValues *values, double *scale, Message *message)
{
    Quantity quantity;
    ClaimValues read = {0};
    Status status = quantity_of(measure, estimator, &quantity, message);
    if (!status)
        status = claim_values(side->chosen->results, setting->index, &quantity, &read, message);
    *values = read.units;
    /* A bias is a small difference of probabilities, whose rounding it has. */
    *scale = isnan(read.mean_p) ? 0 : measure->better == BETTER_ONE ? read.mean_p : read.mean_p * read.mean_p;
    if (measure->better == BETTER_ONE && !measure->column)
        *scale = 1;
    if (!status && measure->better == BETTER_ONE && values->units > 0)
        take_distances(values, measure->column ? 0 : 1);
    return status;
}

/* Whether no pair of units is further apart than rounding takes values of this size, or of `scale`. */
static bool but_for_rounding(const UnitValues *old, const UnitValues *new, double scale)
{
    double gap = 0, size = scale;
    for (int i = 0, j = 0; i < old->units && j < new->units;) {
        const UnitValue *a = &old->unit[i], *b = &new->unit[j];
        const int order = unit_order(a, b);
        if (order == 0) {
            gap = fmax(gap, fabs(a->value - b->value));
            size = fmax(size, fmax(fabs(a->value), fabs(b->value)));
        }
        i += order <= 0;
        j += order >= 0;
    }
    return gap <= rounding * size;
}

Status comparison_fill(ComparedRow *row, const UnitValues *old, const UnitValues *new, const Likeness *like,
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
    if (like->same_draws)
        status = unit_paired(new, old, &row->difference, &row->pairs, message);
    else
        row->difference = unit_welch(new, old);
    /* The mean of differences is 0 and so is their spread, which one difference does not have. */
    if (row->pairs > 0 && row->difference.difference == 0 && !(row->difference.error > 0)) {
        row->change = CHANGE_NONE;
        row->difference.p = NAN;
    } else if (row->pairs > 0 && but_for_rounding(old, new, like->scale)) {
        row->change = CHANGE_ROUNDING;
        row->difference.p = NAN;
    }
    return status;
}

static Status compare_pair(ComparedRow *row, const ComparedSide *old, const ComparedSide *new,
                           const ComparedPair *pair, const Measure *measure, Message *message)
{
    UnitValues before = {0}, after = {0};
    Likeness like = {.same_draws = pair->same_draws};
    double scale = 0;
    row->change = CHANGE_UNKNOWN;
    Status status = read_values(old, pair->old_setting, pair->estimator, measure, &before, &scale, message);
    if (!status)
        status = read_values(new, pair->new_setting, pair->estimator, measure, &after, &like.scale, message);
    like.scale = fmax(like.scale, scale);
    if (!status)
        status = comparison_fill(row, &before, &after, &like, message);
    if (!status && before.units > 0 && after.units == 0) {
        const ExperimentResults *results = new->chosen->results;
        const int e = results_estimator(results, pair->estimator);
        const bool diverged = results_cell(results, pair->new_setting->index, e)->diverged > 0;
        row->change = diverged ? CHANGE_DIVERGED : CHANGE_UNKNOWN;
    }
    unit_values_clear(&before);
    unit_values_clear(&after);
    return status;
}

Status comparison_judge(Comparison *comparison, bool high_is_better, Message *message)
{
    double *p = calloc((size_t)comparison->rows + 1, sizeof *p);
    if (!p)
        return fail_memory(message, "a comparison");
    for (int i = 0; i < comparison->rows; i++)
        p[i] = comparison->row[i].difference.p;
    Status status = holm(p, comparison->rows, message);
    for (int i = 0; i < comparison->rows; i++) {
        ComparedRow *row = &comparison->row[i];
        row->difference.p = p[i];
        if (!isnan(p[i])) {
            const bool lower = row->difference.difference < 0;
            const bool better = lower != high_is_better;
            row->change = p[i] >= level ? CHANGE_WITHIN_ERROR : better ? CHANGE_BETTER : CHANGE_WORSE;
        }
        comparison->count[row->change]++;
    }
    free(p);
    return status;
}

static Status compare_setting(Comparison *comparison, const ComparedSide *old, const ComparedSide *new,
                              ComparedPair *pair, const Measure *measure, Message *message)
{
    Status status = results_same_exposures((SettingAt){old->chosen->results, pair->old_setting->index},
                                           (SettingAt){new->chosen->results, pair->new_setting->index},
                                           &pair->same_draws, message);
    pair->same_draws &= old->provenance->seed == new->provenance->seed;
    for (int e = 0; e < old->chosen->estimators && !status; e++) {
        pair->estimator = old->chosen->estimator[e];
        if (!chosen_estimator(new->chosen, pair->estimator))
            continue;
        ComparedRow *row = &comparison->row[comparison->rows++];
        *row = (ComparedRow){.setting = pair->old_setting->text};
        snprintf(row->estimator, sizeof row->estimator, "%s", pair->estimator);
        status = compare_pair(row, old, new, pair, measure, message);
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
        const ChosenSetting *setting = &chosen->setting[s];
        ComparedPair pair = {.old_setting = setting,
                             .new_setting = chosen_setting_named(new->chosen, setting->text)};
        if (pair.new_setting)
            status = compare_setting(comparison, old, new, &pair, measure, message);
    }
    return status ? status : comparison_judge(comparison, measure->better == BETTER_HIGH, message);
}
