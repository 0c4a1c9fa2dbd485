/* Means over worlds. Spread is summed about the first value, so that equal worlds have an error of exactly 0.
 */
#include "results/statistics/pooled.h"

#include "results/statistics/moments.h"

#include <math.h>
#include <stdbool.h>

void pool(Pooled *pooled, double value, double error)
{
    if (isnan(value))
        return;
    if (pooled->worlds++ == 0)
        pooled->first = value;
    const double gap = value - pooled->first;
    pooled->sum += value;
    pooled->square_error += error * error;
    pooled->gap += gap;
    pooled->square_gap += gap * gap;
}

void pool_sample(Pooled *pooled, const double *value, int n)
{
    pool(pooled, moments_mean(value, (size_t)n), moments_sd(value, (size_t)n) / sqrt(n));
}

double pooled_mean(const Pooled *pooled)
{
    return pooled->worlds > 0 ? pooled->sum / pooled->worlds : (double)NAN;
}

double pooled_error(const Pooled *pooled)
{
    const double n = pooled->worlds;
    if (n < 2)
        return n > 0 ? sqrt(pooled->square_error) : (double)NAN;
    double squares = pooled->square_gap - pooled->gap * pooled->gap / n; /* may round to below 0 */
    return sqrt((squares < 0 ? 0 : squares) / (n - 1) / n);
}

double pooled_error_of_these(const Pooled *pooled)
{
    const bool known = !isnan(pooled->square_error);
    return known && pooled->worlds > 0 ? sqrt(pooled->square_error) / pooled->worlds : pooled_error(pooled);
}
