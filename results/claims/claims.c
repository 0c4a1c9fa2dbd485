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

static void set_interval(Evidence *e, PairedDifference d)
{
    e->difference = d.difference;
    e->low = d.low;
    e->high = d.high;
}

static Status against_number(const UnitValues *values, double number, Evidence *e, Message *message)
{
    double *gap = calloc((size_t)values->units + 1, sizeof *gap);
    if (!gap)
        return fail_memory(message, "a claim");
    const int sample = unit_sample(values, gap);
    for (int i = 0; i < sample; i++)
        gap[i] -= number;
    set_interval(e, paired_difference(gap, sample));
    free(gap);
    return STATUS_OK;
}

static Verdict judge(const Evidence *e, char relation)
{
    if (isnan(e->low) || isnan(e->high))
        return VERDICT_UNKNOWN;
    const int sign = (e->low > 0) - (e->high < 0);
    if (relation == '=')
        return sign == 0 ? VERDICT_HOLDS : VERDICT_FAILS;
    if (sign == 0)
        return VERDICT_WITHIN_ERROR;
    return sign == (relation == '>' ? 1 : -1) ? VERDICT_HOLDS : VERDICT_FAILS;
}

/* A side of a claim. */
typedef struct ClaimSide {
    int setting; /* that `at` picks; -1 where it picks none or several */
    UnitValues values;
} ClaimSide;

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
    side->setting = find_setting(results, quantity->at);
    return side->setting < 0 ? STATUS_OK
                             : claim_values(results, side->setting, quantity, &side->values, message);
}

static Status compare_sides(const ExperimentResults *results, const ClaimSide *left, const ClaimSide *right,
                            const Claim *claim, Evidence *e, Message *message)
{
    PairedDifference difference;
    int pairs = 0;
    const UnitMean left_mean = unit_mean(&left->values);
    e->left = left_mean.mean;
    e->left_mcse = left_mean.mcse;
    if (claim->is_number) {
        e->right = claim->number;
        return against_number(&left->values, claim->number, e, message);
    }
    const UnitMean right_mean = unit_mean(&right->values);
    e->right = right_mean.mean;
    e->right_mcse = right_mean.mcse;
    if (left->setting < 0 || right->setting < 0)
        return STATUS_OK;
    if (strcmp(results->setting[left->setting].log, results->setting[right->setting].log) != 0) {
        set_interval(e, unit_welch(&left->values, &right->values));
        return STATUS_OK;
    }
    Status status = unit_paired(&left->values, &right->values, &difference, &pairs, message);
    if (!status)
        set_interval(e, difference);
    return status;
}

Status claim_evaluate(const ExperimentResults *results, const Claim *claim, Evidence *evidence,
                      Message *message)
{
    ClaimSide left = {0}, right = {0};
    *evidence = (Evidence){NAN, NAN, NAN, NAN, NAN, NAN, NAN, VERDICT_UNKNOWN};
    Status status = read_side(results, &claim->left, &left, message);
    if (!status && !claim->is_number)
        status = read_side(results, &claim->right, &right, message);
    if (!status)
        status = compare_sides(results, &left, &right, claim, evidence, message);
    if (!status)
        evidence->verdict = judge(evidence, claim->relation);
    free(left.values.unit);
    free(right.values.unit);
    return status;
}
