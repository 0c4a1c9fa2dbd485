/* One loss on one batch: logits, labels and propensities, each computed when a loss first asks for it and
 * kept. Over O and N they are views of those over D where D was asked for first. */
#include "estimators/core/pass.h"
#include "sim/base/real.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

void pass_start(Pass *pass, const PassContext *context, Sampler *sampler)
{
    memset(pass, 0, sizeof *pass);
    pass->context = context;
    pass->sampler = sampler;
}

void pass_start_prediction(Pass *pass, const PassContext *context, const RowSet *rows)
{
    memset(pass, 0, sizeof *pass);
    pass->context = context;
    pass->rows[D] = *rows;
    pass->have_rows[D] = true;
}

Tape *pass_tape(Pass *pass)
{
    return pass->context->tape;
}

/* The batch's rows of a space. A descriptor that forgets to say what its losses need must not take the
 * program with it. */
static const Block *block_of(Pass *pass, Space space)
{
    if (space == U && !sampler_has_unbiased(pass->sampler))
        tape_stop(pass_tape(pass), "an unbiased sample, which the data lack and its .needs does not name");
    if (space != O && sampler_is_fed(pass->sampler))
        tape_stop(pass_tape(pass), "exposures, of which a stream of clicks has none");
    return sampler_block(pass->sampler, space);
}

RowSet pass_rows(Pass *pass, Space space)
{
    if (!pass->have_rows[space]) {
        const Block *block = block_of(pass, space);
        pass->rows[space] = (RowSet){.x = &block->log->x, .row = block->row, .rows = block->rows};
        pass->have_rows[space] = true;
    }
    return pass->rows[space];
}

/* What is known of a space: `known[space]`, or the rows of it in `known[D]`. NULL if neither. */
static Var recall(Pass *pass, Var known[SPACES], Space space)
{
    if (!known[space] && space != D && known[D]) {
        const Block *block = block_of(pass, space);
        if (block->first >= 0)
            known[space] = tape_view(known[D], block->first, block->rows);
    }
    return known[space];
}

/* A column over the rows of a space, which count by their weights. Predictions are of rows without. */
static Var over(Pass *pass, Space space, Var x)
{
    x->row_weight = pass->sampler ? block_of(pass, space)->weight : NULL;
    return x;
}

Var *pass_slot(Pass *pass, Net *net, int slot, Space space)
{
    assert(slot < SHARED_SLOTS);
    Var *known = pass->shared[net->index][slot];
    recall(pass, known, space);
    return &known[space];
}

Var pass_shared(Pass *pass, Net *net, int slot, Space space, Var (*make)(Net *net, Pass *pass, Space space))
{
    Var *known = pass_slot(pass, net, slot, space);
    if (!*known)
        *known = make(net, pass, space);
    return *known;
}

Var pass_reversed(const Pass *pass, Var x)
{
    return pass->reversal > 0 ? reverse(x, pass->reversal) : x;
}

float pass_gradient_factor(const Pass *pass)
{
    return pass->reversal > 0 ? -pass->reversal : 1;
}

const float *pass_dropout(Pass *pass, int rows, int columns)
{
    const float rate = pass->dropout;
    if (rate == 0)
        return NULL;
    size_t count = (size_t)rows * (size_t)columns;
    float *factor = tape_floats(pass_tape(pass), count);
    sampler_uniform(pass->sampler, (int)count, factor);
    for (size_t i = 0; i < count; i++)
        factor[i] = factor[i] > rate ? 1 / (1 - rate) : 0;
    return factor;
}

static Var make_crossed_input(Net *net, Pass *pass, Space space)
{
    Var x = pass_input(pass, net->crossed, space);
    Var p = stop(sigmoid(logit(pass, CTR, space)));

    return outer(x, net_linear(net, p, net->crossing, false));
}

/* Days since the click as a share of the attribution window, after which nothing changes. */
static Var elapsed_share(Pass *pass)
{
    const float window = (float)sampler_attribution(pass->sampler);
    return scale(clamp_max(elapsed(pass), window), 1 / window);
}

static Var make_input(Net *net, Pass *pass, Space space)
{
    if (net->crossed)
        return make_crossed_input(net, pass, space);
    RowSet rows = pass_rows(pass, space);
    Var x = embed(pass_tape(pass), net->table, net->omission->any ? net->omission->read.group : NULL, &rows);
    const int embedded = x->grad_cols;
    const float *factor = pass_dropout(pass, x->rows, embedded);
    for (int r = 0; factor && r < x->rows; r++)
        for (int c = 0; c < embedded; c++)
            x->value[(size_t)r * (size_t)x->cols + (size_t)c] *=
                factor[(size_t)r * (size_t)embedded + (size_t)c];
    return net->sees_elapsed ? concat(elapsed_share(pass), x) : x;
}

