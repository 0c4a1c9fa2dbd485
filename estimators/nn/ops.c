/* The operations of the tape: each makes a node and keeps what its backward pass needs. The loops that take
 * time are in the kernels (elementwise, mixture, attention, lstm, dense). */
#include "estimators/nn/ops.h"

#include "estimators/nn/dense.h"
#include "estimators/nn/elementwise.h"
#include "estimators/nn/mixture.h"
#include "sim/base/normal.h"
#include "sim/base/real.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int count(const Node *x)
{
    return x->rows * x->cols;
}

/* Of an operation on columns of the same rows, some of which may be numbers that nobody gave weights. */
static const float *weight_of_rows(const Node *a, const Node *b)
{
    return a->row_weight ? a->row_weight : b->row_weight;
}

/* Elementwise operations differ by their formulas only, which are in elementwise_kernel.c. */

static void unary_backward(Node *y)
{
    const Unary *f = y->saved;
    Node *x = y->input[0];
    f->backward(count(y), x->value, y->value, y->number, y->grad, gradient(x));
}

static Var unary(const Unary *f, Var x, float k)
{
    Var y = tape_node(x->tape, x->rows, x->cols, x, NULL, NULL, unary_backward);
    y->saved = (void *)f;
    y->number = k;
    y->row_weight = x->row_weight;
    f->forward(count(x), x->value, k, y->value);
    return y;
}

static void binary_backward(Node *y)
{
    const Binary *f = y->saved;
    Node *a = y->input[0], *b = y->input[1];
    f->backward(count(y), a->value, b->value, y->value, y->grad, a->needs_grad ? gradient(a) : NULL,
                b->needs_grad ? gradient(b) : NULL);
}

static Var binary(const Binary *f, Var a, Var b)
{
    assert(a->rows == b->rows && a->cols == b->cols);
    Var y = tape_node(a->tape, a->rows, a->cols, a, b, NULL, binary_backward);
    y->saved = (void *)f;
    y->row_weight = weight_of_rows(a, b);
    f->forward(count(a), a->value, b->value, y->value);
    return y;
}

Var sigmoid(Var x)
{
    return unary(&elementwise_kernels()->sigmoid, x, 0);
}

Var softplus(Var x)
{
    return unary(&elementwise_kernels()->softplus, x, 0);
}

Var exponential(Var x)
{
    return unary(&elementwise_kernels()->exponential, x, 0);
}

Var square(Var x)
{
    return unary(&elementwise_kernels()->square, x, 0);
}

Var absolute(Var x)
{
    return unary(&elementwise_kernels()->absolute, x, 0);
}

Var scale(Var x, float k)
{
    return unary(&elementwise_kernels()->scale, x, k);
}

Var shift(Var x, float k)
{
    return unary(&elementwise_kernels()->shift, x, k);
}

Var reciprocal(Var x)
{
    return unary(&elementwise_kernels()->reciprocal, x, 0);
}

Var clamp_max(Var x, float k)
{
    return unary(&elementwise_kernels()->at_most, x, k);
}

Var clamp_min(Var x, float k)
{
    return scale(clamp_max(scale(x, -1), -k), -1);
}

Var logarithm(Var x)
{
    return unary(&elementwise_kernels()->logarithm, x, 0);
}

Var one_minus(Var x)
{
    return shift(scale(x, -1), 1);
}

Var add(Var a, Var b)
{
    return binary(&elementwise_kernels()->add, a, b);
}

Var sub(Var a, Var b)
{
    return binary(&elementwise_kernels()->sub, a, b);
}

Var mul(Var a, Var b)
{
    return binary(&elementwise_kernels()->mul, a, b);
}

Var divide(Var a, Var b)
{
    return binary(&elementwise_kernels()->div, a, b);
}

Var bce(Var z, Var y)
{
    return binary(&elementwise_kernels()->bce, z, y);
}

Var logit_and(Var a, Var b)
{
    return binary(&elementwise_kernels()->logit_and, a, b);
}

static void logit_mix_node_backward(Node *y)
{
    float *grad[3];
    for (int k = 0; k < 3; k++)
        grad[k] = y->input[k]->needs_grad ? gradient(y->input[k]) : NULL;
    elementwise_kernels()->logit_mix_backward(count(y), y->input[0]->value, y->input[1]->value,
                                              y->input[2]->value, y->value, y->grad, grad[0], grad[1],
                                              grad[2]);
}

