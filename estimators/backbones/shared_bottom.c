/* Shared bottom (Caruana, Machine Learning 1997): the first layer is one trunk for all heads of a net, the
 * rest a tower a head. */
#include "estimators/backbones/tower.h"
#include "estimators/core/pass.h"

enum { TRUNK = 0 }; /* the trunk is registered first */

static Status build(Net *net, Message *message)
{
    int inputs;
    if (net->options->layers < 1)
        return fail(message, STATUS_USAGE,
                    "backbone shared_bottom: model.layers has no layer for the trunk; expected at least one");
    Status status = tower_embeddings(net, &inputs, message);
    if (status)
        return status;
    net_layer(net, inputs, net->options->width[0], false, "trunk", 0);
    for (Head h = 0; h < HEADS; h++)
        if (net->heads & HEAD(h))
            tower_build(net, h, net->options->width[0], 1);
    return STATUS_OK;
}

static Var trunk(Net *net, Pass *pass, Space space)
{
    return net_linear(net, pass_input(pass, net, space), TRUNK, true);
}

static Var shared_bottom_logit(Net *net, Pass *pass, Head head, Space space)
{
    Var x = pass_reversed(pass, pass_shared(pass, net, SHARED_TRUNK, space, trunk));
    return tower_apply(net, pass, head, space, x, 1);
}

const Backbone shared_bottom_backbone = {
    .name = "shared_bottom",
    .summary = "one first layer for all heads of a net, then a tower a head",
    .build = build,
    .logit = shared_bottom_logit,
};
