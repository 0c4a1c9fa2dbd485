/* The rule against GSL's and against the moments of the normal distribution. */
#include "sim/world/hermite.h"
#include "tests/support/support.h"

#include <gsl/gsl_integration.h>
#include <math.h>

enum { MOST_NODES = 4096 };

static double node[MOST_NODES], weight[MOST_NODES];

/* Of GSL's nodes of n those whose weight is not negligible are in the middle. Its own weights are off by some
 * 1e-15 n. */
static void rules_are_gsls(size_t n)
{
    size_t nodes = hermite_rule(n, node, weight);
    gsl_integration_fixed_workspace *rule =
        gsl_integration_fixed_alloc(gsl_integration_fixed_hermite, n, 0, 0.5, 0, 0);
    const double *of_gsl = gsl_integration_fixed_nodes(rule),
                 *weight_of_gsl = gsl_integration_fixed_weights(rule);
    assert_true(nodes <= n && (n - nodes) % 2 == 0);
    const size_t first = (n - nodes) / 2;
    for (size_t j = 0; j < nodes; j++) {
        assert_true(fabs(node[j] - of_gsl[first + j]) <= 1e-13 * sqrt((double)n));
        assert_true(fabs(weight[j] - weight_of_gsl[first + j] / sqrt(2 * M_PI)) <= 1e-15 * (double)n);
    }
    assert_true(first == 0 || weight_of_gsl[first - 1] / sqrt(2 * M_PI) <= 1e-21);
    gsl_integration_fixed_free(rule);
}

static void every_rule_is_gsls(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 200; n++)
        rules_are_gsls(n);
    rules_are_gsls(511);
    rules_are_gsls(1024);
}

static double moment(size_t nodes, int power)
{
    double sum = 0;
    for (size_t j = 0; j < nodes; j++)
        sum += weight[j] * pow(node[j], power);
    return sum;
}

static void moments_are_those_of_the_normal_distribution(void **state)
{
    (void)state;
    for (size_t n = 8; n <= MOST_NODES; n *= 2) {
        size_t nodes = hermite_rule(n, node, weight);
        double double_factorial = 1;
        for (int power = 2; power <= 14; power += 2) {
            double_factorial *= power - 1;
            assert_true(fabs(moment(nodes, power) / double_factorial - 1) <= 1e-12);
            assert_true(fabs(moment(nodes, power - 1)) <= 1e-9);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule_is_gsls),
        cmocka_unit_test(moments_are_those_of_the_normal_distribution),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
