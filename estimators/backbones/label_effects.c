/* Linear models of user, item and label: embedding tables of width 1 for user and item, and a weight for each
 * label. */
#include "estimators/backbones/label_effects.h"

#include "estimators/core/pass.h"

#include <assert.h>

/* A column of the tables a head: the effect of a user or an item on it. */
static int column(const Net *net, Head head)
{
    return __builtin_popcount(net->heads & (HEAD(head) - 1));
}

static Status build(Net *net, Message *message)
{
    int heads = __builtin_popcount(net->heads);
    for (int f = FIELD_USER; f <= FIELD_ITEM; f++) {
        Status status = net_table(net, f, heads, 0, message);
        if (status)
            return status;
    }
    for (Head h = 0; h < HEADS; h++)
        if (net->heads & HEAD(h))
            net->layer_zero[h] = h == RESIDUAL_E ? net_weights(net, &(Weights){.rows = 1,
                                                                               .cols = 1,
                                                                               .stream = "label effect",
                                                                               .stream_index = 2 * (int)h})
                                                 : net_layer(net, 1, 1, true, "label effect", (int)h);
    return STATUS_OK;
}

/* a label + b, and the effects of user and item. */
static Var effects_logit(Net *net, Pass *pass, Head head, Space space)
{
    assert(head == WEIGHT ? space == O : space == D);
    if (head == RESIDUAL_E)
        return net_scaled(net, ctcvr_labels(pass), net->layer_zero[head]);
    Var label = head == WEIGHT ? conversions(pass, O) : clicks(pass);
    Var of_label = net_linear(net, label, net->layer_zero[head], false);
    const bool *lacked = net->omission->lacked.field;
    if (head == IMPUTATION || (lacked[FIELD_USER] && lacked[FIELD_ITEM]))
        return of_label;
    RowSet rows = pass_rows(pass, space);
    return add(of_label, factorise(pass_tape(pass), &net->table[FIELD_USER], &net->table[FIELD_ITEM], NULL, 0,
                                   column(net, head), &rows));
}

const Backbone label_effects = {
    .name = "label_effects",
    .summary = "linear in user, item and observed label",
    .build = build,
    .logit = effects_logit,
};
