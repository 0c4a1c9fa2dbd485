/* Errors of an audit's numbers: by leaving out groups of users with the models as they are, and by what
 * models of halves of the users add to that. A jackknife cannot refit models: it multiplies small differences
 * by the number of groups, and would take the noise of training for that of the log. */
#include "experiments/audit/audit.h"

#include "experiments/twin/half_samples.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

/* --- Groups that are left out */

/* Numbers of all rows, and without each group less that; NaN of a group without rows, and all NaN where a
 * number is not defined without some group. */
typedef struct LeftOut {
    double all[AUDIT_VALUES], less[AUDIT_VALUES][TEST_GROUPS];
} LeftOut;

static void leave_groups_out(const AuditLog *audit, AuditStatistic *statistic, const void *context,
                             int values, LeftOut *left)
{
    double value[AUDIT_VALUES];
    statistic(audit, context, AUDIT_ALL, left->all);
    for (int g = 0; g < TEST_GROUPS; g++) {
        if (audit->present[g])
            statistic(audit, context, g, value);
        for (int v = 0; v < values; v++)
            left->less[v][g] = audit->present[g] ? value[v] - left->all[v] : (double)NAN;
    }
    for (int v = 0; v < values; v++) {
        bool known = isfinite(left->all[v]);
        for (int g = 0; g < TEST_GROUPS; g++)
            known &= !audit->present[g] || isfinite(left->less[v][g]);
        for (int g = 0; g < TEST_GROUPS && !known; g++)
            left->less[v][g] = NAN;
    }
}

static int freedom_of(const AuditLog *audit)
{
    int groups = 0;
    for (int g = 0; g < TEST_GROUPS; g++)
        groups += audit->present[g];
    return groups - 1;
}

static AuditEstimate estimate_of(const AuditLog *audit, double value, double error)
{
    const double reach = !isnan(error) ? error * gsl_cdf_tdist_Pinv(0.975, freedom_of(audit)) : (double)NAN;
    return (AuditEstimate){value, error, value - reach, value + reach};
}

void audit_jackknife(const AuditLog *audit, AuditStatistic *statistic, const void *context, int values,
                     AuditEstimate *estimate)
{
    LeftOut left;
    leave_groups_out(audit, statistic, context, values, &left);
    for (int v = 0; v < values; v++)
        estimate[v] = estimate_of(audit, left.all[v], test_sample_error(left.less[v], NULL));
}

/* --- Halves */

/* Half the difference of the halves of a split, as the jackknife foretells it: by the influence of the groups
 * of each. A group's influence on a number is how far the number would move towards that of the group. */
static double foretold(const AuditLog *audit, const AuditHalf *first, const double less[TEST_GROUPS])
{
    const int groups = freedom_of(audit) + 1;
    double mean = 0, sum = 0;
    for (int g = 0; g < TEST_GROUPS; g++)
        mean += audit->present[g] ? less[g] / groups : 0;
    for (int g = 0; g < TEST_GROUPS; g++) {
        const double influence = audit->present[g] ? (groups - 1) * (mean - less[g]) : 0;
        sum += first->log.present[g] ? influence : -influence;
    }
    return sum / groups;
}

/* The squares of half the differences of halves, less those that the jackknife foretells of the same splits:
 * what refitting adds to its variance. A few splits tell either of the two badly, their difference well. */
static double refitting_adds(const AuditLog *audit, const double *half, int values,
                             const double less[TEST_GROUPS])
{
    double sum = 0;
    for (int h = 0; h < audit->halves; h += 2) {
        const double *first = half + (ptrdiff_t)h * values, gap = (first[0] - first[values]) / 2;
        sum += gap * gap - pow(foretold(audit, &audit->half[h], less), 2);
    }
    return sum < 0 ? 0 : 2 * sum / audit->halves;
}

void audit_refitted(const AuditLog *audit, AuditStatistic *statistic, const void *context, int values,
                    AuditEstimate *estimate)
{
    LeftOut left;
    double half[AUDIT_VALUES * 2 * MOST_REFITS];
    leave_groups_out(audit, statistic, context, values, &left);
    for (int h = 0; h < audit->halves; h++)
        statistic(&audit->half[h].log, context, AUDIT_ALL, half + (ptrdiff_t)h * values);
    for (int v = 0; v < values; v++) {
        double error = test_sample_error(left.less[v], NULL);
        if (audit->halves)
            error = sqrt(error * error + refitting_adds(audit, half + v, values, left.less[v]));
        estimate[v] = estimate_of(audit, left.all[v], error);
    }
}

/* How many errors an interval must reach beyond both of its ends, which are `apart` errors apart, to hold
 * either with a probability of .95. */
