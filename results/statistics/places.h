/* Places of estimators by the means of their values, lowest first, with what the values say of the true ones:
 * 95 % confidence sets by paired t tests of each against each other with Holm's correction (Mogstad, Romano,
 * Shaikh and Wilhelm, Review of Economic Studies 2024). */
#pragma once

#include "results/statistics/metrics.h"
#include "results/statistics/units.h"

/* The place, 1 for the lowest mean, and its set: 1 + the number of those that are lower beyond error, to the
 * number of all less those that are higher. */
typedef struct Rank {
    int place, low, high;
} Rank;

/* rank[e] is that of values[e], out of `count`. Each set is for one of them: it holds the true place of this
 * one with 95 %, and not all true places at once. */
Status places_alone(const UnitValues *values, int count, Rank *rank, Message *message);

/* The same with sets that hold all true places at once with 95 %: Holm's correction is over all pairs. */
Status places_jointly(const UnitValues *values, int count, Rank *rank, Message *message);

/* The same by how much worse than the best possible the values are, so that place 1 is the best; `best` is
 * that value of BETTER_ONE. All 0 of BETTER_TRUTH, of BETTER_NEITHER and of one without values, which takes
 * no place. */
Status places_by_loss(const UnitValues *values, int count, Better better, double best, Rank *rank,
                      Message *message);

/* Whether each may be the best, as 1 or 0: whether place 1 is in its set of places_by_loss. -1 of all where
 * nothing tells two of them apart, of BETTER_TRUTH and BETTER_NEITHER, and of one without values. */
Status places_first(const UnitValues *values, int count, Better better, double best, int *first,
                    Message *message);
