/* The forward passes of the backbones in plain double arithmetic, with a running bound of what float rounding
 * may do: what test_backbones.c holds them to. Nothing here uses the tape. */
#pragma once

#include "estimators/backbones/tower.h"
#include "tests/support/support.h"

#include <float.h>
#include <math.h>

enum { FIELDS = 3, DENSE = 2, EMBEDDING = 4, LARGEST = 7, EVENTS = 3, UNITS = 64, FLOATS = 4096 };

static const double U_ROUND = (double)FLT_EPSILON / 2;

/* The parameters of a net in double. */
typedef struct Parameters {
    const Net *net;
    double dense[FLOATS];
    double table[FIELDS + EVENT_TABLES][GAP_BUCKETS][EMBEDDING + HEADS];
} Parameters;

/* A value that float arithmetic may get wrong by `error`. */
typedef struct Number {
    double value, error;
} Number;

typedef struct Row {
    const uint32_t *id;
    const float *dense;
    const ActivityStream *stream;
} Row;

typedef Number PlainLogit(const Parameters *w, Head head, const Row *x);

/* Where the matrix of a stream is in the block; NULL when the net has none. */
static inline const Weights *find(const Net *net, const char *stream, int index)
{
    for (int k = 0; k < net->weights; k++)
        if (!strcmp(net->weight[k].stream, stream) && net->weight[k].stream_index == index)
            return &net->weight[k];
    return NULL;
}

static double nearest_kink; /* the smallest |x| that met max(0, x) */

/* y = x W + b, then max(0, .) where `relu`; returns the number of outputs. A sum of n products in any order
 * is off by (n + 2) u times the sum of their absolute values. */
static inline int plain_layer(const Parameters *w, const char *stream, int layer, bool relu, int inputs,
                              const Number *x, Number *y)
{
    const Weights *weight = find(w->net, stream, 2 * layer), *bias = find(w->net, stream, 2 * layer + 1);
    assert_true(weight && bias && weight->rows == inputs && bias->rows == 1 && bias->cols == weight->cols);
    assert_true(weight->cols <= UNITS);
    for (int n = 0; n < weight->cols; n++) {
        double sum = w->dense[bias->offset + (size_t)n], size = fabs(sum), error = 0;
        for (int k = 0; k < inputs; k++) {
            double a = w->dense[weight->offset + (size_t)(k * weight->cols + n)];
            sum += a * x[k].value;
            size += fabs(a * x[k].value);
            error += fabs(a) * x[k].error;
        }
        if (relu)
            nearest_kink = fmin(nearest_kink, fabs(sum));
        y[n] = (Number){.value = relu && sum < 0 ? 0 : sum, .error = error + (inputs + 2) * U_ROUND * size};
    }
    return weight->cols;
}

/* Embeddings and dense columns; returns how many. */
static inline int plain_features(const Parameters *w, const Row *x, Number *a)
{
    int width = 0;
    for (int f = 0; f < FIELDS; f++)
        for (int c = 0; c < EMBEDDING; c++)
            a[width++] = (Number){.value = w->table[f][x->id[f]][c]};
    for (int c = 0; c < DENSE; c++)
        a[width++] = (Number){.value = (double)x->dense[c]};
    return width;
}

/* Features, then the first `first` layers of stream `trunk`, then layers of the head to the last. */
static inline Number plain_perceptron(const Parameters *w, const char *trunk, int first, Head head,
                                      const Row *x)
{
    Number a[UNITS], b[UNITS];
    int layers = w->net->options->layers, width = plain_features(w, x, a);
    for (int l = 0; l <= layers; l++) {
        width = plain_layer(w, l < first ? trunk : head_name(head), l, l < layers, width, a, b);
        memcpy(a, b, sizeof a);
    }
    assert_int_equal(width, 1);
    return a[0];
}

/* The twin of CVR has CVR's first layer. */
static inline Number plain_towers(const Parameters *w, Head head, const Row *x)
{
    bool twin = head == COUNTERFACTUAL && w->net->options->layers > 0;
    assert_true(!twin || !find(w->net, head_name(head), 0));
    return plain_perceptron(w, "cvr", twin, head, x);
}

static inline Number plain_shared_bottom(const Parameters *w, Head head, const Row *x)
{
    return plain_perceptron(w, "trunk", 1, head, x);
}