Var logit_mix(Var w, Var a, Var b)
{
    assert(w->rows == a->rows && w->cols == a->cols && w->rows == b->rows && w->cols == b->cols);
    Var y = tape_node(w->tape, w->rows, w->cols, w, a, b, logit_mix_node_backward);
    y->row_weight = w->row_weight;
    elementwise_kernels()->logit_mix_forward(count(y), w->value, a->value, b->value, y->value);
    return y;
}

static void normal_probability_backward(Node *y)
{
    float *dx = gradient(y->input[0]);
    for (int i = 0; i < count(y); i++)
        dx[i] += (float)((double)y->grad[i] * normal_density((double)y->input[0]->value[i]));
}

Var normal_probability(Var x)
{
    Var y = tape_node(x->tape, x->rows, x->cols, x, NULL, NULL, normal_probability_backward);
    y->row_weight = x->row_weight;
    for (int i = 0; i < count(y); i++)
        y->value[i] = (float)normal_cdf((double)x->value[i]);
    return y;
}

/* The derivative in a is phi(a) P(Y < b | X = a), likewise in b; that in the correlation is the density. */
static void joint_normal_probability_backward(Node *y)
{
    float *grad[3];
    for (int k = 0; k < 3; k++)
        grad[k] = y->input[k]->needs_grad ? gradient(y->input[k]) : NULL;
    for (int i = 0; i < count(y); i++) {
        const double a = (double)y->input[0]->value[i], b = (double)y->input[1]->value[i];
        const double rho = (double)y->input[2]->value[i], dy = (double)y->grad[i];
        const double rest = sqrt(1 - rho * rho);
        if (grad[0])
            grad[0][i] += (float)(dy * normal_density(a) * normal_cdf((b - rho * a) / rest));
        if (grad[1])
            grad[1][i] += (float)(dy * normal_density(b) * normal_cdf((a - rho * b) / rest));
        if (grad[2])
            grad[2][i] += (float)(dy * bivariate_normal_density(a, b, rho));
    }
}

Var joint_normal_probability(Var a, Var b, Var correlation)
{
    assert(count(a) == count(b) && count(a) == count(correlation));
    Var y = tape_node(a->tape, a->rows, a->cols, a, b, correlation, joint_normal_probability_backward);
    y->row_weight = weight_of_rows(a, b);
    for (int i = 0; i < count(y); i++)
        y->value[i] = (float)bivariate_normal_cdf((double)a->value[i], (double)b->value[i],
                                                  (double)correlation->value[i]);
    return y;
}

float weight_of(Var x)
{
    return x->row_weight ? (float)elementwise_kernels()->sum_of(x->rows, x->row_weight) : (float)x->rows;
}

static void scaled_sum_backward(Node *y)
{
    const float *w = y->saved;
    float *dx = gradient(y->input[0]);
    float dy = y->grad[0] * y->number;
    for (int i = 0; !w && i < count(y->input[0]); i++)
        dx[i] += dy;
    for (int i = 0; w && i < count(y->input[0]); i++)
        dx[i] += dy * w[i];
}

/* The weights of all entries of a matrix whose rows have some; NULL where they have none. */
static const float *weight_of_entries(const Node *x)
{
    if (!x->row_weight || x->cols == 1)
        return x->row_weight;
    float *w = tape_floats(x->tape, (size_t)count(x));
    for (int i = 0; i < count(x); i++)
        w[i] = x->row_weight[i / x->cols];
    return w;
}

static Var scaled_sum(Var x, float k)
{
    const float *w = weight_of_entries(x);
    Var y = tape_node(x->tape, 1, 1, x, NULL, NULL, scaled_sum_backward);
    y->number = k;
    y->saved = (void *)w;
    y->value[0] = (float)((double)k * (w ? elementwise_kernels()->dot_of(count(x), w, x->value)
                                         : elementwise_kernels()->sum_of(count(x), x->value)));
    return y;
}

Var sum(Var x)
{
    return scaled_sum(x, 1);
}

Var mean(Var x)
{
    const float entries = weight_of(x) * (float)x->cols;
    return scaled_sum(x, entries > 0 ? 1.0F / entries : 0);
}

static void weighted_mean_backward(Node *y)
{
    const float *w = y->saved;
    float *dx = gradient(y->input[0]);
    float dy = y->grad[0] * y->number;
    for (int i = 0; i < count(y->input[0]); i++)
        dx[i] += dy * w[i];
}

