/* Distortions of propensities. Results are floats in (0, 1]: every step keeps them where a logit can be taken
 * and 1/p is finite. */
#include "sim/propensity/propensity.h"
#include "sim/base/real.h"

#include <float.h>
#include <math.h>

static bool moves_logit(const Distortion *d)
{
    return d->scale != 1 || d->shift != 0 || d->noise != 0;
}

bool distortion_is_none(const Distortion *distortion)
{
    return !moves_logit(distortion) && distortion->beta == 0;
}

/* shift + scale logit p + noise, back to a probability. A p of 1, which rounding to float can make, counts as
 * the largest double below it that rounds so, to keep its logit finite. */
static double move_logit(const Distortion *d, double p, double noise)
{
    double below_one = 1 - (double)FLT_EPSILON / 4;
    double inside = fmin(fmax(p, (double)FLT_MIN), below_one);
    double logit = real_log(inside) - real_log1p(-inside);
    return real_sigmoid(d->shift + d->scale * logit + d->noise * noise);
}

void distort(const Distortion *distortion, double mean, const float *noise, size_t n, float *p)
{
    if (moves_logit(distortion)) {
        for (size_t i = 0; i < n; i++)
            p[i] = (float)fmax(move_logit(distortion, (double)p[i], noise ? (double)noise[i] : 0),
                               (double)FLT_MIN);
    }
    double beta = distortion->beta;
    if (beta != 0) {
        for (size_t i = 0; i < n; i++)
            p[i] = (float)(1 / ((1 - beta) / (double)p[i] + beta / mean));
    }
}

void constant_propensity(const Log *log, float *p)
{
    const double clicks = log_clicked_weight(log);
    const float rate = clicks > 0 ? (float)(clicks / log_weight(log)) : FLT_MIN;
    for (size_t i = 0; i < log->x.rows; i++)
        p[i] = rate;
}
