/* Registering the parameters of nets, drawing their start, and stepping them. The dense parameters of a net
 * are one block, so that the optimiser is one loop. */
#include "estimators/core/model.h"
#include "sim/base/real.h"

#include <assert.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Status add_table(Net *net, const char *name, const Table *like, size_t lookups, Message *message)
{
    Table *table = &net->table[net->tables];
    assert(net->tables < MAX_TABLES);
    if (like->width == 0) {
        net->table_name[net->tables++] = name;
        return STATUS_OK;
    }
    Status status = table_create(table, like->rows, like->width, lookups, message);
    if (status)
        return status;
    table->random = like->random;
    net->table_name[net->tables++] = name;
    return STATUS_OK;
}

/* A table of the values of a categorical column. */
static Status add_field_table(Net *net, int field, int width, int random, Message *message)
{
    const Schema *schema = net->schema;
    const Bags *bags = schema->bags[field];
    const Table like = {
        .rows = bags ? bags->values : schema->cardinality[field], .width = width, .random = random};
    return add_table(net, schema->name[field], &like, bags ? net->lookups * bags->longest : net->lookups,
                     message);
}

Status net_table(Net *net, int field, int width, int random, Message *message)
{
    return add_field_table(net, field, net->omission->lacked.field[field] ? 0 : width, random, message);
}

/* The click head's own embeddings of what the rest of the net lacks, and the weights of these and of the
 * dense columns. */
static Status add_lacked(Net *net, Message *message)
{
    const ColumnSet *lacked = &net->omission->lacked;
    int inputs = dense_width(net->schema, lacked), width = net->options->embedding;
    Status status = STATUS_OK;
    for (int f = 0; f < net->schema->categorical; f++)
        inputs += lacked->field[f] ? width : 0;
    if (!inputs) /* a group of no columns, such as the context of a world without one */
        return STATUS_OK;
    net->adds_lacked = true;
    net->lacked_tables = net->tables;
    for (int f = 0; !status && f < net->schema->categorical; f++)
        status = add_field_table(net, f, lacked->field[f] ? width : 0, width, message);
    double bound = 1 / sqrt(inputs);
    net->lacked_weight = net_weights(
        net, &(Weights){.rows = inputs, .cols = 1, .low = -bound, .high = bound, .stream = "lacked"});
    return status;
}

/* Not where the backbone is the estimator's own, such as one number a head, and not where the click head is a
 * part of the conversion: c as the quotient of t and p. */
static bool adds_lacked(const Model *model, const Net *net, bool own)
{
    return model->omission.any && !own && !model->method->estimator->cvr_of_all &&
           (net->heads & (HEAD(CTR) | HEAD(CLICK_OFFSET)));
}

/* For estimators that distil from layer to layer. */
static void add_maps(Net *net, int maps)
{
    const ModelOptions *o = net->options;
    net->maps = net->weights;
    for (int back = 0; back < maps && back < o->layers; back++) {
        const int width = o->width[o->layers - 1 - back];
        net_layer(net, width, width, false, "map", back);
        net_weights(net, &(Weights){.rows = 1, .cols = width, .stream = "column", .stream_index = back});
    }
}

static Status build_net(const Model *model, Net *net, bool own, Message *message)
{
    Status status = net->backbone->build(net, message);
    if (!status && net->crossed)
        net->crossing = net_layer(net, 1, CROSSING, false, "crossing", 0);
    if (!status && net->index == 0)
        add_maps(net, model->method->estimator->maps);
    return status || !adds_lacked(model, net, own) ? status : add_lacked(net, message);
}

Status net_event_tables(Net *net, int width, Message *message)
{
    static const char *const name[EVENT_TABLES] = {"event_item", "event_action", "event_gap"};
    const uint32_t rows[EVENT_TABLES] = {net->schema->cardinality[FIELD_ITEM], ACTIONS, GAP_BUCKETS};
    Status status = STATUS_OK;
    for (int k = 0; !status && k < EVENT_TABLES; k++) {
        const Table like = {.rows = rows[k], .width = width, .random = width};
        status = add_table(net, name[k], &like, net->lookups * (size_t)net->schema->events, message);
    }
    return status;
}

