/* How much of the way from one estimator to another a third one goes. */
#pragma once

#include "results/statistics/units.h"

/* mean(M - from) / mean(to - from) over the units that all three have: 0 where M is as good as `from`, 1
 * where it is as good as `to`. The interval is that of 95 % of Fieller's theorem (1954) for paired means,
 * with the degrees of freedom of the one of the two that has fewer: all R for which mean(M - from) - R
 * mean(to - from) is within its error of 0. All NaN where `to` and `from` do not differ beyond theirs, by
 * which the interval would have no end. */
typedef struct Improvement {
    double share, low, high;
    int units;
} Improvement;

Status unit_improvement(const UnitValues *values, const UnitValues *from, const UnitValues *to,
                        Improvement *improvement, Message *message);
