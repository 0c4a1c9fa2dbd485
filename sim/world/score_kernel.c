/* Score functions, evaluated a full block at a time. Compiled with -ffast-math, for the vector exp: nothing
 * here may rely on infinities or NaN. */
#include "sim/base/vector_math.h"
#include "sim/world/score.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

/* Hidden units of the network, and the spread of their inputs: 2 bends most of them well into the curved part
 * of tanh. */
enum { UNITS = 16 };
static const double BEND = 2;

struct Score {
    Shape shape;
    int latent, inputs;
    double *weight;       /* inputs; of the network, UNITS x inputs */
    double bias[UNITS];   /* of the network */
    double output[UNITS]; /* likewise */
};

Status score_create(Score **score, Shape shape, int latent, int context, gsl_rng *generator, Message *message)
{
    int inputs = 2 * latent + context, rows = shape == SHAPE_NETWORK ? UNITS : 1;
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
    for (int i = 0; i < rows * inputs; i++)
        weight[i] = gsl_ran_gaussian_ziggurat(generator, spread);
    for (int j = 0; j < UNITS; j++) {
        s->bias[j] = gsl_ran_gaussian_ziggurat(generator, 1);
        s->output[j] = gsl_ran_gaussian_ziggurat(generator, 1 / sqrt(UNITS));
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

static void add_network(const Score *s, const double *restrict input, double *restrict value)
{
    for (int j = 0; j < UNITS; j++) {
        double unit[SCORE_BLOCK];
        for (int i = 0; i < SCORE_BLOCK; i++)
            unit[i] = s->bias[j];
        add_linear(s->inputs, s->weight + (ptrdiff_t)j * s->inputs, input, unit);
        for (int i = 0; i < SCORE_BLOCK; i++) /* tanh x = 1 - 2 / (1 + exp(2x)): the vector library has exp */
            value[i] += s->output[j] * (1 - 2 / (1 + exp(2 * unit[i])));
    }
}

void score_evaluate(const Score *score, const double *input, double value[SCORE_BLOCK])
{
    for (int i = 0; i < SCORE_BLOCK; i++)
        value[i] = 0;
    if (score->shape == SHAPE_NETWORK) {
        add_network(score, input, value);
        return;
    }
    add_linear(score->inputs, score->weight, input, value);
    if (score->shape == SHAPE_INTERACTION)
        add_interaction(score->latent, input, value);
}