Var pass_input(Pass *pass, Net *net, Space space)
{
    return pass_shared(pass, net, SHARED_INPUT, space, make_input);
}

Var net_logit(Net *net, Pass *pass, Head head, Space space)
{
    Var z = net->backbone->logit(net, pass, head, space);
    if ((head != CTR && head != CLICK_OFFSET) || !net->adds_lacked)
        return z;
    RowSet rows = pass_rows(pass, space);
    Var x = embed(pass_tape(pass), net->table + net->lacked_tables, net->omission->lacked.group, &rows);
    return add(z, net_scaled(net, x, net->lacked_weight));
}

static Var from_prior(const Pass *pass, Head head, Var z)
{
    float prior = pass->context->model->prior[head];
    return prior != 0 ? shift(z, prior) : z;
}

Var logit(Pass *pass, Head head, Space space)
{
    Var *known = pass->logit[head];
    if (!recall(pass, known, space)) {
        Model *model = pass->context->model;
        Net *net = model_net(model, head);
        if (net)
            known[space] = over(pass, space, from_prior(pass, head, net_logit(net, pass, head, space)));
        else if (head == CTR && model_net(model, CLICK_OFFSET)) {
            Var c = logit(pass, CVR, space);
            known[space] = add(c, logit(pass, CLICK_OFFSET, space));
        } else
            tape_stop(pass_tape(pass), head == CTR
                                           ? "propensities, for which its nets have no head and which its "
                                             ".needs does not name"
                                           : "a head that none of its nets has");
    }
    return known[space];
}

void pass_keep_hidden(Pass *pass, Head head, Space space, int layer, Var x)
{
    pass->hidden[head][layer][space] = x;
}

Var hidden_layer(Pass *pass, Head head, Space space, int back)
{
    const int layer = pass->context->model->options.layers - 1 - back;
    logit(pass, head, space);
    if (layer < 0 || !recall(pass, pass->hidden[head][layer], space))
        return NULL;
    return over(pass, space, pass->hidden[head][layer][space]);
}

/* The place of a map's weight, bias and column numbers. */
static int map_place(const Net *net, int back)
{
    return net->maps + 3 * back;
}

Var mapped(Pass *pass, Var h, int back)
{
    Net *net = &pass->context->model->net[0];
    Var x = net_linear(net, h, map_place(net, back), false);
    x->row_weight = h->row_weight;
    return x;
}

Var column_numbers(Pass *pass, Var h, int back)
{
    Net *net = &pass->context->model->net[0];
    float *one = tape_floats(h->tape, (size_t)h->rows);
    for (int i = 0; i < h->rows; i++)
        one[i] = 1;
    return net_scaled(net, tape_leaf(h->tape, h->rows, 1, one, NULL), map_place(net, back) + 2);
}

Var gradient_reversal(Pass *pass, Head head, Space space, float strength)
{
    pass->reversal = strength;
    Var z = logit(pass, head, space);
    pass->reversal = 0;
    return z;
}

/* A column of numbers over a space as a leaf without gradient. The tape never writes to leaves' values. */
static Var numbers(Pass *pass, Space space, const float *value)
{
    return over(pass, space,
                tape_leaf(pass_tape(pass), block_of(pass, space)->rows, 1, (float *)value, NULL));
}

Var clicks(Pass *pass)
{
    return numbers(pass, D, block_of(pass, D)->click);
}

Var conversions(Pass *pass, Space space)
{
    assert(space == O || space == U);
    return numbers(pass, space, block_of(pass, space)->conversion);
}

Var ctcvr_labels(Pass *pass)
{
    return numbers(pass, D, block_of(pass, D)->conversion);
}

Var actions(Pass *pass)
{
    const Block *block = block_of(pass, D);
    if (!block->action)
        tape_stop(pass_tape(pass), "post-click behaviour, which the data lack and its .needs does not name");
    return numbers(pass, D, block->action);
}

static void note_asked(const Pass *pass, AskedFor what)
{
    if (pass->context->asked)
        *pass->context->asked |= what;
}

/* Unclipped propensities into p: the log's own column, or the CTR head's after distortion. */
static void fill_propensity(Pass *pass, Space space, const Block *block, float *p)
{
    const PassContext *context = pass->context;
    note_asked(pass, ASKED_PROPENSITY);
    if (block->log->propensity) {
        for (int i = 0; i < block->rows; i++)
            p[i] = block->log->propensity[block->row[i]];
        return;
    }
    Var learned = sigmoid(logit(pass, CTR, space));
    memcpy(p, learned->value, (size_t)block->rows * sizeof(float));
    const LearnedPropensity *how = &context->learned;
    float *noise = NULL;
    if (how->noise) {
        noise = tape_floats(context->tape, (size_t)block->rows);
        for (int i = 0; i < block->rows; i++)
            noise[i] = how->noise[block->row[i]];
    }
    distort(&how->distortion, how->mean, noise, (size_t)block->rows, p);
}

