/* Mixture of sequential experts. Qin, Cheng, Zhao, Chen, Metzler and Qin, KDD 2020: experts are LSTMs that
 * read what the user did last; a softmax gate a head, on the exposure's features, mixes their last states,
 * and the head's tower of all of model.layers sees the mixture and the features. */
#include "estimators/backbones/experts.h"
#include "estimators/backbones/tower.h"
#include "estimators/core/pass.h"

#include <math.h>

/* Registered first: what all experts read of an event, weight and bias; their recurrent weights; the gates.
 */
enum { READ_PLACE = 0, RECUR_PLACE = 2, GATES_PLACE = 3 };

/* Uniform in +-1/sqrt(width), as PyTorch's LSTM. */
static void experts_of_events(Net *net, int inputs)
{
    int experts = net->options->experts, width = net->options->expert_width;
    double bound = 1 / sqrt(width);
    const Weights matrix[] = {{.rows = inputs, .cols = 4 * width * experts},
                              {.rows = 1, .cols = 4 * width * experts},
                              {.rows = width * experts, .cols = 4 * width}};
    for (int k = 0; k < 3; k++) {
        Weights weights = matrix[k];
        weights.low = -bound;
        weights.high = bound;
        weights.stream = "lstm";
        weights.stream_index = k;
        net_weights(net, &weights);
    }
}

static Status build(Net *net, Message *message)
{
    int inputs, width = net->options->embedding;
    if (!net->schema->events)
        return fail(message, STATUS_USAGE, "backbone mose: the data have no activity streams");
    Status status = tower_embeddings(net, &inputs, message);
    if (!status)
        status = net_event_tables(net, width, message);
    if (status)
        return status;
    experts_of_events(net, EVENT_TABLES * width);
    gates_build(net, inputs, net->options->experts);
    for (Head h = 0; h < HEADS; h++)
        if (net->heads & HEAD(h))
            tower_build(net, h, net->options->expert_width + inputs, 0);
    return STATUS_OK;
}

static Var last_states(Net *net, Pass *pass, Space space)
{
    Tape *tape = pass_tape(pass);
    RowSet rows = pass_rows(pass, space);
    Var events = embed_events(tape, net->table + net->schema->categorical, &rows);
    return lstm(net_linear(net, events, READ_PLACE, false), net->schema->events,
                net_parameter(net, tape, RECUR_PLACE));
}

static Var mose_logit(Net *net, Pass *pass, Head head, Space space)
{
    Head gate = gated_as(net, head);
    Var *known = pass_slot(pass, net, SHARED_OWN + (int)gate, space);
    if (!*known) {
        Var x = pass_input(pass, net, space);
        Var h = pass_shared(pass, net, SHARED_TRUNK, space, last_states);
        Var gates = net_linear(net, x, gate_place(net, gate, GATES_PLACE), false);
        *known = concat(mix(gates, &h, 1), x);
    }
    return tower_apply(net, pass, head, space, pass_reversed(pass, *known), 0);
}

const Backbone mose_backbone = {
    .name = "mose",
    .summary = "LSTM experts on the user's activity stream, mixed by a gate a head, then a tower a head",
    .needs = NEEDS_STREAM,
    .build = build,
    .logit = mose_logit,
};
