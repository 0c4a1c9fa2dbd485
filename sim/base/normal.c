/* Sums of fixed numbers of terms over the program's own exp, as the C library's erfc is another on every
 * machine. That of two numbers is a one-dimensional integral over the correlation (Drezner and Wesolowsky,
 * 1990) with tanh u in its place, which leaves a smooth function of u. */
#include "sim/base/normal.h"

#include "sim/base/real.h"

#include <math.h>

static const double inverse_root_2_pi = 0.39894228040143268, inverse_2_pi = 0.15915494309189534;

double normal_density(double x)
{
    return inverse_root_2_pi * real_exp(-x * x / 2);
}

/* Beyond `near` by the continued fraction of the tail, x + 1/(x + 2/(x + ...)), else by the series phi(x) (x
 * + x^3/3 + x^5/15 + ...) of Phi(x) - 1/2. */
double normal_cdf(double x)
{
    enum { TERMS = 36 };
    const double near = 2.5, size = fabs(x);
    if (size >= near) {
        const int levels = 12 + (int)(625 / (size * size)); /* it converges faster far out */
        double fraction = size;
        for (int k = levels; k > 0; k--)
            fraction = size + k / fraction;
        const double tail = normal_density(size) / fraction;
        return x > 0 ? 1 - tail : tail;
    }
    double term = x, sum = x;
    for (int k = 1; k < TERMS && fabs(term) > 1e-17; k++) {
        term *= x * x / (2 * k + 1);
        sum += term;
    }
    return 0.5 + sum * normal_density(x);
}

/* The positive half of the 24-point rule of Gauss and Legendre on [-1, 1]. */
static const struct {
    double at, weight;
} legendre[] = {
    {0.06405689286260563, 0.12793819534675221},  {0.19111886747361631, 0.1258374563468283},
    {0.3150426796961634, 0.12167047292780342},   {0.43379350762604513, 0.11550566805372561},
    {0.54542147138883956, 0.10744427011596561},  {0.64809365193697555, 0.097618652104114065},
    {0.74012419157855436, 0.086190161531953288}, {0.82000198597390295, 0.073346481411080411},
    {0.88641552700440096, 0.059298584915436742}, {0.9382745520027328, 0.044277438817419551},
    {0.97472855597130947, 0.028531388628933743}, {0.99518721999702131, 0.012341229799987091},
};

/* sqrt(1 - t^2) exp(-(a^2 + b^2 - 2 a b t) / (2 (1 - t^2))) at t = tanh u. */
static double integrand(double a, double b, double u)
{
    const double e = real_exp(-2 * fabs(u)), rest = 4 * e / ((1 + e) * (1 + e)); /* 1 - t^2 */
    const double t = copysign((1 - e) / (1 + e), u);
    return sqrt(rest) * real_exp(-(a * a + b * b - 2 * a * b * t) / (2 * rest));
}

double bivariate_normal_cdf(double a, double b, double correlation)
{
    const double half = (real_log1p(correlation) - real_log1p(-correlation)) / 4; /* of atanh */
    double sum = 0;
    for (unsigned k = 0; k < sizeof legendre / sizeof *legendre; k++)
        sum += legendre[k].weight *
               (integrand(a, b, half * (1 + legendre[k].at)) + integrand(a, b, half * (1 - legendre[k].at)));
    return normal_cdf(a) * normal_cdf(b) + half * sum * inverse_2_pi;
}

double bivariate_normal_density(double a, double b, double correlation)
{
    const double rest = 1 - correlation * correlation;
    return inverse_2_pi / sqrt(rest) * real_exp(-(a * a + b * b - 2 * correlation * a * b) / (2 * rest));
}
