/* What a mechanism of a world is: a part that may be on or off, such as activity streams before an exposure
 * or actions after a click. World, calibration and generator go through the mechanisms of a world by this
 * interface and know none of them by name. For files of sim/world alone. */
#pragma once

#include "sim/world/calibration.h"
#include "sim/world/world.h"

#include <gsl/gsl_rng.h>
#include <stdbool.h>

/* A block of exposures while they are drawn. Where a world is calibrated, only users, items and the terms are
 * known. */
typedef struct ExposureBlock {
    size_t first; /* the row of the log that the block begins with */
    int rows;
    uint32_t user[SCORE_BLOCK], item[SCORE_BLOCK];
    double h[SCORE_BLOCK];                     /* of the exposure; 0 where h belongs to its user or item */
    double v[SCORE_BLOCK];                     /* the placement; 0 without one */
    double time[SCORE_BLOCK];                  /* in days; 0 in a world without times */
    double t_o[SCORE_BLOCK], t_r[SCORE_BLOCK]; /* terms of the logits that x determines (world_terms) */
    double convert[SCORE_BLOCK];               /* uniform: the event happens when below its probability */
    double click[SCORE_BLOCK];                 /* likewise */
    double s_o[SCORE_BLOCK], s_r[SCORE_BLOCK];
    double f[MECHANISM_COUNT][SCORE_BLOCK]; /* raw scores of the world's mechanisms that have one */
    uint8_t potential[SCORE_BLOCK];         /* r(1) */
} ExposureBlock;

/* A mechanism as one world has it. */
typedef struct WorldMechanism {
    const struct Mechanism *mechanism;
    void *state;             /* the mechanism's own */
    int inputs, first_input; /* its rows of the input of scores */
} WorldMechanism;

/* The functions of a mechanism, in the order in which they are called: those before `add_columns` when a
 * world is made, the rest, and `expose`, `score` and `join` again, when exposures are drawn. A function may
 * be NULL where the mechanism has nothing to do; is_on, prepare and release may not. */
typedef struct Mechanism {
    const char *name;   /* for messages */
    const char *stream; /* of its random numbers: "PURPOSE/STREAM" where exposures come from PURPOSE. A stream
                           of its own leaves all other draws as they are. NULL: it draws none */

    bool (*is_on)(const WorldOptions *options);
    void (*declare)(const WorldOptions *options, Schema *schema); /* adds its columns of x */
    /* Allocates self->state, and sets self->inputs, the number of its rows in the input of scores. Users and
     * items are drawn by then. After a failure `release` is called too, and frees what there is of the state.
     */
    Status (*prepare)(WorldMechanism *self, const World *world, const StreamKey *key, Message *message);
    void (*release)(void *state);

    /* Writes its rows of the input, SCORE_BLOCK wide, for the exposures of a block. */
    void (*expose)(const void *state, gsl_rng *random, const ExposureBlock *block, double *input);
    /* `score` computes a raw score f of a block from the whole input, which begins with the vectors of users
     * and items. `weigh` chooses, from the calibration's sample, the weights with which `join` adds f to the
     * scores of clicks or of conversions. These two come together; without them f is the mechanism's own, to
     * calibrate and draw by. */
    void (*score)(const WorldMechanism *self, const World *world, const double *input, double *f);
    Status (*weigh)(void *state, const World *world, const double *f, const CalibrationSample *sample,
                    Message *message);
    void (*join)(const void *state, int rows, const double *f, double *s_o, double *s_r);
    /* Solves its constants, after those of clicks and conversions; sample->p_r is filled.
     */
    Status (*calibrate)(void *state, const World *world, const CalibrationSample *sample, Message *message);

    Status (*add_columns)(Log *log, Truth *truth, Message *message); /* truth may be NULL */
    /* Writes its columns of x, which `declare` announced, for the rows of the block. */
    void (*show)(const void *state, const ExposureBlock *block, Features *x);
    /* Draws what follows from the outcomes; clicks and conversions of the block are in the log by then. It
     * takes the same number of draws for every exposure, clicked or not, whether or not the log has room for
     * the result. */
    void (*draw)(const void *state, gsl_rng *random, const ExposureBlock *block, Log *log);
    void (*truth)(const void *state, const ExposureBlock *block, Truth *truth); /* p_r, p_o and q are there */
} Mechanism;

#define MECHANISM(Options, name) extern const Mechanism name##_mechanism;
MECHANISMS(MECHANISM)
#undef MECHANISM

/* Every mechanism there is; MECHANISM_COUNT of them. */
extern const Mechanism *const mechanism_table[MECHANISM_COUNT];

/* The state of a mechanism in a world; NULL where it is off. */
const void *world_mechanism(const World *world, const Mechanism *mechanism);

/* The random numbers of a world's mechanisms for exposures of (key, purpose): NULL for those that have no
 * stream. Close also after a failure. */
Status mechanism_streams_open(gsl_rng *random[MECHANISM_COUNT], const World *world, const StreamKey *key,
                              const char *purpose, Message *message);
/* Moves them to the start of the streams of another purpose. */
void mechanism_streams_restart(gsl_rng *random[MECHANISM_COUNT], const World *world, const StreamKey *key,
                               const char *purpose);
void mechanism_streams_close(gsl_rng *random[MECHANISM_COUNT]);
