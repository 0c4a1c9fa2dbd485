/* Plain towers: one multilayer perceptron a head on shared embeddings (estimators/METHODS.md, B). With no
 * hidden layers every head is a logistic regression on the embeddings and dense columns. */
#include "estimators/backbones/tower.h"
#include "estimators/core/pass.h"

static Status build(Net *net, Message *message)
{
    int inputs;
    Status status = tower_embeddings(net, &inputs, message);
    for (Head h = 0; !status && h < HEADS; h++)
        if (net->heads & HEAD(h))
            tower_build(net, h, is_twin(net, h) ? net->options->width[0] : inputs, is_twin(net, h));
    return status;
}

static Var first_layer_of_cvr(Net *net, Pass *pass, Space space)
{
    return net_linear(net, pass_input(pass, net, space), net->layer_zero[CVR], true);
}

static Var tower_logit(Net *net, Pass *pass, Head head, Space space)
{
    bool shares = is_twin(net, head) || (head == CVR && is_twin(net, COUNTERFACTUAL));
    Var x = shares ? pass_shared(pass, net, SHARED_TRUNK, space, first_layer_of_cvr)
                   : pass_input(pass, net, space);
    return tower_apply(net, pass, head, space, pass_reversed(pass, x), shares);
}

const Backbone towers_backbone = {
    .name = "towers",
    .summary = "one multilayer perceptron a head on shared embeddings and the dense features",
    .build = build,
    .logit = tower_logit,
};
