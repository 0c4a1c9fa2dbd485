/* Verdicts: intervals of paired differences where both sides were trained on the same logs, else of two
 * samples. */
#include "results/claims/claims.h"

#include "results/claims/claim_values.h"
#include "results/statistics/paired.h"
#include "results/statistics/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *verdict_name(Verdict verdict)
{
    static const char *const name[] = {"holds", "within error", "does not hold", "not known"};
    return name[verdict];
}

Status claim_read(const ExperimentResults *results, const StoredClaim *stored, Claim *claim, Message *message)
{
    Message why;
    if (claim_parse(stored->that, claim, &why))
        return fail(message, STATUS_FAILED, "%s: table claim: '%s': %s", store_path(results->store),
                    stored->that, why.text);
    return STATUS_OK;
}

static const Evidence no_evidence = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, VERDICT_UNKNOWN};

static Verdict judge(const PairedDifference *d, char relation)
{
    if (isnan(d->low) || isnan(d->high))
        return VERDICT_UNKNOWN;
    const int sign = (d->low > 0) - (d->high < 0);
    if (sign == 0)
        return VERDICT_WITHIN_ERROR;
    return sign == (relation == '>' ? 1 : -1) ? VERDICT_HOLDS : VERDICT_FAILS;
}

/* Whether the sides are equal within a margin: `above` is the difference less the lower end of the margin,
 * `below` less the upper. */
static Verdict judge_equal(const PairedDifference *above, const PairedDifference *below)
{
    if (isnan(above->low) || isnan(below->low))
        return VERDICT_UNKNOWN;
    if (above->low >= 0 && below->high <= 0)
        return VERDICT_HOLDS;
    return above->high < 0 || below->low > 0 ? VERDICT_FAILS : VERDICT_WITHIN_ERROR;
}

/* A side of a claim. */
typedef struct ClaimSide {
    int setting; /* that `at` picks; -1 where it picks none or several */
    ClaimValues values;
} ClaimSide;

/* Both, and the claim that they are of. */
typedef struct ClaimSides {
    const ExperimentResults *results;
    const Claim *claim;
    ClaimSide left, right; /* right: where it is no number */
} ClaimSides;

static int find_setting(const ExperimentResults *results, const char *at)
{
    int matches = 0, setting = -1;
    for (int s = 0; s < results->settings; s++) {
        if (claim_at(at, &results->setting[s].pairs)) {
            matches++;
            setting = s;
        }
    }
    return matches == 1 ? setting : -1;
}

static Status read_side(const ExperimentResults *results, const Quantity *quantity, ClaimSide *side,
                        Message *message)
{
    return side->setting < 0 ? STATUS_OK
                             : claim_values(results, side->setting, quantity, &side->values, message);
}

/* Left less `scale` x right. */
static Status subtract(const ClaimSides *sides, double scale, PairedDifference *difference, Message *message)
{
    const UnitValues *left = &sides->left.values.units, *right = &sides->right.values.units;
    if (sides->claim->is_number) {
        *difference = unit_difference(left, scale * sides->claim->number);
        return STATUS_OK;
    }
    UnitValues scaled;
    Status status = unit_values_copy(&scaled, right, message);
    int pairs = 0;
    const SettingResults *setting = sides->results->setting;
    if (!status) {
        unit_values_scale(&scaled, scale, 0);
        if (strcmp(setting[sides->left.setting].log, setting[sides->right.setting].log) != 0)
            *difference = unit_welch(left, &scaled);
        else
            status = unit_paired(left, &scaled, difference, &pairs, message);
    }
    unit_values_clear(&scaled);
    return status;
}

static PairedDifference moved(PairedDifference d, double by)
{
    d.low += by;
    d.high += by;
    return d;
}

