/* Long short-term memory: what a step does to the units of a row. */
#include "estimators/nn/lstm.h"
#include "sim/base/vector_math.h"

#include <stddef.h>

static const float forget_bias = 1; /* Jozefowicz, Zaremba and Sutskever, ICML 2015 */

/* One step of n units; `before` holds their cells before it, NULL at the start. */
static void step_forward(int n, int d, const float *restrict before, float *restrict gates,
                         float *restrict cell, float *restrict state)
{
    for (int k = 0; k < n; k++, gates += 4 * (ptrdiff_t)d, cell += d, state += d) {
        float *in = gates, *forget = gates + d, *new = gates + 2 * (ptrdiff_t)d, *out = new + d;
#pragma GCC ivdep /* the four gates do not overlap */
        for (int c = 0; c < d; c++) {
            in[c] = sigmoid32(in[c]);
            forget[c] = sigmoid32(forget[c] + forget_bias);
            new[c] = tanh32(new[c]);
            out[c] = sigmoid32(out[c]);
            cell[c] = in[c] * new[c];
        }
        for (int c = 0; before && c < d; c++)
            cell[c] += forget[c] * before[c];
        for (int c = 0; c < d; c++)
            state[c] = out[c] * tanh32(cell[c]);
        before = before ? before + d : NULL;
    }
}

/* From the gradients of states and cells to those of gates before their functions and, in place, of the cells
 * before. */
static void step_backward(int n, int d, const float *restrict before, const float *restrict gates,
                          const float *restrict cell, const float *restrict dstate, float *restrict dcell,
                          float *restrict dgates)
{
    for (int k = 0; k < n; k++, gates += 4 * (ptrdiff_t)d, dgates += 4 * (ptrdiff_t)d) {
        const float *in = gates, *forget = gates + d, *new = gates + 2 * (ptrdiff_t)d, *out = new + d;
#pragma GCC ivdep
        for (int c = 0; c < d; c++) {
            float level = tanh32(cell[c]);
            float dc = dcell[c] + dstate[c] * out[c] * (1 - level * level);
            dgates[c] = dc * new[c] * in[c] * (1 - in[c]);
            dgates[d + c] = before ? dc * before[c] * forget[c] * (1 - forget[c]) : 0;
            dgates[2 * d + c] = dc * in[c] * (1 - new[c] * new[c]);
            dgates[3 * d + c] = dstate[c] * level * out[c] * (1 - out[c]);
            dcell[c] = dc * forget[c];
        }
        cell += d;
        dstate += d;
        dcell += d;
        before = before ? before + d : NULL;
    }
}

const LstmKernels KERNEL(lstm_kernels) = {step_forward, step_backward};
