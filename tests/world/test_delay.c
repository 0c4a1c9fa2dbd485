/* Late conversions: their distribution against the C library, their truth against adaptive integration and
 * against draws, and what changes with time. Nothing else in a world depends on them. */
#include "sim/world/delay.h"
#include "sim/world/world.h"

#include "tests/support/monte_carlo.h"

#include <float.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include <stdbool.h>

static const char *const family_name[] = {
    [DELAY_EXPONENTIAL] = "exponential", [DELAY_WEIBULL] = "weibull", [DELAY_LOGNORMAL] = "lognormal"};

enum { FAMILIES = 3 };

/* h moves clicks, conversions and delays, and the outcome moves clicks. */
static WorldOptions confounded(DelayFamily family)
{
    return (WorldOptions){.users = 300,
                          .items = 200,
                          .segments = 6,
                          .categories = 5,
                          .latent = 3,
                          .context = 2,
                          .item_zipf = 0.5,
                          .feature_noise = 0.3,
                          .shape = SHAPE_INTERACTION,
                          .dependence = 0.4,
                          .sigma_o = 1.2,
                          .sigma_r = 0.9,
                          .gamma_o = 2,
                          .gamma_r = 0.8,
                          .delta = 0.7,
                          .hidden_level = HIDDEN_EXPOSURE,
                          .ctr = 0.25,
                          .cvr = 0.35,
                          .delay = {.days = 10,
                                    .cycle = 0.8,
                                    .peak = 20,
                                    .window = 3,
                                    .immediate = 0.3,
                                    .immediate_mean = 0.5,
                                    .family = family,
                                    .shape = family == DELAY_LOGNORMAL ? 1.3 : 0.6,
                                    .median = 12,
                                    .sigma = 0.7,
                                    .dependence = -0.5,
                                    .confounding = 0.9}};
}

static double plain_within(const DelayLaw *law, double log_scale, double w)
{
    double of_scale = w / exp(log_scale);
    double late = law->family == DELAY_EXPONENTIAL ? -expm1(-of_scale)
                  : law->family == DELAY_WEIBULL   ? -expm1(-pow(of_scale, law->shape))
                                                   : erfc(-log(of_scale) / law->shape / sqrt(2)) / 2;
    return law->immediate * -expm1(-w / law->immediate_mean) + (1 - law->immediate) * late;
}

/* Relative to the library's: 14 digits of the normal distribution, and the rounding of w / scale, which its
 * tail magnifies. */
static void laws_are_those_of_the_library(void **state)
{
    (void)state;
    for (int family = 0; family < FAMILIES; family++)
        for (int k = 0; k < 4000; k++) {
            const DelayLaw law = {.family = (DelayFamily)family,
                                  .shape = 0.2 + 0.1 * (k % 40),
                                  .immediate = k % 3 ? 0.25 * (k % 4) : 0,
                                  .immediate_mean = 0.01 + 0.3 * (k % 5),
                                  .window = 0.5 + k % 30};
            const double log_scale = -4 + 0.13 * (k % 61), w = law.window * (k % 97) / 97.0;
            const double got = delay_law_within(&law, log_scale, w);
            const double want =
                w > 0 ? plain_within(&law, log_scale, w) / plain_within(&law, log_scale, law.window) : 0;
            if (!(fabs(got - want) <= 1e-12 * want))
                fail_msg("%s, shape %g, scale %g, w %g: %.16g, expected %.16g", family_name[family],
                         law.shape, log_scale, w, got, want);
            assert_true(delay_law_within(&law, log_scale, law.window) == 1);
            assert_true(delay_law_within(&law, log_scale, INFINITY) == 1);
        }
}

