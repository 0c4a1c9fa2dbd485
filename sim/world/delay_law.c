/* The distribution of delays, apart from the worlds that draw them and from the truth that is computed of
 * them. Where a whole law lies beyond the window its mass there is 0 to the last bit: what is left of it
 * comes at the window's end. */
#include "sim/world/delay_law.h"

#include "sim/base/draw.h"
#include "sim/base/real.h"

#include <math.h>

static const double log_of_2 = 0.69314718055994530942;

/* 1 - exp(-x) for x >= 0, without the loss of digits of small x: the rounding of exp(-x) cancels in the ratio
 * (Kahan). */
static double falls_within(double x)
{
    const double nearly_all = 40; /* beyond, the rest is less than rounding, and at last no normal number */
    if (x > nearly_all)
        return 1;
    double left = real_exp(-x);
    return left == 1 ? x : (1 - left) * (x / -real_log(left));
}

static double polynomial(const double *coefficient, int degree, double x)
{
    double sum = coefficient[0];
    for (int k = 1; k <= degree; k++)
        sum = sum * x + coefficient[k];
    return sum;
}

/* Phi(z), to a relative error of about 1e-14 in its lower tail too: the rational functions of Cody
 * (Mathematics of Computation 23, 1969) and, far out, Laplace's continued fraction. The C library's erfc
 * differs from machine to machine. */
static double normal_below(double z)
{
    enum { CENTRE = 4, TAIL = 8, TERMS = 20 };
    static const double up[CENTRE + 1] = {.065682337918207449113, 2.2352520354606839287,
                                          161.02823106855587881, 1067.6894854603709582,
                                          18154.981253343561249},
                                    down[CENTRE + 1] = {1, 47.20258190468824187, 976.09855173777669322,
                                                        10260.932208618978205, 45507.789335026729956};
    static const double tail_up[TAIL + 1] = {1.0765576773720192317e-8, .39894151208813466764,
                                             8.8831497943883759412,    93.506656132177855979,
                                             597.27027639480026226,    2494.5375852903726711,
                                             6848.1904505362823326,    11602.651437647350124,
                                             9842.7148383839780218},
                                       tail_down[TAIL + 1] = {1,
                                                              22.266688044328115691,
                                                              235.38790178262499861,
                                                              1519.377599407554805,
                                                              6485.558298266760755,
                                                              18615.571640885098091,
                                                              34900.952721145977266,
                                                              38912.003286093271411,
                                                              19685.429676859990727};
    const double x = fabs(z), root_two_pi = 2.50662827463100050242;
    if (x < 0.67448975)
        return 0.5 + z * polynomial(up, CENTRE, x * x) / polynomial(down, CENTRE, x * x);
    double tail = real_exp(-x * x / 2);
    if (x < 5.6568542494923802) {
        tail *= polynomial(tail_up, TAIL, x) / polynomial(tail_down, TAIL, x);
    } else {
        double fraction = x;
        for (int k = TERMS; k > 0; k--)
            fraction = x + k / fraction;
        tail /= root_two_pi * fraction;
    }
    return z > 0 ? 1 - tail : tail;
}

static double normal_quantile(double share)
{
    const double least = 1e-300, most = 1 - 0x1p-53;
    double z;
    share = fmin(fmax(share, least), most);
    quantile_kernels()->normal(1, &share, &z);
    return z;
}

static double early_within(const DelayLaw *law, double w)
{
    return falls_within(w / law->immediate_mean);
}

/* G(w | L) for w > 0. */
static double late_within(const DelayLaw *law, double log_scale, double w)
{
    const double of_scale = real_log(w) - log_scale;
    switch (law->family) {
    case DELAY_EXPONENTIAL:
        return falls_within(real_exp(of_scale));
    case DELAY_WEIBULL:
        return falls_within(real_exp(law->shape * of_scale));
    case DELAY_LOGNORMAL:
        break;
    }
    return normal_below(of_scale / law->shape);
}

/* Where G(w | L) is `share`. */
static double late_at(const DelayLaw *law, double log_scale, double share)
{
    const double hazard = -real_log1p(-share);
    switch (law->family) {
    case DELAY_EXPONENTIAL:
        return hazard * real_exp(log_scale);
    case DELAY_WEIBULL:
        return real_power(hazard, 1 / law->shape) * real_exp(log_scale);
    case DELAY_LOGNORMAL:
        break;
    }
    return real_exp(log_scale + law->shape * normal_quantile(share));
}

double delay_law_log_scale(const DelayLaw *law, double median)
{
    switch (law->family) {
    case DELAY_EXPONENTIAL:
        return real_log(median) - real_log(log_of_2);
    case DELAY_WEIBULL:
        return real_log(median) - real_log(log_of_2) / law->shape;
    case DELAY_LOGNORMAL:
        break;
    }
    return real_log(median);
}

double delay_law_within(const DelayLaw *law, double log_scale, double w)
{
    if (!(w > 0))
        return 0;
    if (w >= law->window)
        return 1;
    const double early = law->immediate, late = 1 - early;
    const double all =
        early * early_within(law, law->window) + late * late_within(law, log_scale, law->window);
    if (!(all > 0))
        return 0;
    return fmin((early * early_within(law, w) + late * late_within(law, log_scale, w)) / all, 1);
}

double delay_law_draw(const DelayLaw *law, double log_scale, double part, double share)
{
    const double early = early_within(law, law->window), late = late_within(law, log_scale, law->window);
    const double all = law->immediate * early + (1 - law->immediate) * late;
    if (!(all > 0))
        return law->window;
    const double delay = part * all < law->immediate * early
                             ? -law->immediate_mean * real_log1p(-share * early)
                             : late_at(law, log_scale, share * late);
    return fmin(delay, law->window);
}