Var weighted_mean(Var weight, Var x)
{
    assert(!weight->needs_grad && count(weight) == count(x));
    const float *of_row = weight_of_rows(x, weight), *w = weight->value;
    if (of_row) {
        float *product = tape_floats(x->tape, (size_t)count(x));
        for (int i = 0; i < count(x); i++)
            product[i] = of_row[i] * w[i];
        w = product;
    }
    double total = elementwise_kernels()->sum_of(count(weight), w);
    Var y = tape_node(x->tape, 1, 1, x, weight, NULL, weighted_mean_backward);
    y->number = total > 0 ? (float)(1 / total) : 0;
    y->saved = (void *)w;
    y->value[0] = (float)((double)y->number * elementwise_kernels()->dot_of(count(x), w, x->value));
    return y;
}

static void log_softmax_to(Node *y)
{
    const float *w = y->input[0]->row_weight;
    float *dx = gradient(y->input[0]);
    if (!w) {
        elementwise_kernels()->log_softmax_backward(count(y), y->value, y->grad, dx);
        return;
    }
    float *share = tape_floats(y->tape, (size_t)count(y));
    elementwise_kernels()->exponential.forward(count(y), y->value, 0, share);
    float all = (float)elementwise_kernels()->sum_of(count(y), y->grad);
    for (int i = 0; i < count(y); i++)
        dx[i] += y->grad[i] - w[i] * share[i] * all;
}

/* sum_i w_i exp(x_i) of a column, w the weights of its rows. */
static double sum_of_exp(const Node *x, const float *value)
{
    if (!x->row_weight)
        return elementwise_kernels()->sum_of_exp(count(x), value);
    float *e = tape_floats(x->tape, (size_t)count(x));
    elementwise_kernels()->exponential.forward(count(x), value, 0, e);
    return elementwise_kernels()->dot_of(count(x), x->row_weight, e);
}

/* The largest entry is taken out first, so that no exp overflows and one is 1. */
Var log_softmax(Var x)
{
    Var y = tape_node(x->tape, x->rows, x->cols, x, NULL, NULL, log_softmax_to);
    y->row_weight = x->row_weight;
    float top = -INFINITY;
    for (int i = 0; i < count(x); i++)
        top = x->value[i] > top ? x->value[i] : top;
    for (int i = 0; i < count(x); i++)
        y->value[i] = x->value[i] - top;
    float rest = (float)real_log(sum_of_exp(x, y->value));
    for (int i = 0; i < count(x); i++)
        y->value[i] -= rest;
    return y;
}

Var softmax(Var x)
{
    return exponential(log_softmax(x));
}

Var stop(Var x)
{
    Var y = tape_leaf(x->tape, x->rows, x->cols, x->value, NULL);
    y->row_weight = x->row_weight;
    return y;
}

/* What an operation on any number of inputs keeps: they are not in Node.input. */
typedef struct ManyInputs {
    int parts;
    int row;       /* of stitch */
    float *weight; /* of mix: the softmax of the gates */
    Var part[];
} ManyInputs;

static ManyInputs *keep_inputs(Var y, const Var *part, int parts)
{
    ManyInputs *kept = tape_bytes(y->tape, sizeof *kept + (size_t)parts * sizeof(Var));
    kept->parts = parts;
    for (int k = 0; k < parts; k++) {
        kept->part[k] = part[k];
        y->needs_grad |= part[k]->needs_grad;
    }
    y->saved = kept;
    y->more = kept->part;
    y->more_count = parts;
    return kept;
}

static Mixture mixture_of(const Node *y, const Node *gates, const Node *part)
{
    return (Mixture){
        .rows = y->rows, .experts = part->cols / y->cols, .width = y->cols, .stride = gates->cols};
}

static void mix_backward(Node *y)
{
    const ManyInputs *kept = y->saved;
    Node *gates = y->input[0];
    float *dweight = gates->needs_grad ? tape_floats(y->tape, (size_t)count(gates)) : NULL;
    for (int k = 0, first = 0; k < kept->parts; k++) {
        Node *part = kept->part[k];
        Mixture shape = mixture_of(y, gates, part);
        mixture_kernels()->mixture_backward(&shape, kept->weight + first, part->value, y->grad,
                                            part->needs_grad ? gradient(part) : NULL,
                                            dweight ? dweight + first : NULL);
        first += shape.experts;
    }
    if (dweight)
        mixture_kernels()->softmax_backward(gates->rows, gates->cols, kept->weight, dweight, gradient(gates));
}

