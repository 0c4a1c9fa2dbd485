/* What a mechanism of a world is: a part that may be on or off, such as activity streams before an exposure
 * or actions after a click. World, calibration and generator go through the mechanisms of a world by this
 * interface and know none of them by name. For files of sim/world alone. */
#pragma once

#include "sim/world/calibration.h"
#include "sim/world/world.h"

#include <gsl/gsl_rng.h>
#include <stdbool.h>

/* A block of exposures while they are drawn. Where a world is calibrated, only users and items are known. */
typedef struct ExposureBlock {
    size_t first; /* the row of the log that the block begins with */
    int rows;
    uint32_t user[SCORE_BLOCK], item[SCORE_BLOCK];
    double h[SCORE_BLOCK];
    double convert[SCORE_BLOCK]; /* uniform: the event happens when below its probability */
    double click[SCORE_BLOCK];   /* likewise */
    double s_o[SCORE_BLOCK], s_r[SCORE_BLOCK];
    uint8_t potential[SCORE_BLOCK]; /* r(1) */
} ExposureBlock;

/* A mechanism as one world has it. */
typedef struct WorldMechanism {
    const struct Mechanism *mechanism;
    void *state;             /* the mechanism's own */
    int inputs, first_input; /* its rows of the input of scores */
} WorldMechanism;

/* A function that is NULL has nothing to do. They are called in the order in which they stand here: the first
 * ones when a world is made, those from `add_columns` on when exposures are drawn. */
typedef struct Mechanism {
    const char *name;   /* for messages */
    const char *stream; /* of its random numbers: "PURPOSE/STREAM" where exposures come from PURPOSE. A stream
                           of its own leaves all other draws as they are. NULL: it draws none */

    bool (*is_on)(const WorldOptions *options);
    void (*declare)(const WorldOptions *options, Schema *schema); /* what x has of it */
    /* Makes self->state, and says in self->inputs how many rows the scores' input has of it; users and items
     * are drawn. `release` frees what is there of the state, also after a failure. */
    Status (*prepare)(WorldMechanism *self, const World *world, const StreamKey *key, Message *message);
    void (*release)(void *state);

    /* Its rows of the input, SCORE_BLOCK wide, for the exposures of a block. */
    void (*expose)(const void *state, gsl_rng *random, const ExposureBlock *block, double *input);
    /* A raw score f of a block, from the input of all (items' vectors) and its own rows; `join` makes it part
     * of the scores of clicks or conversions, with the weights that `weigh` takes from the calibration's
     * sample. */
    void (*score)(const WorldMechanism *self, const World *world, const double *input, double *f);
    Status (*weigh)(void *state, const World *world, const double *f, const CalibrationSample *sample,
                    Message *message);
    void (*join)(const void *state, int rows, const double *f, double *s_o, double *s_r);
    /* Solves its constants; those of clicks and conversions are solved, and sample->p_r is that of its rows.
     */
    Status (*calibrate)(void *state, const World *world, const CalibrationSample *sample, Message *message);

    Status (*add_columns)(Log *log, Truth *truth, Message *message); /* truth may be NULL */
    void (*show)(const void *state, const ExposureBlock *block, Features *x);
    /* What follows from outcomes: clicks and conversions of the block are in the log. Every exposure takes
     * its draws, clicked or not and whether or not the log has room for them. */
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
void mechanism_streams_close(gsl_rng *random[MECHANISM_COUNT]);
