/* Errors of an audit's numbers: by leaving out groups of users with the models as they are, or by halves of
 * the users with models of their own. A jackknife cannot refit models: it multiplies small differences by the
 * number of groups, and would take the noise of training for that of the log. */
#include "experiments/audit/audit.h"

#include "experiments/twin/half_samples.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

static AuditEstimate estimate_of(double value, double error, int freedom)
{
    const double reach = !isnan(error) ? error * gsl_cdf_tdist_Pinv(0.975, freedom) : (double)NAN;
    return (AuditEstimate){value, error, value - reach, value + reach};
}

/* --- Groups that are left out */

void audit_jackknife(const AuditLog *audit, AuditStatistic *statistic, const void *context, int values,
                     AuditEstimate *estimate)
{
    double all[AUDIT_VALUES], value[AUDIT_VALUES], without[AUDIT_VALUES][TEST_GROUPS];
    statistic(audit, context, AUDIT_ALL, all);
    for (int g = 0; g < TEST_GROUPS; g++) {
        if (audit->present[g])
            statistic(audit, context, g, value);
        for (int v = 0; v < values; v++)
            without[v][g] = audit->present[g] ? value[v] - all[v] : (double)NAN;
    }
    for (int v = 0; v < values; v++) {
        int groups = 0;
        bool known = isfinite(all[v]);
        for (int g = 0; g < TEST_GROUPS; g++)
            known &= !audit->present[g] || isfinite(without[v][g]);
        const double error = known ? test_sample_error(without[v], &groups) : (double)NAN;
        estimate[v] = estimate_of(all[v], error, groups - 1);
    }
}

/* --- Halves */

void audit_refitted(const AuditLog *audit, AuditStatistic *statistic, const void *context, int values,
                    AuditEstimate *estimate)
{
    if (!audit->halves) {
        audit_jackknife(audit, statistic, context, values, estimate);
        return;
    }
    double all[AUDIT_VALUES], value[AUDIT_VALUES * 2 * MOST_REFITS], error[AUDIT_VALUES];
    statistic(audit, context, AUDIT_ALL, all);
    for (int h = 0; h < audit->halves; h++)
        statistic(&audit->half[h].log, context, AUDIT_ALL, value + (ptrdiff_t)h * values);
    half_samples_errors(value, audit->halves / 2, values, error);
    for (int v = 0; v < values; v++)
        estimate[v] = estimate_of(all[v], error[v], audit->halves / 2);
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
    if (!status && !audit->halves)
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