/* A late delay is where F has its share; an early one where that of the exponential has; a median is one. */
static void draws_invert_the_law(void **state)
{
    (void)state;
    for (int family = 0; family < FAMILIES; family++)
        for (int k = 0; k < 2000; k++) {
            const DelayLaw late = {.family = (DelayFamily)family,
                                   .shape = 0.2 + 0.1 * (k % 40),
                                   .immediate_mean = 0.1,
                                   .window = 0.5 + k % 30};
            DelayLaw early = late, open = late;
            const double log_scale = -4 + 0.13 * (k % 61), u = (k % 89 + 0.5) / 89;
            const double delay = delay_law_draw(&late, log_scale, 0.3, u);
            assert_true(delay >= 0 && delay <= late.window);
            if (!(fabs(delay_law_within(&late, log_scale, delay) - u) < 1e-11))
                fail_msg("%s, shape %g, scale %g, window %g: %.12g, expected %.12g", family_name[family],
                         late.shape, log_scale, late.window, delay_law_within(&late, log_scale, delay), u);
            early.immediate = 1;
            const double soon = delay_law_draw(&early, log_scale, 0.3, u);
            assert_true(fabs(delay_law_within(&early, log_scale, soon) - u) < 1e-12);
            open.window = 1e12;
            const double median = 0.01 + 0.1 * (k % 50);
            assert_true(fabs(delay_law_within(&open, delay_law_log_scale(&open, median), median) - 0.5) <
                        1e-8);
        }
    /* all of the law beyond the window */
    const DelayLaw beyond = {.family = DELAY_LOGNORMAL, .shape = 0.2, .immediate_mean = 1, .window = 1};
    assert_true(delay_law_draw(&beyond, 40, 0.5, 0.5) == 1);
    assert_true(delay_law_within(&beyond, 40, 0.5) == 0 && delay_law_within(&beyond, 40, 1) == 1);
}

/* The integrands of a row's truth, by the C library. */
typedef struct RowIntegral {
    const WorldOptions *options;
    const DelayLaw *law;
    double log_scale, logit_r, logit_o, elapsed;
    bool clicked, seen;
} RowIntegral;

static double of_hidden(double h, void *context)
{
    const RowIntegral *row = context;
    const WorldOptions *o = row->options;
    double p = sigmoid_of(row->logit_r + o->gamma_r * h),
           log_scale = row->log_scale + o->delay.confounding * h;
    double click = sigmoid_of(row->logit_o + o->gamma_o * h + o->delta * (1 - p));
    double weight = gsl_ran_ugaussian_pdf(h) * p * (row->clicked ? click : 1);
    if (!row->seen)
        return weight;
    return weight * plain_within(row->law, log_scale, row->elapsed) /
           plain_within(row->law, log_scale, row->law->window);
}

static double integral_of(RowIntegral row, gsl_integration_workspace *room)
{
    double got, error;
    gsl_function of = {of_hidden, &row};
    assert_int_equal(gsl_integration_qag(&of, -12, 12, 0, 1e-12, 1000, GSL_INTEG_GAUSS61, room, &got, &error),
                     0);
    return got;
}

static void truth_is_that_of_adaptive_integration(void **state)
{
    slow_under_valgrind();
    (void)state;
    enum { N = 60 };
    gsl_integration_workspace *room = gsl_integration_workspace_alloc(1000);
    for (int k = 0; k < 2 * FAMILIES; k++) {
        WorldOptions options = confounded((DelayFamily)(k % FAMILIES));
        if (k >= FAMILIES) { /* as steep as keys go but for the shape */
            options.delay.confounding = -2;
            options.delay.immediate = 0;
            options.gamma_r = 2;
        }
        const DelayLaw law = {options.delay.family, options.delay.shape, options.delay.immediate,
                              options.delay.immediate_mean / 24, options.delay.window};
        World *world = world_of(&options);
        Drawn drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, N);
        for (size_t i = 0; i < N; i++)
            for (int clicked = 0; clicked < 2; clicked++) {
                const DelayTruth *d = drawn.truth.delay;
                RowIntegral row = {&options,      &law,          d->log_scale[i],
                                   d->logit_r[i], d->logit_o[i], 0.05 * (double)(i + 1) / 2,
                                   clicked != 0,  false};
                const double all = integral_of(row, room);
                row.seen = true;
                const double want = integral_of(row, room) / all;
                const DelayState got = delay_state_at(&drawn.truth, i, row.elapsed, row.clicked);
                if (!(fabs(got.seen - want) < 1e-8))
                    fail_msg("%s, row %zu: %.12g, expected %.12g", family_name[law.family], i, got.seen,
                             want);
                const double c = clicked ? drawn.truth.q[i] : drawn.truth.p_r[i], f = c * (1 - want);
                assert_true(got.rate == c);
                if (!clicked) /* the nodes are those of p_r too */
                    assert_true(fabs(all - c) < 1e-8);
                assert_true(fabs(got.later - f) < 1e-8);
                assert_true(fabs(got.negative - (1 - c) / (1 - c + f)) < 1e-8);
                assert_true(fabs(got.converts - f / (1 - c * want)) < 1e-8);
            }
        drawn_free(&drawn);
        world_free(world);
    }
    gsl_integration_workspace_free(room);
}

static double delay_of(const Log *log, size_t i)
{
    return log->delays->conversion_time[i] - log->delays->click_time[i];
}