/* Matrices start on cache lines, which vectors of theirs then do not straddle; what is between them stays 0.
 */
enum { LINE_FLOATS = 16 };

int net_weights(Net *net, const Weights *weights)
{
    assert(net->weights < MAX_WEIGHTS);
    Weights *w = &net->weight[net->weights];
    *w = *weights;
    w->offset = net->floats;
    net->floats += ((size_t)w->rows * (size_t)w->cols + LINE_FLOATS - 1) / LINE_FLOATS * LINE_FLOATS;
    return net->weights++;
}

int net_layer(Net *net, int inputs, int outputs, bool zero, const char *stream, int stream_index)
{
    double bound = zero ? 0 : 1 / sqrt(inputs);
    Weights layer = {.rows = inputs,
                     .cols = outputs,
                     .low = -bound,
                     .high = bound,
                     .stream = stream,
                     .stream_index = 2 * stream_index};
    int place = net_weights(net, &layer);
    layer.rows = 1;
    layer.stream_index++;
    net_weights(net, &layer);
    return place;
}

Var net_parameter(Net *net, Tape *tape, int place)
{
    const Weights *w = &net->weight[place];
    return tape_leaf(tape, w->rows, w->cols, net->value + w->offset,
                     net->moves ? net->grad + w->offset : NULL);
}

Var net_linear(Net *net, Var x, int place, bool relu)
{
    return linear(x, net_parameter(net, x->tape, place), net_parameter(net, x->tape, place + 1), relu);
}

Var net_scaled(Net *net, Var x, int place)
{
    int outputs = net->weight[place].cols;
    float *bias = tape_floats(x->tape, (size_t)outputs);
    memset(bias, 0, (size_t)outputs * sizeof(float));
    return linear(x, net_parameter(net, x->tape, place), tape_leaf(x->tape, 1, outputs, bias, NULL), false);
}

static Status allocate_block(Net *net, Message *message)
{
    size_t bytes = net->floats * sizeof(float);
    if (!bytes)
        return STATUS_OK;
    float *block = aligned_alloc(64, 4 * bytes);
    if (!block)
        return fail_memory(message, "the parameters");
    memset(block, 0, 4 * bytes);
    net->value = block;
    net->grad = block + bytes / sizeof(float);
    net->m = net->grad + bytes / sizeof(float);
    net->v = net->m + bytes / sizeof(float);
    return STATUS_OK;
}

static void draw_start(Net *net, const StreamKey *key, gsl_rng *generator)
{
    char purpose[96];
    for (int k = 0; k < net->weights; k++) {
        const Weights *w = &net->weight[k];
        snprintf(purpose, sizeof purpose, "start/%s/%d", w->stream, w->stream_index);
        stream_restart(generator, key, purpose);
        for (size_t i = 0; w->high > w->low && i < (size_t)w->rows * (size_t)w->cols; i++)
            net->value[w->offset + i] = (float)(w->low + (w->high - w->low) * gsl_rng_uniform(generator));
        for (size_t i = 0; w->high <= w->low && i < (size_t)w->rows * (size_t)w->cols; i++)
            net->value[w->offset + i] = (float)w->low;
        for (int i = 0; w->diagonal != 0 && i < w->rows; i++)
            net->value[w->offset + (size_t)i * (size_t)(w->cols + 1)] = (float)w->diagonal;
    }
    for (int f = 0; f < net->tables; f++) {
        snprintf(purpose, sizeof purpose, "start/embedding/%d/%s", net->index, net->table_name[f]);
        stream_restart(generator, key, purpose);
        table_randomise(&net->table[f], generator, net->table[f].random, net->options->init);
    }
}

