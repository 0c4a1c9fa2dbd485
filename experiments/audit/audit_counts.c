/* 1. Counts and rates, and 10. power: what needs no model. */
#include "experiments/audit/audit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void rates(const AuditLog *audit, const void *context, int without, double *value)
{
    (void)context;
    const Log *log = &audit->data->log;
    double rows = 0, clicks = 0, conversions = 0;
    for (size_t i = 0; i < log->x.rows; i++) {
        if (audit->group[i] == without)
            continue;
        rows++;
        clicks += log->click[i];
        conversions += log->click[i] && log->conversion[i];
    }
    value[0] = clicks / rows;
    value[1] = conversions / clicks;
    value[2] = conversions / rows;
}

static int compare_hashes(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* FNV-1a, finished so that all bits depend on all. */
static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ byte[i]) * 0x100000001b3u;
    return hash;
}

static size_t count_repeated(uint64_t *hash, size_t rows)
{
    size_t repeated = 0;
    qsort(hash, rows, sizeof *hash, compare_hashes);
    for (size_t i = 1; i < rows; i++)
        repeated += hash[i] == hash[i - 1];
    return repeated;
}

static Status count_repeats(AuditCounts *counts, const Log *log, Message *message)
{
    const size_t categorical = (size_t)log->x.schema.categorical, dense = (size_t)log->x.schema.dense;
    const uint64_t start = 0xcbf29ce484222325u;
    uint64_t *hash = calloc(log->x.rows + 1, sizeof *hash);
    if (!hash)
        return fail_memory(message, "the rows of an audit");
    for (size_t i = 0; i < log->x.rows; i++)
        hash[i] = hash_bytes(start, log->x.id + i * categorical, 2 * sizeof *log->x.id);
    counts->repeated_pairs = count_repeated(hash, log->x.rows);
    for (size_t i = 0; i < log->x.rows; i++) {
        const uint8_t label[2] = {log->click[i], log->conversion[i]};
        hash[i] = hash_bytes(start, log->x.id + i * categorical, categorical * sizeof *log->x.id);
        hash[i] = hash_bytes(hash[i], log->x.dense + i * dense, dense * sizeof *log->x.dense);
        hash[i] = hash_bytes(hash[i], label, sizeof label);
    }
    counts->duplicates = count_repeated(hash, log->x.rows);
    free(hash);
    return STATUS_OK;
}

static Status count_ids(const Log *log, int field, size_t *ids, size_t *once, Message *message)
{
    const size_t cardinality = log->x.schema.cardinality[field];
    uint32_t *count = calloc(cardinality + 1, sizeof *count);
    if (!count)
        return fail_memory(message, "the ids of an audit");
    for (size_t i = 0; i < log->x.rows; i++)
        count[log->x.id[i * (size_t)log->x.schema.categorical + (size_t)field]]++;
    *ids = *once = 0;
    for (size_t id = 0; id < cardinality; id++) {
        *ids += count[id] > 0;
        *once += count[id] == 1;
    }
    free(count);
    return STATUS_OK;
}

Status audit_counts(AuditCounts *counts, const AuditLog *audit, Message *message)
{
    const Log *log = &audit->data->log;
    AuditEstimate rate[3];
    *counts =
        (AuditCounts){.rows = log->x.rows, .clicks = log_clicks(log), .unclicked = audit->data->unclicked};
    for (size_t i = 0; i < log->x.rows; i++)
        counts->conversions += log->click[i] && log->conversion[i];
    audit_jackknife(audit, rates, NULL, 3, rate);
    counts->ctr = rate[0];
    counts->cvr = rate[1];
    counts->ctcvr = rate[2];
    for (int i = 0; i < 3; i++) {
        const double n = (double)(i == 1 ? counts->clicks : counts->rows);
        counts->design[i] = rate[i].error * rate[i].error / (rate[i].value * (1 - rate[i].value) / n);
    }
    Status status = count_ids(log, FIELD_USER, &counts->users, &counts->users_once, message);
    if (!status)
        status = count_ids(log, FIELD_ITEM, &counts->items, &counts->items_once, message);
    return status ? status : count_repeats(counts, log, message);
}

double audit_auc_error(double auc, size_t positive, size_t negative)
{
    const double a = auc, m = (double)positive, n = (double)negative;
    const double q1 = a / (2 - a), q2 = 2 * a * a / (1 + a);
    return sqrt((a * (1 - a) + (m - 1) * (q1 - a * a) + (n - 1) * (q2 - a * a)) / (m * n));
}

double audit_rows_for_gap(double rate, double gap)
{
    const double z = 1.959964 + 0.841621; /* of the level, and of the power */
    return ceil(z * z * rate * (1 - rate) / (gap * gap));
}
