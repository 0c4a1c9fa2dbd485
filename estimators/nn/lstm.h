/* Kernels of long short-term memory, a step at a time. A unit's gates are [i | f | g | o], d columns each,
 * and with s its state and c its cell: [i f g o] = z_t + s_t-1 U,  c_t = sigmoid(f + 1) c_t-1 + sigmoid(i)
 * tanh(g),  s_t = sigmoid(o) tanh(c_t) */
#pragma once

#include "sim/base/kernel.h"

typedef struct LstmKernels {
    /* One step of n units; `before` holds their cells before it, NULL at the start. Gates come before their
     * functions, and are left after them. */
    void (*step_forward)(int n, int d, const float *before, float *gates, float *cell, float *state);

    /* From the gradients of states and cells to those of gates before their functions and, in place, of the
     * cells before. */
    void (*step_backward)(int n, int d, const float *before, const float *gates, const float *cell,
                          const float *dstate, float *dcell, float *dgates);
} LstmKernels;

KERNEL_TABLE(LstmKernels, lstm_kernels)