/* A net like net 0 with the same parameters, and an index of its own for what a pass remembers. */
static Status create_teacher(Model *model, Message *message)
{
    const Net *net = &model->net[0];
    assert(model->nets < MAX_NETS);
    model->teacher = (Net){.backbone = model->method->backbone,
                           .schema = net->schema,
                           .options = net->options,
                           .omission = net->omission,
                           .heads = net->heads,
                           .index = model->nets,
                           .lookups = net->lookups};
    Status status = build_net(model, &model->teacher, false, message);
    if (!status)
        status = allocate_block(&model->teacher, message);
    if (!status)
        model_teach(model, 0);
    return status;
}

Status model_create(Model **model, const ModelSetup *setup, Message *message)
{
    const Estimator *estimator = setup->method->estimator;
    *model = NULL;
    gsl_rng *generator = stream_open(setup->key, "start");
    Model *new = calloc(1, sizeof *new);
    Status status = new &&generator ? STATUS_OK : fail_memory(message, "a model");
    if (!status) {
        new->method = setup->method;
        new->options = *setup->options;
        status = omission_create(&new->omission, new->options.omit, setup->schema, message);
    }
    for (int k = 0; !status && k < MAX_NETS && estimator->net[k]; k++) {
        Net *net = &new->net[new->nets++];
        const Backbone *own = estimator->own[k];
        *net = (Net){.backbone = own ? own : setup->method->backbone,
                     .schema = setup->schema,
                     .options = &new->options,
                     .omission = &new->omission,
                     .heads = estimator->net[k],
                     .index = k,
                     .crossed = estimator->crossed >> k & 1 ? &new->net[0] : NULL,
                     .lookups = setup->lookups,
                     .sees_elapsed = estimator->elapsed >> k & 1};
        status = build_net(new, net, own, message);
        if (!status)
            status = allocate_block(net, message);
        if (!status)
            draw_start(net, setup->key, generator);
    }
    gsl_rng_free(generator);
    if (!status && estimator->teacher)
        status = create_teacher(new, message);
    if (status)
        model_free(new);
    else
        *model = new;
    return status;
}

int64_t model_parameters(const Model *model)
{
    int64_t count = 0;
    for (int k = 0; k < model->nets; k++) {
        const Net *net = &model->net[k];
        for (int w = 0; w < net->weights; w++)
            count += (int64_t)net->weight[w].rows * net->weight[w].cols;
        for (int f = 0; f < net->tables; f++)
            count += (int64_t)net->table[f].rows * net->table[f].width;
    }
    return count;
}

static float logit_of_rate(double ones, double rows)
{
    return (float)real_log((ones + 0.5) / (rows - ones + 0.5));
}

/* Actions are labels of clicks, or with those who have them of all exposures; purchases go by whether there
 * was one. */
static void start_at_rates_of_actions(Model *model, const Log *log, double of)
{
    double acted = 0, bought_after = 0, bought = 0;
    for (size_t i = 0; i < log->x.rows; i++) {
        const double weight = log->weight ? (double)log->weight[i] : 1;
        acted += log->behaviour->action[i] ? weight : 0;
        bought += log->conversion[i] ? weight : 0;
        bought_after += log->behaviour->action[i] && log->conversion[i] ? weight : 0;
    }
    model->prior[ACTION] = logit_of_rate(acted, of);
    model->prior[BUY_AFTER_ACTION] = logit_of_rate(bought_after, acted);
    model->prior[BUY_OTHERWISE] = logit_of_rate(bought - bought_after, log_clicked_weight(log) - acted);
}

void model_start_at_rates(Model *model, const Log *log)
{
    const Estimator *estimator = model->method->estimator;
    const double rows = log_weight(log), clicks = log_clicked_weight(log);
    double converted = 0;
    for (size_t i = 0; i < log->x.rows; i++)
        if (log->conversion[i])
            converted += log->weight ? (double)log->weight[i] : 1;
    model->prior[CTR] = model->prior[SECOND_CTR] = logit_of_rate(clicks, rows);
    model->prior[CVR] = logit_of_rate(converted, estimator->cvr_of_all ? rows : clicks);
    model->prior[CLICK_OFFSET] = model->prior[CTR] - model->prior[CVR];
    for (Head h = 0; h < HEADS; h++)
        if (estimator->labels & HEAD(h))
            model->prior[h] = logit_of_rate(converted, clicks);
        else if (estimator->labels_of_all & HEAD(h))
            model->prior[h] = logit_of_rate(converted, rows);
    if (log->behaviour)
        start_at_rates_of_actions(model, log, estimator->cvr_of_all ? rows : clicks);
}

