/* Cross-stitch network. Misra, Shrivastava, Gupta and Hebert, CVPR 2016, eq. 1: a trunk a head, and after
 * each hidden layer h_a' = sum_b A[a][b] h_b with an A of its own, learned from 0.9 on the diagonal and 0.1 /
 * (n-1) elsewhere. A head alone in its net has nothing to be stitched to: a plain tower. */
#include "estimators/backbones/tower.h"
#include "estimators/core/pass.h"

/* The stitches are registered first: that of hidden layer l is at l. */

static Status build(Net *net, Message *message)
{
    int inputs, n = head_count(net);
    for (int l = 0; n > 1 && l < net->options->layers; l++) {
        double off = 0.1 / (n - 1);
        net_weights(net, &(Weights){.rows = n,
                                    .cols = n,
                                    .low = off,
                                    .high = off,
                                    .diagonal = 0.9,
                                    .stream = "stitch",
                                    .stream_index = l});
    }
    Status status = tower_embeddings(net, &inputs, message);
    for (Head h = 0; !status && h < HEADS; h++)
        if (net->heads & HEAD(h))
            tower_build(net, h, is_twin(net, h) ? net->options->width[0] : inputs, is_twin(net, h));
    return status;
}

/* Places of values shared over the heads: hidden layers before and after their stitch. */
enum { HIDDEN, STITCHED, STAGES };
static Var *slot(Net *net, Pass *pass, Space space, int stage, int layer, Head head)
{
    return pass_slot(pass, net, SHARED_OWN + (STAGES * layer + stage) * HEADS + (int)head, space);
}

static Var stitched(Net *net, Pass *pass, Head head, Space space, int layer);

/* A head's hidden layer on the stitched one below. */
static Var hidden(Net *net, Pass *pass, Head head, Space space, int layer)
{
    if (layer == 0 && is_twin(net, head))
        head = CVR;
    Var *known = slot(net, pass, space, HIDDEN, layer, head);
    if (!*known) {
        Var x = layer ? stitched(net, pass, head, space, layer - 1) : pass_input(pass, net, space);
        *known = net_linear(net, x, net->layer_zero[head] + 2 * layer, true);
    }
    return *known;
}

static Var stitched(Net *net, Pass *pass, Head head, Space space, int layer)
{
    if (head_count(net) == 1)
        return hidden(net, pass, head, space, layer);
    Var *known = slot(net, pass, space, STITCHED, layer, head);
    if (!*known) {
        Var h[HEADS];
        int n = 0;
        for (Head other = 0; other < HEADS; other++)
            if (net->heads & HEAD(other))
                h[n++] = hidden(net, pass, other, space, layer);
        *known = stitch(net_parameter(net, pass_tape(pass), layer), head_rank(net, head), h);
    }
    return *known;
}

static Var cross_stitch_logit(Net *net, Pass *pass, Head head, Space space)
{
    int layers = net->options->layers;
    for (int l = 0; l < layers; l++)
        pass_keep_hidden(pass, head, space, l, stitched(net, pass, head, space, l));
    Var x = layers ? stitched(net, pass, head, space, layers - 1) : pass_input(pass, net, space);
    return tower_apply(net, pass, head, space, pass_reversed(pass, x), layers);
}

const Backbone cross_stitch_backbone = {
    .name = "cross_stitch",
    .summary = "a tower a head, whose hidden layers are mixed by learned matrices",
    .build = build,
    .logit = cross_stitch_logit,
};
