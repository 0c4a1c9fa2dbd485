/* Estimates from clicks, once or over many redraws. What a click adds to the sums is laid out row by row
 * before the first redraw, since the time of the risk layer is that of adding it. */
#include "experiments/risk/risk.h"

#include "sim/base/workers.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* What a clicked row adds to the sums of a redraw, with w = 1/p_hat, c the prediction and s the slope: rows
 * lie one after the other, so that a click adds one or two cache lines, and as many more as there are
 * estimators that are no function of these sums: each has its term, and where imputations are learned what
 * a label adds to it. */
enum {
    AT_1,
    AT_W,
    AT_W2,
    AT_E,
    AT_W_E,
    AT_GAP,
    AT_W_GAP,
    AT_W2_GAP,
    GIVEN_TERMS,
    AT_S = GIVEN_TERMS,
    AT_W_S,
    AT_W2_S,
    AT_W_C,
    AT_W2_C,
    LEARNED_TERMS = 16,
    MOST_TERMS = LEARNED_TERMS + 2 * RISK_LAMBDAS + 1 + GIVEN_TERMS /* the rest fills a cache line */
};

/* A case as the redraws read it. */
typedef struct Terms {
    size_t rows;
    bool learned;
    int width;                     /* terms of a row, a multiple of GIVEN_TERMS */
    double *term;                  /* rows x width */
    uint32_t *threshold;           /* p as 32 bits: a click is a draw below it */
    double imputed, slope, weight; /* sums over D of e_hat, slope, w */
    double p;                      /* and of p_hat */
    int p_column;                  /* of p_hat among the terms; 0: nobody reads it */
    int column[RISK_LAMBDAS];      /* of the term of an estimator with that lambda; 0: it is not asked for */
    double base[RISK_LAMBDAS][2];  /* sums over D of its base, and of what a label adds to it */
} Terms;

static void terms_free(Terms *t)
{
    free(t->term);
    free(t->threshold);
}

static void write_row(const RiskCase *c, size_t i, double *term)
{
    double w = 1 / c->p_hat[i], gap = c->e[i] - c->e_hat[i];
    term[AT_1] = 1;
    term[AT_W] = w;
    term[AT_W2] = w * w;
    term[AT_E] = c->e[i];
    term[AT_W_E] = w * c->e[i];
    term[AT_GAP] = gap;
    term[AT_W_GAP] = w * gap;
    term[AT_W2_GAP] = w * w * gap;
    if (!c->slope)
        return;
    term[AT_S] = c->slope[i];
    term[AT_W_S] = w * c->slope[i];
    term[AT_W2_S] = w * w * c->slope[i];
    term[AT_W_C] = w * c->prediction[i];
    term[AT_W2_C] = w * w * c->prediction[i];
}

static RiskExposure row_at(const RiskCase *c, size_t i, const RiskEstimator *estimator)
{
    return (RiskExposure){.w = 1 / c->p_hat[i],
                          .e = c->e[i],
                          .e_hat = c->e_hat[i],
                          .spread = c->spread ? c->spread[i] : 0,
                          .lambda = &c->lambda[estimator->lambda]};
}

/* The term or base of a row, and what it is more with a label of 1. */
static void value_and_slope(RiskTerm *of, const RiskExposure *row, double slope, double value[2])
{
    RiskExposure labelled = *row;
    labelled.e_hat += slope;
    value[0] = of(row);
    value[1] = of(&labelled) - value[0];
}

static void write_own(Terms *t, const RiskCase *c, const RiskEstimator *estimator)
{
    const int column = t->column[estimator->lambda];
    double *base = t->base[estimator->lambda];
    for (size_t i = 0; i < c->rows; i++) {
        const RiskExposure row = row_at(c, i, estimator);
        const double slope = c->slope ? c->slope[i] : 0;
        double value[2], *term = t->term + i * (size_t)t->width + column;
        value_and_slope(estimator->term, &row, slope, value);
        term[0] = value[0];
        if (c->slope)
            term[1] = value[1];
        if (!estimator->base)
            continue;
        value_and_slope(estimator->base, &row, slope, value);
        base[0] += value[0];
        base[1] += value[1];
    }
}

