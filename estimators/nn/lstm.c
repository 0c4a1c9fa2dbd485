/* Long short-term memory: an operation of the tape. The products with the recurrent weights are of dense.h, a
 * step at a time; the rest of a step is in lstm_kernel.c. */
#include "estimators/nn/lstm.h"
#include "estimators/nn/dense.h"
#include "estimators/nn/ops.h"

#include <assert.h>
#include <string.h>

/* Rows that go through all steps together, so that they stay in the cache. */
enum { LSTM_ROWS = 240 };

/* Kept from forward to backward, for every step and row: gates after their functions, cells, states. */
typedef struct LstmRun {
    int steps, units, width; /* width: d */
    float *gates, *cell, *state;
} LstmRun;

/* Rows [first, first + rows) of a batch, through all steps. */
static void run_forward(const LstmRun *run, int first, int rows, const Node *z, const float *u, int batch)
{
    int d = run->width, states = run->units * d, gates = 4 * states;
    const float *before = NULL, *cell_before = NULL;
    for (int t = 0; t < run->steps; t++) {
        size_t row = (size_t)t * (size_t)batch + (size_t)first;
        float *now = run->gates + row * (size_t)gates;
        float *cell = run->cell + row * (size_t)states, *state = run->state + row * (size_t)states;
        memcpy(now, z->value + row * (size_t)gates, (size_t)rows * (size_t)gates * sizeof *now);
        for (int k = 0; before && k < run->units; k++)
            dense_kernels()->product(&(Product){.rows = rows,
                                                .cols = 4 * d,
                                                .depth = d,
                                                .x = before + (ptrdiff_t)k * d,
                                                .x_stride = states,
                                                .w = u + (ptrdiff_t)k * d * 4 * d,
                                                .w_stride = 4 * d,
                                                .y = now + (ptrdiff_t)k * 4 * d,
                                                .y_stride = gates,
                                                .add = true});
        lstm_kernels()->step_forward(rows * run->units, d, cell_before, now, cell, state);
        before = state;
        cell_before = cell;
    }
}

/* What the way back works with, for one block of rows. */
typedef struct Back {
    float *dstate, *dcell, *dgates, *transposed;
    float *dz, *du; /* NULL where nobody wants it */
} Back;

/* The gradient of the states before, and of U. */
static void recur_backward(const LstmRun *run, const Back *back, int rows, const float *before)
{
    int d = run->width, states = run->units * d, gates = 4 * states;
    const DenseKernels *dense = dense_kernels();
    for (int k = 0; k < run->units; k++) {
        const float *dgates = back->dgates + (ptrdiff_t)k * 4 * d;
        if (back->du)
            dense->product_transposed(&(Product){.rows = d,
                                                 .cols = 4 * d,
                                                 .depth = rows,
                                                 .x = before + (ptrdiff_t)k * d,
                                                 .x_stride = states,
                                                 .w = dgates,
                                                 .w_stride = gates,
                                                 .y = back->du + (ptrdiff_t)k * d * 4 * d,
                                                 .y_stride = 4 * d});
        dense->product(&(Product){.rows = rows,
                                  .cols = d,
                                  .depth = 4 * d,
                                  .x = dgates,
                                  .x_stride = gates,
                                  .w = back->transposed + (ptrdiff_t)k * 4 * d * d,
                                  .w_stride = d,
                                  .y = back->dstate + (ptrdiff_t)k * d,
                                  .y_stride = states});
    }
}

static void run_backward(const LstmRun *run, const Back *back, int first, int rows, int batch)
{
    int d = run->width, states = run->units * d, gates = 4 * states;
    for (int t = run->steps - 1; t >= 0; t--) {
        size_t row = (size_t)t * (size_t)batch + (size_t)first;
        size_t row_before = row - (size_t)(t > 0 ? batch : 0);
        lstm_kernels()->step_backward(rows * run->units, d,
                                      t > 0 ? run->cell + row_before * (size_t)states : NULL,
                                      run->gates + row * (size_t)gates, run->cell + row * (size_t)states,
                                      back->dstate, back->dcell, back->dgates);
        for (size_t i = 0; back->dz && i < (size_t)rows * (size_t)gates; i++)
            back->dz[row * (size_t)gates + i] += back->dgates[i];
        if (t > 0)
            recur_backward(run, back, rows, run->state + row_before * (size_t)states);
    }
}

static void node_backward(Node *y)
{
    const LstmRun *run = y->saved;
    Node *z = y->input[0], *u = y->input[1];
    int d = run->width, states = y->cols;
    size_t block = LSTM_ROWS * (size_t)states;
    Back back = {.dstate = tape_floats(y->tape, block),
                 .dcell = tape_floats(y->tape, block),
                 .dgates = tape_floats(y->tape, 4 * block),
                 .transposed = tape_floats(y->tape, 4 * (size_t)states * (size_t)d),
                 .dz = z->needs_grad ? gradient(z) : NULL,
                 .du = u->needs_grad ? gradient(u) : NULL};
    for (int k = 0; k < run->units; k++)
        dense_kernels()->transpose(d, 4 * d, u->value + (ptrdiff_t)k * d * 4 * d, 4 * d,
                                   back.transposed + (ptrdiff_t)k * d * 4 * d);
    for (int first = 0; first < y->rows; first += LSTM_ROWS) {
        int rows = y->rows - first < LSTM_ROWS ? y->rows - first : LSTM_ROWS;
        size_t floats = (size_t)rows * (size_t)states;
        memcpy(back.dstate, y->grad + (size_t)first * (size_t)states, floats * sizeof(float));
        memset(back.dcell, 0, floats * sizeof(float));
        run_backward(run, &back, first, rows, y->rows);
    }
}

Var lstm(Var z, int steps, Var u)
{
    int d = u->cols / 4, units = u->rows / d, rows = z->rows / steps;
    assert(u->cols == 4 * d && u->rows == units * d && z->cols == 4 * u->rows && z->rows == steps * rows);
    Var y = tape_node(z->tape, rows, u->rows, z, u, NULL, node_backward);
    size_t states = (size_t)z->rows * (size_t)u->rows;
    LstmRun *run = tape_bytes(z->tape, sizeof *run);
    *run = (LstmRun){.steps = steps,
                     .units = units,
                     .width = d,
                     .gates = tape_floats(z->tape, 4 * states),
                     .cell = tape_floats(z->tape, states),
                     .state = tape_floats(z->tape, states)};
    y->saved = run;
    for (int first = 0; first < rows; first += LSTM_ROWS)
        run_forward(run, first, rows - first < LSTM_ROWS ? rows - first : LSTM_ROWS, z, u->value, rows);
    memcpy(y->value, run->state + (size_t)(steps - 1) * (size_t)rows * (size_t)u->rows,
           (size_t)rows * (size_t)u->rows * sizeof(float));
    return y;
}
