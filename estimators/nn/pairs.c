/* Losses of pairs of rows: an operation of the tape. It goes through the pairs once, a row i at a time, and
 * keeps one slope a row; their loops are elementwise kernels over the rows j. */
#include "estimators/nn/ops.h"

#include "estimators/nn/elementwise.h"
#include "estimators/nn/mixture.h"

#include <assert.h>
#include <string.h>

/* The rows of a column that have a weight: their places, their entries and weights, and the sum of these. */
typedef struct Side {
    int rows, *row;
    float *x, *weight;
    double total;
} Side;

static Side side_of(const Node *x, const Node *weight, const float *of_row)
{
    const size_t most = (size_t)x->rows;
    Side side = {.row = tape_bytes(x->tape, most * sizeof *side.row),
                 .x = tape_floats(x->tape, most),
                 .weight = tape_floats(x->tape, most)};
    for (int i = 0; i < x->rows; i++) {
        const float w = weight->value[i] * (of_row ? of_row[i] : 1);
        if (w == 0)
            continue;
        side.row[side.rows] = i;
        side.x[side.rows] = x->value[i];
        side.weight[side.rows++] = w;
        side.total += (double)w;
    }
    return side;
}

static void pairwise_backward(Node *y)
{
    mixture_kernels()->add_scaled(y->input[0]->rows, y->grad[0], y->saved, gradient(y->input[0]));
}

/* With s_ij = sigmoid(x_j - x_i) the slope in x_i is -u_i sum_j v_j s_ij, and that in x_j v_j sum_i u_i s_ij,
 * over the sum of the pairs' weights. */
Var pairwise(Var x, Var u, Var v)
{
    assert(x->cols == 1 && u->rows == x->rows && v->rows == x->rows);
    assert(!u->needs_grad && !v->needs_grad);
    const ElementwiseKernels *k = elementwise_kernels();
    const Side high = side_of(x, u, x->row_weight), low = side_of(x, v, x->row_weight);
    const int n = low.rows;
    float *gap = tape_floats(x->tape, (size_t)n), *loss = tape_floats(x->tape, (size_t)n),
          *pull = tape_floats(x->tape, (size_t)n), *slope = tape_floats(x->tape, (size_t)x->rows);
    const double scale = high.total > 0 && low.total > 0 ? 1 / (high.total * low.total) : 0;
    double total = 0;
    memset(pull, 0, (size_t)n * sizeof *pull);
    memset(slope, 0, (size_t)x->rows * sizeof *slope);
    for (int i = 0; i < high.rows; i++) {
        const float of_row = high.weight[i];
        k->shift.forward(n, low.x, -high.x[i], gap);
        k->softplus.forward(n, gap, 0, loss);
        total += (double)of_row * k->dot_of(n, low.weight, loss);
        k->sigmoid.forward(n, gap, 0, loss);
        slope[high.row[i]] = (float)(-scale * (double)of_row * k->dot_of(n, low.weight, loss));
        mixture_kernels()->add_scaled(n, of_row, loss, pull);
    }
    for (int j = 0; j < n; j++)
        slope[low.row[j]] += (float)(scale * (double)low.weight[j] * (double)pull[j]);
    Var y = tape_node(x->tape, 1, 1, x, NULL, NULL, pairwise_backward);
    y->saved = slope;
    y->value[0] = (float)(scale * total);
    return y;
}
