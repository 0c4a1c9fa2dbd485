/* Score functions: random functions of an exposure's latent vectors and context, before standardisation
 * (sim/README.md, The world). */
#pragma once

#include "sim/base/status.h"
#include "sim/world/population.h"

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

/* What a score is made of whose variance comes from chosen parts. */
typedef struct SharedScore {
    Shape shape;
    int context;
    double user,
        item; /* shares of the variance, of functions of z_u and z_i alone; the rest is that of c and,
                 of SHAPE_INTERACTION, of z_u . z_i, both vectors less their means over exposures */
    const Population *users, *items;
    const Score *click; /* of a conversion score, which is made free of it part by part, so that any sum of
                           the two has the same shares; it must outlive the score. NULL for a click score */
} SharedScore;

/* Draws a function as score_create does, but as a sum of one for each part, so weighted that over exposures
 * each has its share. STATUS_USAGE where a part that has a share does not vary. */
Status score_create_shared(Score **score, const SharedScore *shared, gsl_rng *generator, Message *message);

/* Values of one block; input is (2 latent + context) x SCORE_BLOCK, a row a dimension. */
void score_evaluate(const Score *score, const double *input, double value[SCORE_BLOCK]);
