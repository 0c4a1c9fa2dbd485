/* When conversions come: counts against plain loops over a few clicks, the fitted model against the
 * derivatives of its likelihood and closed forms, and truth against the draws of a world. */
#include "experiments/inputs/delay_curves.h"
#include "sim/world/world.h"

#include "tests/support/monte_carlo.h"

#include <gsl/gsl_errno.h>
#include <math.h>

/* Without conversion: INFINITY. */
static ClickTimes of(double *time, double *delay, uint32_t *row, size_t clicks)
{
    return (ClickTimes){time, delay, row, clicks, clicks};
}

enum { WINDOW = 5 };

/* Of what is known at the cut, with F(d) = (1 - exp(-l d)) / (1 - exp(-l w)): the logarithm of p f(d) of a
 * conversion, else of 1 - p F(e). */
static double log_likelihood(const ClickTimes *times, double cut, double p, double l)
{
    const double whole = 1 - exp(-l * WINDOW);
    double sum = 0;
    for (size_t i = 0; i < times->clicks; i++) {
        const double age = cut - times->time[i];
        if (age >= 0)
            sum += times->delay[i] <= age ? log(p * l / whole) - l * times->delay[i]
                                          : log(1 - p * (1 - exp(-l * fmin(age, WINDOW))) / whole);
    }
    return sum;
}

enum { FITTED = 3000 };

/* Clicks of ten days, of which 30 % convert, at half a conversion a day that is left within the window. */
static ClickTimes drawn_clicks(double time[FITTED], double delay[FITTED], uint32_t row[FITTED])
{
    const StreamKey key = {.seed = 5, .setting = "", .world = 1};
    gsl_rng *random = stream_open(&key, "clicks");
    assert_non_null(random);
    for (int i = 0; i < FITTED; i++) {
        time[i] = 10 * gsl_rng_uniform(random);
        const double share = gsl_rng_uniform(random);
        delay[i] = gsl_rng_uniform(random) < 0.3 ? -2 * log(1 - share * (1 - exp(-0.5 * WINDOW))) : INFINITY;
        row[i] = (uint32_t)i;
    }
    gsl_rng_free(random);
    return of(time, delay, row, FITTED);
}

static void the_model_has_the_greatest_likelihood(void **state)
{
    static double time[FITTED], delay[FITTED];
    static uint32_t row[FITTED];
    const ClickTimes times = drawn_clicks(time, delay, row);
    (void)state;
    static const double days[] = {4, 10};
    for (int d = 0; d < 2; d++) {
        const double cut = days[d];
        const ExponentialDelays fit = exponential_delays_fit(&times, cut, WINDOW);
        const double best = log_likelihood(&times, cut, fit.rate, fit.speed), step = 1e-3;
        /* The curvature is of the order of the conversions, some hundreds: a step costs 1e-4 or more of
         * likelihood. */
        for (int k = 0; k < 4; k++) {
            const double p = fit.rate * (1 + (k == 0   ? step
                                              : k == 1 ? -step
                                                       : 0)),
                         l = fit.speed * (1 + (k == 2   ? step
                                               : k == 3 ? -step
                                                        : 0));
            assert_true(log_likelihood(&times, cut, p, l) < best);
        }
        /* What clicks were drawn from is within four standard errors, by the curvature. */
        const double h = 0.01;
        double h_pp = 0, h_ll = 0, h_pl = 0;
        for (int a = -1; a <= 1; a++)
            for (int b = -1; b <= 1; b++) {
                const double at = log_likelihood(&times, cut, fit.rate + a * h, fit.speed + b * h);
                h_pp += b == 0 ? (a == 0 ? -2 : 1) * at / (h * h) : 0;
                h_ll += a == 0 ? (b == 0 ? -2 : 1) * at / (h * h) : 0;
                h_pl += a * b * at / (4 * h * h);
            }
        const double determinant = h_pp * h_ll - h_pl * h_pl;
        assert_true(fabs(fit.rate - 0.3) < 4 * sqrt(-h_ll / determinant));
        assert_true(fabs(fit.speed - 0.5) < 4 * sqrt(-h_pp / determinant));
    }
    /* All is known after a thousand days: the share, and the speed of which the mean delay is that of the
     * sample. */
    double come = 0, sum = 0;
    for (int i = 0; i < FITTED; i++) {
        come += delay[i] < INFINITY;
        sum += delay[i] < INFINITY ? delay[i] : 0;
    }
    const ExponentialDelays all = exponential_delays_fit(&times, 1000, WINDOW);
    const double left = exp(-all.speed * WINDOW),
                 mean = (1 - left * (1 + all.speed * WINDOW)) / (all.speed * (1 - left));
    assert_true(fabs(all.rate - come / FITTED) < 1e-9 && fabs(mean - sum / come) < 1e-9);
    /* Without a window that matters, one over the mean delay. */
    const ExponentialDelays endless = exponential_delays_fit(&times, 1000, 1e4);
    assert_true(fabs(endless.speed - come / sum) < 1e-9);
    const ExponentialDelays none = exponential_delays_fit(&times, -1, WINDOW);
    assert_true(isnan(none.rate) && isnan(none.speed));
}

