/* A world given as matrices: users and items, and of every pair the probabilities of a click and of a
 * conversion, with nothing hidden: p_r = q. The semi-synthetic worlds of METHODS F are made so, from
 * completed ratings. */
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

/* From the completed ratings of all pairs, user by user. Equal ratings are ordered by their place. Free with
 * rating_matrix_free. */
Status rating_matrix_create(RatingMatrix *matrix, uint32_t users, uint32_t items, const float *completed,
                            MatrixProtocol protocol, double alpha, Message *message);
void rating_matrix_free(RatingMatrix *matrix);

/* The conversion levels of MATRIX_LEVELS, from the lowest. */
enum { LEVELS = 5 };
extern const double rating_matrix_level[LEVELS];

/* Draws r(1) and clicks of the given pairs (NULL: all of them, in order; rows is then ignored) into newly
 * created `log` and `truth` (may be NULL). Clicks are all 1 where `forced`. Streams of (key, purpose). */
Status rating_matrix_draw(const RatingMatrix *matrix, const StreamKey *key, const char *purpose,
                          const uint32_t *pair, size_t rows, bool forced, Log *log, Truth *truth,
                          Message *message);

/* Pairs to draw: those of users in a random order until there are `rows` of them, or `rows` random pairs.
 * Free them. *rows becomes their number, at most matrix->pairs. NULL when out of memory. */
uint32_t *matrix_pairs_of_users(const RatingMatrix *matrix, const StreamKey *key, const char *purpose,
                                size_t *rows);
uint32_t *matrix_random_pairs(const RatingMatrix *matrix, const StreamKey *key, const char *purpose,
                              size_t *rows);