/* Events that the truth has probabilities of, given x and what the event is among. */
enum { SEEN, LATER, CONVERTS, EVENTS };
static const char *const event_name[EVENTS] = {"conversions seen", "conversions to come",
                                               "conversions of those that have not"};

/* What happened less its probability, and the variance of that; 0 where a row is not among those. */
static double residual_of(const Log *log, size_t i, const DelayState *at, double elapsed, int which,
                          double *variance)
{
    const bool converted = log->conversion[i], seen = converted && delay_of(log, i) <= elapsed;
    const bool among[EVENTS] = {converted, true, !seen},
               happened[EVENTS] = {seen, converted && !seen, converted};
    const double p[EVENTS] = {at->seen, at->later, at->converts};
    *variance = among[which] ? p[which] * (1 - p[which]) : 0;
    return among[which] ? happened[which] - p[which] : 0;
}

/* Over all clicks, and by thirds of the log scale, where there are events enough for a normal distribution.
 */
static void check_draws(const char *where, const Drawn *drawn, bool clicked)
{
    static const double elapsed[] = {0.01, 0.2, 1, 2.5}, least_variance = 25;
    const size_t n = drawn->truth.rows;
    double *scale = drawn->truth.delay->log_scale;
    const double mean = mean_of(scale, n), sd = sqrt(variance_of(scale, n));
    int checked = 0;
    for (size_t e = 0; e < sizeof elapsed / sizeof *elapsed; e++) {
        double sum[EVENTS][4] = {{0}}, variances[EVENTS][4] = {{0}};
        for (size_t i = 0; i < n; i++) {
            if (!drawn->log.click[i])
                continue;
            const DelayState at = delay_state_at(&drawn->truth, i, elapsed[e], clicked);
            const int third = scale[i] < mean - 0.43 * sd ? 1 : scale[i] < mean + 0.43 * sd ? 2 : 3;
            for (int which = 0; which < EVENTS; which++) {
                double variance, residual = residual_of(&drawn->log, i, &at, elapsed[e], which, &variance);
                sum[which][0] += residual;
                variances[which][0] += variance;
                sum[which][third] += residual;
                variances[which][third] += variance;
            }
        }
        for (int which = 0; which < EVENTS; which++)
            for (int third = 0; third < 4; third++) {
                char what[160];
                snprintf(what, sizeof what, "%s, %s after %g days, third %d", where, event_name[which],
                         elapsed[e], third);
                if (variances[which][third] < least_variance)
                    continue;
                within_error(what, sum[which][third], 0, sqrt(variances[which][third]));
                checked++;
            }
    }
    assert_true(checked > 24 / SHRINK); /* of 48 */
}

/* Clicks by choice follow the truth among the clicked, forced ones that over D; without confounding of delays
 * the forms are closed, and h of users is a part of x. */
static void draws_follow_their_truth(void **state)
{
    slow_under_valgrind();
    (void)state;
    const size_t n = 40000 / SHRINK;
    for (int k = 0; k < 4 * FAMILIES; k++) {
        char where[64];
        WorldOptions options = confounded((DelayFamily)(k % FAMILIES));
        const bool forced = k / FAMILIES == 1;
        if (k / FAMILIES == 3) { /* a world of probits has no selection on the outcome */
            options.link = LINK_PROBIT;
            options.delta = 0;
        }
        if (k / FAMILIES == 2 && k % 2)
            options.delay.confounding = 0;
        else if (k / FAMILIES == 2)
            options.hidden_level = HIDDEN_USER;
        World *world = world_of(&options);
        Drawn drawn = draw_of(world, 0, "log", forced ? SAMPLE_UNBIASED : SAMPLE_EXPOSURES, n);
        snprintf(where, sizeof where, "%s %d", family_name[options.delay.family], k / FAMILIES);
        for (size_t i = 0; i < n; i++) {
            assert_true(isfinite(drawn.log.delays->conversion_time[i]) == drawn.log.conversion[i]);
            assert_true(!drawn.log.conversion[i] ||
                        (delay_of(&drawn.log, i) >= 0 && delay_of(&drawn.log, i) < 3 + 1e-12));
        }
        check_draws(where, &drawn, !forced);
        drawn_free(&drawn);
        world_free(world);
    }
}

/* h moves the truth of delays: that of the clicked is not that over D. Without early ones, conversions come
 * later the higher h is; with them, those that the window leaves are early again. */