static void clicks_are_counted(void **state)
{
    /* Cut on day 5, window 2: the last click is later, the second's conversion is not known, the third has
     * none. */
    double time[] = {1, 4.5, 4, 4.875, 6}, delay[] = {1.5, 1, INFINITY, 0.0625, 0.01};
    uint32_t row[] = {0, 1, 2, 3, 4};
    const ClickTimes times = of(time, delay, row, 5);
    DelayCurves curves;
    (void)state;
    delay_curves_count(&curves, &times, NULL, 5, 2);
    const DelayStep *first = &curves.step[0], *last = &curves.step[DELAY_STEPS - 1];
    assert_true(fabs(first->days - 1 / 1440.0) < 1e-15 && last->days == 2);
    assert_true(first->all.share == 0 && first->known.share == 0 && isnan(first->truth));
    assert_true(last->all.share == 1 && last->known.share == 1 && fabs(last->exponential - 1) < 1e-15);
    for (int k = 0; k < DELAY_STEPS; k++) {
        const DelayStep *s = &curves.step[k];
        assert_true(fabs(s->all.share - ((s->days >= 0.0625) + (s->days >= 1) + (s->days >= 1.5)) / 3.0) <
                    1e-15);
        assert_true(fabs(s->known.share - ((s->days >= 0.0625) + (s->days >= 1.5)) / 2.0) < 1e-15);
        assert_true(s->young.share == (s->days >= 0.0625));
        assert_true(fabs(s->all.error - sqrt(s->all.share * (1 - s->all.share) / 3)) < 1e-15);
    }
    /* Three hours, half a day, a day, and four, which is beyond the window. */
    assert_int_equal(curves.ages, 4);
    static const double days[] = {0.125, 0.5, 1, 4}, known[] = {1, 0, 0, 1}, all[] = {1, 1, 0, 1};
    for (int k = 0; k < curves.ages; k++) {
        const DelayAge *a = &curves.age[k];
        assert_true(a->days == days[k] && a->clicks == 1 && isnan(a->truth) && isnan(a->expected));
        assert_true(a->known.share == known[k] && a->all.share == all[k] && a->known.error == 0);
        const double l = curves.model.speed, at_end = exp(-l * 2),
                     left = days[k] < 2 ? curves.model.rate * (exp(-l * days[k]) - at_end) / (1 - at_end) : 0;
        assert_true(fabs(a->exponential - (known[k] != 0 ? 1 : left / (1 - curves.model.rate + left))) <
                    1e-14);
    }
}

/* What is true of a world's clicks, beside what was drawn of them: within 4.5 standard errors, of about 60
 * shares. */
static void truth_is_that_of_the_draws(void **state)
{
    const WorldOptions options = {.users = 200,
                                  .items = 100,
                                  .latent = 3,
                                  .context = 2,
                                  .sigma_o = 1,
                                  .sigma_r = 1,
                                  .gamma_o = 1,
                                  .gamma_r = 1,
                                  .ctr = 0.5,
                                  .cvr = 0.3,
                                  .delay = {.days = 9,
                                            .window = 3,
                                            .immediate = 0.4,
                                            .immediate_mean = 0.3,
                                            .family = DELAY_WEIBULL,
                                            .shape = 0.7,
                                            .median = 20,
                                            .sigma = 0.5,
                                            .confounding = 0.7}};
    const StreamKey key = {.seed = 3, .setting = "", .world = 1};
    World *world;
    Log log;
    Truth truth;
    ClickTimes times = {0};
    DelayCurves curves;
    (void)state;
    OK(world_create(&world, &options, 3, 1, message));
    OK(world_draw(world, &(ExposureDraw){&key, "log", SAMPLE_EXPOSURES, 4000, 0}, &log, &truth, message));
    OK(click_times_add(&times, &log, 3, message));
    assert_int_equal(times.clicks, log_clicks(&log));
    delay_curves_count(&curves, &times, &truth, 8, 3);
    for (int k = 0; k < DELAY_STEPS; k++) {
        const DelayStep *s = &curves.step[k];
        assert_true(fabs(s->all.share - s->truth) <= 4.5 * s->all.error + 1e-12);
    }
    assert_true(curves.step[0].known.share > 0);
    for (int k = 0; k < curves.ages; k++) {
        const DelayAge *a = &curves.age[k];
        const double clicks = (double)a->clicks;
        assert_true(fabs(a->known.share - a->expected) <=
                    4.5 * sqrt(a->expected * (1 - a->expected) / clicks));
        assert_true(fabs(a->all.share - a->truth) <= 4.5 * sqrt(a->truth * (1 - a->truth) / clicks));
        assert_true(a->expected <= a->truth + 1e-12);
    }
    const DelayAge *old = &curves.age[curves.ages - 1];
    assert_true(old->days > 3 && fabs(old->expected - old->truth) < 1e-9 &&
                old->known.share == old->all.share);
    assert_true(curves.age[0].expected < 0.6 * curves.age[0].truth); /* of the last hour */
    click_times_free(&times);
    log_free(&log);
    truth_free(&truth);
    world_free(world);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_model_has_the_greatest_likelihood),
        cmocka_unit_test(clicks_are_counted),
        cmocka_unit_test(truth_is_that_of_the_draws),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
