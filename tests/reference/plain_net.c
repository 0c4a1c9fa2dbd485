/* Layers in double arithmetic with bounds of what float would make of them. */
#include "tests/reference/plain_net.h"

#include <math.h>

double plain_nearest_kink;

const Weights *plain_weights(const Net *net, const char *stream, int index)
{
    for (int k = 0; k < net->weights; k++)
        if (!strcmp(net->weight[k].stream, stream) && net->weight[k].stream_index == index)
            return &net->weight[k];
    return NULL;
}

int plain_layer(const PlainParameters *w, const char *stream, int layer, bool relu, int inputs,
                const PlainNumber *x, PlainNumber *y)
{
    const Weights *weight = plain_weights(w->net, stream, 2 * layer),
                  *bias = plain_weights(w->net, stream, 2 * layer + 1);
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
            plain_nearest_kink = fmin(plain_nearest_kink, fabs(sum));
        y[n] =
            (PlainNumber){.value = relu && sum < 0 ? 0 : sum, .error = error + (inputs + 2) * U_ROUND * size};
    }
    return weight->cols;
}

int plain_features(const PlainParameters *w, const PlainRow *x, PlainNumber *a)
{
    int width = 0;
    for (int f = 0; f < FIELDS; f++)
        for (int c = 0; c < EMBEDDING; c++)
            a[width++] = (PlainNumber){.value = w->table[f][x->id[f]][c]};
    for (int c = 0; c < DENSE; c++)
        a[width++] = (PlainNumber){.value = (double)x->dense[c]};
    return width;
}

Head plain_gated_as(const Net *net, Head head)
{
    return head == COUNTERFACTUAL && (net->heads & HEAD(CVR)) ? CVR : head;
}

void plain_mix(int n, const PlainNumber *gate, int width, const PlainNumber *h, PlainNumber *y)
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
            const PlainNumber *expert = &h[k * width + c];
            sum += weight * expert->value;
            size += weight * fabs(expert->value);
            error += weight * expert->error;
        }
        y[c] = (PlainNumber){.value = sum, .error = error * exp(d) + size * (expm1(d) + (n + 2) * U_ROUND)};
    }
}

PlainNumber plain_tower_on(const PlainParameters *w, Head head, int width, PlainNumber *a)
{
    PlainNumber b[UNITS];
    int layers = w->net->options->layers;
    for (int l = 0; l <= layers; l++) {
        width = plain_layer(w, head_name(head), l, l < layers, width, a, b);
        memcpy(a, b, sizeof b);
    }
    assert_int_equal(width, 1);
    return a[0];
}

PlainParameters plain_parameters(const Net *net)
{
    PlainParameters w = {.net = net};
    assert_true(net->floats <= FLOATS);
    for (size_t i = 0; i < net->floats; i++)
        w.dense[i] = (double)net->value[i];
    for (int f = 0; f < net->tables; f++) {
        assert_true(net->table[f].width <= EMBEDDING + HEADS && net->table[f].rows <= GAP_BUCKETS);
        for (uint32_t r = 0; r < net->table[f].rows; r++)
            for (int c = 0; c < net->table[f].width; c++)
                w.table[f][r][c] = (double)table_row(&net->table[f], r)[c];
    }
    return w;
}
