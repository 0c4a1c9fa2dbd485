/* The normal distribution against GSL's, and that of two numbers against adaptive integration. */
#include "sim/base/normal.h"

#include "tests/support/support.h"

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include <math.h>

static void of_one_number(void **state)
{
    (void)state;
    for (double x = -20; x <= 9; x += 1.0 / 64) {
        assert_true(fabs(normal_cdf(x) / gsl_cdf_ugaussian_P(x) - 1) < 1e-13);
        assert_true(fabs(normal_density(x) / gsl_ran_ugaussian_pdf(x) - 1) < 1e-13);
    }
    assert_true(normal_cdf(0) == 0.5 && normal_cdf(-100) == 0 && normal_cdf(100) == 1);
    assert_true(isnan(normal_cdf(NAN)));
}

/* The probability of Y < b given X = x, over X. */
static double given_x(double x, void *argument)
{
    const double *p = argument;
    return gsl_ran_ugaussian_pdf(x) * gsl_cdf_ugaussian_P((p[0] - p[1] * x) / sqrt(1 - p[1] * p[1]));
}

static const double correlations[] = {-0.99, -0.9, -0.5, -0.01, 0, 0.3, 0.7, 0.95, 0.99};
enum { CORRELATIONS = sizeof correlations / sizeof *correlations };

static void of_two_numbers(void **state)
{
    (void)state;
    gsl_integration_workspace *workspace = gsl_integration_workspace_alloc(1000);
    assert_non_null(workspace);
    for (int k = 0; k < CORRELATIONS; k++)
        for (double a = -4; a <= 4; a += 0.8)
            for (double b = -4; b <= 4; b += 0.5) {
                double want, error, argument[] = {b, correlations[k]};
                gsl_function function = {given_x, argument};
                assert_int_equal(gsl_integration_qag(&function, -12, a, 1e-15, 1e-12, 1000, GSL_INTEG_GAUSS61,
                                                     workspace, &want, &error),
                                 GSL_SUCCESS);
                assert_true(fabs(bivariate_normal_cdf(a, b, correlations[k]) - want) < 1e-13);
                const double rho = correlations[k], rest = 1 - rho * rho;
                const double exponent = (a * a + b * b - 2 * rho * a * b) / (2 * rest);
                /* rest and exponent are rounded; below exp(-600) there is little to compare */
                if (exponent < 600)
                    assert_true(fabs(bivariate_normal_density(a, b, rho) /
                                         gsl_ran_bivariate_gaussian_pdf(a, b, 1, 1, rho) -
                                     1) < 8 * DBL_EPSILON * (1 + exponent / rest));
            }
    gsl_integration_workspace_free(workspace);
}

/* The four quadrants of a point hold all there is. */
static void quadrants_add_up(void **state)
{
    (void)state;
    for (int k = 0; k < CORRELATIONS; k++)
        for (double a = -3; a <= 3; a += 0.75)
            for (double b = -3; b <= 3; b += 0.75) {
                const double rho = correlations[k];
                const double above = bivariate_normal_cdf(a, b, rho) + bivariate_normal_cdf(a, -b, -rho);
                assert_true(fabs(above - normal_cdf(a)) < 1e-13);
                assert_true(fabs(above + bivariate_normal_cdf(-a, b, -rho) +
                                 bivariate_normal_cdf(-a, -b, rho) - 1) < 1e-13);
            }
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_one_number),
        cmocka_unit_test(of_two_numbers),
        cmocka_unit_test(quadrants_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