static Status judge_sides(const ClaimSides *sides, const PairedDifference *difference, double right,
                          Verdict *verdict, Message *message)
{
    const Margin margin = sides->claim->margin;
    PairedDifference above = *difference, below = *difference;
    Status status = STATUS_OK;
    if (sides->claim->relation != '=') {
        *verdict = judge(difference, sides->claim->relation);
        return STATUS_OK;
    }
    if (margin.unit == MARGIN_NONE)
        return STATUS_OK;
    if (margin.unit == MARGIN_OF_RIGHT) {
        const double share = right < 0 ? -margin.size : margin.size;
        status = subtract(sides, 1 - share, &above, message);
        if (!status)
            status = subtract(sides, 1 + share, &below, message);
    } else {
        /* fmin leaves out what a number does not have. */
        const double mean_p = fmin(sides->left.values.mean_p, sides->right.values.mean_p);
        const double size = margin.size * (margin.unit == MARGIN_OF_TRUTH ? mean_p : 1);
        above = moved(*difference, size);
        below = moved(*difference, -size);
    }
    if (!status)
        *verdict = judge_equal(&above, &below);
    return status;
}

static Status compare_sides(const ClaimSides *sides, Evidence *e, Message *message)
{
    PairedDifference difference = paired_difference(NULL, 0);
    const UnitMean left = unit_mean(&sides->left.values.units);
    const UnitMean right = unit_mean(&sides->right.values.units);
    e->left = left.mean;
    e->left_mcse = left.mcse;
    e->right = sides->claim->is_number ? sides->claim->number : right.mean;
    e->right_mcse = right.mcse;
    if (sides->left.setting < 0 || (!sides->claim->is_number && sides->right.setting < 0))
        return STATUS_OK;
    Status status = subtract(sides, 1, &difference, message);
    e->difference = difference.difference;
    e->low = difference.low;
    e->high = difference.high;
    return status ? status : judge_sides(sides, &difference, e->right, &e->verdict, message);
}

/* With the left side in one setting and the right in another. */
static Status evaluate_in(const ExperimentResults *results, const Claim *claim, int left, int right,
                          Evidence *evidence, Message *message)
{
    ClaimSides sides = {results, claim, {left, {.mean_p = NAN}}, {right, {.mean_p = NAN}}};
    *evidence = no_evidence;
    Status status = read_side(results, &claim->left, &sides.left, message);
    if (!status && !claim->is_number)
        status = read_side(results, &claim->right, &sides.right, message);
    if (!status)
        status = compare_sides(&sides, evidence, message);
    unit_values_clear(&sides.left.values.units);
    unit_values_clear(&sides.right.values.units);
    return status;
}

static Verdict verdict_of_all(const VerdictMap *map)
{
    if (map->count[VERDICT_FAILS] > 0)
        return VERDICT_FAILS;
    if (map->count[VERDICT_UNKNOWN] > 0 || map->settings == 0)
        return VERDICT_UNKNOWN;
    return map->count[VERDICT_WITHIN_ERROR] > 0 ? VERDICT_WITHIN_ERROR : VERDICT_HOLDS;
}

Status verdict_map_read(VerdictMap *map, const ExperimentResults *results, const Claim *claim,
                        Message *message)
{
    *map = (VerdictMap){.setting = calloc((size_t)results->settings + 1, sizeof *map->setting)};
    Status status = map->setting ? STATUS_OK : fail_memory(message, "the verdicts of a claim");
    for (int s = 0; s < results->settings && !status; s++) {
        SettingVerdict *here = &map->setting[s];
        here->asked = claim_at(claim->left.at, &results->setting[s].pairs);
        here->evidence = no_evidence;
        if (!here->asked)
            continue;
        status = evaluate_in(results, claim, s, s, &here->evidence, message);
        map->settings++;
        map->count[here->evidence.verdict]++;
    }
    map->verdict = verdict_of_all(map);
    return status;
}

void verdict_map_clear(VerdictMap *map)
{
    free(map->setting);
}

Status claim_evaluate(const ExperimentResults *results, const Claim *claim, Evidence *evidence,
                      Message *message)
{
    if (!claim->everywhere) {
        const int left = find_setting(results, claim->left.at);
        const int right = claim->is_number ? -1 : find_setting(results, claim->right.at);
        return evaluate_in(results, claim, left, right, evidence, message);
    }
    VerdictMap map;
    Status status = verdict_map_read(&map, results, claim, message);
    *evidence = no_evidence;
    evidence->verdict = map.verdict;
    verdict_map_clear(&map);
    return status;
}
