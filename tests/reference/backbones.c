/* Towers, the shared bottom and matrix factorisation; and the table of all backbones. */
#include "tests/reference/backbones.h"

#include <math.h>

/* Features, then the first `first` layers of stream `trunk`, then layers of the head to the last. */
static PlainNumber plain_perceptron(const PlainParameters *w, const char *trunk, int first, Head head,
                                    const PlainRow *x)
{
    PlainNumber a[UNITS], b[UNITS];
    int layers = w->net->options->layers, width = plain_features(w, x, a);
    for (int l = 0; l <= layers; l++) {
        width = plain_layer(w, l < first ? trunk : head_name(head), l, l < layers, width, a, b);
        memcpy(a, b, sizeof a);
    }
    assert_int_equal(width, 1);
    return a[0];
}

/* The twin of CVR has CVR's first layer. */
PlainNumber plain_towers(const PlainParameters *w, Head head, const PlainRow *x)
{
    bool twin = head == COUNTERFACTUAL && w->net->options->layers > 0;
    assert_true(!twin || !plain_weights(w->net, head_name(head), 0));
    return plain_perceptron(w, "cvr", twin, head, x);
}

PlainNumber plain_shared_bottom(const PlainParameters *w, Head head, const PlainRow *x)
{
    return plain_perceptron(w, "trunk", 1, head, x);
}

/* u . (g * v) + b_u + b_i; g = 1 in plain factorisation, a net of one head that is no residual. */
PlainNumber plain_mf(const PlainParameters *w, Head head, const PlainRow *x)
{
    const double *u = w->table[FIELD_USER][x->id[FIELD_USER]], *v = w->table[FIELD_ITEM][x->id[FIELD_ITEM]];
    const Weights *weight = plain_weights(w->net, head_name(head), 0);
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
    return (PlainNumber){.value = sum, .error = (EMBEDDING + 4) * U_ROUND * size};
}

static const BackboneReference references[] = {
    {"towers", plain_towers, 3, {0, 1, 3}},
    {"shared_bottom", plain_shared_bottom, 2, {1, 3}},
    {"mf", plain_mf, 1, {2}},
    {"cross_stitch", plain_cross_stitch, 3, {0, 1, 3}},
    {"mmoe", plain_mmoe, 2, {0, 2}},
    {"ple", plain_ple, 2, {1, 2}},
    {"mose", plain_mose, 2, {0, 2}},
    {"aitm", plain_aitm, 2, {1, 3}},
};

const BackboneReference *backbone_reference(int n)
{
    return n < (int)(sizeof references / sizeof *references) ? &references[n] : NULL;
}
