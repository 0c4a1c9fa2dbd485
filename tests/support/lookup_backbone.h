/* A backbone with one free parameter a head and row of the log and of the unbiased sample behind it, and then
 * one that is common to the rows of the head, 0 at the start: the logit is their sum. */
#pragma once

#include "estimators/core/pass.h"
#include "tests/reference/plain_losses.h"

typedef struct Lookup {
    const uint32_t *row;
    uint32_t first;
} Lookup;

static void lookup_backward(Node *node)
{
    const Lookup *lookup = node->saved;
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
    Lookup *lookup = tape_bytes(tape, sizeof *lookup);
    *lookup = (Lookup){.row = rows.row, .first = space == U ? EXPOSURES : 0};
    node->saved = lookup;
    for (int i = 0; i < rows.rows; i++)
        node->value[i] = all->value[lookup->first + rows.row[i]] + all->value[ROWS];
    return node;
}

static Status lookup_build(Net *net, Message *message)
{
    (void)message;
    for (Head h = 0; h < HEADS; h++)
        if (net->heads & HEAD(h))
            net->layer_zero[h] = net_weights(net, ROWS + 1, 1, 0, 0, "logits", h);
    return STATUS_OK;
}

static const Backbone lookup_backbone = {.name = "lookup", .build = lookup_build, .logit = lookup_logit};
