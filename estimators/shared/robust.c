/* The adversary of the robust deconfounder. Free to choose for every row, it sees the label there; tied to
 * one weight an item and label value, it sees what the items' clicks have in common, which is the published
 * code. */
#include "estimators/shared/robust.h"

#include "estimators/core/model.h"
#include "estimators/core/pass.h"
#include "sim/base/real.h"

#include <math.h>

const Constant robust_constants[] = {
    [GAMMA] = {"gamma", 1.1, 1, 1000,
               "how far hidden confounders may move the odds of a click; 1 for not at all"},
    [SELF_NORMALISED] = {"self_normalised", 0, 0, 1,
                         "1: the worst case of the weighted mean, not of the sum"},
    [TIED] = {"tied", 0, 0, 1, "1: one weight an item and label value, learned by gradient ascent"},
    {0},
};

/* 1 + (1/p~ - 1) reach */
static Var stretched(Pass *s, Var reach)
{
    return shift(mul(shift(inverse_propensity(s, O), -1), reach), 1);
}

Var highest_weight(Pass *s)
{
    return shift(scale(shift(inverse_propensity(s, O), -1), constant(s, GAMMA)), 1);
}

/* 1/Gamma + share (Gamma - 1/Gamma), where the shares start so that it is 1. */
static Var reach_of(Pass *s, Var share)
{
    float gamma = constant(s, GAMMA);

    return shift(scale(share, gamma - 1 / gamma), 1 / gamma);
}

static Var tied_weight(Pass *s)
{
    return stretched(s,
                     reach_of(s, sigmoid(shift(logit(s, WEIGHT, O), -real_log_float(constant(s, GAMMA))))));
}

Var worst_case_weight(Pass *s, Var error)
{
    if (is_on(s, TIED))
        return stop(tied_weight(s));
    float bar = is_on(s, SELF_NORMALISED) ? weighted_mean(inverse_propensity(s, O), error)->value[0] : 0;

    return stretched(s, reach_of(s, above(error, bar)));
}

Var tied_adversary(Pass *s, Var error)
{
    return scale(per_exposure(s, mul(tied_weight(s), stop(error))), -1);
}

/* A column of a table of items a label, and no use of users. */
static Status build(Net *net, Message *message)
{
    const uint32_t items = net->schema->cardinality[FIELD_ITEM];
    for (Head h = 0; h < HEADS; h++)
        if (net->heads & HEAD(h))
            net->layer_zero[h] = net_weights(
                net, &(Weights){
                         .rows = (int)items, .cols = 2, .stream = "item and label", .stream_index = (int)h});
    (void)message;
    return STATUS_OK;
}

static void pick_backward(Node *node)
{
    const size_t *place = node->saved;
    float *to = gradient(node->input[0]);
    for (int i = 0; i < node->rows; i++)
        to[place[i]] += node->grad[i];
}

static Var item_label_logit(Net *net, Pass *pass, Head head, Space space)
{
    RowSet rows = pass_rows(pass, space);
    Var r = conversions(pass, space);
    Var all = net_parameter(net, pass_tape(pass), net->layer_zero[head]);
    Var node = tape_node(pass_tape(pass), rows.rows, 1, all, NULL, NULL, pick_backward);
    size_t *place = tape_bytes(pass_tape(pass), (size_t)rows.rows * sizeof *place);
    for (int i = 0; i < rows.rows; i++) {
        const uint32_t *id = rows.x->id + (size_t)rows.row[i] * (size_t)rows.x->schema.categorical;
        place[i] = 2 * (size_t)id[FIELD_ITEM] + (r->value[i] > 0);
        node->value[i] = all->value[place[i]];
    }
    node->saved = place;
    return node;
}

const Backbone item_label = {
    .name = "item_label",
    .summary = "one number an item and label",
    .build = build,
    .logit = item_label_logit,
};
