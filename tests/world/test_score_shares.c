/* What of the scores comes from whom, the link of popularity and clicks, and the odds ratio of hidden
 * confounding: each as asked, measured on drawn exposures. */
#include "sim/world/world.h"

#include "tests/support/monte_carlo.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <stdbool.h>

static WorldOptions asked(Shape shape)
{
    return (WorldOptions){.users = 120,
                          .items = 90,
                          .segments = 6,
                          .categories = 5,
                          .latent = 3,
                          .context = 2,
                          .user_zipf = 0.4,
                          .item_zipf = 0.9,
                          .feature_noise = 0.3,
                          .shape = shape,
                          .dependence = 0.4,
                          .user_share = 0.5,
                          .item_share = 0.2,
                          .sigma_o = 1.2,
                          .sigma_r = 0.9,
                          .ctr = 0.1,
                          .cvr = 0.15};
}

enum { ROWS = (1 << 18) / SHRINK };

/* The scores of a world without confounding, where logits are affine in them. */
static void scores(const World *world, const Truth *truth, double *s_o, double *s_r)
{
    const WorldOptions *o = world_options(world);
    for (size_t i = 0; i < truth->rows; i++) {
        s_o[i] = (logit_of(truth->p_o[i]) - world_click_intercept(world)) / o->sigma_o;
        s_r[i] = (logit_of(truth->p_r[i]) - world_conversion_intercept(world)) / o->sigma_r;
    }
}

/* Two exposures of one user, of others alike, have other items and contexts, which are independent: the mean
 * product of their scores is the variance that the user explains. Pairs are disjoint. */
static void share_is(const char *what, const Log *log, int field, const double *s, double *product,
                     double want)
{
    size_t *waiting = calloc(log->x.schema.cardinality[field], sizeof *waiting), pairs = 0;
    assert_non_null(waiting);
    for (size_t i = 0; i < log->x.rows; i++) {
        size_t *other = &waiting[log->x.id[i * 4 + (size_t)field]];
        if (*other)
            product[pairs++] = s[i] * s[*other - 1];
        *other = *other ? 0 : i + 1;
    }
    mean_is(what, product, pairs, want);
    free(waiting);
}

static void shares_are_as_asked(void **state)
{
    slow_under_valgrind();
    (void)state;
    static const double share[][2] = {{0.5, 0.2}, {0, 0.6}, {0.3, 0.7}};
    double *s_o = calloc(3 * (size_t)ROWS, sizeof *s_o), *s_r = s_o + ROWS, *product = s_r + ROWS;
    assert_non_null(s_o);
    for (int shape = 0; shape < 3; shape++)
        for (int k = 0; k < 3; k++) {
            WorldOptions options = asked((Shape)shape);
            options.user_share = share[k][0];
            options.item_share = share[k][1];
            World *world = world_of(&options);
            Drawn drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, ROWS);
            scores(world, &drawn.truth, s_o, s_r);
            for (int f = 0; f < 2; f++) {
                share_is("share in s_o", &drawn.log, f, s_o, product, share[k][f]);
                share_is("share in s_r", &drawn.log, f, s_r, product, share[k][f]);
            }
            for (size_t i = 0; i < ROWS; i++)
                product[i] = s_o[i] * s_r[i];
            mean_is("correlation", product, ROWS, options.dependence);
            drawn_free(&drawn);
            world_free(world);
        }
    free(s_o);
}

static void popularity_has_its_effect(void **state)
{
    slow_under_valgrind();
    (void)state;
    double *s_o = calloc(3 * (size_t)ROWS, sizeof *s_o), *s_r = s_o + ROWS, *product = s_r + ROWS;
    assert_non_null(s_o);
    for (int shape = 0; shape < 3; shape++) {
        WorldOptions options = asked((Shape)shape);
        options.user_share = options.item_share = 0;
        options.popularity.effect = shape ? 0.5 : -0.3;
        World *world = world_of(&options);
        Drawn drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, ROWS);
        /* -log rank, standardised by the exposure probabilities of Zipf's law */
        double total = 0, mean = 0, square = 0;
        for (int m = 1; m <= options.items; m++) {
            const double p = pow(m, -options.item_zipf);
            total += p;
            mean -= p * log(m);
            square += p * log(m) * log(m);
        }
        mean /= total;
        const double sd = sqrt(square / total - mean * mean);
        scores(world, &drawn.truth, s_o, s_r);
        for (size_t i = 0; i < ROWS; i++)
            product[i] = s_o[i] * (-log(drawn.log.x.id[4 * i + FIELD_ITEM] + 1.0) - mean) / sd;
        mean_is("popularity and s_o", product, ROWS, options.popularity.effect);
        for (size_t i = 0; i < ROWS; i++)
            product[i] = s_o[i] * s_o[i];
        mean_is("variance of s_o", product, ROWS, 1);
        for (size_t i = 0; i < ROWS; i++)
            product[i] = s_o[i] * s_r[i];
        mean_is("correlation", product, ROWS, options.dependence);
        drawn_free(&drawn);
        world_free(world);
    }
    free(s_o);
}

