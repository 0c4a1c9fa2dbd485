/* What the comparisons share, of trained estimators and of the risk layer. */
#pragma once

#include "results/claims/claim_values.h"
#include "results/comparison/comparison.h"

/* How far two sides are alike: whether both drew the same random numbers, and the size of what their values
 * are made of where these may be much smaller, else 0. */
typedef struct Likeness {
    bool same_draws;
    double scale;
} Likeness;

/* Fills means, difference and, when they are identical, bit for bit or but for rounding, the change of a row.
 */
Status comparison_fill(ComparedRow *row, const UnitValues *old, const UnitValues *new, const Likeness *like,
                       Message *message);

/* Corrects the p-values of all rows, and judges and counts them. */
Status comparison_judge(Comparison *comparison, bool high_is_better, Message *message);