static void confounding_separates_the_clicked(void **state)
{
    (void)state;
    enum { N = 500 };
    WorldOptions options = confounded(DELAY_WEIBULL);
    options.delay.immediate = 0;
    World *world = world_of(&options);
    Drawn drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, N);
    for (size_t i = 0; i < N; i++) /* a higher h clicks more and converts later */
        assert_true(delay_state_at(&drawn.truth, i, 0.2, true).seen <
                    delay_state_at(&drawn.truth, i, 0.2, false).seen);
    drawn_free(&drawn);
    options.delay.confounding = 0;
    world_free(world);
    world = world_of(&options);
    drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, N);
    for (size_t i = 0; i < N; i++)
        assert_true(delay_state_at(&drawn.truth, i, 0.2, true).seen ==
                    delay_state_at(&drawn.truth, i, 0.2, false).seen);
    drawn_free(&drawn);
    world_free(world);
}

/* s_d = (L - mu) / sigma, and s_r from the logit. */
static void delay_scores_have_their_dependence(void **state)
{
    (void)state;
    enum { N = 50000 };
    static double product[N], square[N];
    for (int k = 0; k < 3; k++) {
        WorldOptions options = confounded(DELAY_LOGNORMAL);
        options.delay.dependence = -0.5 + 0.75 * k;
        World *world = world_of(&options);
        Drawn drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, N);
        for (size_t i = 0; i < N; i++) {
            double s_d = (drawn.truth.delay->log_scale[i] - log(0.5)) / options.delay.sigma;
            double s_r =
                (drawn.truth.delay->logit_r[i] - world_conversion_intercept(world)) / options.sigma_r;
            product[i] = s_d * s_r;
            square[i] = s_d * s_d;
        }
        mean_is("variance of s_d", square, N, 1);
        mean_is("correlation of s_d and s_r", product, N, options.delay.dependence);
        drawn_free(&drawn);
        world_free(world);
    }
}

static void same_exposures(const Drawn *a, const Drawn *b)
{
    const size_t n = a->truth.rows;
    const Schema *schema = &a->log.x.schema;
    assert_memory_equal(schema, &b->log.x.schema, sizeof *schema);
    assert_memory_equal(a->log.click, b->log.click, n);
    assert_memory_equal(a->log.conversion, b->log.conversion, n);
    assert_memory_equal(a->truth.potential, b->truth.potential, n);
    assert_memory_equal(a->truth.p_r, b->truth.p_r, n * sizeof(double));
    assert_memory_equal(a->truth.p_r_full, b->truth.p_r_full, n * sizeof(double));
    assert_memory_equal(a->truth.q, b->truth.q, n * sizeof(double));
    assert_memory_equal(a->log.x.dense, b->log.x.dense, n * (size_t)schema->dense * sizeof(float));
    assert_memory_equal(a->log.x.id, b->log.x.id, n * (size_t)schema->categorical * sizeof(uint32_t));
}

static void nothing_else_depends_on_delays(void **state)
{
    (void)state;
    WorldOptions options = confounded(DELAY_WEIBULL);
    World *with = world_of(&options);
    options.delay.days = 0;
    options.delay.drift = options.delay.new_items = 0.5; /* without days, nothing */
    World *without = world_of(&options);
    Drawn a = draw_of(with, 0, "log", SAMPLE_EXPOSURES, 3000);
    Drawn b = draw_of(without, 0, "log", SAMPLE_EXPOSURES, 3000);
    assert_non_null(a.log.delays);
    assert_non_null(a.truth.delay);
    assert_null(b.log.delays);
    assert_null(b.truth.delay);
    assert_true(world_click_intercept(with) == world_click_intercept(without));
    assert_true(world_conversion_intercept(with) == world_conversion_intercept(without));
    same_exposures(&a, &b);
    drawn_free(&a);
    drawn_free(&b);
    world_free(with);
    world_free(without);
}

