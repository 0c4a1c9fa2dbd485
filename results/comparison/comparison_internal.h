/* What the comparisons share, of trained estimators and of the risk layer. */
#pragma once

#include "results/claims/claim_values.h"
#include "results/comparison/comparison.h"

/* Fills means, difference and, when they are identical, the change of a row. */
Status comparison_fill(ComparedRow *row, const UnitValues *old, const UnitValues *new, bool same_draws,
                       Message *message);

/* Corrects the p-values of all rows, and judges and counts them. */
Status comparison_judge(Comparison *comparison, bool high_is_better, Message *message);
