/* The loops of score functions. Inputs are a row a dimension, of SCORE_BLOCK numbers, and a value for each.
 */
#pragma once

#include "sim/base/kernel.h"
#include "sim/world/score.h"

/* Hidden units of the network. */
enum { SCORE_UNITS = 16 };

typedef struct ScoreNetwork {
    int inputs;
    const double *weight; /* SCORE_UNITS x inputs */
    double bias[SCORE_UNITS], output[SCORE_UNITS];
} ScoreNetwork;

typedef struct ScoreKernels {
    /* value += weight . input */
    void (*add_linear)(int inputs, const double *weight, const double *input, double *value);

    /* value += z_u . z_i / sqrt(latent), the first two parts of the input */
    void (*add_interaction)(int latent, const double *input, double *value);

    void (*add_network)(const ScoreNetwork *network, const double *input, double *value);
} ScoreKernels;

KERNEL_TABLE(ScoreKernels, score_kernels)