void model_start_at_rate(Model *model, double converted, double clicks)
{
    for (Head h = 0; h < HEADS; h++)
        if (h == CVR || (model->method->estimator->labels & HEAD(h)))
            model->prior[h] = logit_of_rate(converted, clicks);
}

static void net_free(Net *net)
{
    for (int f = 0; f < net->tables; f++)
        table_free(&net->table[f]);
    free(net->value);
}

void model_free(Model *model)
{
    if (!model)
        return;
    for (int k = 0; k < model->nets; k++)
        net_free(&model->net[k]);
    net_free(&model->teacher);
    free(model);
}

Net *model_net(Model *model, Head head)
{
    for (int k = 0; k < model->nets; k++)
        if (model->net[k].heads & HEAD(head))
            return &model->net[k];
    return NULL;
}

bool model_predicts_clicks(Model *model)
{
    return model_net(model, CTR) || model_net(model, CLICK_OFFSET);
}

void model_move(Model *model, unsigned moves)
{
    for (int k = 0; k < model->nets; k++) {
        Net *net = &model->net[k];
        net->moves = moves == MOVE_ALL || (moves & (1U << k));
        for (int f = 0; f < net->tables; f++)
            net->table[f].moves = net->moves;
        if (net->moves && net->floats)
            memset(net->grad, 0, net->floats * sizeof(float));
    }
}

void model_copy_tables(Model *model, int from, int to)
{
    const Net *source = &model->net[from];
    Net *copy = &model->net[to];
    assert(copy->tables == source->tables);
    for (int f = 0; f < source->tables; f++) {
        assert(copy->table[f].width == source->table[f].width);
        for (uint32_t r = 0; r < source->table[f].rows; r++)
            memcpy(table_row(&copy->table[f], r), table_row(&source->table[f], r),
                   (size_t)source->table[f].width * sizeof(float));
    }
}

void model_copy(Model *model, int from, int to)
{
    const Net *source = &model->net[from];
    Net *copy = &model->net[to];
    assert(copy->floats == source->floats);
    if (source->floats)
        memcpy(copy->value, source->value, source->floats * sizeof(float));
    model_copy_tables(model, from, to);
}

static void average(size_t n, float keep, const float *from, float *to)
{
    for (size_t i = 0; i < n; i++)
        to[i] = keep * to[i] + (1 - keep) * from[i];
}

void model_teach(Model *model, double decay)
{
    Net *net = &model->net[0], *teacher = &model->teacher;
    average(net->floats, (float)decay, net->value, teacher->value);
    for (int f = 0; f < net->tables; f++)
        for (uint32_t r = 0; r < net->table[f].rows; r++)
            average((size_t)net->table[f].width, (float)decay, table_row(&net->table[f], r),
                    table_row(&teacher->table[f], r));
}

void model_update(Model *model, double learning_rate, double l2)
{
    for (int k = 0; k < model->nets; k++) {
        Net *net = &model->net[k];
        if (!net->moves)
            continue;
        double t = (double)++net->steps;
        AdamStep step = {.rate = (float)(learning_rate / (1 - real_power(0.9, t))),
                         .correction = (float)(1 / sqrt(1 - real_power(0.999, t))),
                         .l2 = (float)l2};
        if (net->floats)
            elementwise_kernels()->adam_update((int)net->floats, &step, net->grad, net->value, net->m,
                                               net->v);
        for (int f = 0; f < net->tables; f++)
            table_update(&net->table[f], &step);
    }
}
