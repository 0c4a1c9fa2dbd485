/* Score functions: drawing them, and evaluating them a full block at a time. */
#include "sim/world/score.h"

#include "sim/base/draw.h"
#include "sim/world/score_kernel.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

/* The spread of the inputs of a network's units: 2 bends most of them well into the curved part of tanh. */
static const double BEND = 2;

struct Score {
    Shape shape;
    int latent, inputs;
    double *weight; /* inputs; of the network, SCORE_UNITS x inputs */
    ScoreNetwork network;
};

Status score_create(Score **score, Shape shape, int latent, int context, gsl_rng *generator, Message *message)
{
    int inputs = 2 * latent + context, rows = shape == SHAPE_NETWORK ? SCORE_UNITS : 1;
    double spread = (shape == SHAPE_NETWORK ? BEND : 1) / sqrt(inputs);
    *score = NULL;
    Score *s = calloc(1, sizeof *s);
    double *weight = calloc((size_t)rows * (size_t)inputs, sizeof *weight);
    if (!s || !weight) {
        free(s);
        free(weight);
        return fail_memory(message, "a score function");
    }
    s->shape = shape;
    s->latent = latent;
    s->inputs = inputs;
    s->weight = weight;
    s->network.inputs = inputs;
    s->network.weight = weight;
    for (int i = 0; i < rows * inputs; i++)
        weight[i] = draw_normal(generator, spread);
    for (int j = 0; j < SCORE_UNITS; j++) {
        s->network.bias[j] = draw_normal(generator, 1);
        s->network.output[j] = draw_normal(generator, 1 / sqrt(SCORE_UNITS));
    }
    *score = s;
    return STATUS_OK;
}

void score_free(Score *score)
{
    if (!score)
        return;
    free(score->weight);
    free(score);
}

void score_evaluate(const Score *score, const double *input, double value[SCORE_BLOCK])
{
    for (int i = 0; i < SCORE_BLOCK; i++)
        value[i] = 0;
    if (score->shape == SHAPE_NETWORK) {
        score_kernels()->add_network(&score->network, input, value);
        return;
    }
    score_kernels()->add_linear(score->inputs, score->weight, input, value);
    if (score->shape == SHAPE_INTERACTION)
        score_kernels()->add_interaction(score->latent, input, value);
}
