/* 9. Parts: how far the columns of test or random rows are from those of the log. */
#include "experiments/audit/audit.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

/* The largest distance of the two empirical distribution functions. Sorts both. */
static double kolmogorov_smirnov(double *a, size_t m, double *b, size_t n)
{
    double most = 0;
    gsl_sort(a, 1, m);
    gsl_sort(b, 1, n);
    for (size_t i = 0, j = 0; i < m && j < n;) {
        const double at = fmin(a[i], b[j]);
        while (i < m && a[i] <= at)
            i++;
        while (j < n && b[j] <= at)
            j++;
        most = fmax(most, fabs((double)i / (double)m - (double)j / (double)n));
    }
    return most;
}

static void copy_column(double *to, const Features *x, int column)
{
    for (size_t i = 0; i < x->rows; i++)
        to[i] = (double)x->dense[i * (size_t)x->schema.dense + (size_t)column];
}

/* `count` is scratch for twice as many numbers as the column has ids. */
static void compare_ids(AuditDrift *drift, const Features *log, const Features *part, int field,
                        double *count)
{
    const size_t ids = log->schema.cardinality[field];
    double *other = count + ids, once = 0;
    for (size_t k = 0; k < 2 * ids; k++)
        count[k] = 0;
    for (size_t i = 0; i < log->rows; i++)
        count[log->id[i * (size_t)log->schema.categorical + (size_t)field]]++;
    for (size_t i = 0; i < part->rows; i++)
        other[part->id[i * (size_t)part->schema.categorical + (size_t)field]]++;
    drift->distance = 0;
    for (size_t id = 0; id < ids; id++) {
        drift->distance += fabs(count[id] / (double)log->rows - other[id] / (double)part->rows) / 2;
        if (count[id] < 1)
            drift->unseen += (size_t)other[id];
        once += count[id] > 0 && count[id] < 2;
    }
    drift->unseen_share = (double)drift->unseen / (double)part->rows;
    drift->expected = once / (double)log->rows;
}

Status audit_drift(AuditDrift *drift, const AuditLog *audit, const Log *part, Message *message)
{
    const Features *log = &audit->data->log.x, *other = &part->x;
    size_t room = log->rows + other->rows;
    for (int f = 0; f < log->schema.categorical; f++)
        room = 2 * (size_t)log->schema.cardinality[f] > room ? 2 * (size_t)log->schema.cardinality[f] : room;
    double *scratch = calloc(room + 1, sizeof *scratch);
    if (!scratch)
        return fail_memory(message, "the columns of an audit");
    for (int j = 0; j < audit_columns(&log->schema); j++) {
        const int dense = j - log->schema.categorical;
        drift[j] = (AuditDrift){.categorical = dense < 0, .unseen_share = NAN, .expected = NAN};
        audit_column_name(&log->schema, j, drift[j].column);
        if (dense < 0) {
            compare_ids(&drift[j], log, other, j, scratch);
            continue;
        }
        copy_column(scratch, log, dense);
        copy_column(scratch + log->rows, other, dense);
        drift[j].distance = kolmogorov_smirnov(scratch, log->rows, scratch + log->rows, other->rows);
    }
    free(scratch);
    return STATUS_OK;
}
