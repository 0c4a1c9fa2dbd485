/* Attention over two tokens: an operation of the tape, whose loops are in attention_kernel.c. */
#include "estimators/nn/attention.h"
#include "estimators/nn/ops.h"

#include <assert.h>

static void node_backward(Node *y)
{
    Node *a = y->input[0], *b = y->input[1];
    const float *first = y->saved, *second = first + y->rows;
    if (a->needs_grad)
        attention_kernels()->backward(y->rows, y->cols, a->value, b->value, first, second, y->grad,
                                      gradient(a));
    if (b->needs_grad)
        attention_kernels()->backward(y->rows, y->cols, b->value, a->value, second, first, y->grad,
                                      gradient(b));
}

Var attend(Var a, Var b)
{
    assert(a->rows == b->rows && a->cols == b->cols && a->cols % 3 == 0);
    Var y = tape_node(a->tape, a->rows, a->cols / 3, a, b, NULL, node_backward);
    float *weights = tape_floats(a->tape, 2 * (size_t)a->rows); /* kept for the backward pass */
    y->saved = weights;
    attention_kernels()->forward(y->rows, y->cols, a->value, b->value, weights, weights + y->rows, y->value);
    return y;
}
