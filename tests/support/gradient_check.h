/* Gradient checks of operations that are rows of a table: how to call one, and the same in plain double code,
 * written apart. The forward value and the gradient of a weighted sum of the outputs are compared with that
 * code, the gradient by central differences. A new operation is a new row. */
#pragma once

#include "estimators/nn/ops.h"
#include "tests/support/support.h"

#include <math.h>

enum { INPUTS = 4, ENTRIES = 64 };

typedef struct Matrix {
    int rows, cols;
    double at[ENTRIES];
} Matrix;

typedef struct Input {
    int rows, cols;                         /* 0 where there is no such input */
    double low, high;                       /* entries are drawn between them; multiples of 1/32 */
    enum { MOVES, CONSTANT, STOPPED } kind; /* constant: never a parameter; stopped: its gradient is 0 */
} Input;

typedef struct Operation {
    const char *name;
    Var (*unary)(Var x); /* one of three ways to call it */
    Var (*binary)(Var a, Var b);
    Var (*call)(Tape *tape, Var *in);
    double (*each)(double a, double b); /* plain code: an entry of the first two inputs, or a whole matrix */
    void (*whole)(const Matrix *in, Matrix *out);
    void (*collect)(float *grad[]); /* adds the gradients of inputs 0 and 1 where those are tables */
    Input in[INPUTS];
    double size; /* bound on the numbers that the operation and its derivative form, on their sums of |terms|
                    too */
} Operation;

int matrix_entries(const Matrix *x);

/* Every row, with every choice of the inputs that are parameters, several times. */
void gradient_check(const Operation *operation, size_t operations);
