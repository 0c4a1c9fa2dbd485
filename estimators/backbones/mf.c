/* Matrix factorisation: logit = u . (g_h * v) + b_u,h + b_i,h with user and item vectors shared by the heads
 * of a net, biases of each head's own, and g_h = 1 in a net of one head (plain factorisation), learned
 * elsewhere; heads that start at 0 always have a g_h, which does. Dense features are not used. Where one of
 * the two ids is omitted the other's bias is left. */
#include "estimators/backbones/tower.h"
#include "estimators/core/pass.h"

static bool has_weight(const Net *net, Head head)
{
    return head_count(net) > 1 || starts_at_zero(head);
}

static Status build(Net *net, Message *message)
{
    int d = net->options->embedding;
    if (net->omission->lacked.field[FIELD_USER] && net->omission->lacked.field[FIELD_ITEM])
        return fail(message, STATUS_USAGE,
                    "model.omit: backbone mf reads user and item ids alone; expected at most one of them");
    for (int f = FIELD_USER; f <= FIELD_ITEM; f++) {
        Status status = net_table(net, f, d + head_count(net), d, message);
        if (status)
            return status;
    }
    for (Head h = 0; h < HEADS; h++) {
        double start = starts_at_zero(h) ? 0 : 1;
        if ((net->heads & HEAD(h)) && has_weight(net, h))
            net->layer_zero[h] = net_weights(
                net, &(Weights){.rows = 1, .cols = d, .low = start, .high = start, .stream = head_name(h)});
    }
    return STATUS_OK;
}

/* Under dropout: takes out of z = sum_c g_c u_c v_c + biases what is dropped of it, and adds what the rest
 * has more. */
static void drop(const Net *net, Pass *pass, const Node *weight, const RowSet *rows, Var z)
{
    const int d = net->options->embedding;
    const Table *user = &net->table[FIELD_USER], *item = &net->table[FIELD_ITEM];
    const float *factor = pass_dropout(pass, rows->rows, 2 * d);
    for (int r = 0; factor && user->width && item->width && r < rows->rows; r++, factor += 2 * (size_t)d) {
        const uint32_t *id = rows->x->id + (size_t)rows->row[r] * (size_t)rows->x->schema.categorical;
        const float *u = table_row(user, id[FIELD_USER]), *v = table_row(item, id[FIELD_ITEM]);
        for (int c = 0; c < d; c++)
            z->value[r] += (factor[c] * factor[d + c] - 1) * (weight ? weight->value[c] : 1) * u[c] * v[c];
    }
}

static Var mf_logit(Net *net, Pass *pass, Head head, Space space)
{
    RowSet rows = pass_rows(pass, space);
    Tape *tape = pass_tape(pass);
    Var weight = has_weight(net, head) ? net_parameter(net, tape, net->layer_zero[head]) : NULL;
    Var z = factorise(tape, &net->table[FIELD_USER], &net->table[FIELD_ITEM], weight, net->options->embedding,
                      head_rank(net, head), &rows);
    drop(net, pass, weight, &rows, z);
    z->number = pass_gradient_factor(pass);
    return z;
}

const Backbone mf_backbone = {
    .name = "mf",
    .summary = "matrix factorisation with biases, of user and item ids alone",
    .build = build,
    .logit = mf_logit,
};
