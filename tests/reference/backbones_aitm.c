/* AITM: a task reads what the task before it has learned, by attention over two tokens. */
#include "tests/reference/backbones.h"

#include <math.h>

/* <k, q> / sqrt(d) of a token [k | q | v]: a sum of d products of numbers that are off themselves. */
static PlainNumber plain_score(int d, const PlainNumber *token)
{
    PlainNumber s = {0};
    double size = 0;
    for (int c = 0; c < d; c++) {
        const PlainNumber *k = &token[c], *q = &token[d + c];
        s.value += k->value * q->value / sqrt(d);
        size += fabs(k->value * q->value) / sqrt(d);
        s.error += (fabs(k->value) * q->error + fabs(q->value) * k->error + k->error * q->error) / sqrt(d);
    }
    s.error += (d + 4) * U_ROUND * size;
    return s;
}

/* Two tokens of d columns to y. A weight moves by at most a quarter of what the gap of the scores moves by,
 * and the vector library is good to 4 ulp = 8 u in each of a handful of steps. */
static void plain_attention(int d, const PlainNumber *a, const PlainNumber *b, PlainNumber *y)
{
    PlainNumber of_a = plain_score(d, a), of_b = plain_score(d, b);
    double gap = of_a.value - of_b.value, w = 1 / (1 + exp(-gap));
    double error = (of_a.error + of_b.error + U_ROUND * fabs(gap)) / 4 + 4 * 8 * U_ROUND;
    for (int c = 0; c < d; c++) {
        const PlainNumber *first = &a[2 * d + c], *second = &b[2 * d + c];
        double size = fabs(first->value) + fabs(second->value);
        y[c].value = w * first->value + (1 - w) * second->value;
        y[c].error = w * first->error + (1 - w) * second->error + error * size + 3 * U_ROUND * size;
    }
}

/* The task before: actions come after clicks, and everything else after the last of the two that there is. */
static int plain_before(const Net *net, Head head)
{
    bool action = (net->heads & HEAD(ACTION)) && head != ACTION, click = (net->heads & HEAD(CTR)) != 0;
    return head == CTR ? -1 : action ? ACTION : click ? CTR : -1;
}

/* z of a task; returns its width. */
static int plain_task_feature(const PlainParameters *w, Head head, const PlainRow *x, PlainNumber *z)
{
    enum { TRANSFER = MAX_LAYERS + 1, TOKENS };
    PlainNumber a[UNITS], b[UNITS], transferred[UNITS];
    int width = plain_features(w, x, a), before = plain_before(w->net, head);
    for (int l = 0; l < w->net->options->layers; l++) {
        width = plain_layer(w, head_name(head), l, true, width, a, b);
        memcpy(a, b, sizeof a);
    }
    memcpy(z, a, sizeof a);
    assert_int_equal(plain_weights(w->net, head_name(head), 2 * TOKENS) == NULL, before < 0);
    if (before < 0)
        return width;
    assert_int_equal(plain_task_feature(w, (Head)before, x, b), width);
    assert_int_equal(plain_layer(w, head_name(head), TRANSFER, true, width, b, transferred), width);
    assert_int_equal(plain_layer(w, head_name(head), TOKENS, false, width, transferred, b), 3 * width);
    assert_int_equal(plain_layer(w, head_name(head), TOKENS, false, width, z, a), 3 * width);
    plain_attention(width, b, a, z);
    return width;
}

PlainNumber plain_aitm(const PlainParameters *w, Head head, const PlainRow *x)
{
    PlainNumber z[UNITS], out[UNITS];
    int width = plain_task_feature(w, head, x, z);
    assert_int_equal(plain_layer(w, head_name(head), w->net->options->layers, false, width, z, out), 1);
    return out[0];
}