/* At 0 all of it is off, and nothing of a world's draws moves. */
static void off_is_as_before(void **state)
{
    (void)state;
    WorldOptions options = asked(SHAPE_NETWORK);
    options.user_share = options.item_share = 0;
    World *world = world_of(&options);
    const Schema *schema = world_schema(world);
    assert_int_equal(schema->categorical, 4);
    assert_int_equal(schema->dense, 2 * options.latent + options.context);
    HiddenOdds odds = {.mean_log = 1};
    Message message;
    assert_int_equal(world_hidden_odds(world, &odds, &message), STATUS_OK);
    assert_true(odds.mean_log == 0);
    world_free(world);
}

/* log Gamma of one exposure by adaptive integration over h, from the definition: the odds of r(1) among the
 * clicked over those among the not clicked. */
typedef struct Integrand {
    double click, conversion, gamma_o, gamma_r, delta;
    bool clicked, converts;
} Integrand;

static double density(double h, void *argument)
{
    const Integrand *f = argument;
    const double p = sigmoid_of(f->conversion + f->gamma_r * h);
    const double o = sigmoid_of(f->click + f->gamma_o * h + f->delta * (f->converts - p));
    return exp(-h * h / 2) * (f->converts ? p : 1 - p) * (f->clicked ? o : 1 - o);
}

static double log_odds_ratio(Integrand f, gsl_integration_workspace *room)
{
    double log_ratio = 0, value, error;
    for (int cell = 0; cell < 4; cell++) {
        f.clicked = cell & 1;
        f.converts = cell & 2;
        gsl_function function = {density, &f};
        gsl_integration_qag(&function, -9, 9, 1e-13, 1e-10, 200, GSL_INTEG_GAUSS31, room, &value, &error);
        log_ratio += (f.clicked == f.converts ? 1 : -1) * log(value);
    }
    return log_ratio;
}

static void hidden_odds_are_as_asked(void **state)
{
    slow_under_valgrind();
    (void)state;
    enum { N = 3000 / SHRINK };
    static const struct {
        double odds, delta;
    } wanted[] = {{1.5, 0}, {2.7, 0}, {0.6, 0}, {1, 0}, {1.8, 0.3}, {1.2, 0.5}};
    gsl_integration_workspace *room = gsl_integration_workspace_alloc(200);
    for (int k = 0; k < 6; k++) {
        WorldOptions options = asked(k % 2 ? SHAPE_NETWORK : SHAPE_INTERACTION);
        double *x = calloc(N, sizeof *x);
        HiddenOdds odds;
        Message message;
        options.delta = wanted[k].delta;
        options.hidden_odds = wanted[k].odds;
        World *world = world_of(&options);
        const double gamma_o = world_click_confounding(world), gamma_r = world_conversion_confounding(world);
        assert_true(gamma_o == fabs(gamma_r));
        /* The same scores without a confounder and delta: what x says, row by row. */
        WorldOptions plain = options;
        plain.hidden_odds = plain.delta = 0;
        World *twin = world_of(&plain);
        Drawn drawn = draw_of(twin, 0, "log", SAMPLE_EXPOSURES, N);
        for (size_t i = 0; i < N; i++)
            x[i] = log_odds_ratio(
                (Integrand){.click = logit_of(drawn.truth.p_o[i]) - world_click_intercept(twin) +
                                     world_click_intercept(world),
                            .conversion = logit_of(drawn.truth.p_r[i]) - world_conversion_intercept(twin) +
                                          world_conversion_intercept(world),
                            .gamma_o = gamma_o,
                            .gamma_r = gamma_r,
                            .delta = options.delta},
                room);
        mean_is("log Gamma", x, N, log(wanted[k].odds));
        assert_int_equal(world_hidden_odds(world, &odds, &message), STATUS_OK);
        within_error("log Gamma of the world", odds.mean_log, log(wanted[k].odds),
                     sqrt(variance_of(x, N) / 4096)); /* solved on as many quasi-random rows */
        drawn_free(&drawn);
        world_free(twin);
        world_free(world);
        free(x);
    }
    gsl_integration_workspace_free(room);
}

static void refused(WorldOptions options, const char *why)
{
    World *world;
    Message message;
    assert_int_equal(world_create(&world, &options, 3, 0, &message), STATUS_USAGE);
    assert_null(world);
    if (!strstr(message.text, why))
        fail_msg("'%s' does not say '%s'", message.text, why);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    WorldOptions options = asked(SHAPE_NETWORK);
    options.context = 0;
    refused(options, "world.user_share, world.item_share");
    options = asked(SHAPE_NETWORK);
    options.users = 1;
    refused(options, "world.user_share: the users' part");
    options = asked(SHAPE_LINEAR);
    options.latent = 1;
    refused(options, "world.user_share: the users' part");
    options = asked(SHAPE_NETWORK);
    options.popularity.effect = 0.5;
    options.items = 1;
    refused(options, "world.");
    options = asked(SHAPE_NETWORK);
    options.hidden_odds = 1000;
    refused(options, "world.hidden_odds: no hidden confounder");
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_are_as_asked),       cmocka_unit_test(popularity_has_its_effect),
        cmocka_unit_test(off_is_as_before),          cmocka_unit_test(hidden_odds_are_as_asked),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
