/* A world: fixed users, items, score functions and constants, from which logs with known truth are drawn
 * (sim/README.md). sim/world is the simulator; it includes sim/base, sim/log.h and sim/truth.h alone. */
#pragma once

#include "sim/base/random.h"
#include "sim/base/status.h"
#include "sim/log.h"
#include "sim/log_blocks.h"
#include "sim/truth.h"
#include "sim/world/link.h"
#include "sim/world/mechanisms.h"
#include "sim/world/sample_cache.h"
#include "sim/world/score.h"

/* Whose the hidden confounder h is. */
typedef enum HiddenLevel {
    HIDDEN_EXPOSURE, /* drawn with each exposure; the truth given x integrates it out */
    HIDDEN_USER,     /* drawn with the world, a part of it and of its truth: p_r(x) of a user holds that */
    HIDDEN_ITEM,     /* user's h, so a model that has the id can learn it; likewise of an item */
} HiddenLevel;

/* The placement of an exposure: v ~ N(0, 1), independent of all else, a dense column of x. A mechanism
 * follows from an exposure or joins its scores; this is a term of both logits, so that it is a part of the
 * world proper.
 */
typedef struct PlacementOptions {
    double click, conversion; /* its weights in the logits; both 0: there is no placement */
} PlacementOptions;

typedef struct WorldOptions {
    int users, items;              /* at least 1 */
    int segments, categories;      /* user segments, item categories */
    int latent;                    /* k, the dimension of z_u and z_i, at least 1 */
    int context;                   /* dimension of c, 0 for none */
    double user_zipf;              /* exponent of user activity, 0 is uniform */
    double item_zipf;              /* exponent s of item popularity */
    double feature_noise;          /* sd of the noise on the copies of z_u and z_i that estimators see */
    Shape shape;                   /* of both scores */
    double dependence;             /* correlation of s_o and s_r over exposures, in [-1, 1] */
    double user_share, item_share; /* of the scores' variance; context and interactions have the rest. Both 0:
                                      as the score functions come out */
    double sigma_o, sigma_r;       /* weight of the scores in the logits */
    double gamma_o, gamma_r;       /* weight of the hidden confounder in the logits */
    double delta;                  /* selection on the outcome itself, in the click logit */
    double hidden_odds; /* above 0: gamma_o and gamma_r are solved so that HiddenOdds.mean_log is its log */
    HiddenLevel hidden_level;
    PlacementOptions placement;
    Link link;                                 /* the logits are probits under the other */
    double ctr, cvr;                           /* over D, in (0, 1) */
#define MECHANISM(Options, name) Options name; /* NOLINT(bugprone-macro-parentheses): a declaration */
    MECHANISMS(MECHANISM)                      /* of mechanisms.h, each with keys of its own */
#undef MECHANISM
} WorldOptions;

#define MECHANISM(Options, name) +1 /* NOLINT(bugprone-macro-parentheses): a sum of ones */
enum { MECHANISM_COUNT = MECHANISMS(MECHANISM) };
#undef MECHANISM

typedef struct World World;

/* Draws world number `index` of `seed` and calibrates it: scores standardised, intercepts a and b solved so
 * that the world has the asked CTR and CVR over the exposure distribution. Fails with STATUS_USAGE when no
 * intercept gives them, and where a mechanism cannot be calibrated. */
Status world_create(World **world, const WorldOptions *options, uint64_t seed, uint32_t index,
                    Message *message);

/* The same world, which takes what it can from worlds that were made with the same cache; that may be NULL.
 */
Status world_create_from(World **world, const WorldOptions *options, uint64_t seed, uint32_t index,
                         SampleCache *cache, Message *message);
void world_free(World *world);

const Schema *world_schema(const World *world);

/* The schema that a world of these options has. */
Schema world_schema_of(const WorldOptions *options);

const WorldOptions *world_options(const World *world);

/* The solved intercepts of the click and the conversion logit. */
double world_click_intercept(const World *world);
double world_conversion_intercept(const World *world);

/* The weights of the hidden confounder, asked for or solved from hidden_odds. */
double world_click_confounding(const World *world);
double world_conversion_confounding(const World *world);

/* What clicks say of a world, and what they cannot tell. */
typedef struct HiddenOdds {
    /* The mean over D of log Gamma(x), where Gamma(x) is the odds of a conversion among the clicked over
     * those among the not clicked that look the same (x), were they clicked: odds(q) / odds(q_N), p_r = p_o q
     * + (1 - p_o) q_N. 0 where clicks are missing at random given x; to first order gamma_o gamma_r + delta.
     */
    double mean_log;
    double clicked_cvr; /* E[r | o=1] */
} HiddenOdds;

/* By 2^16 exposures of a stream of its own. */
Status world_hidden_odds(const World *world, HiddenOdds *odds, Message *message);

/* A source of exposures, read in order, block by block, so that memory is bounded by the block. The exposures
 * do not depend on the sizes of the blocks. */
typedef struct Generator Generator;

typedef enum Sampling {
    SAMPLE_EXPOSURES, /* the log policy: item by popularity, click drawn */
    SAMPLE_UNBIASED,  /* items shown uniformly at random and clicks forced, so that r(1) is seen */
} Sampling;

/* Opens the stream of (key, purpose). */
Status generator_open(Generator **generator, const World *world, const StreamKey *key, const char *purpose,
                      Sampling sampling, Message *message);

/* Fills all rows of `log` (created with the world's schema), and of `truth` where it is not NULL (created
 * with as many rows). Without truth no quadrature is done. What the world's mechanisms have to say goes into
 * log and truth as far as they have room for it (log_add_behaviour). Mechanisms draw from streams of their
 * own, so that a world's exposures, clicks and conversions do not depend on what follows from them. */
void generator_next(Generator *generator, Log *log, Truth *truth);
void generator_close(Generator *generator);

/* Moves a generator to the start of the stream of (key, purpose). */
void generator_restart(Generator *generator, const StreamKey *key, const char *purpose);

/* What to draw from a world. */
typedef struct ExposureDraw {
    const StreamKey *key;
    const char *purpose; /* of the stream */
    Sampling sampling;
    size_t rows;
    double from; /* share of the days before which there are none; 0 without times */
} ExposureDraw;

/* Opens, reads one block of exposures into newly created `log` and `truth` (may be NULL), with room for all
 * that the world's mechanisms fill, closes. */
Status world_draw(const World *world, const ExposureDraw *draw, Log *log, Truth *truth, Message *message);

/* Draws the exposures of world_draw() part after part, without truth, and hands each part to `take`, so that
 * memory is bounded by one. Fails as `take` does. */
typedef Status TakeLog(void *taker, const Log *rows, Message *message);
Status world_draw_parts(const World *world, const ExposureDraw *draw, TakeLog *take, void *taker,
                        Message *message);

/* What the blocks of a log are drawn from; both must outlive them. */
typedef struct BlockSource {
    const World *world;
    const StreamKey *key;
} BlockSource;

/* A log of `rows` exposures in blocks, drawn anew whenever they are read, a window of about `window_rows` at
 * a time. `source` must outlive it. */
LogBlocks world_blocks(const BlockSource *source, size_t rows, size_t window_rows);
