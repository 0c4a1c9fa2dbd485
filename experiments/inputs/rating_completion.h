/* Semi-synthetic worlds: a matrix of ratings is completed by matrix factorisation, and the completed one is
 * what probabilities follow from (estimators/METHODS.md, F). */
#pragma once

#include "experiments/spec/spec.h"
#include "sim/world/rating_matrix.h"

/* Reads the ratings of spec->data and completes them: the `mf` backbone with the loss of `naive`, a rating of
 * 1 to 5 counting as four exposures of which all but one a point below 5 convert, so that a prediction is the
 * expected (rating - 1) / 4. Seeded by the experiment alone: the same in all settings and worlds that do not
 * differ in completion.* keys. Free with rating_matrix_free. */
Status rating_completion_create(RatingMatrix *matrix, const Spec *spec, Message *message);