static float clip(const Pass *pass, float p)
{
    float low = (float)pass->context->clip;
    return p < low ? low : p > 1 ? 1 : p;
}

/* The propensities of a space as a leaf without gradient, each through `f`. */
static Var propensity_leaf(Pass *pass, Space space, float (*f)(const Pass *pass, float p))
{
    Tape *tape = pass_tape(pass);
    const Block *block = block_of(pass, space);
    float *p = tape_floats(tape, (size_t)block->rows);
    fill_propensity(pass, space, block, p);
    for (int i = 0; i < block->rows; i++)
        p[i] = f(pass, p[i]);
    return numbers(pass, space, p);
}

static float inverse_clip(const Pass *pass, float p)
{
    return 1 / clip(pass, p);
}

static float inverse_complement_clip(const Pass *pass, float p)
{
    return 1 / clip(pass, 1 - p);
}

/* Finite where p is 0 or rounds to 1. */
static float bounded_logit(float p)
{
    const float low = 1e-6F, top = 1 - low;
    p = p < low ? low : p > top ? top : p;
    return real_log_float(p / (1 - p));
}

static float unclipped_logit(const Pass *pass, float p)
{
    (void)pass;
    return bounded_logit(p);
}

Var propensity(Pass *pass, Space space)
{
    return propensity_leaf(pass, space, clip);
}

Var inverse_propensity(Pass *pass, Space space)
{
    return propensity_leaf(pass, space, inverse_clip);
}

Var inverse_complement(Pass *pass, Space space)
{
    return propensity_leaf(pass, space, inverse_complement_clip);
}

Var propensity_logit(Pass *pass, Space space)
{
    return propensity_leaf(pass, space, unclipped_logit);
}

Var live_propensity(Pass *pass, Space space)
{
    const Block *block = block_of(pass, space);
    note_asked(pass, ASKED_PROPENSITY);
    if (!block->log->propensity)
        return sigmoid(logit(pass, CTR, space));
    float *p = tape_floats(pass_tape(pass), (size_t)block->rows);
    fill_propensity(pass, space, block, p);
    return numbers(pass, space, p);
}

Var pseudo_label(Pass *pass, Space space)
{
    assert(space != U); /* the unbiased sample has outcomes */
    const Block *block = block_of(pass, space);
    note_asked(pass, ASKED_IMPUTATION);
    if (!block->log->imputation)
        return sigmoid(logit(pass, IMPUTATION, space));
    float *m = tape_floats(pass_tape(pass), (size_t)block->rows);
    for (int i = 0; i < block->rows; i++)
        m[i] = block->log->imputation[block->row[i]];
    return numbers(pass, space, m);
}

Var pseudo_label_logit(Pass *pass, Space space)
{
    Var m = pseudo_label(pass, space);
    if (!block_of(pass, space)->log->imputation)
        return logit(pass, IMPUTATION, space);
    float *z = tape_floats(pass_tape(pass), (size_t)m->rows);
    for (int i = 0; i < m->rows; i++)
        z[i] = bounded_logit(m->value[i]);
    return numbers(pass, space, z);
}

/* A pass of its own, since what this one has computed for the net is without dropout. */
static Var dropped_logit(Pass *pass, Head head, Space space, float rate)
{
    Pass again = {.context = pass->context, .sampler = pass->sampler, .dropout = rate};
    Net *net = model_net(pass->context->model, head);
    return stop(from_prior(pass, head, net_logit(net, &again, head, space)));
}

Var pseudo_label_sample(Pass *pass, Space space, int k, float rate)
{
    assert(k < DROPOUT_SAMPLES);
    if (block_of(pass, space)->log->imputation)
        return pseudo_label(pass, space);
    note_asked(pass, ASKED_IMPUTATION);
    Var *known = pass->sample[k];
    if (!recall(pass, known, space))
        known[space] = dropped_logit(pass, IMPUTATION, space, rate);
    return sigmoid(known[space]);
}

Var clipped(Pass *pass, Var p)
{
    return clamp_min(clamp_max(p, 1), (float)pass->context->clip);
}

Var per_exposure(Pass *pass, Var x)
{
    return scale(sum(x), (float)(1 / sampler_exposures(pass->sampler)));
}