/* Times, delays, drift and new items; one of the blocks has no room for times. */
static void blocks_do_not_matter(void **state)
{
    (void)state;
    enum { N = 1000, WITHOUT = 2 };
    static const size_t size[] = {1, 613, 63, 323};
    const StreamKey key = drawn_key(0);
    WorldOptions options = confounded(DELAY_LOGNORMAL);
    options.delay.drift = 0.3;
    options.delay.new_items = 0.5;
    World *world = world_of(&options);
    Drawn once = draw_of(world, 0, "log", SAMPLE_EXPOSURES, N);
    Generator *generator;
    size_t at = 0;
    OK(generator_open(&generator, world, &key, "log", SAMPLE_EXPOSURES, message));
    for (size_t k = 0; k < sizeof size / sizeof *size; k++, at += size[k - 1]) {
        Drawn block;
        OK(log_create(&block.log, world_schema(world), size[k], message));
        OK(truth_create(&block.truth, size[k], message));
        if (k != WITHOUT) {
            OK(log_add_delays(&block.log, message));
            OK(truth_add_delay(&block.truth, message));
        }
        generator_next(generator, &block.log, &block.truth);
        assert_memory_equal(block.log.click, once.log.click + at, size[k]);
        assert_memory_equal(block.truth.p_r, once.truth.p_r + at, size[k] * sizeof(double));
        for (size_t i = 0; k != WITHOUT && i < size[k]; i++) {
            assert_true(block.log.delays->click_time[i] == once.log.delays->click_time[at + i]);
            assert_true(block.log.delays->conversion_time[i] == once.log.delays->conversion_time[at + i]);
            const DelayState got = delay_state_at(&block.truth, i, 0.5, true),
                             want = delay_state_at(&once.truth, at + i, 0.5, true);
            assert_memory_equal(&got, &want, sizeof got);
        }
        drawn_free(&block);
    }
    generator_close(generator);
    drawn_free(&once);
    world_free(world);
}

static void parts_keep_times_and_truth(void **state)
{
    (void)state;
    enum { N = 200, PART = 3 };
    static const uint32_t row[PART] = {150, 3, 199};
    WorldOptions options = confounded(DELAY_WEIBULL);
    World *world = world_of(&options);
    Drawn drawn = draw_of(world, 0, "log", SAMPLE_UNBIASED, N), part;
    OK(log_select(&part.log, &drawn.log, row, PART, message));
    OK(truth_select(&part.truth, &drawn.truth, row, PART, message));
    for (size_t i = 0; i < PART; i++) {
        assert_true(part.log.delays->click_time[i] == drawn.log.delays->click_time[row[i]]);
        assert_true(part.log.delays->conversion_time[i] == drawn.log.delays->conversion_time[row[i]]);
        const DelayState got = delay_state_at(&part.truth, i, 0.5, false),
                         want = delay_state_at(&drawn.truth, row[i], 0.5, false);
        assert_memory_equal(&got, &want, sizeof got);
    }
    drawn_free(&part);
    drawn_free(&drawn);
    world_free(world);
}

/* Counts by hour of the day and by day, for no cycle, some, and one that has no exposures at an hour. */
static void times_follow_the_cycle(void **state)
{
    (void)state;
    enum { N = 100000, HOURS = 24, DAYS = 10 };
    for (int k = 0; k < 3; k++) {
        WorldOptions options = confounded(DELAY_WEIBULL);
        double a = options.delay.cycle = 0.5 * k, peak = options.delay.peak = 20 - 7.3 * k;
        size_t by_hour[HOURS] = {0}, by_day[DAYS] = {0};
        double of_hour[HOURS], of_day[DAYS];
        World *world = world_of(&options);
        Drawn drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, N);
        for (size_t i = 0; i < N; i++) {
            double time = drawn.log.delays->click_time[i];
            assert_true(time >= 0 && time < DAYS);
            by_day[(int)time]++;
            by_hour[(int)(HOURS * (time - floor(time)))]++;
        }
        for (int h = 0; h < HOURS; h++)
            of_hour[h] =
                (1 + a * HOURS / (2 * M_PI) *
                         (sin(2 * M_PI * (h + 1 - peak) / HOURS) - sin(2 * M_PI * (h - peak) / HOURS))) /
                HOURS;
        for (int d = 0; d < DAYS; d++)
            of_day[d] = 1.0 / DAYS;
        counts_agree("exposures by hour", by_hour, of_hour, HOURS);
        counts_agree("exposures by day", by_day, of_day, DAYS);
        drawn_free(&drawn);
        world_free(world);
    }
}

/* With drift: the truth is that of the day, and the world has the rates that it was asked for over all days.
 */
