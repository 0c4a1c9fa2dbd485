/* 3. Overlap, 5. balance and 7. predicted over observed: clicks against all rows, by weights of 1/p^ and by
 * the predictions of methods. */
#include "experiments/audit/audit.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const double audit_quantile[AUDIT_QUANTILES] = {0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999};

static double p_of(const AuditLog *audit, size_t row, int without)
{
    return audit_probability(&audit->click[without], audit->fit.click[row]);
}

double audit_weight(const AuditLog *audit, size_t row, int without)
{
    return 1 / fmax(p_of(audit, row, without), audit->clip);
}

/* --- 3. */

static void mean_weight(const AuditLog *audit, const void *context, int without, double *value)
{
    (void)context;
    const Log *log = &audit->data->log;
    double sum = 0, rows = 0;
    for (size_t i = 0; i < log->x.rows; i++) {
        if (audit->group[i] == without)
            continue;
        rows++;
        if (log->click[i])
            sum += audit_weight(audit, i, without);
    }
    *value = sum / rows;
}

static void measure_propensities(AuditOverlap *o, double *p, size_t rows)
{
    gsl_sort(p, 1, rows);
    for (int k = 0; k < AUDIT_QUANTILES; k++)
        o->quantile[k] = gsl_stats_quantile_from_sorted_data(p, 1, rows, audit_quantile[k]);
    const double n = (double)rows;
    for (size_t i = 0; i < rows; i++) {
        o->below_clip += (p[i] < o->clip) / n;
        o->below_50th += (p[i] < 0.02) / n;
        o->below_nth += (p[i] < 1 / n) / n;
    }
}

/* Of the weights of clicks. */
static void measure_weights(AuditOverlap *o, double *weight, size_t clicks)
{
    const size_t first = clicks - (clicks + 99) / 100; /* of the top 1 % */
    double sum = 0, squares = 0, clipped = 0, top = 0;
    gsl_sort(weight, 1, clicks);
    for (size_t i = 0; i < clicks; i++) {
        sum += weight[i];
        squares += weight[i] * weight[i];
        if (weight[i] >= 1 / o->clip)
            clipped++;
        if (i >= first)
            top += weight[i];
    }
    o->ess = sum * sum / squares;
    o->ess_share = o->ess / (double)clicks;
    o->largest = weight[clicks - 1] / sum;
    o->top = top / sum;
    o->clipped_clicks = clipped / (double)clicks;
    o->clipped_weight = clipped / o->clip / sum;
}

Status audit_overlap(AuditOverlap *overlap, const AuditLog *audit, Message *message)
{
    const Log *log = &audit->data->log;
    size_t clicks = 0;
    double *value = calloc(log->x.rows + 1, sizeof *value);
    if (!value)
        return fail_memory(message, "the weights of an audit");
    *overlap = (AuditOverlap){.clip = audit->clip};
    for (size_t i = 0; i < log->x.rows; i++)
        value[i] = p_of(audit, i, AUDIT_ALL);
    measure_propensities(overlap, value, log->x.rows);
    for (size_t i = 0; i < log->x.rows; i++)
        if (log->click[i])
            value[clicks++] = audit_weight(audit, i, AUDIT_ALL);
    measure_weights(overlap, value, clicks);
    free(value);
    audit_refitted(audit, mean_weight, NULL, 1, &overlap->mean_weight);
    return STATUS_OK;
}

/* --- 5. */

static double dense_difference(const Log *log, int column, const double *weight)
{
    const size_t rows = log->x.rows, dense = (size_t)log->x.schema.dense;
    double mean = 0, square = 0, part = 0, sum = 0;
    for (size_t i = 0; i < rows; i++) {
        const double x = (double)log->x.dense[i * dense + (size_t)column];
        mean += x / (double)rows;
        square += x * x / (double)rows;
        part += weight[i] * x;
        sum += weight[i];
    }
    const double sd = sqrt(square - mean * mean);
    return sd > 0 ? fabs(part / sum - mean) / sd : 0;
}

/* `share` is scratch, of as many numbers as the column has ids. */
static double categorical_difference(const Log *log, int field, const double *weight, double *share)
{
    const size_t rows = log->x.rows, categorical = (size_t)log->x.schema.categorical;
    const size_t ids = log->x.schema.cardinality[field];
    double sum = 0, distance = 0;
    for (size_t id = 0; id < ids; id++)
        share[id] = 0;
    for (size_t i = 0; i < rows; i++)
        sum += weight[i];
    for (size_t i = 0; i < rows; i++)
        share[log->x.id[i * categorical + (size_t)field]] += weight[i] / sum - 1 / (double)rows;
    for (size_t id = 0; id < ids; id++)
        distance += fabs(share[id]) / 2;
    return distance;
}

