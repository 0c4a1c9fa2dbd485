/* The trial step and its slopes. Parameters are moved and put back in place: only those rows of the tables
 * that the batch touches are kept, with the vector over them. */
#include "estimators/core/lookahead.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Some rows of a table: a vector over them, and their values as they were. */
typedef struct TouchedRows {
    uint32_t *row, rows;
    float *direction, *kept; /* rows x stride */
} TouchedRows;

/* A vector over the parameters that a batch touches: of the dense block all, of a table the rows looked up.
 */
struct Trial {
    Net *net;
    float *direction, *kept; /* net->floats each */
    TouchedRows touched[MAX_TABLES];
    double norm; /* of v; `direction` is v / norm */
    double rate; /* eta */
};

static Status touched_rows_create(TouchedRows *touched, const Table *table, Message *message)
{
    size_t floats = (size_t)table->capacity * (size_t)table->stride;
    touched->row = calloc(table->capacity, sizeof *touched->row);
    touched->direction = calloc(floats, sizeof(float));
    touched->kept = calloc(floats, sizeof(float));
    return touched->row && touched->direction && touched->kept ? STATUS_OK
                                                               : fail_memory(message, "a look-ahead");
}

Status trial_create(Trial **trial, const Estimator *estimator, Model *model, Message *message)
{
    bool looks = false;
    *trial = NULL;
    for (int k = 0; k < MAX_PHASES && estimator->phase[k].loss; k++)
        looks = looks || estimator->phase[k].lookahead;
    if (!looks)
        return STATUS_OK;
    Trial *t = calloc(1, sizeof *t);
    if (!t)
        return fail_memory(message, "a look-ahead");
    t->net = model_net(model, CVR);
    size_t floats = t->net->floats ? t->net->floats : 1;
    t->direction = calloc(floats, sizeof(float));
    t->kept = calloc(floats, sizeof(float));
    Status status = t->direction && t->kept ? STATUS_OK : fail_memory(message, "a look-ahead");
    for (int f = 0; !status && f < t->net->tables; f++)
        status = touched_rows_create(&t->touched[f], &t->net->table[f], message);
    if (status)
        trial_free(t);
    else
        *trial = t;
    return status;
}

void trial_free(Trial *t)
{
    if (!t)
        return;
    for (int f = 0; f < MAX_TABLES; f++) {
        free(t->touched[f].row);
        free(t->touched[f].direction);
        free(t->touched[f].kept);
    }
    free(t->direction);
    free(t->kept);
    free(t);
}

static size_t floats_of(const TouchedRows *touched, const Table *table)
{
    return (size_t)touched->rows * (size_t)table->stride;
}

/* direction = the gradient that a backward pass has left; none is left then. */
static void take_gradient(Trial *t)
{
    const Net *net = t->net;
    if (net->floats)
        memcpy(t->direction, net->grad, net->floats * sizeof(float));
    for (int f = 0; f < net->tables; f++) {
        Table *table = &t->net->table[f];
        TouchedRows *touched = &t->touched[f];
        touched->rows = table->count;
        if (!touched->rows) /* of an omitted column there is no memory either */
            continue;
        memcpy(touched->row, table->touched, touched->rows * sizeof *touched->row);
        memcpy(touched->direction, table->grad, floats_of(touched, table) * sizeof(float));
        table->count = 0;
    }
}

/* Keeps the parameters that `direction` is over. */
static void keep(Trial *t)
{
    const Net *net = t->net;
    if (net->floats)
        memcpy(t->kept, net->value, net->floats * sizeof(float));
    for (int f = 0; f < net->tables; f++) {
        size_t stride = (size_t)net->table[f].stride;
        for (uint32_t k = 0; k < t->touched[f].rows; k++)
            memcpy(t->touched[f].kept + k * stride, table_row(&net->table[f], t->touched[f].row[k]),
                   stride * sizeof(float));
    }
}

static void put(size_t n, const float *kept, double by, const float *direction, float *value)
{
    for (size_t i = 0; i < n; i++)
        value[i] = (float)((double)kept[i] + by * (double)direction[i]);
}