static int columns(const Var *part, int parts)
{
    int total = 0;
    for (int k = 0; k < parts; k++)
        total += part[k]->cols;
    return total;
}

Var mix(Var gates, const Var *experts, int parts)
{
    int n = gates->cols, width = columns(experts, parts) / n;
    assert(n * width == columns(experts, parts));
    Var y = tape_node(gates->tape, gates->rows, width, gates, NULL, NULL, mix_backward);
    float *weight = tape_floats(y->tape, (size_t)count(gates));
    keep_inputs(y, experts, parts)->weight = weight;
    mixture_kernels()->softmax_forward(gates->rows, n, gates->value, weight);
    memset(y->value, 0, (size_t)count(y) * sizeof *y->value);
    for (int k = 0, first = 0; k < parts; k++) {
        Mixture shape = mixture_of(y, gates, experts[k]);
        assert(experts[k]->rows == y->rows && experts[k]->cols == shape.experts * width);
        mixture_kernels()->mixture_forward(&shape, weight + first, experts[k]->value, y->value);
        first += shape.experts;
    }
    return y;
}

static void stitch_backward(Node *y)
{
    const ManyInputs *kept = y->saved;
    Node *a = y->input[0];
    int first = kept->row * a->cols;
    for (int k = 0; k < kept->parts; k++) {
        Node *x = kept->part[k];
        if (x->needs_grad)
            mixture_kernels()->add_scaled(count(x), a->value[first + k], y->grad, gradient(x));
        if (a->needs_grad)
            gradient(a)[first + k] += (float)elementwise_kernels()->dot_of(count(x), y->grad, x->value);
    }
}

Var stitch(Var a, int row, const Var *x)
{
    assert(row < a->rows);
    Var y = tape_node(a->tape, x[0]->rows, x[0]->cols, a, NULL, NULL, stitch_backward);
    keep_inputs(y, x, a->cols)->row = row;
    memset(y->value, 0, (size_t)count(y) * sizeof *y->value);
    for (int k = 0; k < a->cols; k++) {
        assert(x[k]->rows == y->rows && x[k]->cols == y->cols);
        mixture_kernels()->add_scaled(count(y), a->value[row * a->cols + k], x[k]->value, y->value);
    }
    return y;
}

/* Columns whose gradient nobody wants (from grad_cols on) may be unset, and stay as they are. */
static void reverse_backward(Node *y)
{
    float *dx = gradient(y->input[0]);
    for (int r = 0; r < y->rows; r++)
        for (int c = 0; c < y->grad_cols; c++)
            dx[(size_t)r * (size_t)y->cols + (size_t)c] -=
                y->number * y->grad[(size_t)r * (size_t)y->cols + (size_t)c];
}

Var reverse(Var x, float k)
{
    Var y = tape_node(x->tape, x->rows, x->cols, x, NULL, NULL, reverse_backward);
    y->number = k;
    y->grad_cols = x->grad_cols;
    memcpy(y->value, x->value, (size_t)count(x) * sizeof(float));
    return y;
}

Var above(Var x, float k)
{
    Var y = tape_node(x->tape, x->rows, x->cols, NULL, NULL, NULL, NULL);
    elementwise_kernels()->above(count(x), x->value, k, y->value);
    return y;
}

float least(Var x)
{
    float smallest = count(x) ? x->value[0] : 1;
    for (int i = 1; i < count(x); i++)
        smallest = x->value[i] < smallest ? x->value[i] : smallest;
    return smallest;
}

