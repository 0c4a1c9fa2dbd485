/* Stein's rule. Quantiles are GSL's. */
#include "results/statistics/sample_size.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

/* The size without reserve: (t s / (z d))^2. */
static double size_asked(SampleSpread spread, double most)
{
    const double t = gsl_cdf_tdist_Pinv(0.975, spread.values - 1), z = gsl_cdf_ugaussian_Pinv(0.975),
                 ratio = t * spread.sd / (z * most);
    return ratio * ratio;
}

bool sample_suffices(SampleSpread spread, double most)
{
    return size_asked(spread, most) <= spread.values;
}

double sample_size(SampleSpread spread, double most)
{
    const double asked = ceil(size_asked(spread, most) * (100 + RESERVE_PERCENT) / 100);
    return asked < spread.values ? spread.values : asked;
}
