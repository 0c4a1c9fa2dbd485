/* What a world is made of. For files of sim/world alone. */
#pragma once

#include "sim/world/calendar.h"
#include "sim/world/mechanism.h"
#include "sim/world/population.h"
#include "sim/world/quadrature.h"
#include "sim/world/score.h"
#include "sim/world/world.h"

struct World {
    WorldOptions options;
    Schema schema;
    Population users, items;
    int mechanisms; /* that are on, in the order of mechanism_table */
    WorldMechanism mechanism[MECHANISM_COUNT];
    Score *click, *conversion; /* raw scores f_o and, before mechanisms join it, f_r */
    double mean_o, mean_r;     /* of the raw scores over exposures */
    double o_of_o;             /* s_o = o_of_o (f_o - mean_o) */
    double r_of_o, r_of_r;     /* s_r = r_of_o (f_o - mean_o) + r_of_r (f_r - mean_r) */
    double *hidden;            /* h of each user or item; NULL where each exposure has its own */
    Calendar *calendar;        /* NULL where exposures have no time */
    Logits logits;             /* gamma_o and gamma_r are 0 where h is known by the user or item */
    Quadrature *quadrature;
    /* Of p_r without the placement, which is one more normal number in its logit beside h: of both together
     * the weight is in the logits. NULL without a placement. */
    Quadrature *reachable_quadrature;
    Logits reachable_logits;
};

bool placement_is_on(const WorldOptions *options);

/* Gives log and truth (may be NULL) the columns that the world's mechanisms fill. */
Status world_add_columns(const World *world, Log *log, Truth *truth, Message *message);

/* Whether x determines parts of the logits besides the scores, and these parts for the users and items of a
 * block: gamma h where h belongs to a user or an item, those of the placement, and the drift. 0 where there
 * are none. */
bool world_has_terms(const World *world);
void world_terms(const World *world, ExposureBlock *block);

/* Rows of the input of scores, a column an exposure: [z_u | z_i | c], then those of the mechanisms. */
int world_inputs(const World *world);

/* Writes all of the input but c for the users and items of a block: their vectors, and the mechanisms' rows.
 * `random` are the mechanisms' streams. */
void world_place(const World *world, gsl_rng *random[MECHANISM_COUNT], const ExposureBlock *block,
                 double *input);

/* Raw scores of a block of inputs, SCORE_BLOCK each; f[m] is filled for the mechanisms that have a score. */
void world_raw_scores(const World *world, const double *input, double *f_o, double *f_r,
                      double *f[MECHANISM_COUNT]);

/* Standardised scores of a block of inputs, and the raw ones of mechanisms. */
void world_scores(const World *world, const double *input, ExposureBlock *block);
