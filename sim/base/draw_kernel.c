/* Quantiles of the normal distribution by algorithm AS 241 (Wichura 1988), PPND16: a rational function for
 * each of three ranges. All three are computed and one is taken, so that the loop has no branches. */
#include "sim/base/draw.h"
#include "sim/base/vector_math.h"

INLINED double rational(double r, const double a[8], const double b[8])
{
    double up = a[7], down = b[7];
    for (int k = 6; k >= 0; k--) {
        up = fma64(up, r, a[k]);
        down = fma64(down, r, b[k]);
    }
    return up / down;
}

static void normal(int rows, const double *u, double *z)
{
    static const double centre_up[8] = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                                        1.9715909503065514427e+3, 1.3731693765509461125e+4,
                                        4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                        3.3430575583588128105e+4, 2.5090809287301226727e+3},
                        centre_down[8] = {1,
                                          4.2313330701600911252e+1,
                                          6.8718700749205790830e+2,
                                          5.3941960214247511077e+3,
                                          2.1213794301586595867e+4,
                                          3.9307895800092710610e+4,
                                          2.8729085735721942674e+4,
                                          5.2264952788528545610e+3};
    static const double tail_up[8] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                      5.76949722146069140550e0,  3.64784832476320460504e0,
                                      1.27045825245236838258e0,  2.41780725177450611770e-1,
                                      2.27238449892691845833e-2, 7.74545014278341407640e-4},
                        tail_down[8] = {1,
                                        2.05319162663775882187e0,
                                        1.67638483018380384940e0,
                                        6.89767334985100004550e-1,
                                        1.48103976427480074590e-1,
                                        1.51986665636164571966e-2,
                                        5.47593808499534494600e-4,
                                        1.05075007164441684324e-9};
    static const double far_up[8] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                     1.78482653991729133580e0,  2.96560571828504891230e-1,
                                     2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                     2.71155556874348757815e-5, 2.01033439929228813265e-7},
                        far_down[8] = {1,
                                       5.99832206555887937690e-1,
                                       1.36929880922735805310e-1,
                                       1.48753612908506148525e-2,
                                       7.86869131145613259100e-4,
                                       1.84631831751005468180e-5,
                                       1.42151175831644588870e-7,
                                       2.04426310338993978564e-15};
    for (int i = 0; i < rows; i++) {
        double q = u[i] - 0.5, lower = q < 0 ? u[i] : 1 - u[i], s = sqrt(-log64(lower));
        double centre = q * rational(fma64(-q, q, 0.180625), centre_up, centre_down);
        double tail = rational(s - 1.6, tail_up, tail_down), far = rational(s - 5, far_up, far_down);
        double beyond = s <= 5 ? tail : far;
        z[i] = fabs(q) <= 0.425 ? centre : q < 0 ? -beyond : beyond;
    }
}

const QuantileKernels KERNEL(quantile_kernels) = {normal};
