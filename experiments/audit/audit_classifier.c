/* 9. Parts: a classifier two-sample test (Lopez-Paz and Oquab, ICLR 2017) of other rows and the log. A row of
 * fold f is predicted by a regression on the other folds; what an id says is counted on rows that are in
 * neither that fold nor the row's own, since a row that knows its label would tell it. */
#include "experiments/audit/audit.h"

#include "experiments/twin/ridge_logistic.h"
#include "sim/base/real.h"

#include <math.h>
#include <stdlib.h>

/* Rows of each part: enough for an error of the AUC of .004. */
enum { MOST_ROWS = 10000, PRIOR_ROWS = 10 };

/* Rows of both, those of the log first. */
typedef struct PooledRows {
    Log both;
    uint8_t *of_part, *among;
    double *sum; /* scratch of AuditColumn */
    AuditScore *score;
    SparseRows x;
    float *value;
    uint32_t *column;
    double *coefficient;
} PooledRows;

static int terms_of(const Schema *schema)
{
    return schema->categorical + 2 * schema->dense + 1;
}

/* Every row, or as many as there is room for, evenly spaced. */
static void copy_rows(Features *to, size_t first, const Features *from, size_t rows)
{
    const size_t categorical = (size_t)from->schema.categorical, dense = (size_t)from->schema.dense;
    for (size_t k = 0; k < rows; k++) {
        const size_t i = k * from->rows / rows;
        for (size_t f = 0; f < categorical; f++)
            to->id[(first + k) * categorical + f] = from->id[i * categorical + f];
        for (size_t d = 0; d < dense; d++)
            to->dense[(first + k) * dense + d] = from->dense[i * dense + d];
    }
}

static size_t drawn_rows(const Features *x)
{
    return x->rows < MOST_ROWS ? x->rows : MOST_ROWS;
}

static Status pool(PooledRows *p, const Features *log, const Features *part, Message *message)
{
    const size_t of_log = drawn_rows(log), rows = of_log + drawn_rows(part);
    const size_t terms = (size_t)terms_of(&log->schema);
    Status status = log_create(&p->both, &log->schema, rows, message);
    p->of_part = calloc(rows + 1, 1);
    p->among = calloc(rows + 1, 1);
    p->sum = calloc((size_t)2 * AUDIT_FOLDS * audit_most_ids(&log->schema) + 1, sizeof *p->sum);
    p->score = calloc(rows + 1, sizeof *p->score);
    p->value = calloc(rows * terms + 1, sizeof *p->value);
    p->column = calloc(rows * terms + 1, sizeof *p->column);
    p->coefficient = calloc(terms, sizeof *p->coefficient);
    if (!status && !(p->of_part && p->among && p->sum && p->score && p->value && p->column && p->coefficient))
        status = fail_memory(message, "the classifier of an audit");
    if (status)
        return status;
    copy_rows(&p->both.x, 0, log, of_log);
    copy_rows(&p->both.x, of_log, part, rows - of_log);
    for (size_t i = 0; i < rows; i++)
        p->of_part[i] = i >= of_log;
    for (size_t j = 0; j < rows * terms; j++)
        p->column[j] = (uint32_t)(j % terms);
    p->x = (SparseRows){rows, (int)terms, (int)terms, p->column, p->value};
    return STATUS_OK;
}

static void pool_free(PooledRows *p)
{
    log_free(&p->both);
    free(p->of_part);
    free(p->among);
    free(p->sum);
    free(p->score);
    free(p->value);
    free(p->column);
    free(p->coefficient);
}

static float *term(const PooledRows *p, size_t row, int place)
{
    return p->value + row * (size_t)p->x.per_row + place;
}

/* Of mean 0 and variance 1, and its square. */
static void fill_dense(PooledRows *p, int column, int place)
{
    const Features *x = &p->both.x;
    const double n = (double)x->rows;
    double mean = 0, variance = 0;
    for (size_t i = 0; i < x->rows; i++)
        mean += (double)x->dense[i * (size_t)x->schema.dense + (size_t)column] / n;
    for (size_t i = 0; i < x->rows; i++) {
        const double e = (double)x->dense[i * (size_t)x->schema.dense + (size_t)column] - mean;
        variance += e * e / n;
    }
    for (size_t i = 0; i < x->rows; i++) {
        const double e = (double)x->dense[i * (size_t)x->schema.dense + (size_t)column] - mean;
        const double z = variance > 0 ? fmax(-5, fmin(5, e / sqrt(variance))) : 0; /* no row rules the fit */
        *term(p, i, place) = (float)z;
        *term(p, i, place + 1) = (float)(z * z);
    }
}