/* u . (g * v) + b_u + b_i; g = 1 in plain factorisation, a net of one head that is no residual. */
static inline Number plain_mf(const Parameters *w, Head head, const Row *x)
{
    const double *u = w->table[FIELD_USER][x->id[FIELD_USER]], *v = w->table[FIELD_ITEM][x->id[FIELD_ITEM]];
    const Weights *weight = find(w->net, head_name(head), 0);
    bool alone = !(w->net->heads & ~HEAD(head)), residual = head == RESIDUAL_P || head == RESIDUAL_E;
    assert_int_equal(weight == NULL, alone && !residual);
    int bias = EMBEDDING;
    for (Head h = 0; h < head; h++)
        bias += (w->net->heads & HEAD(h)) != 0;
    double sum = u[bias] + v[bias], size = fabs(u[bias]) + fabs(v[bias]);
    for (int c = 0; c < EMBEDDING; c++) {
        double product = u[c] * v[c] * (weight ? w->dense[weight->offset + (size_t)c] : 1);
        sum += product;
        size += fabs(product);
    }
    return (Number){.value = sum, .error = (EMBEDDING + 4) * U_ROUND * size};
}

/* <k, q> / sqrt(d) of a token [k | q | v]: a sum of d products of numbers that are off themselves. */
static inline Number plain_score(int d, const Number *token)
{
    Number s = {0};
    double size = 0;
    for (int c = 0; c < d; c++) {
        const Number *k = &token[c], *q = &token[d + c];
        s.value += k->value * q->value / sqrt(d);
        size += fabs(k->value * q->value) / sqrt(d);
        s.error += (fabs(k->value) * q->error + fabs(q->value) * k->error + k->error * q->error) / sqrt(d);
    }
    s.error += (d + 4) * U_ROUND * size;
    return s;
}

/* Two tokens of d columns to y. A weight moves by at most a quarter of what the gap of the scores moves by,
 * and the vector library is good to 4 ulp = 8 u in each of a handful of steps. */
static inline void plain_attention(int d, const Number *a, const Number *b, Number *y)
{
    Number of_a = plain_score(d, a), of_b = plain_score(d, b);
    double gap = of_a.value - of_b.value, w = 1 / (1 + exp(-gap));
    double error = (of_a.error + of_b.error + U_ROUND * fabs(gap)) / 4 + 4 * 8 * U_ROUND;
    for (int c = 0; c < d; c++) {
        const Number *first = &a[2 * d + c], *second = &b[2 * d + c];
        double size = fabs(first->value) + fabs(second->value);
        y[c].value = w * first->value + (1 - w) * second->value;
        y[c].error = w * first->error + (1 - w) * second->error + error * size + 3 * U_ROUND * size;
    }
}

/* The task before: actions come after clicks, and everything else after the last of the two that there is. */
static inline int plain_before(const Net *net, Head head)
{
    bool action = (net->heads & HEAD(ACTION)) && head != ACTION, click = (net->heads & HEAD(CTR)) != 0;
    return head == CTR ? -1 : action ? ACTION : click ? CTR : -1;
}

/* z of a task; returns its width. */
static inline int plain_task_feature(const Parameters *w, Head head, const Row *x, Number *z)
{
    enum { TRANSFER = MAX_LAYERS + 1, TOKENS };
    Number a[UNITS], b[UNITS], transferred[UNITS];
    int width = plain_features(w, x, a), before = plain_before(w->net, head);
    for (int l = 0; l < w->net->options->layers; l++) {
        width = plain_layer(w, head_name(head), l, true, width, a, b);
        memcpy(a, b, sizeof a);
    }
    memcpy(z, a, sizeof a);
    assert_int_equal(find(w->net, head_name(head), 2 * TOKENS) == NULL, before < 0);
    if (before < 0)
        return width;
    assert_int_equal(plain_task_feature(w, (Head)before, x, b), width);
    assert_int_equal(plain_layer(w, head_name(head), TRANSFER, true, width, b, transferred), width);
    assert_int_equal(plain_layer(w, head_name(head), TOKENS, false, width, transferred, b), 3 * width);
    assert_int_equal(plain_layer(w, head_name(head), TOKENS, false, width, z, a), 3 * width);
    plain_attention(width, b, a, z);
    return width;
}

static inline Number plain_aitm_logit(const Parameters *w, Head head, const Row *x)
{
    Number z[UNITS], out[UNITS];
    int width = plain_task_feature(w, head, x, z);
    assert_int_equal(plain_layer(w, head_name(head), w->net->options->layers, false, width, z, out), 1);
    return out[0];
}
