/* 8. Leaks: what a column tells of the labels by itself. Of a categorical column it is the mean label of its
 * id in the other folds of rows, drawn to the mean of all: the mean of all rows would tell the label of a
 * rare id, and the mean of all others but one would tell its opposite. */
#include "experiments/audit/audit.h"

#include "sim/base/real.h"

#include <math.h>
#include <stdlib.h>

enum { PRIOR_ROWS = 10, LEAK_FOLDS = 5 };

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

/* A column of the log for one label: of all rows, or of clicks. */
typedef struct LeakTask {
    const Log *log;
    const uint8_t *label;
    bool clicks;       /* rows with a click alone */
    AuditScore *score; /* scratch, of all rows */
    double *sum;       /* scratch: rows and labels of each id of each fold */
} LeakTask;

static bool is_in(const LeakTask *task, size_t row)
{
    return !task->clicks || task->log->click[row];
}

static double categorical_auc(const LeakTask *task, int field)
{
    const Features *x = &task->log->x;
    const size_t categorical = (size_t)x->schema.categorical, ids = x->schema.cardinality[field];
    double rows = 0, labels = 0;
    size_t count = 0;
    for (size_t i = 0; i < 2 * LEAK_FOLDS * ids; i++)
        task->sum[i] = 0;
    for (size_t i = 0; i < x->rows; i++) {
        if (!is_in(task, i))
            continue;
        double *sum = task->sum + 2 * (x->id[i * categorical + (size_t)field] * LEAK_FOLDS + i % LEAK_FOLDS);
        sum[0]++;
        sum[1] += task->label[i];
        rows++;
        labels += task->label[i];
    }
    for (size_t i = 0; i < x->rows; i++) {
        if (!is_in(task, i))
            continue;
        const double *sum = task->sum + 2 * (x->id[i * categorical + (size_t)field] * LEAK_FOLDS);
        double n = PRIOR_ROWS, s = PRIOR_ROWS * labels / rows;
        for (size_t fold = 0; fold < LEAK_FOLDS; fold++) {
            n += fold == i % LEAK_FOLDS ? 0 : sum[2 * fold];
            s += fold == i % LEAK_FOLDS ? 0 : sum[2 * fold + 1];
        }
        task->score[count++] = (AuditScore){s / n, task->label[i]};
    }
    return audit_auc(task->score, count);
}

static size_t fill_dense(const LeakTask *task, int column, double from)
{
    const Features *x = &task->log->x;
    size_t count = 0;
    for (size_t i = 0; i < x->rows; i++) {
        if (!is_in(task, i))
            continue;
        const double value = (double)x->dense[i * (size_t)x->schema.dense + (size_t)column];
        task->score[count++] = (AuditScore){isfinite(from) ? fabs(value - from) : value, task->label[i]};
    }
    return count;
}

/* By rank, and by the distance from the median: a label may stand at both ends. */
static double dense_auc(const LeakTask *task, int column)
{
    const size_t count = fill_dense(task, column, (double)INFINITY);
    const double rank = audit_auc(task->score, count);
    if (isnan(rank))
        return rank;
    fill_dense(task, column, task->score[count / 2].score); /* they are sorted */
    const double distance = audit_auc(task->score, count);
    return fmax(fmax(rank, 1 - rank), fmax(distance, 1 - distance));
}

static double entropy(double part, double whole)
{
    const double p = whole > 0 ? part / whole : 0;
    return p > 0 && p < 1 ? -p * real_log(p) - (1 - p) * real_log1p(-p) : 0;
}

static double column_value(const Features *x, size_t row, int column)
{
    const int categorical = x->schema.categorical;
    return column < categorical
               ? x->id[row * (size_t)categorical + (size_t)column]
               : (double)x->dense[row * (size_t)x->schema.dense + (size_t)(column - categorical)];
}

/* The usual value of rows without a click: what an empty cell is read as, if empty is what they are. */
static double usual_value(const LeakTask *task, int column)
{
    const Features *x = &task->log->x;
    size_t count = 0, most = 0;
    double usual = NAN;
    for (size_t i = 0; i < x->rows; i++)
        if (!task->log->click[i])
            task->score[count++] = (AuditScore){column_value(x, i, column), 0};
    qsort(task->score, count, sizeof *task->score, compare_scores);
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first; end < count && task->score[end].score <= task->score[first].score; end++)
            ;
        if (end - first > most) {
            most = end - first;
            usual = task->score[first].score;
        }
    }
    return usual;
}

/* 1 - H(o | the column has that value) / H(o). */
static double share_told(const LeakTask *task, int column)
{
    const Features *x = &task->log->x;
    const double usual = usual_value(task, column);
    double rows[2] = {0, 0}, clicks[2] = {0, 0};
    for (size_t i = 0; i < x->rows; i++) {
        const double value = column_value(x, i, column);
        const int has = value >= usual && value <= usual;
        rows[has]++;
        clicks[has] += task->log->click[i];
    }
    const double n = rows[0] + rows[1], all = entropy(clicks[0] + clicks[1], n);
    const double given = (rows[0] * entropy(clicks[0], rows[0]) + rows[1] * entropy(clicks[1], rows[1])) / n;
    return all > 0 ? 1 - given / all : (double)NAN;
}

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

/* Above what another column reaches; NaN counts as nothing. */
static bool stands_out(const AuditLeak *leak, int columns, int j, bool click)
{
    double second = 0.5;
    const double auc = click ? leak[j].click : leak[j].conversion;
    for (int k = 0; k < columns; k++)
        if (k != j)
            second = fmax(second, click ? leak[k].click : leak[k].conversion);
    return auc > 0.95 || (auc > 0.85 && auc > second + 0.15);
}

Status audit_leaks(AuditLeak *leak, const AuditLog *audit, Message *message)
{
    const Log *log = &audit->data->log;
    const Schema *schema = &log->x.schema;
    const int columns = audit_columns(schema);
    size_t ids = 0;
    for (int f = 0; f < schema->categorical; f++)
        ids = schema->cardinality[f] > ids ? schema->cardinality[f] : ids;
    LeakTask click = {log, log->click, false, calloc(log->x.rows + 1, sizeof *click.score),
                      calloc(2 * LEAK_FOLDS * ids + 1, sizeof *click.sum)};
    LeakTask conversion = {log, log->conversion, true, click.score, click.sum};
    const bool room = click.score && click.sum;
    for (int j = 0; room && j < columns; j++) {
        const int dense = j - schema->categorical;
        leak[j] = (AuditLeak){.click = dense < 0 ? categorical_auc(&click, j) : dense_auc(&click, dense),
                              .conversion =
                                  dense < 0 ? categorical_auc(&conversion, j) : dense_auc(&conversion, dense),
                              .told = share_told(&click, j)};
        audit_column_name(schema, j, leak[j].column);
    }
    for (int j = 0; room && j < columns; j++)
        leak[j].leaks =
            leak[j].told > 0.9 || stands_out(leak, columns, j, true) || stands_out(leak, columns, j, false);
    free(click.score);
    free(click.sum);
    return room ? STATUS_OK : fail_memory(message, "the columns of an audit");
}
