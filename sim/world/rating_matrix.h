/* A world given as matrices: users and items, and of every pair the probabilities of a click and of a
 * conversion, with nothing hidden: p_r = q. The semi-synthetic worlds of
 * estimators/METHODS.md, F, are made so, from completed ratings. */
#pragma once

#include "sim/base/random.h"
#include "sim/base/status.h"
#include "sim/log.h"
#include "sim/truth.h"

#include <stdbool.h>

/* How probabilities follow from completed ratings s in [0, 1]. */
typedef enum MatrixProtocol {
    MATRIX_LEVELS, /* conversions 0.1, 0.3, 0.5, 0.7, 0.9 for shares of .53, .24, .14, .07, .02 of the pairs
                      by order of s; clicks 0.5^k, k = 1 (0.9), 2 (0.7), 3 (0.5), 4 (0.3 and 0.1). Saito, WWW
                      2020; Guo et al., SIGIR 2021 */
    MATRIX_POWER,  /* conversions s; clicks (2^s - 1)^alpha */
} MatrixProtocol;

typedef struct RatingMatrix {
    Schema schema; /* ids of user and item alone */
    size_t pairs;  /* users x items, user by user */
    double *p_r, *p_o;
} RatingMatrix;

/* A rating in [0, 1] for every pair. */
typedef struct CompletedRatings {
    uint32_t users, items;
    const float *rating; /* users x items, user by user */
} CompletedRatings;

/* The matrix that follows from completed ratings; `alpha` is that of MATRIX_POWER. Of equal ratings the pair
 * that comes first counts as the lower. Free with rating_matrix_free. */
Status rating_matrix_create(RatingMatrix *matrix, const CompletedRatings *completed, MatrixProtocol protocol,
                            double alpha, Message *message);
void rating_matrix_free(RatingMatrix *matrix);

/* The conversion levels of MATRIX_LEVELS, from the lowest. */
enum { LEVELS = 5 };
extern const double rating_matrix_level[LEVELS];

/* What to draw from a matrix. */
typedef struct PairDraw {
    const StreamKey *key;
    const char *purpose; /* of the stream */
    const uint32_t
        *pair; /* the pairs, in this order; NULL: all of them, user by user, and `rows` is ignored */
    size_t rows;
    bool forced; /* all are clicked */
} PairDraw;

/* Draws r(1) and clicks into newly created `log` and `truth` (may be NULL). */
Status rating_matrix_draw(const RatingMatrix *matrix, const PairDraw *draw, Log *log, Truth *truth,
                          Message *message);

/* Pairs to draw: those of users in a random order until there are `rows` of them, or `rows` random pairs.
 * Free them. *rows becomes their number, at most matrix->pairs. NULL when out of memory. */
uint32_t *matrix_pairs_of_users(const RatingMatrix *matrix, const StreamKey *key, const char *purpose,
                                size_t *rows);
uint32_t *matrix_random_pairs(const RatingMatrix *matrix, const StreamKey *key, const char *purpose,
                              size_t *rows);