static double difference(const Log *log, int column, const double *weight, double *share)
{
    const int categorical = log->x.schema.categorical;
    return column < categorical ? categorical_difference(log, column, weight, share)
                                : dense_difference(log, column - categorical, weight);
}

Status audit_balance(AuditBalance *balance, const AuditLog *audit, Message *message)
{
    const Log *log = &audit->data->log;
    const Schema *schema = &log->x.schema;
    double *before = calloc(2 * log->x.rows + audit_most_ids(schema) + 1, sizeof *before);
    if (!before)
        return fail_memory(message, "the weights of an audit");
    double *after = before + log->x.rows, *share = after + log->x.rows;
    for (size_t i = 0; i < log->x.rows; i++) {
        before[i] = log->click[i];
        after[i] = log->click[i] ? audit_weight(audit, i, AUDIT_ALL) : 0;
    }
    for (int j = 0; j < audit_columns(schema); j++) {
        balance[j] = (AuditBalance){.categorical = j < schema->categorical,
                                    .before = difference(log, j, before, share),
                                    .after = difference(log, j, after, share)};
        audit_column_name(schema, j, balance[j].column);
    }
    free(before);
    return STATUS_OK;
}

/* --- 7. */

typedef struct PredictedContext {
    const float *conversion;
    uint8_t *decile; /* of each clicked row, by p^ */
} PredictedContext;

static void predicted_values(const AuditLog *audit, const void *context, int without, double *value)
{
    const PredictedContext *c = context;
    const AuditLine as_it_is = {0, 1};
    const Log *log = &audit->data->log;
    double rows = 0, all = 0, clicked[AUDIT_DECILES] = {0}, converted[AUDIT_DECILES] = {0};
    double clicked_all = 0, converted_all = 0;
    for (size_t i = 0; i < log->x.rows; i++) {
        if (audit->group[i] == without)
            continue;
        const double predicted = audit_probability(&as_it_is, c->conversion[i]);
        rows++;
        all += predicted;
        if (!log->click[i])
            continue;
        clicked[c->decile[i]] += predicted;
        converted[c->decile[i]] += log->conversion[i];
    }
    for (int k = 0; k < AUDIT_DECILES; k++) {
        clicked_all += clicked[k];
        converted_all += converted[k];
        value[2 + k] = converted[k] > 0 ? clicked[k] / converted[k] : (double)NAN;
    }
    value[0] = clicked_all / converted_all;
    value[1] = all / rows;
}

static Status set_deciles(uint8_t *decile, const AuditLog *audit, Message *message)
{
    const Log *log = &audit->data->log;
    size_t clicks = 0;
    size_t *row = calloc(2 * log->x.rows + 1, sizeof *row);
    float *logit = calloc(log->x.rows + 1, sizeof *logit);
    if (row && logit) {
        size_t *order = row + log->x.rows;
        for (size_t i = 0; i < log->x.rows; i++) {
            if (!log->click[i])
                continue;
            logit[clicks] = audit->fit.click[i];
            row[clicks++] = i;
        }
        gsl_sort_float_index(order, logit, 1, clicks);
        for (size_t place = 0; place < clicks; place++)
            decile[row[order[place]]] = (uint8_t)(place * AUDIT_DECILES / clicks);
    }
    const bool done = row && logit;
    free(row);
    free(logit);
    return done ? STATUS_OK : fail_memory(message, "the deciles of an audit");
}

Status audit_predicted(AuditPredicted *predicted, const AuditLog *audit, const float *conversion_logit,
                       Message *message)
{
    AuditEstimate value[2 + AUDIT_DECILES];
    const PredictedContext context = {conversion_logit, calloc(audit->data->log.x.rows + 1, 1)};
    Status status = context.decile ? set_deciles(context.decile, audit, message)
                                   : fail_memory(message, "the deciles of an audit");
    if (!status) {
        audit_jackknife(audit, predicted_values, &context, 2 + AUDIT_DECILES, value);
        *predicted = (AuditPredicted){.ratio = value[0], .total = value[1]};
        memcpy(predicted->decile, value + 2, sizeof predicted->decile);
    }
    free(context.decile);
    return status;
}
