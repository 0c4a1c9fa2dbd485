/* Choosing constants. Candidates are few, and each takes one pass over the clicked rows. */
#include "experiments/risk/risk_lambda.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

enum { QUANTILES = 20, CANDIDATES = QUANTILES + 2 }; /* and the least weight, and one far above all */

/* A weight at which nothing is shrunk: 1/p_hat of a propensity that no clip leaves. */
static const double ABOVE_ALL = 1e12;

/* The clicked rows. */
typedef struct Clicked {
    size_t rows;
    RiskExposure *row;
    double bound;              /* of the error of an estimated bias */
    double weight[CANDIDATES]; /* ascending */
} Clicked;

static void find_bound(Clicked *o, double exposures)
{
    const double log_odds = log(2 / 0.05);
    double square = 0, largest = 0;
    for (size_t i = 0; i < o->rows; i++) {
        square += o->row[i].w * o->row[i].w;
        largest = fmax(largest, o->row[i].w);
    }
    o->bound = sqrt(2 * square / exposures * log_odds / exposures) + 2 * largest * log_odds / (3 * exposures);
}

static Status find_candidates(Clicked *o, Message *message)
{
    double *w = malloc(o->rows * sizeof *w);
    if (!w)
        return fail_memory(message, "the weights of clicks");
    for (size_t i = 0; i < o->rows; i++)
        w[i] = o->row[i].w;
    gsl_sort(w, 1, o->rows);
    for (size_t k = 0; k <= QUANTILES; k++)
        o->weight[k] = w[k * (o->rows - 1) / QUANTILES];
    o->weight[CANDIDATES - 1] = ABOVE_ALL;
    free(w);
    return STATUS_OK;
}

/* The mean of the predictions of the clicks, with weights 1/p_hat: the label that is imputed, where it is
 * learned. */
static double learned_label(const RiskCase *c, const uint8_t *click)
{
    double sum = 0, weight = 0;
    for (size_t i = 0; i < c->rows; i++) {
        sum += click[i] ? c->prediction[i] / c->p_hat[i] : 0;
        weight += click[i] ? 1 / c->p_hat[i] : 0;
    }
    return sum / weight;
}

static Status clicked_create(Clicked *o, const RiskCase *c, const uint8_t *click, Message *message)
{
    *o = (Clicked){0};
    for (size_t i = 0; i < c->rows; i++)
        o->rows += click[i];
    if (o->rows == 0)
        return STATUS_OK;
    const double m = c->slope ? learned_label(c, click) : 0;
    o->row = calloc(o->rows, sizeof *o->row);
    if (!o->row)
        return fail_memory(message, "the clicks");
    for (size_t i = 0, k = 0; i < c->rows; i++)
        if (click[i])
            o->row[k++] = (RiskExposure){
                .w = 1 / c->p_hat[i], .e = c->e[i], .e_hat = c->e_hat[i] + (c->slope ? m * c->slope[i] : 0)};
    find_bound(o, (double)c->rows);
    return find_candidates(o, message);
}

/* Estimated mean squared error, with the bound. */
static double error_of(const RiskEstimator *estimator, const Clicked *o, const double *lambda,
                       double exposures)
{
    double bias = 0, variance = 0;
    for (size_t i = 0; i < o->rows; i++) {
        RiskExposure row = o->row[i];
        row.lambda = lambda;
        const double term = estimator->term(&row), base = estimator->base ? estimator->base(&row) : 0;
        bias += term - row.w * (row.e - base);
        variance += (1 - 1 / row.w) * term * term;
    }
    const double most = fabs(bias) / exposures + o->bound;
    return variance / (exposures * exposures) + most * most;
}

Status risk_lambda_choose(const RiskEstimator *estimator, const uint8_t *click, RiskCase *c, Message *message)
{
    const bool two = estimator->lambda == RISK_DOUBLE_CLIP_LOW;
    double *lambda = &c->lambda[estimator->lambda];
    const bool low = lambda[0] < 0, high = two && lambda[1] < 0;
    if (!estimator->lambda_at || (!low && !high))
        return STATUS_OK;
    Clicked o;
    Status status = clicked_create(&o, c, click, message);
    double best[2] = {two ? 1 : estimator->lambda_at(ABOVE_ALL), ABOVE_ALL}, least = HUGE_VAL;
    for (int i = 0; !status && o.rows > 0 && i < (low ? CANDIDATES : 1); i++)
        for (int k = 0; k < (high ? CANDIDATES : 1); k++) {
            const double at[2] = {low ? estimator->lambda_at(o.weight[i]) : lambda[0],
                                  high ? o.weight[k] : lambda[1]};
            const double error =
                two && at[0] > at[1] ? HUGE_VAL : error_of(estimator, &o, at, (double)c->rows);
            if (error < least) {
                least = error;
                best[0] = at[0];
                best[1] = at[1];
            }
        }
    lambda[0] = low ? best[0] : lambda[0];
    if (two)
        lambda[1] = high ? best[1] : lambda[1];
    free(o.row);
    return status;
}
