/* Calibration of logged propensities. With two values of p the logistic regression is saturated, so that its
 * slope and error are closed forms of the click rates at each. */
#include "results/statistics/propensity_calibration.h"
#include "tests/support/support.h"

#include <math.h>

enum { LOW = 400, HIGH = 300, NEVER = 50, ROWS = LOW + HIGH + NEVER };

static void fill(float p[ROWS], uint8_t click[ROWS], int low_clicks, int high_clicks)
{
    for (int i = 0; i < ROWS; i++) {
        const int kind = i < LOW ? 0 : i < LOW + HIGH ? 1 : 2;
        p[i] = (float[]){0.125F, 0.625F, 1}[kind];
        click[i] = kind == 0 ? i < low_clicks : kind == 1 ? i - LOW < high_clicks : 1;
    }
}

static void near(double value, double expected, double most)
{
    if (!(fabs(value - expected) <= most))
        fail_msg("%.17g, expected %.17g", value, expected);
}

static double logit(double p)
{
    return log(p / (1 - p));
}

static void two_values_have_closed_forms(void **state)
{
    (void)state;
    enum { LOW_CLICKS = 30, HIGH_CLICKS = 250 };
    float p[ROWS];
    uint8_t click[ROWS];
    fill(p, click, LOW_CLICKS, HIGH_CLICKS);
    const PropensityCalibration c = propensity_calibration(p, click, ROWS);
    const double a = (double)LOW_CLICKS / LOW, b = (double)HIGH_CLICKS / HIGH,
                 width = logit(0.625) - logit(0.125);
    const double sum = LOW_CLICKS * 8 + HIGH_CLICKS * 1.6 + NEVER,
                 square = LOW_CLICKS * 64 + HIGH_CLICKS * 2.56 + NEVER, mean = sum / ROWS;
    near(c.mean_inverse, mean, 1e-12);
    near(c.mean_inverse_se, sqrt((square / ROWS - mean * mean) / (ROWS - 1)), 1e-12);
    near(c.slope, (logit(b) - logit(a)) / width, 1e-9);
    near(c.slope_se, sqrt(1 / (LOW * a * (1 - a)) + 1 / (HIGH * b * (1 - b))) / width, 1e-9);
    assert_true(c.lowest == 0.125F);
}

/* No slope where the p is one, nobody clicks, or p parts the clicked from the others. */
static void what_has_no_slope_is_told(void **state)
{
    (void)state;
    float p[ROWS];
    uint8_t click[ROWS];
    fill(p, click, 0, HIGH);
    assert_true(isnan(propensity_calibration(p, click, ROWS).slope));
    fill(p, click, 0, 0);
    assert_true(isnan(propensity_calibration(p, click, ROWS).slope));
    fill(p, click, 30, 250);
    assert_true(isnan(propensity_calibration(p, click, LOW).slope));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_values_have_closed_forms),
        cmocka_unit_test(what_has_no_slope_is_told),
    };
    return cmocka_run_group_tests_name("propensity_calibration", tests, NULL, NULL);
}