static Status terms_create(Terms *t, const RiskCase *c, const RiskEstimator *const *estimator, int estimators,
                           Message *message)
{
    *t = (Terms){.rows = c->rows, .learned = c->slope != NULL};
    int terms = t->learned ? LEARNED_TERMS : GIVEN_TERMS;
    for (int e = 0; e < estimators; e++)
        if (!estimator[e]->value && t->column[estimator[e]->lambda] == 0) {
            t->column[estimator[e]->lambda] = terms;
            terms += t->learned ? 2 : 1;
        } else if (estimator[e]->reads_p && t->p_column == 0)
            t->p_column = terms++;
    t->width = (terms + GIVEN_TERMS - 1) / GIVEN_TERMS * GIVEN_TERMS;
    t->term = calloc(c->rows * (size_t)t->width, sizeof *t->term);
    t->threshold = calloc(c->rows, sizeof *t->threshold);
    if (!t->term || !t->threshold) {
        terms_free(t);
        return fail_memory(message, "the exposures of the risk layer");
    }
    for (size_t i = 0; i < c->rows; i++) {
        write_row(c, i, t->term + i * (size_t)t->width);
        if (t->p_column)
            t->term[i * (size_t)t->width + (size_t)t->p_column] = c->p_hat[i];
        t->p += c->p_hat[i];
        t->threshold[i] = (uint32_t)fmin(round(c->p[i] * 0x1p32), 0xffffffff);
        t->imputed += c->e_hat[i];
        t->weight += 1 / c->p_hat[i];
        t->slope += t->learned ? c->slope[i] : 0;
    }
    for (int e = 0; e < estimators; e++)
        if (!estimator[e]->value)
            write_own(t, c, estimator[e]);
    return STATUS_OK;
}

static void add_row(double *sum, const double *term, int terms)
{
    for (int k = 0; k < terms; k += GIVEN_TERMS)
        for (int j = 0; j < GIVEN_TERMS; j++)
            sum[k + j] += term[k + j];
}

static double label(const double *sum, RiskLabel weights)
{
    if (weights == RISK_LABEL_VARIANCE)
        return (sum[AT_W2_C] - sum[AT_W_C]) / (sum[AT_W2] - sum[AT_W]);
    return sum[AT_W_C] / sum[AT_W];
}

static double evaluate(const RiskEstimator *estimator, const Terms *t, const double *sum)
{
    if (!estimator->value) {
        const double *base = t->base[estimator->lambda], *own = sum + t->column[estimator->lambda];
        double m = t->learned && estimator->imputes ? label(sum, estimator->label) : 0;
        return (base[0] + own[0] + (m != 0 ? m * (base[1] + own[1]) : 0)) / (double)t->rows;
    }
    RiskSums s = {.rows = (double)t->rows,
                  .imputed = t->imputed,
                  .weight = t->weight,
                  .p = t->p,
                  .click = sum[AT_1],
                  .click_w = sum[AT_W],
                  .click_w2 = sum[AT_W2],
                  .click_p = t->p_column ? sum[t->p_column] : 0,
                  .e = sum[AT_E],
                  .w_e = sum[AT_W_E],
                  .gap = sum[AT_GAP],
                  .w_gap = sum[AT_W_GAP],
                  .w2_gap = sum[AT_W2_GAP],
                  .learned = t->learned};
    if (t->learned && estimator->imputes) {
        double m = label(sum, estimator->label);
        s.imputed += m * t->slope;
        s.gap -= m * sum[AT_S];
        s.w_gap -= m * sum[AT_W_S];
        s.w2_gap -= m * sum[AT_W2_S];
    }
    return estimator->value(&s);
}

double risk_ideal(const RiskCase *c)
{
    double sum = 0;
    for (size_t i = 0; i < c->rows; i++)
        sum += c->e[i];
    return sum / (double)c->rows;
}

double risk_left_out(const RiskEstimator *estimator, const RiskCase *c)
{
    if (!estimator->leaves_out)
        return (double)NAN;
    size_t left_out = 0;
    for (size_t i = 0; i < c->rows; i++) {
        const RiskExposure row = row_at(c, i, estimator);
        left_out += estimator->leaves_out(&row);
    }
    return (double)left_out / (double)c->rows;
}

RiskTheory risk_theory(const RiskEstimator *estimator, const RiskCase *c)
{
    if (!estimator->term || (estimator->imputes && c->slope))
        return (RiskTheory){(double)NAN, (double)NAN};
    double above = 0, below = 0;
    for (size_t i = 0; estimator->share && i < c->rows; i++) {
        const RiskExposure row = row_at(c, i, estimator);
        above += c->p[i] * estimator->term(&row);
        below += c->p[i] * estimator->share(&row);
    }
    const double ratio = estimator->share ? above / below : 0;
    double bias = 0, variance = 0, covariance = 0;
    for (size_t i = 0; i < c->rows; i++) {
        const RiskExposure row = row_at(c, i, estimator);
        const double share = estimator->share ? estimator->share(&row) : 0;
        const double term = estimator->term(&row) - ratio * share;
        const double base = estimator->base ? estimator->base(&row) : 0;
        bias += c->p[i] * term - (row.e - base);
        variance += c->p[i] * (1 - c->p[i]) * term * term;
        covariance += c->p[i] * (1 - c->p[i]) * share * term;
    }
    const double n = (double)c->rows;
    if (!estimator->share)
        return (RiskTheory){bias / n, sqrt(variance) / n};
    return (RiskTheory){ratio - covariance / (below * below) + bias / n, sqrt(variance) / below};
}

