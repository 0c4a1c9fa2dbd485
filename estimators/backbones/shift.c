/* One learned number a head, the same for all rows: what a method adds to a logit when its propensities are
 * to move together. */
#include "estimators/backbones/shift.h"

#include "estimators/core/model.h"
#include "estimators/core/pass.h"

static Status build(Net *net, Message *message)
{
    (void)message;
    for (Head h = 0; h < HEADS; h++)
        if (net->heads & HEAD(h))
            net->layer_zero[h] =
                net_weights(net, &(Weights){.rows = 1, .cols = 1, .stream = "shift", .stream_index = (int)h});
    return STATUS_OK;
}

static Var shift_logit(Net *net, Pass *pass, Head head, Space space)
{
    int rows = pass_rows(pass, space).rows;
    float *one = tape_floats(pass_tape(pass), (size_t)rows);
    for (int i = 0; i < rows; i++)
        one[i] = 1;
    return net_scaled(net, tape_leaf(pass_tape(pass), rows, 1, one, NULL), net->layer_zero[head]);
}

const Backbone shift_backbone = {
    .name = "shift",
    .summary = "one number a head",
    .build = build,
    .logit = shift_logit,
};