/* A column over the rows of a stream: what `f` makes of each. */
static Var stream_column(Pass *pass, float (*f)(const StreamRow *row))
{
    const Block *block = block_of(pass, O);
    if (!block->fed)
        tape_stop(pass_tape(pass), "a stream of clicks, which its .stream does not name");
    float *x = tape_floats(pass_tape(pass), (size_t)block->rows);
    for (int i = 0; i < block->rows; i++)
        x[i] = f(&block->fed[i]);
    return numbers(pass, O, x);
}

static float is_first(const StreamRow *row)
{
    return row->kind == STREAM_FIRST;
}

static float is_delayed(const StreamRow *row)
{
    return row->kind == STREAM_DELAYED;
}

static float is_immediate(const StreamRow *row)
{
    return row->kind == STREAM_IMMEDIATE;
}

static float is_negative(const StreamRow *row)
{
    return row->kind == STREAM_NEGATIVE;
}

static float is_of_deadline(const StreamRow *row)
{
    return row->kind == STREAM_DEADLINE;
}

Var of_kind(Pass *pass, StreamKind kind)
{
    static float (*const is[])(const StreamRow *) = {[STREAM_FIRST] = is_first,
                                                     [STREAM_DELAYED] = is_delayed,
                                                     [STREAM_IMMEDIATE] = is_immediate,
                                                     [STREAM_NEGATIVE] = is_negative,
                                                     [STREAM_DEADLINE] = is_of_deadline};
    return stream_column(pass, is[kind]);
}

static float days_elapsed(const StreamRow *row)
{
    return row->elapsed;
}

Var elapsed(Pass *pass)
{
    return stream_column(pass, days_elapsed);
}

static float days_waited(const StreamRow *row)
{
    return isfinite(row->delay) ? row->delay : row->elapsed;
}

Var waited(Pass *pass)
{
    return stream_column(pass, days_waited);
}

Var attribution(Pass *pass)
{
    Var days = elapsed(pass);
    const float window = (float)sampler_attribution(pass->sampler);
    for (int i = 0; i < days->rows; i++)
        days->value[i] = window;
    return days;
}

static float is_early(const StreamRow *row)
{
    return row->early;
}

Var seen_early(Pass *pass)
{
    return stream_column(pass, is_early);
}

static float is_late(const StreamRow *row)
{
    return row->label && !row->early;
}

Var seen_late(Pass *pass)
{
    return stream_column(pass, is_late);
}

/* Given numbers of the rows of O, or the sigmoid of a head, without gradient. */
static Var given_or_learned(Pass *pass, const float *given, Head head)
{
    if (!given)
        return stop(sigmoid(logit(pass, head, O)));
    const Block *block = block_of(pass, O);
    float *x = tape_floats(pass_tape(pass), (size_t)block->rows);
    for (int i = 0; i < block->rows; i++)
        x[i] = given[block->row[i]];
    return numbers(pass, O, x);
}

Var delayed_positive(Pass *pass)
{
    const float *given = sampler_given_later(pass->sampler);
    if (given || !model_net(pass->context->model, CVR_BEFORE))
        return given_or_learned(pass, given, DELAYED_POSITIVE);
    Var converts = given_or_learned(pass, NULL, CVR_BEFORE);
    return sub(converts, given_or_learned(pass, NULL, EARLY_POSITIVE));
}

Var real_negative(Pass *pass)
{
    return given_or_learned(pass, sampler_given_negative(pass->sampler), REAL_NEGATIVE);
}

Var seen_by_now(Pass *pass)
{
    return given_or_learned(pass, sampler_given_seen(pass->sampler), SEEN_BY_NOW);
}

Var uniform(Pass *pass, Space space)
{
    int rows = block_of(pass, space)->rows;
    float *u = tape_floats(pass_tape(pass), (size_t)rows);
    sampler_uniform(pass->sampler, rows, u);
    return numbers(pass, space, u);
}

Var teacher_logit(Pass *pass, Head head, Space space)
{
    Net *teacher = &pass->context->model->teacher;
    assert(teacher->heads & HEAD(head));
    return over(pass, space, from_prior(pass, head, net_logit(teacher, pass, head, space)));
}

void note_used(Pass *pass, Var used)
{
    UsedRows *rows = pass->context->used_rows;
    if (!rows)
        return;
    rows->used += (double)sum(used)->value[0];
    rows->rows += (double)weight_of(used);
}

float share_of_unbiased(const Pass *pass)
{
    return (float)sampler_share_of_unbiased(pass->sampler);
}

float click_rate(const Pass *pass)
{
    return (float)sampler_click_rate(pass->sampler);
}

float share_done(const Pass *pass)
{
    return (float)pass->context->share_done;
}

bool is_on(const Pass *pass, int index)
{
    return pass->context->constants[index] != 0;
}

float constant(const Pass *pass, int index)
{
    return (float)pass->context->constants[index];
}
