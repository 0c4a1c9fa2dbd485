/* The loops of score functions, over the rows of a block. */
#include "sim/world/score_kernel.h"
#include "sim/base/vector_math.h"

#include <stddef.h>

/* value += weight . input */
static void add_linear(int inputs, const double *weight, const double *restrict input, double *restrict value)
{
    for (int d = 0; d < inputs; d++)
        for (int i = 0; i < SCORE_BLOCK; i++)
            value[i] += weight[d] * input[d * SCORE_BLOCK + i];
}

static void add_interaction(int latent, const double *restrict input, double *restrict value)
{
    double scale = 1 / sqrt(latent);
    const double *item = input + (ptrdiff_t)latent * SCORE_BLOCK;
    for (int d = 0; d < latent; d++)
        for (int i = 0; i < SCORE_BLOCK; i++)
            value[i] += scale * input[d * SCORE_BLOCK + i] * item[d * SCORE_BLOCK + i];
}

static void add_network(const ScoreNetwork *s, const double *restrict input, double *restrict value)
{
    for (int j = 0; j < SCORE_UNITS; j++) {
        double unit[SCORE_BLOCK];
        for (int i = 0; i < SCORE_BLOCK; i++)
            unit[i] = s->bias[j];
        add_linear(s->inputs, s->weight + (ptrdiff_t)j * s->inputs, input, unit);
        for (int i = 0; i < SCORE_BLOCK; i++) /* tanh x = 1 - 2 / (1 + exp(2x)) */
            value[i] += s->output[j] * (1 - 2 / (1 + exp64(2 * unit[i])));
    }
}

const ScoreKernels KERNEL(score_kernels) = {add_linear, add_interaction, add_network};