/* parameters = kept + by direction. */
static void move(Trial *t, double by)
{
    const Net *net = t->net;
    put(net->floats, t->kept, by, t->direction, net->value);
    for (int f = 0; f < net->tables; f++) {
        const TouchedRows *touched = &t->touched[f];
        size_t stride = (size_t)net->table[f].stride;
        for (uint32_t k = 0; k < touched->rows; k++)
            put(stride, touched->kept + k * stride, by, touched->direction + k * stride,
                table_row(&net->table[f], touched->row[k]));
    }
}

/* By bytes: kept + 0 direction would lose the sign of -0, and anything where the direction is NaN. */
static void restore(Trial *t)
{
    const Net *net = t->net;
    if (net->floats)
        memcpy(net->value, t->kept, net->floats * sizeof(float));
    for (int f = 0; f < net->tables; f++) {
        size_t stride = (size_t)net->table[f].stride;
        for (uint32_t k = 0; k < t->touched[f].rows; k++)
            memcpy(table_row(&net->table[f], t->touched[f].row[k]), t->touched[f].kept + k * stride,
                   stride * sizeof(float));
    }
}

static double sum_of_squares(size_t n, const float *x)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    return sum;
}

static void divide_by(size_t n, double norm, float *x)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (float)((double)x[i] / norm);
}

/* direction = v / |v|; a v of 0 stays, and its slopes are 0. */
static void normalise(Trial *t)
{
    const Net *net = t->net;
    double sum = sum_of_squares(net->floats, t->direction);
    for (int f = 0; f < net->tables; f++)
        sum += sum_of_squares(floats_of(&t->touched[f], &net->table[f]), t->touched[f].direction);
    t->norm = sqrt(sum);
    if (t->norm == 0)
        return;
    divide_by(net->floats, t->norm, t->direction);
    for (int f = 0; f < net->tables; f++)
        divide_by(floats_of(&t->touched[f], &net->table[f]), t->norm, t->touched[f].direction);
}

/* The value of a loss; the nets of the model keep its gradient over the prediction net. */
static double differentiate(const Trial *t, LossFunction *loss, const PassContext *context, Sampler *sampler)
{
    Pass pass;
    tape_reset(context->tape);
    model_move(context->model, 1U << t->net->index);
    pass_start(&pass, context, sampler);
    Var value = loss(&pass);
    tape_backward(context->tape, value);
    return (double)value->value[0];
}

/* The parameters are back before v takes the place of the step, whose rows they were kept for. */
double trial_run(const Lookahead *lookahead, const PassContext *context, Sampler *sampler)
{
    Trial *t = context->trial;
    t->rate = context->constants[lookahead->rate];
    double loss = differentiate(t, lookahead->step, context, sampler);
    take_gradient(t);
    if (!isfinite(loss))
        return NAN;
    keep(t);
    move(t, -t->rate);
    double risk = differentiate(t, lookahead->risk, context, sampler);
    restore(t);
    take_gradient(t);
    normalise(t);
    return isfinite(risk) ? risk : NAN;
}

/* Row losses at theta + by v / |v|, in a pass of their own: the caller's knows the logits at theta. */
static Var errors_at(Trial *t, double by, const Pass *caller, Pass *pass, RowFunction *errors)
{
    pass_start(pass, caller->context, caller->sampler);
    move(t, by);
    return errors(pass);
}

Var lookahead_slope(Pass *pass, RowFunction *errors)
{
    Trial *t = pass->context->trial;
    Pass moved;
    assert(t && !t->net->moves);
    keep(t);
    Var above = errors_at(t, TRIAL_LENGTH, pass, &moved, errors);
    Var below = errors_at(t, -TRIAL_LENGTH, pass, &moved, errors);
    restore(t);
    float *slope = tape_floats(pass_tape(pass), (size_t)above->rows);
    double factor = -t->rate * t->norm / (2 * TRIAL_LENGTH);
    for (int i = 0; i < above->rows; i++)
        slope[i] = (float)(factor * ((double)above->value[i] - (double)below->value[i]));
    Var column = tape_leaf(pass_tape(pass), above->rows, 1, slope, NULL);
    column->row_weight = above->row_weight;
    return column;
}
