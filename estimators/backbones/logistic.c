/* One linear layer a head: the second, plain propensity of methods that have several. */
#include "estimators/backbones/logistic.h"

#include "estimators/backbones/tower.h"
#include "estimators/core/pass.h"

static Status build(Net *net, Message *message)
{
    int inputs;
    Status status = tower_embeddings(net, &inputs, message);
    for (Head h = 0; !status && h < HEADS; h++)
        if (net->heads & HEAD(h))
            net->layer_zero[h] = net_layer(net, inputs, 1, starts_at_zero(h), head_name(h), 0);
    return status;
}

static Var logistic_logit(Net *net, Pass *pass, Head head, Space space)
{
    return net_linear(net, pass_input(pass, net, space), net->layer_zero[head], false);
}

const Backbone logistic_backbone = {
    .name = "logistic",
    .summary = "a logistic regression a head",
    .build = build,
    .logit = logistic_logit,
};
