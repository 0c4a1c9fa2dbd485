/* The options of a model and of its training; every member is a key of the experiment file (model.*,
 * train.*). */
#pragma once

enum { MAX_LAYERS = 6, MAX_LEVELS = 4, MAX_CONSTANTS = 8 };

/* In place of a number of at least 0: it is taken from the data. */
enum { AUTO = -1 };

/* The value of a key that is off or on. */
typedef enum Switch { SWITCH_OFF, SWITCH_ON } Switch;

typedef struct ModelOptions {
    int embedding; /* width of every categorical embedding, and the dimension of matrix factorisation */
    int layers;    /* hidden layers of a tower */
    int width[MAX_LAYERS]; /* their widths, first to last */
    double init;           /* sd of the embeddings at the start */
    int experts;           /* of mmoe; of a task's gate in ple: half its own, half shared, rounded up */
    int expert_width;      /* of their one layer */
    int levels;            /* extraction layers of ple */
    Switch prior_start;    /* on: heads start at the rate of their label */
} ModelOptions;

/* What the mini-batches of losses over clicks alone come from (the whole-space parts always use exposures).
 */
typedef enum Draw {
    DRAW_EXPOSURES, /* the clicked rows of a batch of exposures: every estimator sees the same batches */
    DRAW_CLICKS,    /* a batch of clicked rows, as rating-matrix code does */
} Draw;

typedef struct TrainOptions {
    int epochs;
    int batch;            /* the most rows of a batch */
    Switch drop_last;     /* on: every batch has `batch` rows, and an epoch leaves out the rest of the log */
    int batch_unbiased;   /* rows of the unbiased sample in a step */
    double learning_rate; /* Adam's; beta 0.9 and 0.999, epsilon 1e-8 */
    double l2;   /* added to the gradient as l2 * weight; of embeddings on the rows that a step touches */
    double clip; /* eps: propensities are clipped to [eps, 1] before they divide; 0: not clipped; AUTO: see
                    propensity_clip() */
    Draw draw;
    int patience;     /* stop after this many epochs without a better training loss; 0 never stops early */
    double tolerance; /* what counts as better: a relative improvement above this */
} TrainOptions;

typedef struct EstimatorOptions {
    ModelOptions model;
    TrainOptions train;
    double constant[MAX_CONSTANTS]; /* the estimator's own, in the order of its descriptor's table */
} EstimatorOptions;
