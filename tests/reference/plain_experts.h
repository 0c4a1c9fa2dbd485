/* The forward passes of the backbones whose heads exchange or share what they learn, as in
 * tests/reference/plain_backbones.h. */
#pragma once

#include "estimators/backbones/experts.h"
#include "tests/reference/plain_backbones.h"

/* The counterfactual head is the twin of CVR in all but its tower. */
static inline Head plain_task(const Net *net, Head head)
{
    return head == COUNTERFACTUAL && (net->heads & HEAD(CVR)) ? CVR : head;
}

/* sum_k A[a][k] h_k */
static inline Number plain_stitch(const Parameters *w, const Weights *stitches, int a, int n, const Number *h)
{
    double sum = 0, size = 0, error = 0;
    for (int k = 0; k < n; k++) {
        double coefficient = w->dense[stitches->offset + (size_t)(a * n + k)];
        sum += coefficient * h[k].value;
        size += fabs(coefficient * h[k].value);
        error += fabs(coefficient) * h[k].error;
    }
    return (Number){.value = sum, .error = error + (n + 2) * U_ROUND * size};
}

/* All heads go up their towers together, and are stitched after each hidden layer. */
static inline Number plain_cross_stitch(const Parameters *w, Head head, const Row *x)
{
    const Net *net = w->net;
    static Number h[HEADS][UNITS], next[HEADS][UNITS];
    Head member[HEADS];
    int heads = 0, width = 0, wanted = 0;
    for (Head k = 0; k < HEADS; k++)
        if (net->heads & HEAD(k))
            member[heads++] = k;
    for (int a = 0; a < heads; a++) {
        wanted = member[a] == head ? a : wanted;
        width = plain_features(w, x, h[a]);
    }
    for (int l = 0; l < net->options->layers; l++) {
        const Weights *stitches = find(net, "stitch", l);
        int outputs = 0;
        assert_int_equal(stitches != NULL, heads > 1);
        for (int a = 0; a < heads; a++) {
            Head from = l == 0 ? plain_task(net, member[a]) : member[a];
            outputs = plain_layer(w, head_name(from), l, true, width, h[a], next[a]);
        }
        width = outputs;
        for (int c = 0; c < width; c++) {
            Number column[HEADS];
            for (int a = 0; a < heads; a++)
                column[a] = next[a][c];
            for (int a = 0; a < heads; a++)
                h[a][c] = heads > 1 ? plain_stitch(w, stitches, a, heads, column) : column[a];
        }
    }
    Number z[UNITS];
    assert_int_equal(plain_layer(w, head_name(head), net->options->layers, false, width, h[wanted], z), 1);
    return z[0];
}

/* sum_k softmax(gate)_k h_k of n experts in a row. A weight is off by the factor exp(+-d), where d gathers:
 * the errors of two gates; of their difference, 1/2 ulp of it; of two exponentials, 4 ulp each; of a sum of n
 * and a quotient, which is a product with a reciprocal good to 2 ulp. */
static inline void plain_mix(int n, const Number *gate, int width, const Number *h, Number *y)
{
    double top = gate[0].value, total = 0, doubt = 0, spread = 0;
    for (int k = 0; k < n; k++)
        top = fmax(top, gate[k].value);
    for (int k = 0; k < n; k++) {
        total += exp(gate[k].value - top);
        doubt = fmax(doubt, gate[k].error);
        spread = fmax(spread, top - gate[k].value);
    }
    double d = 2 * doubt + (2 * spread + 2 * 8 + n + 5) * U_ROUND;
    for (int c = 0; c < width; c++) {
        double sum = 0, size = 0, error = 0;
        for (int k = 0; k < n; k++) {
            double weight = exp(gate[k].value - top) / total;
            const Number *expert = &h[k * width + c];
            sum += weight * expert->value;
            size += weight * fabs(expert->value);
            error += weight * expert->error;
        }
        y[c] = (Number){.value = sum, .error = error * exp(d) + size * (expm1(d) + (n + 2) * U_ROUND)};
    }
}

/* All layers of the head's tower, on `width` inputs. */
static inline Number plain_tower_on(const Parameters *w, Head head, int width, Number *a)
{
    Number b[UNITS];
    int layers = w->net->options->layers;
    for (int l = 0; l <= layers; l++) {
        width = plain_layer(w, head_name(head), l, l < layers, width, a, b);
        memcpy(a, b, sizeof b);
    }
    assert_int_equal(width, 1);
    return a[0];
}

static inline Number plain_mmoe(const Parameters *w, Head head, const Row *x)
{
    const ModelOptions *o = w->net->options;
    Number in[UNITS], gate[UNITS], h[UNITS], mixed[UNITS];
    int inputs = plain_features(w, x, in);
    int gates = plain_layer(w, head_name(plain_task(w->net, head)), GATE_LAYER, false, inputs, in, gate);
    assert_int_equal(gates, o->experts);
    int units = plain_layer(w, "shared", EXPERTS_LAYER, true, inputs, in, h);
    assert_int_equal(units, o->experts * o->expert_width);
    plain_mix(gates, gate, o->expert_width, h, mixed);
    return plain_tower_on(w, head, o->expert_width, mixed);
}

/* sigmoid(x + shift), and tanh(x): slopes of at most 1/4 and 1; a handful of steps of 8 u each. */
static inline Number plain_squash(Number x, double shift)
{
    return (Number){.value = 1 / (1 + exp(-x.value - shift)),
                    .error = x.error / 4 + (40 + fabs(x.value + shift)) * U_ROUND};
}

static inline Number plain_turn(Number x)
{
    return (Number){.value = tanh(x.value), .error = x.error + (40 + 2 * fabs(x.value)) * U_ROUND};
}