/* The logit of the part's share among rows of the id, less that of all. */
static void fill_ids(PooledRows *p, int field, size_t fold)
{
    const Features *x = &p->both.x;
    const size_t categorical = (size_t)x->schema.categorical, ids = x->schema.cardinality[field];
    double part = 0;
    for (size_t k = 0; k < (size_t)2 * AUDIT_FOLDS * ids; k++)
        p->sum[k] = 0;
    for (size_t i = 0; i < x->rows; i++) {
        double *sum = p->sum + 2 * ((size_t)x->id[i * categorical + (size_t)field] * AUDIT_FOLDS +
                                    (size_t)audit_row_fold(i));
        sum[0]++;
        sum[1] += p->of_part[i];
        part += p->of_part[i];
    }
    const double share = part / (double)x->rows;
    for (size_t i = 0; i < x->rows; i++) {
        const double *sum = p->sum + 2 * ((size_t)x->id[i * categorical + (size_t)field] * AUDIT_FOLDS);
        const size_t own = audit_row_fold(i);
        double n = PRIOR_ROWS, s = PRIOR_ROWS * share;
        for (size_t f = 0; f < AUDIT_FOLDS; f++) {
            if (f == fold || f == own)
                continue;
            n += sum[2 * f];
            s += sum[2 * f + 1];
        }
        *term(p, i, field) = (float)(real_log(s / (n - s)) - real_log(share / (1 - share)));
    }
}

/* Fits to the rows that are marked, and again without the ids of negative coefficients. Where every user has
 * so many rows of each part, as designs have, few in the other folds are many in this one: the folds would be
 * told, not the parts. */
static Status fit_marked(PooledRows *p, Message *message)
{
    const LogisticSample sample = {p->of_part, p->among, 1};
    const int fields = p->both.x.schema.categorical;
    Status status = STATUS_OK;
    bool again = true;
    while (again && !status) {
        status = ridge_logistic(&p->x, &sample, p->coefficient, message);
        again = false;
        for (int f = 0; f < fields && !status; f++) {
            if (!(p->coefficient[f] < 0))
                continue;
            for (size_t i = 0; i < p->x.rows; i++)
                *term(p, i, f) = 0; /* whose coefficient is 0 then */
            again = true;
        }
    }
    return status;
}

/* Predicts the rows of the fold by a fit of the others. */
static Status classify(PooledRows *p, size_t fold, Message *message)
{
    for (int f = 0; f < p->both.x.schema.categorical; f++)
        fill_ids(p, f, fold);
    for (size_t i = 0; i < p->x.rows; i++)
        p->among[i] = audit_row_fold(i) != fold;
    Status status = fit_marked(p, message);
    for (size_t i = 0; i < p->x.rows && !status; i++)
        if (!p->among[i])
            p->score[i] = (AuditScore){sparse_logit(&p->x, i, p->coefficient), p->of_part[i]};
    return status;
}

/* The columns of the largest AUC, largest first. */
static void find_telling(AuditClassifier *c, int columns)
{
    for (int t = 0; t < AUDIT_TELLING; t++) {
        c->telling[t] = -1;
        for (int j = 0; j < columns; j++) {
            bool told = false;
            for (int k = 0; k < t; k++)
                told |= c->telling[k] == j;
            if (!told && (c->telling[t] < 0 || c->column_auc[j] > c->column_auc[c->telling[t]]))
                c->telling[t] = j;
        }
    }
}

Status audit_classifier(AuditClassifier *classifier, const AuditLog *audit, const Log *part, Message *message)
{
    PooledRows p = {0};
    AuditClassifier *c = classifier;
    const Schema *schema = &audit->data->log.x.schema;
    Status status = pool(&p, &audit->data->log.x, &part->x, message);
    for (int d = 0; d < schema->dense && !status; d++)
        fill_dense(&p, d, schema->categorical + 2 * d);
    for (size_t i = 0; i < p.x.rows && !status; i++)
        *term(&p, i, p.x.per_row - 1) = 1;
    for (size_t fold = 0; fold < AUDIT_FOLDS && !status; fold++)
        status = classify(&p, fold, message);
    if (!status) {
        const AuditColumn column = {&p.both.x, p.of_part, NULL, p.score, p.sum};
        c->rows[0] = drawn_rows(&audit->data->log.x);
        c->rows[1] = p.x.rows - c->rows[0];
        c->auc = audit_auc(p.score, p.x.rows);
        const double reach = 1.959964 * audit_auc_error(c->auc, c->rows[1], c->rows[0]);
        c->low = c->auc - reach;
        c->high = fmin(1, c->auc + reach);
        for (int j = 0; j < audit_columns(schema); j++)
            c->column_auc[j] = audit_column_auc(&column, j);
        find_telling(c, audit_columns(schema));
    }
    pool_free(&p);
    return status;
}
