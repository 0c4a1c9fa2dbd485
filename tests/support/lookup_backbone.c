/* The logit of a row as a parameter of its own: what a loss does to it is then seen directly. */
#include "tests/support/lookup_backbone.h"

typedef struct LookupNode {
    const uint32_t *row;
    uint32_t first;
} LookupNode;

static void lookup_backward(Node *node)
{
    const LookupNode *lookup = node->saved;
    float *to = gradient(node->input[0]);
    for (int i = 0; i < node->rows; i++)
        to[lookup->first + lookup->row[i]] += node->grad[i];
    for (int i = 0; i < node->rows; i++)
        to[ROWS] += node->grad[i];
}

static Var lookup_logit(Net *net, Pass *pass, Head head, Space space)
{
    Tape *tape = pass_tape(pass);
    RowSet rows = pass_rows(pass, space);
    Var all = net_parameter(net, tape, net->layer_zero[head]);
    Var node = tape_node(tape, rows.rows, 1, all, NULL, NULL, lookup_backward);
    LookupNode *lookup = tape_bytes(tape, sizeof *lookup);
    *lookup = (LookupNode){.row = rows.row, .first = space == U ? EXPOSURES : 0};
    node->saved = lookup;
    for (int i = 0; i < rows.rows; i++)
        node->value[i] = all->value[lookup->first + rows.row[i]] + all->value[ROWS];
    const float *factor = pass_dropout(pass, rows.rows, 1);
    for (int i = 0; factor && i < rows.rows; i++)
        node->value[i] *= factor[i];
    return node;
}

static Status lookup_build(Net *net, Message *message)
{
    (void)message;
    for (Head h = 0; h < HEADS; h++)
        if (net->heads & HEAD(h))
            net->layer_zero[h] = net_weights(
                net, &(Weights){.rows = ROWS + 1, .cols = 1, .stream = "logits", .stream_index = (int)h});
    return STATUS_OK;
}

const Backbone lookup_backbone = {.name = "lookup", .build = lookup_build, .logit = lookup_logit};
