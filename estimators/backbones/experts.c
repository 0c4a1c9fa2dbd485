/* Registering experts and gates, and which gate a head goes by. */
#include "estimators/backbones/experts.h"

#include "estimators/backbones/tower.h"

Head gated_as(const Net *net, Head head)
{
    return head == COUNTERFACTUAL && (net->heads & HEAD(CVR)) ? CVR : head;
}

static const char *stream_of(Head owner)
{
    return owner == HEADS ? "shared" : head_name(owner);
}

int experts_build(Net *net, int inputs, int experts, Head owner, int level)
{
    return net_layer(net, inputs, experts * net->options->expert_width, false, stream_of(owner),
                     EXPERTS_LAYER + level);
}

int gate_build(Net *net, int inputs, int experts, Head owner, int level)
{
    return net_layer(net, inputs, experts, false, stream_of(owner), GATE_LAYER + level);
}

static bool has_gate(const Net *net, Head head)
{
    return (net->heads & HEAD(head)) && gated_as(net, head) == head;
}

void gates_build(Net *net, int inputs, int experts)
{
    for (Head h = 0; h < HEADS; h++)
        if (has_gate(net, h))
            gate_build(net, inputs, experts, h, 0);
}

int gate_place(const Net *net, Head head, int first)
{
    int rank = 0;
    for (Head h = 0; h < head; h++)
        rank += has_gate(net, h);
    return first + 2 * rank;
}