Status risk_estimate(const RiskEstimator *estimator, const RiskCase *c, const uint8_t *click,
                     double *estimate, Message *message)
{
    Terms t;
    double sum[MOST_TERMS] = {0};
    Status status = terms_create(&t, c, &estimator, 1, message);
    if (status)
        return status;
    for (size_t i = 0; i < c->rows; i++)
        if (click[i])
            add_row(sum, t.term + i * (size_t)t.width, t.width);
    *estimate = evaluate(estimator, &t, sum);
    terms_free(&t);
    return STATUS_OK;
}

/* Redraws go through the rows together, BATCH of them, block by block, so that a block is read from memory
 * once for all of them. */
enum { BATCH = 32, BLOCK = 2048 };

/* What the workers share. */
typedef struct RedrawWork {
    const RiskRedraw *redraw;
    const Terms *terms;
    atomic_int next; /* batch */
    atomic_int starved;
} RedrawWork;

typedef struct RedrawBatch {
    gsl_rng *generator[BATCH];
    double sum[BATCH][MOST_TERMS];
} RedrawBatch;

static void batch_free(RedrawBatch *batch)
{
    for (int k = 0; batch && k < BATCH; k++)
        gsl_rng_free(batch->generator[k]);
    free(batch);
}

static const char *const purpose = "risk/clicks";

static RedrawBatch *batch_create(const StreamKey *key)
{
    RedrawBatch *batch = calloc(1, sizeof *batch);
    bool complete = batch;
    for (int k = 0; complete && k < BATCH; k++) {
        batch->generator[k] = stream_open(key, purpose);
        complete = batch->generator[k];
    }
    if (complete)
        return batch;
    batch_free(batch);
    return NULL;
}

static void add_block(const Terms *t, size_t first, size_t last, gsl_rng *generator, double *sum)
{
    const int terms = t->width;
    for (size_t i = first; i < last; i++)
        if (gsl_rng_get(generator) < t->threshold[i])
            add_row(sum, t->term + i * (size_t)terms, terms);
}

static void run_batch(const RedrawWork *work, RedrawBatch *batch, int first)
{
    const RiskRedraw *r = work->redraw;
    const Terms *t = work->terms;
    const int count = r->redraws - first < BATCH ? r->redraws - first : BATCH;
    memset(batch->sum, 0, sizeof batch->sum);
    for (int k = 0; k < count; k++) {
        StreamKey key = *r->key;
        key.replicate = (uint32_t)(first + k);
        stream_restart(batch->generator[k], &key, purpose);
    }
    for (size_t row = 0; row < t->rows; row += BLOCK)
        for (int k = 0; k < count; k++)
            add_block(t, row, t->rows - row < BLOCK ? t->rows : row + BLOCK, batch->generator[k],
                      batch->sum[k]);
    for (int e = 0; e < r->estimators; e++)
        for (int k = 0; k < count; k++)
            r->estimate[(size_t)e * (size_t)r->redraws + (size_t)(first + k)] =
                evaluate(r->estimator[e], t, batch->sum[k]);
}

static void *work_on(void *argument)
{
    RedrawWork *work = argument;
    RedrawBatch *batch = batch_create(work->redraw->key);
    if (!batch)
        work->starved = 1;
    int batches = (work->redraw->redraws + BATCH - 1) / BATCH;
    for (int k = work->next++; batch && k < batches; k = work->next++)
        run_batch(work, batch, k * BATCH);
    batch_free(batch);
    return NULL;
}

Status risk_redraw(const RiskRedraw *redraw, Message *message)
{
    Terms terms;
    Status status = terms_create(&terms, redraw->c, redraw->estimator, redraw->estimators, message);
    if (status)
        return status;
    RedrawWork work = {.redraw = redraw, .terms = &terms};
    status = workers_run(redraw->jobs, work_on, &work, message);
    if (!status && work.starved)
        status = fail_memory(message, "the redraws");
    terms_free(&terms);
    return status;
}
