/* A classifier two-sample test on few columns (Lopez-Paz and Oquab 2017), and distances of single ones. */
#include "experiments/twin/space_comparison.h"

#include "experiments/twin/ridge_logistic.h"
#include "results/statistics/metrics.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Columns, their squares and products, and the constant. */
enum { TERMS = SCORE_COLUMNS + SCORE_COLUMNS * (SCORE_COLUMNS + 1) / 2 + 1 };

/* Rows of both, those of b first. */
typedef struct PooledSpaces {
    size_t rows, first; /* rows of b */
    SparseRows x;
    uint8_t *of_a, *half;
    double *label;
    float *prediction;
} PooledSpaces;

static void pooled_free(PooledSpaces *p)
{
    free((void *)p->x.column);
    free((void *)p->x.value);
    free(p->of_a);
    free(p->half);
    free(p->label);
    free(p->prediction);
}

static double entry(const ScoreSpace *a, const ScoreSpace *b, int c, size_t i)
{
    return i < b->rows ? b->column[c][i] : a->column[c][i - b->rows];
}

static Status pool(PooledSpaces *p, const ScoreSpace *a, const ScoreSpace *b, Message *message)
{
    const size_t n = a->rows + b->rows;
    uint32_t *column = calloc(n * TERMS, sizeof *column);
    float *value = calloc(n * TERMS, sizeof *value);
    double mean[SCORE_COLUMNS] = {0}, sd[SCORE_COLUMNS] = {0};
    *p = (PooledSpaces){.rows = n, .first = b->rows, .x = {n, TERMS, TERMS, column, value}};
    p->of_a = calloc(n, 1);
    p->half = calloc(n, 1);
    p->label = calloc(n, sizeof *p->label);
    p->prediction = calloc(n, sizeof *p->prediction);
    if (!column || !value || !p->of_a || !p->half || !p->label || !p->prediction)
        return fail_memory(message, "the comparison of two logs");
    for (int c = 0; c < SCORE_COLUMNS; c++) {
        for (size_t i = 0; i < n; i++)
            mean[c] += entry(a, b, c, i) / (double)n;
        for (size_t i = 0; i < n; i++)
            sd[c] += (entry(a, b, c, i) - mean[c]) * (entry(a, b, c, i) - mean[c]) / (double)n;
        sd[c] = sd[c] > 0 ? sqrt(sd[c]) : 1;
    }
    for (size_t i = 0; i < n; i++) {
        float *to = value + i * TERMS;
        int at = SCORE_COLUMNS;
        p->of_a[i] = i >= b->rows;
        p->label[i] = p->of_a[i];
        p->half[i] = i % 2;
        for (int c = 0; c < SCORE_COLUMNS; c++)
            to[c] = (float)((entry(a, b, c, i) - mean[c]) / sd[c]);
        for (int c = 0; c < SCORE_COLUMNS; c++)
            for (int d = 0; d <= c; d++)
                to[at++] = to[c] * to[d];
        to[at] = 1;
        for (uint32_t j = 0; j < TERMS; j++)
            column[i * TERMS + j] = j;
    }
    return STATUS_OK;
}

static double auc_of(const PooledSpaces *p)
{
    const Scored scored = {.rows = p->rows, .prediction = p->prediction, .target = p->label, .k = 1};
    return metric_find("auc")->value(&scored);
}

/* Fits on one half and predicts the other, both ways; with `all`, fits and predicts all. */
static Status classify(PooledSpaces *p, bool all, Message *message)
{
    double b[TERMS];
    Status status = STATUS_OK;
    for (int half = 0; !status && half < (all ? 1 : 2); half++) {
        status = ridge_logistic(&p->x, &(LogisticSample){p->of_a, all ? NULL : p->half, 1}, b, message);
        for (size_t i = 0; !status && i < p->rows; i++) {
            if (all || !p->half[i])
                p->prediction[i] = (float)(1 / (1 + exp(-sparse_logit(&p->x, i, b))));
            p->half[i] = !p->half[i];
        }
    }
    return status;
}

static int ascending(const void *x, const void *y)
{
    const double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

/* The largest difference of the two distribution functions. */
static Status ks_distance(const ScoreSpace *a, const ScoreSpace *b, int c, double *distance, Message *message)
{
    double *x = calloc(a->rows + b->rows + 1, sizeof *x);
    if (!x)
        return fail_memory(message, "the comparison of two logs");
    double *y = x + a->rows;
    memcpy(x, a->column[c], a->rows * sizeof *x);
    memcpy(y, b->column[c], b->rows * sizeof *y);
    qsort(x, a->rows, sizeof *x, ascending);
    qsort(y, b->rows, sizeof *y, ascending);
    *distance = 0;
    for (size_t i = 0, j = 0; i < a->rows && j < b->rows;) {
        const double at = fmin(x[i], y[j]);
        while (i < a->rows && x[i] <= at)
            i++;
        while (j < b->rows && y[j] <= at)
            j++;
        *distance = fmax(*distance, fabs((double)i / (double)a->rows - (double)j / (double)b->rows));
    }
    free(x);
    return STATUS_OK;
}

Status spaces_compare(const ScoreSpace *a, const ScoreSpace *b, SpaceComparison *comparison, Message *message)
{
    PooledSpaces p;
    *comparison = (SpaceComparison){0};
    Status status = pool(&p, a, b, message);
    if (!status)
        status = classify(&p, false, message);
    if (!status) {
        comparison->auc = auc_of(&p);
        status = classify(&p, true, message);
    }
    const double n = (double)p.rows, c = (double)a->rows / n;
    for (size_t i = 0; !status && i < p.rows; i++)
        comparison->pmse += ((double)p.prediction[i] - c) * ((double)p.prediction[i] - c);
    comparison->pmse /= (TERMS - 1) * c * (1 - c);
    for (int k = 0; !status && k < 4; k++)
        status = ks_distance(a, b, k, &comparison->ks[k], message);
    for (int k = 0; !status && k < SCORE_COLUMNS; k++) {
        for (size_t i = 0; i < p.rows; i++)
            p.prediction[i] =
                (float)(1 / (1 + exp(-(double)p.x.value[i * TERMS + (size_t)k]))); /* metrics rank what is not
                                                                                      negative */
        const double auc = auc_of(&p), tells = fmax(auc, 1 - auc);
        if (tells > comparison->telltale_auc) {
            comparison->telltale = k;
            comparison->telltale_auc = tells;
        }
    }
    pooled_free(&p);
    return status;
}
