/* Columns of a log: their names, and what one says of a label by itself. Of a categorical column that is the
 * mean label of its id in the other folds of rows, drawn to the mean of all: the mean of all rows would tell
 * the label of a rare id, and the mean of all others but one would tell its opposite. */
#include "experiments/audit/audit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { PRIOR_ROWS = 10 };

int audit_columns(const Schema *schema)
{
    return schema->categorical + schema->dense;
}

void audit_column_name(const Schema *schema, int column, char name[AUDIT_COLUMN])
{
    if (column < schema->categorical) {
        snprintf(name, AUDIT_COLUMN, "%s", schema->name[column]);
        return;
    }
    int at = column - schema->categorical, g = 0;
    for (; at >= schema->group[g].columns; g++)
        at -= schema->group[g].columns;
    snprintf(name, AUDIT_COLUMN, schema->group[g].columns > 1 ? "%.48s[%d]" : "%.48s", schema->group[g].name,
             at);
}

size_t audit_most_ids(const Schema *schema)
{
    size_t ids = 0;
    for (int f = 0; f < schema->categorical; f++)
        ids = schema->cardinality[f] > ids ? schema->cardinality[f] : ids;
    return ids;
}

static int compare_scores(const void *a, const void *b)
{
    const double x = ((const AuditScore *)a)->score, y = ((const AuditScore *)b)->score;
    return (x > y) - (x < y);
}

double audit_auc(AuditScore *row, size_t rows)
{
    qsort(row, rows, sizeof *row, compare_scores);
    double positive = 0, sum = 0; /* of the positive rows' ranks */
    for (size_t first = 0, end; first < rows; first = end) {
        size_t tied = 0;
        for (end = first; end < rows && row[end].score <= row[first].score; end++)
            tied += row[end].label;
        positive += (double)tied;
        sum += (double)tied * ((double)(first + 1 + end) / 2);
    }
    const double negative = (double)rows - positive;
    return positive > 0 && negative > 0 ? (sum - positive * (positive + 1) / 2) / (positive * negative)
                                        : (double)NAN;
}

/* By a hash (the finaliser of splitmix64): logs are often in an order in which ids come round. */
size_t audit_row_fold(size_t row)
{
    uint64_t hash = row + 0x9e3779b97f4a7c15u;
    hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9u;
    hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebu;
    return (hash ^ (hash >> 31)) % AUDIT_FOLDS;
}

static bool is_in(const AuditColumn *c, size_t row)
{
    return !c->marked || c->marked[row];
}

static double categorical_auc(const AuditColumn *c, int field)
{
    const Features *x = c->x;
    const size_t categorical = (size_t)x->schema.categorical, ids = x->schema.cardinality[field];
    double rows = 0, labels = 0;
    size_t count = 0;
    for (size_t i = 0; i < (size_t)2 * AUDIT_FOLDS * ids; i++)
        c->sum[i] = 0;
    for (size_t i = 0; i < x->rows; i++) {
        if (!is_in(c, i))
            continue;
        double *sum = c->sum + 2 * ((size_t)x->id[i * categorical + (size_t)field] * AUDIT_FOLDS +
                                    (size_t)audit_row_fold(i));
        sum[0]++;
        sum[1] += c->label[i];
        rows++;
        labels += c->label[i];
    }
    for (size_t i = 0; i < x->rows; i++) {
        if (!is_in(c, i))
            continue;
        const double *sum = c->sum + 2 * ((size_t)x->id[i * categorical + (size_t)field] * AUDIT_FOLDS);
        const size_t own = audit_row_fold(i);
        double n = PRIOR_ROWS, s = PRIOR_ROWS * labels / rows;
        for (size_t fold = 0; fold < AUDIT_FOLDS; fold++) {
            n += fold == own ? 0 : sum[2 * fold];
            s += fold == own ? 0 : sum[2 * fold + 1];
        }
        c->score[count++] = (AuditScore){s / n, c->label[i]};
    }
    return audit_auc(c->score, count);
}

static size_t fill_dense(const AuditColumn *c, int column, double from)
{
    const Features *x = c->x;
    size_t count = 0;
    for (size_t i = 0; i < x->rows; i++) {
        if (!is_in(c, i))
            continue;
        const double value = (double)x->dense[i * (size_t)x->schema.dense + (size_t)column];
        c->score[count++] = (AuditScore){isfinite(from) ? fabs(value - from) : value, c->label[i]};
    }
    return count;
}

/* By rank, and by the distance from the median: a label may stand at both ends. */
static double dense_auc(const AuditColumn *c, int column)
{
    const size_t count = fill_dense(c, column, (double)INFINITY);
    const double rank = audit_auc(c->score, count);
    if (isnan(rank))
        return rank;
    fill_dense(c, column, c->score[count / 2].score); /* they are sorted */
    const double distance = audit_auc(c->score, count);
    return fmax(fmax(rank, 1 - rank), fmax(distance, 1 - distance));
}

double audit_column_auc(const AuditColumn *column, int place)
{
    const int categorical = column->x->schema.categorical;
    return place < categorical ? categorical_auc(column, place) : dense_auc(column, place - categorical);
}