static double reach_beyond(double apart, int freedom)
{
    double low = 0, high = gsl_cdf_tdist_Pinv(0.975, freedom);
    while (high - low > 1e-12 * high) {
        const double reach = (low + high) / 2;
        if (gsl_cdf_tdist_P(reach + apart, freedom) - gsl_cdf_tdist_P(-reach, freedom) < 0.95)
            low = reach;
        else
            high = reach;
    }
    return high;
}

void audit_reach_to(const AuditLog *audit, AuditEstimate *near, const AuditEstimate *far)
{
    const double apart = fabs(far->value - near->value), larger = fmax(near->error, far->error);
    if (!(apart > 0) || !(larger > 0) || isnan(near->error) || isnan(far->error))
        return;
    const double reach = reach_beyond(apart / larger, freedom_of(audit));
    const AuditEstimate *low = far->value < near->value ? far : near, *high = low == far ? near : far;
    near->low = low->value - reach * low->error;
    near->high = high->value + reach * high->error;
}

/* Rows of the groups that are marked. */
static Status select_half(Log *part, const Log *log, const uint8_t *group, const bool in[TEST_GROUPS],
                          Message *message)
{
    if (!log->x.rows)
        return STATUS_OK;
    size_t count = 0;
    uint32_t *row = calloc(log->x.rows, sizeof *row);
    if (!row)
        return fail_memory(message, "the rows of half an audit");
    for (size_t i = 0; i < log->x.rows; i++)
        if (in[group[i]])
            row[count++] = (uint32_t)i;
    Status status = log_select(part, log, row, count, message);
    free(row);
    return status;
}

/* Statistics read labels and predictions: features, most of a log's memory, go once models have read them. */
static void drop_features(Log *log)
{
    const size_t rows = log->x.rows;
    features_free(&log->x);
    log->x.rows = rows;
}

static Status half_create(AuditHalf *half, const AuditLog *whole, const AuditFit *fit,
                          const bool in[TEST_GROUPS], Message *message)
{
    Status status = select_half(&half->data.log, &whole->data->log, whole->group, in, message);
    if (!status)
        status = select_half(&half->data.random, &whole->data->random, whole->random_group, in, message);
    if (!status)
        status = audit_log_create(&half->log, &half->data, fit, message);
    drop_features(&half->data.log);
    drop_features(&half->data.random);
    return status;
}

/* Groups are halved within each fold, so that folds of a half are halves of folds. */
static void draw_half(gsl_rng *random, bool first[TEST_GROUPS])
{
    int of[TEST_GROUPS / AUDIT_FOLDS];
    for (int fold = 0; fold < AUDIT_FOLDS; fold++) {
        half_samples_draw(1, TEST_GROUPS / AUDIT_FOLDS, random, of);
        for (int k = 0; k < TEST_GROUPS / AUDIT_FOLDS; k++)
            first[fold + k * AUDIT_FOLDS] = of[k];
    }
}

static void free_halves(AuditLog *audit)
{
    for (int h = 0; h < audit->halves; h++) {
        audit_log_free(&audit->half[h].log);
        log_free(&audit->half[h].data.log);
        log_free(&audit->half[h].data.random);
    }
    free(audit->half);
    audit->half = NULL;
    audit->halves = 0;
}

static Status refit(AuditLog *audit, const AuditFit *fit, gsl_rng *random, int splits, Message *message)
{
    audit->half = calloc(2 * (size_t)splits, sizeof *audit->half);
    if (!audit->half)
        return fail_memory(message, "the halves of an audit");
    Status status = STATUS_OK;
    bool fitted = true;
    for (int s = 0; s < splits && fitted; s++) {
        bool in[TEST_GROUPS];
        draw_half(random, in);
        for (int h = 0; h < 2 && fitted && !status; h++) {
            /* Starts and batches of its own, since the noise of training is a part of the error. */
            const StreamKey key = {fit->key->seed, "half of an audit", fit->key->world,
                                   (uint32_t)audit->halves};
            AuditHalf *half = &audit->half[audit->halves++];
            status = half_create(half, audit, &(AuditFit){fit->method, fit->options, &key}, in, message);
            fitted = half->log.fitted;
            for (int g = 0; g < TEST_GROUPS; g++)
                in[g] = !in[g];
        }
        if (status)
            return status;
    }
    if (!fitted)
        free_halves(audit);
    return STATUS_OK;
}

Status audit_refit_halves(AuditLog *audit, const AuditFit *fit, int splits, Message *message)
{
    if (!audit->fitted)
        return STATUS_OK;
    gsl_rng *random = stream_open(fit->key, "audit/halves");
    if (!random)
        return fail_memory(message, "the halves of an audit");
    Status status = splits ? refit(audit, fit, random, splits, message) : STATUS_OK;
    if (!status)
        audit_recalibrate(audit);
    gsl_rng_free(random);
    return status;
}

/* --- */

void audit_log_free(AuditLog *audit)
{
    free_halves(audit);
    free(audit->group);
    free(audit->random_group);
    audit_predictions_free(&audit->fit);
}
