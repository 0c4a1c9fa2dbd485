/* Backbones whose heads exchange what they learn: stitches between towers, and experts that gates mix. */
#include "tests/reference/backbones.h"

#include <math.h>

/* sum_k A[a][k] h_k */
static PlainNumber plain_stitch(const PlainParameters *w, const Weights *stitches, int a, int n,
                                const PlainNumber *h)
{
    double sum = 0, size = 0, error = 0;
    for (int k = 0; k < n; k++) {
        double coefficient = w->dense[stitches->offset + (size_t)(a * n + k)];
        sum += coefficient * h[k].value;
        size += fabs(coefficient * h[k].value);
        error += fabs(coefficient) * h[k].error;
    }
    return (PlainNumber){.value = sum, .error = error + (n + 2) * U_ROUND * size};
}

/* All heads go up their towers together, and are stitched after each hidden layer. */
PlainNumber plain_cross_stitch(const PlainParameters *w, Head head, const PlainRow *x)
{
    const Net *net = w->net;
    static PlainNumber h[HEADS][UNITS], next[HEADS][UNITS];
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
        const Weights *stitches = plain_weights(net, "stitch", l);
        int outputs = 0;
        assert_int_equal(stitches != NULL, heads > 1);
        for (int a = 0; a < heads; a++) {
            Head from = l == 0 ? plain_gated_as(net, member[a]) : member[a];
            outputs = plain_layer(w, head_name(from), l, true, width, h[a], next[a]);
        }
        width = outputs;
        for (int c = 0; c < width; c++) {
            PlainNumber column[HEADS];
            for (int a = 0; a < heads; a++)
                column[a] = next[a][c];
            for (int a = 0; a < heads; a++)
                h[a][c] = heads > 1 ? plain_stitch(w, stitches, a, heads, column) : column[a];
        }
    }
    PlainNumber z[UNITS];
    assert_int_equal(plain_layer(w, head_name(head), net->options->layers, false, width, h[wanted], z), 1);
    return z[0];
}

PlainNumber plain_mmoe(const PlainParameters *w, Head head, const PlainRow *x)
{
    const ModelOptions *o = w->net->options;
    PlainNumber in[UNITS], gate[UNITS], h[UNITS], mixed[UNITS];
    int inputs = plain_features(w, x, in);
    int gates = plain_layer(w, head_name(plain_gated_as(w->net, head)), GATE_LAYER, false, inputs, in, gate);
    assert_int_equal(gates, o->experts);
    int units = plain_layer(w, "shared", EXPERTS_LAYER, true, inputs, in, h);
    assert_int_equal(units, o->experts * o->expert_width);
    plain_mix(gates, gate, o->expert_width, h, mixed);
    return plain_tower_on(w, head, o->expert_width, mixed);
}

/* What a task has after `levels` levels, or all share for HEADS; the features after none. Returns the width.
 */
static int plain_extract(const PlainParameters *w, Head group, int levels, const PlainRow *x,
                         PlainNumber *out)
{
    const Net *net = w->net;
    if (levels == 0)
        return plain_features(w, x, out);
    PlainNumber in[UNITS], gate[UNITS] = {{0}}, h[(HEADS + 1) * UNITS];
    int units = 0, width = net->options->expert_width;
    for (Head g = 0; g <= HEADS; g++) {
        bool shared = g == HEADS, task = !shared && (net->heads & HEAD(g)) && plain_gated_as(net, g) == g;
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

PlainNumber plain_ple(const PlainParameters *w, Head head, const PlainRow *x)
{
    PlainNumber mixed[UNITS];
    int levels = w->net->options->levels;
    assert_null(plain_weights(w->net, "shared", 2 * (GATE_LAYER + levels - 1)));
    int width = plain_extract(w, plain_gated_as(w->net, head), levels, x, mixed);
    return plain_tower_on(w, head, width, mixed);
}
