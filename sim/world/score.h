/* Score functions: random functions of an exposure's latent vectors and context, before standardisation
 * (sim/README.md, The world). */
#pragma once

#include "sim/base/status.h"

#include <gsl/gsl_rng.h>

typedef enum Shape {
    SHAPE_LINEAR,      /* w . [z_u, z_i, c] */
    SHAPE_INTERACTION, /* the same and z_u . z_i, in equal parts */
    SHAPE_NETWORK,     /* a tanh network: no estimator has its form */
} Shape;

/* Rows are evaluated by blocks of this many, so that loops over rows are vectors. Every block is full: a
 * row's score does not depend on its place. */
enum { SCORE_BLOCK = 64 };

typedef struct Score Score;

/* Draws a function of [z_u | z_i | c], dimensions latent, latent and context. */
Status score_create(Score **score, Shape shape, int latent, int context, gsl_rng *generator,
                    Message *message);
void score_free(Score *score);

/* Values of one block; input is (2 latent + context) x SCORE_BLOCK, a row a dimension. */
void score_evaluate(const Score *score, const double *input, double value[SCORE_BLOCK]);
