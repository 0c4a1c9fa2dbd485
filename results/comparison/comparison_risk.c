/* Compares the risk layers of two stores: the squared errors of single redraws. */
#include "results/comparison/comparison_internal.h"
#include "results/summary/unit_read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Ideal losses that differ by less, in proportion, are those of the same draws on another machine. */
static const double rounding = 1e-9;

/* Redraws of one predictor and estimator on both sides. */
typedef struct RedrawnSides {
    RedrawnWorlds old, new;
} RedrawnSides;

/* Whether the worlds that both have are of the same exposures and outcomes, and there are any. */
static bool same_ideals(const RedrawnSides *sides)
{
    int worlds = 0, differing = 0;
    for (int a = 0, b = 0; a < sides->old.worlds && b < sides->new.worlds;) {
        const RedrawnWorld *old = &sides->old.world[a], *new = &sides->new.world[b];
        if (old->world == new->world) {
            worlds++;
            differing += !(fabs(old->ideal - new->ideal) <= rounding * fabs(old->ideal));
        }
        a += old->world <= new->world;
        b += new->world <= old->world;
    }
    return worlds > 0 && differing == 0;
}

static Status fill(ComparedRow *row, const RedrawnSides *sides, bool same_seed, bool *found, Message *message)
{
    UnitValues before = {0}, after = {0};
    Status status = redrawn_squares(&sides->old, &before, message);
    if (!status)
        status = redrawn_squares(&sides->new, &after, message);
    if (!status)
        status = comparison_fill(row, &before, &after,
                                 &(Likeness){.same_draws = same_seed && same_ideals(sides)}, message);
    *found = after.units > 0;
    unit_values_clear(&before);
    unit_values_clear(&after);
    return status;
}

static Status add_row(Comparison *comparison, const ComparedRow *row, Message *message)
{
    ComparedRow *larger =
        reallocarray(comparison->row, (size_t)comparison->rows + 1, sizeof *comparison->row);
    if (!larger)
        return fail_memory(message, "a comparison");
    comparison->row = larger;
    larger[comparison->rows++] = *row;
    return STATUS_OK;
}

static const RiskSummary *find_partner(const ExperimentResults *results, int setting, const RiskSummary *row)
{
    for (int i = 0; i < results->risk_rows; i++) {
        const RiskSummary *r = &results->risk_row[i];
        if (r->setting == setting && !strcmp(r->predictor, row->predictor) &&
            !strcmp(r->estimator, row->estimator))
            return r;
    }
    return NULL;
}

/* Adds the row where both have it. */
static Status compare_row(Comparison *comparison, const ComparedSide *old, const ComparedSide *new,
                          const RiskSummary *before, const RiskSummary *after, Message *message)
{
    const ExperimentResults *results = old->chosen->results;
    ComparedRow row = {.setting = results->setting[before->setting].text, .change = CHANGE_UNKNOWN};
    snprintf(row.predictor, sizeof row.predictor, "%s", before->predictor);
    snprintf(row.estimator, sizeof row.estimator, "%s", before->estimator);
    RedrawnSides sides = {0};
    bool found = false;
    Status status = results_redraws(results, before, &sides.old, message);
    if (!status)
        status = results_redraws(new->chosen->results, after, &sides.new, message);
    if (!status)
        status = fill(&row, &sides, old->provenance->seed == new->provenance->seed, &found, message);
    redrawn_worlds_clear(&sides.old);
    redrawn_worlds_clear(&sides.new);
    return status || !found ? status : add_row(comparison, &row, message);
}

Status comparison_read_risk(Comparison *comparison, const ComparedSide *old, const ComparedSide *new,
                            const Words *estimator, Message *message)
{
    const ExperimentResults *results = old->chosen->results;
    Status status = STATUS_OK;
    *comparison = (Comparison){0};
    for (int i = 0; i < results->risk_rows && !status; i++) {
        const RiskSummary *row = &results->risk_row[i];
        const char *setting = results->setting[row->setting].text;
        const ChosenSetting *other = chosen_setting_named(new->chosen, setting);
        if (!other || !chosen_setting_named(old->chosen, setting) || !words_have(estimator, row->estimator))
            continue;
        const RiskSummary *partner = find_partner(new->chosen->results, other->index, row);
        if (partner)
            status = compare_row(comparison, old, new, row, partner, message);
    }
    return status ? status : comparison_judge(comparison, false, message);
}
