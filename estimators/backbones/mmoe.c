/* Multi-gate mixture of experts. Ma, Zhao, Yi, Chen, Hong and Chi, KDD 2018, eq. 5-7: experts on the
 * features, mixed for each head by a softmax gate on the features, then the head's tower of all of
 * model.layers. */
#include "estimators/backbones/experts.h"
#include "estimators/backbones/tower.h"
#include "estimators/core/pass.h"

/* Registered first: the experts, and a gate a head. */
enum { EXPERTS_PLACE = 0, GATES_PLACE = 2 };

static Status build(Net *net, Message *message)
{
    int inputs;
    Status status = tower_embeddings(net, &inputs, message);
    if (status)
        return status;
    experts_build(net, inputs, net->options->experts, HEADS, 0);
    gates_build(net, inputs, net->options->experts);
    for (Head h = 0; h < HEADS; h++)
        if (net->heads & HEAD(h))
            tower_build(net, h, net->options->expert_width, 0);
    return STATUS_OK;
}

static Var experts(Net *net, Pass *pass, Space space)
{
    return net_linear(net, pass_input(pass, net, space), EXPERTS_PLACE, true);
}

static Var mmoe_logit(Net *net, Pass *pass, Head head, Space space)
{
    Head gate = gated_as(net, head);
    Var *known = pass_slot(pass, net, SHARED_OWN + (int)gate, space);
    if (!*known) {
        Var h = pass_shared(pass, net, SHARED_TRUNK, space, experts);
        Var gates = net_linear(net, pass_input(pass, net, space), gate_place(net, gate, GATES_PLACE), false);
        *known = mix(gates, &h, 1);
    }
    return tower_apply(net, pass, head, space, pass_reversed(pass, *known), 0);
}

const Backbone mmoe_backbone = {
    .name = "mmoe",
    .summary = "experts mixed by a softmax gate a head, then a tower a head",
    .build = build,
    .logit = mmoe_logit,
};
