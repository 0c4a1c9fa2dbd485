/* What a world is made of, for world.c and generator.c alone. */
#pragma once

#include "sim/world/population.h"
#include "sim/world/quadrature.h"
#include "sim/world/score.h"
#include "sim/world/world.h"

struct World {
    WorldOptions options;
    Schema schema;
    Population users, items;
    Activity activity;         /* where options.activity.events is above 0 */
    Score *click, *conversion; /* raw scores f_o and, without what the stream says, f_r */
    double r_of_x,
        r_of_s; /* f_r = r_of_x f_x + r_of_s f_s: of the features but the stream, and of the stream */
    double mean_o, mean_r; /* of the raw scores over exposures */
    double o_of_o;         /* s_o = o_of_o (f_o - mean_o) */
    double r_of_o, r_of_r; /* s_r = r_of_o (f_o - mean_o) + r_of_r (f_r - mean_r) */
    Logits logits;
    ActionLogit action; /* where options.behaviour.rate is above 0 */
    Quadrature *quadrature;
};

/* Dimensions of the input of scores: [z_u | z_i | c], and the profile m_u where the world has streams. */
int world_inputs(const World *world);

/* Puts what is known of a user and an item into column `place` of a block of inputs: all but c. */
void world_place(const World *world, uint32_t user, uint32_t item, int place, double *input);

/* Standardised scores of a block of inputs, SCORE_BLOCK each. */
void world_scores(const World *world, const double *input, double *s_o, double *s_r);
