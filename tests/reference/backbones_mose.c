/* MoSE: experts that are LSTMs over the activity stream of the user. All rows of a user, and all heads of a
 * net, share their last states, which are kept until parameters change. */
#include "tests/reference/backbones.h"

#include <math.h>

/* sigmoid(x + shift), and tanh(x): slopes of at most 1/4 and 1; a handful of steps of 8 u each. */
static PlainNumber plain_squash(PlainNumber x, double shift)
{
    return (PlainNumber){.value = 1 / (1 + exp(-x.value - shift)),
                         .error = x.error / 4 + (40 + fabs(x.value + shift)) * U_ROUND};
}

static PlainNumber plain_turn(PlainNumber x)
{
    return (PlainNumber){.value = tanh(x.value), .error = x.error + (40 + 2 * fabs(x.value)) * U_ROUND};
}

static PlainNumber plain_times(PlainNumber a, PlainNumber b)
{
    double value = a.value * b.value;
    return (PlainNumber){.value = value,
                         .error = fabs(a.value) * b.error + fabs(b.value) * a.error + a.error * b.error +
                                  U_ROUND * fabs(value)};
}

static PlainNumber plain_plus(PlainNumber a, PlainNumber b)
{
    double value = a.value + b.value;
    return (PlainNumber){.value = value,
                         .error = a.error + b.error + 2 * U_ROUND * (fabs(a.value) + fabs(b.value))};
}

/* What the experts read of event t of the row's user. */
static void plain_event(const PlainParameters *w, const PlainRow *x, int t, PlainNumber *z)
{
    PlainNumber in[EVENT_TABLES * EMBEDDING];
    size_t event = x->id[FIELD_USER] * EVENTS + (size_t)t;
    double hours = 24 * (double)x->stream->gap[event];
    int id[EVENT_TABLES] = {(int)x->stream->item[event], x->stream->action[event],
                            (int)fmin(15, floor(2 * log2(1 + hours)))};
    for (int k = 0; k < EVENT_TABLES * EMBEDDING; k++)
        in[k] = (PlainNumber){.value = w->table[FIELDS + k / EMBEDDING][id[k / EMBEDDING]][k % EMBEDDING]};
    plain_layer(w, "lstm", 0, false, EVENT_TABLES * EMBEDDING, in, z);
}

/* The last states of the LSTM experts, side by side. */
static void plain_lstm(const PlainParameters *w, const PlainRow *x, PlainNumber *state)
{
    int d = w->net->options->expert_width, states = w->net->options->experts * d;
    const double *u = w->dense + plain_weights(w->net, "lstm", 2)->offset;
    PlainNumber cell[UNITS] = {{0}}, z[UNITS], before[UNITS];
    memset(state, 0, UNITS * sizeof *state);
    for (int t = 0; t < EVENTS; t++) {
        plain_event(w, x, t, z);
        memcpy(before, state, sizeof before);
        for (int s = 0; s < states; s++) {
            PlainNumber gate[4];
            for (int k = 0; k < 4; k++) {
                int column = k * d + s % d;
                gate[k] = z[s / d * 4 * d + column];
                for (int c = 0; c < d; c++) {
                    PlainNumber weight = {.value = u[(s / d * d + c) * 4 * d + column]};
                    gate[k] = plain_plus(gate[k], plain_times(before[s / d * d + c], weight));
                }
                gate[k].error += d * U_ROUND * fabs(gate[k].value); /* another order of summing */
            }
            cell[s] = plain_plus(plain_times(plain_squash(gate[1], 1), cell[s]),
                                 plain_times(plain_squash(gate[0], 0), plain_turn(gate[2])));
            state[s] = plain_times(plain_squash(gate[3], 0), plain_turn(cell[s]));
        }
    }
}

static PlainNumber states_of_user[LARGEST][UNITS];
static bool states_known[LARGEST];

void plain_forget_streams(void)
{
    memset(states_known, 0, sizeof states_known);
}

static const PlainNumber *plain_states(const PlainParameters *w, const PlainRow *x)
{
    uint32_t user = x->id[FIELD_USER];
    if (!states_known[user])
        plain_lstm(w, x, states_of_user[user]);
    states_known[user] = true;
    return states_of_user[user];
}

PlainNumber plain_mose(const PlainParameters *w, Head head, const PlainRow *x)
{
    const ModelOptions *o = w->net->options;
    PlainNumber in[UNITS], gate[UNITS], mixed[UNITS];
    int inputs = plain_features(w, x, in);
    int gates = plain_layer(w, head_name(plain_gated_as(w->net, head)), GATE_LAYER, false, inputs, in, gate);
    assert_int_equal(gates, o->experts);
    plain_mix(gates, gate, o->expert_width, plain_states(w, x), mixed);
    memcpy(mixed + o->expert_width, in, (size_t)inputs * sizeof *in);
    return plain_tower_on(w, head, o->expert_width + inputs, mixed);
}