static void rates_follow_the_drift(void **state)
{
    slow_under_valgrind();
    (void)state;
    enum { DAYS = 10 };
    const size_t n = 200000 / SHRINK;
    WorldOptions options = confounded(DELAY_WEIBULL);
    options.delay.drift = 0.8;
    options.delay.new_items = 0.3;
    World *world = world_of(&options);
    for (int k = 0; k < 2; k++) {
        Drawn drawn = draw_of(world, 0, "log", k ? SAMPLE_UNBIASED : SAMPLE_EXPOSURES, n);
        double gap[DAYS] = {0}, squares[DAYS] = {0};
        for (size_t i = 0; i < n; i++) {
            int day = (int)drawn.log.delays->click_time[i];
            double truth = k ? drawn.truth.p_r[i] : drawn.truth.q[i];
            double residual = drawn.log.click[i] ? drawn.log.conversion[i] - truth : 0;
            gap[day] += residual;
            squares[day] += residual * residual;
        }
        for (int day = 0; day < DAYS; day++)
            within_error("conversions of a day", gap[day], 0, sqrt(squares[day]));
        if (!k) {
            mean_is("CVR over all days", drawn.truth.p_r, n, options.cvr);
            mean_is("CTR over all days", drawn.truth.p_o, n, options.ctr);
        }
        drawn_free(&drawn);
    }
    world_free(world);
}

/* Without scores and h the conversion logit is b and the drift, whose variance after t days is drift^2 t, in
 * the mean over worlds. */
static void drift_has_its_size(void **state)
{
    slow_under_valgrind();
    (void)state;
    enum { WORLDS = 60, N = 400 };
    static double early[WORLDS], ratio[WORLDS];
    for (uint32_t k = 0; k < WORLDS; k++) {
        WorldOptions options = confounded(DELAY_WEIBULL);
        options.gamma_o = options.gamma_r = options.delta = options.sigma_r = options.delay.cycle = 0;
        options.delay.drift = 0.1;
        World *world;
        OK(world_create(&world, &options, 3, k, message));
        Drawn drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, N);
        for (size_t i = 0; i < N; i++) {
            double term = logit_of(drawn.truth.p_r[i]) - world_conversion_intercept(world);
            double time = floor(24 * drawn.log.delays->click_time[i]) / 24;
            early[k] += time == 0 ? fabs(term) : 0;
            ratio[k] += time > 0 ? term * term / time / N : 0;
        }
        assert_true(early[k] < 1e-9);
        drawn_free(&drawn);
        world_free(world);
    }
    /* 1 of 240 hours has no drift yet */
    mean_is("square of the drift by days", ratio, WORLDS, 0.1 * 0.1 * 239 / 240);
}

/* No item is shown before it begins, and a share of them begins late. */
static void new_items_begin_later(void **state)
{
    (void)state;
    enum { ITEMS = 400, N = 200000, DAYS = 10 };
    static double first[ITEMS], late[ITEMS];
    WorldOptions options = confounded(DELAY_WEIBULL);
    options.items = ITEMS;
    options.item_zipf = 0;
    options.delay.new_items = 0.6;
    World *world = world_of(&options);
    Drawn log = draw_of(world, 0, "log", SAMPLE_EXPOSURES, N),
          other = draw_of(world, 1, "test", SAMPLE_UNBIASED, N);
    for (int i = 0; i < ITEMS; i++)
        first[i] = DAYS;
    for (size_t i = 0; i < N; i++) {
        uint32_t item = log.log.x.id[i * 4 + FIELD_ITEM];
        first[item] = fmin(first[item], log.log.delays->click_time[i]);
    }
    for (int i = 0; i < ITEMS; i++) /* those of a day or more; the first exposure is some 0.02 days later */
        late[i] = first[i] > 1;
    mean_is("items that begin after the first day", late, ITEMS, 0.6 * (DAYS - 1) / DAYS);
    size_t before = 0;
    for (size_t i = 0; i < N; i++)
        before += other.log.delays->click_time[i] < first[other.log.x.id[i * 4 + FIELD_ITEM]] - 0.5;
    assert_int_equal(before,
                     0); /* other draws of the world have the same items: exp(-25) is the chance of one */
    drawn_free(&log);
    drawn_free(&other);
    world_free(world);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(laws_are_those_of_the_library),
        cmocka_unit_test(draws_invert_the_law),
        cmocka_unit_test(truth_is_that_of_adaptive_integration),
        cmocka_unit_test(draws_follow_their_truth),
        cmocka_unit_test(confounding_separates_the_clicked),
        cmocka_unit_test(delay_scores_have_their_dependence),
        cmocka_unit_test(nothing_else_depends_on_delays),
        cmocka_unit_test(blocks_do_not_matter),
        cmocka_unit_test(parts_keep_times_and_truth),
        cmocka_unit_test(times_follow_the_cycle),
        cmocka_unit_test(rates_follow_the_drift),
        cmocka_unit_test(drift_has_its_size),
        cmocka_unit_test(new_items_begin_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
