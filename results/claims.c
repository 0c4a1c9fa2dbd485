#include "results/claims.h"

#include "results/claim_values.h"
#include "results/paired.h"
#include "results/query.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *verdict_name(Verdict verdict)
{
    static const char *const name[] = {"holds", "within error", "does not hold", "not known"};
    return name[verdict];
}

static void moments(const UnitValues *values, double *mean, double *mcse)
{
    const double *first = &values->unit->value;
    const size_t stride = sizeof(UnitValue) / sizeof(double);
    const size_t n = (size_t)values->units;
    *mean = n > 0 ? gsl_stats_mean(first, stride, n) : (double)NAN;
    *mcse = n > 1 ? gsl_stats_sd(first, stride, n) / sqrt((double)n) : (double)NAN;
}
_Static_assert(sizeof(UnitValue) % sizeof(double) == 0, "the values lie at whole strides");

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
    for (int i = 0; i < values->units; i++) {
        gap[i] = values->unit[i].value - number;
    }
    if (values->units > 0) {
        set_interval(e, paired_difference(gap, values->units));
    }
    free(gap);
    return STATUS_OK;
}

static int compare(const UnitValue *a, const UnitValue *b)
{
    if (a->world != b->world) {
        return a->world < b->world ? -1 : 1;
    }
    return (a->replicate > b->replicate) - (a->replicate < b->replicate);
}

static Status paired(const UnitValues *left, const UnitValues *right, Evidence *e, Message *message)
{
    double *gap = calloc((size_t)left->units + 1, sizeof *gap);
    if (!gap) {
        return fail_memory(message, "a claim");
    }
    int pairs = 0;
    for (int i = 0, j = 0; i < left->units && j < right->units;) {
        int order = compare(&left->unit[i], &right->unit[j]);
        if (order == 0) {
            gap[pairs++] = left->unit[i].value - right->unit[j].value;
        }
        i += order <= 0;
        j += order >= 0;
    }
    if (pairs > 0) {
        set_interval(e, paired_difference(gap, pairs));
    }
    free(gap);
    return STATUS_OK;
}

/* Welch, 1947. */
static void two_samples(const UnitValues *left, const UnitValues *right, Evidence *e)
{
    const double a = e->left_mcse * e->left_mcse;
    const double b = e->right_mcse * e->right_mcse;
    e->difference = e->left - e->right;
    if (left->units < 2 || right->units < 2) {
        return;
    }
    double half = 0;
    if (a + b > 0) {
        const double freedom = (a + b) * (a + b) / (a * a / (left->units - 1) + b * b / (right->units - 1));
        half = gsl_cdf_tdist_Pinv(0.975, freedom) * sqrt(a + b);
    }
    e->low = e->difference - half;
    e->high = e->difference + half;
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
    moments(&left->values, &e->left, &e->left_mcse);
    if (claim->is_number) {
        e->right = claim->number;
        return against_number(&left->values, claim->number, e, message);
    }
    moments(&right->values, &e->right, &e->right_mcse);
    if (!left->found || !right->found) {
        return STATUS_OK;
    }
    if (strcmp(left->setting, right->setting) == 0) {
        return paired(&left->values, &right->values, e, message);
    }
    two_samples(&left->values, &right->values, e);
    return STATUS_OK;
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
