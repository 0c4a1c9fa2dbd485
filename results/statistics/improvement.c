/* The ratio of two paired means and its interval. The covariance of the means is taken from the variance of
 * their difference, so that worlds and test samples count as they do everywhere else. */
#include "results/statistics/improvement.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

/* Leaves the units that `other` has too. */
static void keep_common(UnitValues *values, const UnitValues *other)
{
    int kept = 0;
    for (int i = 0, j = 0; i < values->units && j < other->units;) {
        const int order = unit_order(&values->unit[i], &other->unit[j]);
        if (order == 0) {
            values->unit[kept] = values->unit[i];
            if (values->without)
                memmove(values->without + (size_t)kept * TEST_GROUPS,
                        values->without + (size_t)i * TEST_GROUPS, TEST_GROUPS * sizeof *values->without);
            kept++;
        }
        i += order <= 0;
        j += order >= 0;
    }
    values->units = kept;
}

static Improvement share_of(const UnitMean *part, const UnitMean *whole, const UnitMean *rest)
{
    const double a = part->mean, b = whole->mean, aa = part->mcse * part->mcse,
                 bb = whole->mcse * whole->mcse, ab = (aa + bb - rest->mcse * rest->mcse) / 2,
                 freedom = fmin(part->freedom, whole->freedom);
    const double t = freedom > 0 ? gsl_cdf_tdist_Pinv(0.975, freedom) : (double)NAN,
                 square = b * b - t * t * bb, middle = a * b - t * t * ab,
                 root = sqrt(fmax(middle * middle - square * (a * a - t * t * aa), 0));
    if (!(square > 0))
        return (Improvement){NAN, NAN, NAN, 0};
    return (Improvement){a / b, (middle - root) / square, (middle + root) / square, 0};
}

Status unit_improvement(const UnitValues *values, const UnitValues *from, const UnitValues *to,
                        Improvement *improvement, Message *message)
{
    UnitValues room[3] = {0};
    Status status = STATUS_OK;
    *improvement = (Improvement){NAN, NAN, NAN, 0};
    for (int i = 0; i < 3 && !status; i++)
        status = unit_values_copy(&room[i], i == 1 ? to : values, message);
    if (!status) {
        UnitValues part = room[0], whole = room[1], rest = room[2];
        unit_gaps(values, from, &part);
        unit_gaps(to, from, &whole);
        keep_common(&part, &whole);
        keep_common(&whole, &part);
        unit_gaps(&part, &whole, &rest);
        const UnitMean of_part = unit_mean(&part), of_whole = unit_mean(&whole), of_rest = unit_mean(&rest);
        if (part.units > 0)
            *improvement = share_of(&of_part, &of_whole, &of_rest);
        improvement->units = part.units;
    }
    for (int i = 0; i < 3; i++)
        unit_values_clear(&room[i]);
    return status;
}