static inline Number plain_times(Number a, Number b)
{
    double value = a.value * b.value;
    return (Number){.value = value,
                    .error = fabs(a.value) * b.error + fabs(b.value) * a.error + a.error * b.error +
                             U_ROUND * fabs(value)};
}

static inline Number plain_plus(Number a, Number b)
{
    double value = a.value + b.value;
    return (Number){.value = value,
                    .error = a.error + b.error + 2 * U_ROUND * (fabs(a.value) + fabs(b.value))};
}

/* What the experts read of event t of the row's user. */
static inline void plain_event(const Parameters *w, const Row *x, int t, Number *z)
{
    Number in[EVENT_TABLES * EMBEDDING];
    size_t event = x->id[FIELD_USER] * EVENTS + (size_t)t;
    double hours = 24 * (double)x->stream->gap[event];
    int id[EVENT_TABLES] = {(int)x->stream->item[event], x->stream->action[event],
                            (int)fmin(15, floor(2 * log2(1 + hours)))};
    for (int k = 0; k < EVENT_TABLES * EMBEDDING; k++)
        in[k] = (Number){.value = w->table[FIELDS + k / EMBEDDING][id[k / EMBEDDING]][k % EMBEDDING]};
    plain_layer(w, "lstm", 0, false, EVENT_TABLES * EMBEDDING, in, z);
}

/* The last states of the LSTM experts, side by side. */
static inline void plain_read(const Parameters *w, const Row *x, Number *state)
{
    int d = w->net->options->expert_width, states = w->net->options->experts * d;
    const double *u = w->dense + find(w->net, "lstm", 2)->offset;
    Number cell[UNITS] = {{0}}, z[UNITS], before[UNITS];
    memset(state, 0, UNITS * sizeof *state);
    for (int t = 0; t < EVENTS; t++) {
        plain_event(w, x, t, z);
        memcpy(before, state, sizeof before);
        for (int s = 0; s < states; s++) {
            Number gate[4];
            for (int k = 0; k < 4; k++) {
                int column = k * d + s % d;
                gate[k] = z[s / d * 4 * d + column];
                for (int c = 0; c < d; c++) {
                    Number weight = {.value = u[(s / d * d + c) * 4 * d + column]};
                    gate[k] = plain_plus(gate[k], plain_times(before[s / d * d + c], weight));
                }
                gate[k].error += d * U_ROUND * fabs(gate[k].value); /* another order of summing */
            }
            cell[s] = plain_plus(plain_times(plain_squash(gate[1], 1), cell[s]),
                                 plain_times(plain_squash(gate[0], 0), plain_turn(gate[2])));
            state[s] = plain_times(plain_squash(gate[3], 0), plain_turn(cell[s]));
        }
    }
}

/* A user's last states, which all heads of a net and all rows of the user share; forgotten when parameters
 * change. */
static Number states_of_user[LARGEST][UNITS];
static bool states_known[LARGEST];

static inline void plain_forget_streams(void)
{
    memset(states_known, 0, sizeof states_known);
}

static inline const Number *plain_states(const Parameters *w, const Row *x)
{
    uint32_t user = x->id[FIELD_USER];
    if (!states_known[user])
        plain_read(w, x, states_of_user[user]);
    states_known[user] = true;
    return states_of_user[user];
}

static inline Number plain_mose(const Parameters *w, Head head, const Row *x)
{
    const ModelOptions *o = w->net->options;
    Number in[UNITS], gate[UNITS], mixed[UNITS];
    int inputs = plain_features(w, x, in);
    int gates = plain_layer(w, head_name(plain_task(w->net, head)), GATE_LAYER, false, inputs, in, gate);
    assert_int_equal(gates, o->experts);
    plain_mix(gates, gate, o->expert_width, plain_states(w, x), mixed);
    memcpy(mixed + o->expert_width, in, (size_t)inputs * sizeof *in);
    return plain_tower_on(w, head, o->expert_width + inputs, mixed);
}

/* What a task has after `levels` levels, or all share for HEADS; the features after none. Returns the width.
 */
static inline int plain_extract(const Parameters *w, Head group, int levels, const Row *x, Number *out)
{
    const Net *net = w->net;
    if (levels == 0)
        return plain_features(w, x, out);
    Number in[UNITS], gate[UNITS] = {{0}}, h[(HEADS + 1) * UNITS];
    int units = 0, width = net->options->expert_width;
    for (Head g = 0; g <= HEADS; g++) {
        bool shared = g == HEADS, task = !shared && (net->heads & HEAD(g)) && plain_task(net, g) == g;
        if (!(shared || task) || !(shared || g == group || group == HEADS))
            continue;
        int inputs = plain_extract(w, g, levels - 1, x, in);
        units += plain_layer(w, shared ? "shared" : head_name(g), EXPERTS_LAYER + levels - 1, true, inputs,
                             in, h + units);
    }
    int inputs = plain_extract(w, group, levels - 1, x, in);
    int gates = plain_layer(w, group == HEADS ? "shared" : head_name(group), GATE_LAYER + levels - 1, false,
                            inputs, in, gate);
    assert_int_equal(units, gates * width);
    plain_mix(gates, gate, width, h, out);
    return width;
}

static inline Number plain_ple(const Parameters *w, Head head, const Row *x)
{
    Number mixed[UNITS];
    int levels = w->net->options->levels;
    assert_null(find(w->net, "shared", 2 * (GATE_LAYER + levels - 1)));
    int width = plain_extract(w, plain_task(w->net, head), levels, x, mixed);
    return plain_tower_on(w, head, width, mixed);
}
