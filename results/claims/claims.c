#include "results/claims/claims.h"

#include "results/claims/claim_values.h"
#include "results/statistics/paired.h"
#include "results/statistics/units.h"
#include "results/store/query.h"

#include <math.h>
#include <stdio.h>
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
    if (!gap) {
        return fail_memory(message, "a claim");
    }
    const int sample = unit_sample(values, gap);
    for (int i = 0; i < sample; i++) {
        gap[i] -= number;
    }
    set_interval(e, paired_difference(gap, sample));
    free(gap);
    return STATUS_OK;
}

static Verdict judge(const Evidence *e, char relation)
{
    if (isnan(e->low) || isnan(e->high)) {
        return VERDICT_UNKNOWN;
    }
    const int sign = (e->low > 0) - (e->high < 0);
    if (relation == '=') {
        return sign == 0 ? VERDICT_HOLDS : VERDICT_FAILS;
    }
    if (sign == 0) {
        return VERDICT_WITHIN_ERROR;
    }
    return sign == (relation == '>' ? 1 : -1) ? VERDICT_HOLDS : VERDICT_FAILS;
}

/* A side of a claim. */
typedef struct Side {
    char setting[1024];
    bool found; /* `at` picks the setting, and no other */
    UnitValues values;
} Side;

static Status find_setting(Store *store, const char *experiment, const char *at, Side *side, Message *message)
{
    int matches = 0;
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(
        store, &statement, message,
        "SELECT setting FROM setting WHERE experiment = ?1 ORDER BY position, setting", "t", experiment);
    while (!status && query_next(store, statement, &status, message)) {
        const char *setting = column_text(statement, 0);
        if (claim_at(at, setting)) {
            snprintf(side->setting, sizeof side->setting, "%s", setting);
            matches++;
        }
    }
    sqlite3_finalize(statement);
    side->found = matches == 1;
    return status;
}

static Status read_side(Store *store, const char *experiment, const Quantity *quantity, Side *side,
                        Message *message)
{
    Status status = find_setting(store, experiment, quantity->at, side, message);
    if (status || !side->found) {
        return status;
    }
    return claim_values(store, experiment, side->setting, quantity, &side->values, message);
}

static Status compare_sides(const Side *left, const Side *right, const Claim *claim, Evidence *e,
                            Message *message)
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
    if (!left->found || !right->found) {
        return STATUS_OK;
    }
    if (strcmp(left->setting, right->setting) != 0) {
        set_interval(e, unit_welch(&left->values, &right->values));
        return STATUS_OK;
    }
    Status status = unit_paired(&left->values, &right->values, &difference, &pairs, message);
    if (!status) {
        set_interval(e, difference);
    }
    return status;
}

Status claim_evaluate(Store *store, const char *experiment, const Claim *claim, Evidence *evidence,
                      Message *message)
{
    Side left = {0};
    Side right = {0};
    *evidence = (Evidence){NAN, NAN, NAN, NAN, NAN, NAN, NAN, VERDICT_UNKNOWN};
    Status status = read_side(store, experiment, &claim->left, &left, message);
    if (!status && !claim->is_number) {
        status = read_side(store, experiment, &claim->right, &right, message);
    }
    if (!status) {
        status = compare_sides(&left, &right, claim, evidence, message);
    }
    if (!status) {
        evidence->verdict = judge(evidence, claim->relation);
    }
    free(left.values.unit);
    free(right.values.unit);
    return status;
}
