/* The tape: a small reverse-mode differentiation of operations on float32 matrices. Nodes and their memory
 * come from one arena that tape_reset empties, so a training step allocates nothing. */
#pragma once

#include "sim/base/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct Tape Tape;
typedef struct Node Node;

/* A value on the tape; operations (estimators/nn/ops.h) take and return these. */
typedef Node *Var;

struct Node {
    Tape *tape;
    int rows, cols; /* row-major, rows x cols */
    int grad_cols;  /* the leading columns that anybody wants the gradient of; cols unless said otherwise */
    float *value;
    float *grad;             /* NULL until touched: see gradient() */
    bool needs_grad;         /* some parameter that moves is below this node */
    const float *row_weight; /* how many rows each row counts as where rows are summed (ops.h); NULL: one.
                                Elementwise operations hand it on */
    Node *view_of;           /* a view shares the memory of these rows, value and gradient; else NULL */
    int view_row;            /* its first row there */
    Node *input[3];
    Node *const *more; /* further inputs, more_count of them, in memory of the tape */
    int more_count;
    bool visited;                 /* private to tape_backward() */
    float number;                 /* the operation's own scalar */
    void *saved;                  /* the operation's own data, kept from forward to backward */
    void (*backward)(Node *node); /* adds to the inputs' gradients; NULL for leaves and views */
};

/* Reserves address space for the arena; pages become real when they are first used. */
Status tape_create(Tape **tape, Message *message);
void tape_free(Tape *tape);

/* Forgets all nodes and reuses their memory. */
void tape_reset(Tape *tape);

/* Runs work(argument), which uses the tape; false when that needs more than the arena holds, or more nodes:
 * then it is left at once, by a jump, so work must own nothing that it would have to free. A step that is too
 * large outside of tape_run() ends the program. */
bool tape_run(Tape *tape, void (*work)(void *argument), void *argument);

/* Leaves tape_run() for a reason, a static text, where a step asks for what there is not. tape_stopped() is
 * that of the last run, or NULL: its step was too large. */
_Noreturn void tape_stop(Tape *tape, const char *reason);
const char *tape_stopped(const Tape *tape);

/* `count` floats, aligned to 64 bytes, not initialised, valid until the next reset. */
float *tape_floats(Tape *tape, size_t count);

/* `bytes` bytes, likewise. */
void *tape_bytes(Tape *tape, size_t bytes);

/* A node with room for its value. It needs a gradient when one of its inputs does; `b` and `c` may be NULL.
 */
Var tape_node(Tape *tape, int rows, int cols, Var a, Var b, Var c, void (*backward)(Node *node));

/* A leaf over caller's memory, which must outlive the step. With `grad` not NULL it is a parameter: gradients
 * add to it. */
Var tape_leaf(Tape *tape, int rows, int cols, float *value, float *grad);

/* Rows [first, first + rows) of x, sharing its memory. */
Var tape_view(Var x, int first, int rows);

/* The gradient of a node, zero where nothing has been added yet. */
float *gradient(Var x);

/* The same for an operation that writes all of grad_cols columns with one matrix product: *add is false when
 * the memory is still unset, and the product overwrites it. */
float *gradient_for_product(Var x, bool *add);

/* Back-propagates from a 1 x 1 node. What several operations add to a gradient comes in an order that the
 * graph alone decides, not the order in which nodes were made: that of two arguments of one call is the
 * compiler's choice. */
void tape_backward(Tape *tape, Var loss);