static int ascending(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Of n entries, each with its weight behind it, which are put in order; `all` is the sum of the weights. */
static float quantile_of(size_t n, float *entry, float level, float all)
{
    if (n == 0)
        return 1;
    qsort(entry, n, 2 * sizeof *entry, ascending);
    const float asked = level * all;
    float below = entry[1];
    size_t place = 0;
    while (place + 1 < n && below < asked)
        below += entry[2 * ++place + 1];
    return entry[2 * place];
}

float quantile(Var x, float level)
{
    const size_t n = (size_t)count(x);
    float *entry = tape_floats(x->tape, 2 * n);
    for (size_t i = 0; i < n; i++) {
        entry[2 * i] = x->value[i];
        entry[2 * i + 1] = x->row_weight ? x->row_weight[i] : 1;
    }
    return quantile_of(n, entry, level, weight_of(x));
}

float weighted_quantile(Var weight, Var x, float level)
{
    assert(count(weight) == count(x));
    const float *of_row = weight_of_rows(x, weight);
    float *entry = tape_floats(x->tape, 2 * (size_t)count(x)), all = 0;
    size_t n = 0;
    for (int i = 0; i < count(x); i++) {
        const float w = weight->value[i] * (of_row ? of_row[i] : 1);
        if (w == 0)
            continue;
        entry[2 * n] = x->value[i];
        entry[2 * n++ + 1] = w;
        all += w;
    }
    return quantile_of(n, entry, level, all);
}

static void add_columns(const Node *y, int from, int columns, Node *x)
{
    float *dx = gradient(x);
    for (int r = 0; r < y->rows; r++)
        for (int c = 0; c < columns; c++)
            dx[(size_t)r * (size_t)x->cols + (size_t)c] +=
                y->grad[(size_t)r * (size_t)y->cols + (size_t)(from + c)];
}

static void concat_backward(Node *y)
{
    Node *a = y->input[0], *b = y->input[1];
    if (a->needs_grad)
        add_columns(y, 0, a->cols, a);
    if (b->needs_grad)
        add_columns(y, a->cols, b->grad_cols, b);
}

Var concat(Var a, Var b)
{
    assert(a->rows == b->rows && a->grad_cols == a->cols);
    Var y = tape_node(a->tape, a->rows, a->cols + b->cols, a, b, NULL, concat_backward);
    y->grad_cols = a->cols + b->grad_cols;
    for (int r = 0; r < y->rows; r++) {
        float *to = y->value + (size_t)r * (size_t)y->cols;
        memcpy(to, a->value + (size_t)r * (size_t)a->cols, (size_t)a->cols * sizeof *to);
        memcpy(to + a->cols, b->value + (size_t)r * (size_t)b->cols, (size_t)b->cols * sizeof *to);
    }
    return y;
}

static void columns_of_backward(Node *y)
{
    Node *x = y->input[0];
    const int first = *(const int *)y->saved;
    float *dx = gradient(x) + first;
    for (int r = 0; r < y->rows; r++)
        for (int c = 0; c < y->cols; c++)
            dx[(size_t)r * (size_t)x->cols + (size_t)c] += y->grad[(size_t)r * (size_t)y->cols + (size_t)c];
}

Var columns_of(Var x, int first, int n)
{
    assert(first >= 0 && first + n <= x->grad_cols);
    Var y = tape_node(x->tape, x->rows, n, x, NULL, NULL, columns_of_backward);
    int *from = tape_bytes(x->tape, sizeof *from);
    *from = first;
    y->saved = from;
    for (int r = 0; r < y->rows; r++)
        memcpy(y->value + (size_t)r * (size_t)n, x->value + (size_t)r * (size_t)x->cols + first,
               (size_t)n * sizeof *y->value);
    return y;
}

static void outer_backward(Node *y)
{
    Node *a = y->input[0], *b = y->input[1];
    float *da = a->needs_grad ? gradient(a) : NULL, *db = b->needs_grad ? gradient(b) : NULL;
    for (int r = 0; r < y->rows; r++) {
        const float *from_a = a->value + (size_t)r * (size_t)a->cols;
        const float *from_b = b->value + (size_t)r * (size_t)b->cols;
        const float *g = y->grad + (size_t)r * (size_t)y->cols;
        for (int i = 0; i < a->cols; i++, g += b->cols) {
            for (int j = 0; da && i < a->grad_cols && j < b->cols; j++)
                da[(size_t)r * (size_t)a->cols + (size_t)i] += g[j] * from_b[j];
            for (int j = 0; db && j < b->cols; j++)
                db[(size_t)r * (size_t)b->cols + (size_t)j] += g[j] * from_a[i];
        }
    }
}

Var outer(Var a, Var b)
{
    assert(a->rows == b->rows && b->grad_cols == b->cols);
    Var y = tape_node(a->tape, a->rows, a->cols * b->cols, a, b, NULL, outer_backward);
    float *to = y->value;
    for (int r = 0; r < y->rows; r++)
        for (int i = 0; i < a->cols; i++) {
            const float x = a->value[(size_t)r * (size_t)a->cols + (size_t)i];
            for (int j = 0; j < b->cols; j++)
                *to++ = x * b->value[(size_t)r * (size_t)b->cols + (size_t)j];
        }
    return y;
}

/* dA = B G' and dB = A G, where G is the gradient of A' B. */
static void gram_backward(Node *y)
{
    const Node *a = y->input[0], *b = y->input[1];
    float *da = a->needs_grad ? gradient(y->input[0]) : NULL,
          *db = b->needs_grad ? gradient(y->input[1]) : NULL;
    for (int r = 0; r < a->rows; r++) {
        const float *from_a = a->value + (size_t)r * (size_t)a->cols;
        const float *from_b = b->value + (size_t)r * (size_t)b->cols;
        for (int i = 0; i < a->cols; i++) {
            const float *g = y->grad + (size_t)i * (size_t)b->cols;
            for (int j = 0; da && j < b->cols; j++)
                da[(size_t)r * (size_t)a->cols + (size_t)i] += g[j] * from_b[j];
            for (int j = 0; db && j < b->cols; j++)
                db[(size_t)r * (size_t)b->cols + (size_t)j] += g[j] * from_a[i];
        }
    }
}

Var gram(Var a, Var b)
{
    assert(a->rows == b->rows);
    Var y = tape_node(a->tape, a->cols, b->cols, a, b, NULL, gram_backward);
    memset(y->value, 0, (size_t)count(y) * sizeof *y->value);
    for (int r = 0; r < a->rows; r++)
        for (int i = 0; i < a->cols; i++) {
            const float x = a->value[(size_t)r * (size_t)a->cols + (size_t)i];
            const float *from_b = b->value + (size_t)r * (size_t)b->cols;
            for (int j = 0; j < b->cols; j++)
                y->value[(size_t)i * (size_t)b->cols + (size_t)j] += x * from_b[j];
        }
    return y;
}

/* What goes back through a linear layer: with d = dy where y > 0 (of a ReLU; else dy), dW += x' d, db += the
 * sums of the columns of d, and dx = d W' or, where it is there already, += that. */
static void linear_backward(Node *y)
{
    const DenseKernels *dense = dense_kernels();
    Node *x = y->input[0], *weight = y->input[1], *bias = y->input[2];
    int k = x->cols, n = y->cols, wanted = x->grad_cols;
    Product of_weights = {.cols = n, .rows = k, .x_stride = k, .w_stride = n, .y_stride = n};
    Product of_inputs = {.cols = wanted, .depth = n, .x_stride = n, .w_stride = wanted, .y_stride = k};
    float *dx = NULL, *dbias = bias->needs_grad ? gradient(bias) : NULL;
    of_weights.y = weight->needs_grad ? gradient(weight) : NULL;
    if (x->needs_grad) {
        dx = gradient_for_product(x, &of_inputs.add);
        float *transposed = tape_floats(y->tape, (size_t)n * (size_t)wanted);
        dense->transpose(wanted, n, weight->value, n, transposed);
        of_inputs.w = transposed;
    }
    for (int r = 0; r < y->rows; r += DENSE_ROWS) {
        int rows = y->rows - r < DENSE_ROWS ? y->rows - r : DENSE_ROWS;
        float *dy = y->grad + (size_t)r * (size_t)n;
        dense->bias_backward(rows, n, y->value + (size_t)r * (size_t)n, y->number != 0, dy, dbias);
        of_weights.depth = of_inputs.rows = rows;
        of_weights.x = x->value + (size_t)r * (size_t)k;
        of_weights.w = of_inputs.x = dy;
        if (of_weights.y)
            dense->product_transposed(&of_weights);
        of_inputs.y = dx ? dx + (size_t)r * (size_t)k : NULL;
        if (dx)
            dense->product(&of_inputs);
    }
}

Var linear(Var x, Var weight, Var bias, bool relu)
{
    int k = x->cols, n = weight->cols;
    assert(weight->rows == k && bias->rows == 1 && bias->cols == n);
    Var y = tape_node(x->tape, x->rows, n, x, weight, bias, linear_backward);
    y->number = relu;
    dense_kernels()->product(&(Product){.rows = x->rows,
                                        .cols = n,
                                        .depth = k,
                                        .x = x->value,
                                        .x_stride = k,
                                        .w = weight->value,
                                        .w_stride = n,
                                        .y = y->value,
                                        .y_stride = n,
                                        .bias = bias->value,
                                        .relu = relu});
    return y;
}
