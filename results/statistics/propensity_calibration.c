/* The slope is found by Newton's method, which for two coefficients and a convex likelihood needs a few
 * passes over the rows. */
#include "results/statistics/propensity_calibration.h"

#include "sim/base/real.h"

#include <math.h>
#include <stdbool.h>

/* First and second derivatives of the log-likelihood in intercept and slope. */
typedef struct Likelihood {
    double gradient[2], information[3]; /* a, b; aa, ab, bb */
} Likelihood;

static Likelihood likelihood(const float *p, const uint8_t *click, size_t rows, double a, double b)
{
    Likelihood l = {{0}, {0}};
    for (size_t i = 0; i < rows; i++) {
        if (!(p[i] < 1))
            continue;
        const double x = real_log((double)p[i] / (1 - (double)p[i])), m = 1 / (1 + real_exp(-a - b * x));
        l.gradient[0] += click[i] - m;
        l.gradient[1] += (click[i] - m) * x;
        l.information[0] += m * (1 - m);
        l.information[1] += m * (1 - m) * x;
        l.information[2] += m * (1 - m) * x * x;
    }
    return l;
}

static void fit_slope(PropensityCalibration *c, const float *p, const uint8_t *click, size_t rows)
{
    enum { MOST_STEPS = 50 };
    double a = 0, b = 0;
    for (int step = 0; step < MOST_STEPS; step++) {
        const Likelihood l = likelihood(p, click, rows, a, b);
        const double *h = l.information, det = h[0] * h[2] - h[1] * h[1];
        if (!(det > 1e-10 * h[0] * h[2]))
            return;
        const double da = (h[2] * l.gradient[0] - h[1] * l.gradient[1]) / det,
                     db = (h[0] * l.gradient[1] - h[1] * l.gradient[0]) / det;
        a += da;
        b += db;
        if (fabs(da) + fabs(db) < 1e-10) {
            c->slope = b;
            c->slope_se = sqrt(h[0] / det);
            return;
        }
    }
}

PropensityCalibration propensity_calibration(const float *p, const uint8_t *click, size_t rows)
{
    PropensityCalibration c = {.slope = NAN, .slope_se = NAN, .lowest = 1};
    const double n = (double)rows;
    double sum = 0, square = 0;
    for (size_t i = 0; i < rows; i++) {
        c.lowest = p[i] < c.lowest ? p[i] : c.lowest;
        sum += click[i] / (double)p[i];
    }
    c.mean_inverse = sum / n;
    for (size_t i = 0; i < rows; i++) {
        const double from_mean = click[i] / (double)p[i] - c.mean_inverse;
        square += from_mean * from_mean;
    }
    c.mean_inverse_se = sqrt(square / (n * (n - 1)));
    fit_slope(&c, p, click, rows);
    return c;
}
