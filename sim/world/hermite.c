/* Roots of the Hermite polynomial H_n, from the middle outwards by Newton's method. The normalised Hermite
 * functions psi_k(x) ~ H_k(x) exp(-x^2 / 2) follow a recurrence that neither overflows nor, as far out as
 * weights matter, underflows. */
#include "sim/world/hermite.h"

#include "sim/base/real.h"

#include <math.h>
#include <stdbool.h>

/* psi_n and psi_(n-1) at x, but for a common factor. */
typedef struct HermitePair {
    double value, before;
} HermitePair;

static HermitePair hermite_functions(size_t n, double x)
{
    HermitePair psi = {real_exp(-0.5 * x * x), 0};
    for (size_t k = 0; k < n; k++) {
        const double of = (double)k + 1;
        double next = x * sqrt(2 / of) * psi.value - sqrt((double)k / of) * psi.before;
        psi = (HermitePair){next, psi.value};
    }
    return psi;
}

/* The root near x, by Newton's method: psi_n' = sqrt(2 n) psi_(n-1) - x psi_n. */
static double hermite_root(size_t n, double x)
{
    enum { MOST_STEPS = 20 };
    const double slope = sqrt(2 * (double)n), close = 0x1p-52;
    for (int k = 0; k < MOST_STEPS; k++) {
        HermitePair psi = hermite_functions(n, x);
        double step = psi.value / (slope * psi.before - x * psi.value);
        x -= step;
        if (fabs(step) <= close * (1 + fabs(x)))
            break;
    }
    return x;
}

/* Of the weight function exp(-x^2), but for a factor that all nodes share. */
static double hermite_weight(size_t n, double x)
{
    double before = hermite_functions(n, x).before;
    return real_exp(-x * x) / (before * before);
}

/* The root after x, about: psi swings with the frequency sqrt(2 n + 1 - x^2). */
static double next_guess(size_t n, double x)
{
    const double edge = 2 * (double)n + 1;
    double step = M_PI / sqrt(edge - x * x), middle = x + 0.5 * step;
    return x + (middle * middle < edge ? M_PI / sqrt(edge - middle * middle) : step);
}

/* From the roots x >= 0 and their weights, ascending in the first places, to the whole rule, scaled from
 * exp(-x^2) to the normal distribution. */
static size_t complete(size_t roots, bool middle, double *node, double *weight)
{
    const size_t nodes = 2 * roots - middle;
    double total = 0;
    for (size_t j = roots; j-- > 0;) {
        node[nodes - roots + j] = sqrt(2) * node[j];
        weight[nodes - roots + j] = weight[j];
    }
    for (size_t j = 0; j < nodes / 2; j++) {
        node[j] = -node[nodes - 1 - j];
        weight[j] = weight[nodes - 1 - j];
    }
    for (size_t j = 0; j < nodes; j++)
        total += weight[j];
    for (size_t j = 0; j < nodes; j++)
        weight[j] /= total;
    return nodes;
}

size_t hermite_rule(size_t n, double *node, double *weight)
{
    const double negligible = 1e-22;
    const bool middle = n % 2 == 1;
    double x = middle ? 0 : hermite_root(n, M_PI / 2 / sqrt(2 * (double)n + 1)), total = 0;
    size_t roots = 0;
    while (true) {
        double w = hermite_weight(n, x);
        if (w <= negligible * total)
            break;
        node[roots] = x;
        weight[roots++] = w;
        total += w;
        if (roots == (n + 1) / 2)
            break;
        x = hermite_root(n, next_guess(n, x));
    }
    return complete(roots, middle, node, weight);
}
