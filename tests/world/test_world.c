/* A world against what was asked of it, and its truth against redraws of the hidden confounder, the potential
 * conversion and the click. */
#include "sim/world/world.h"

#include "tests/support/monte_carlo.h"

#include <float.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_multifit.h>
#include <gsl/gsl_randist.h>

static WorldOptions asked(Shape shape)
{
    return (WorldOptions){.users = 300,
                          .items = 150,
                          .segments = 6,
                          .categories = 5,
                          .latent = 3,
                          .context = 2,
                          .user_zipf = 0.6,
                          .item_zipf = 0.9,
                          .feature_noise = 0.3,
                          .shape = shape,
                          .dependence = 0.4,
                          .sigma_o = 1.2,
                          .sigma_r = 0.9,
                          .gamma_o = 1,
                          .gamma_r = 0.8,
                          .delta = 0.7,
                          .ctr = 0.1,
                          .cvr = 0.15};
}

/* The world with the same scores but without confounding, where the logits of p_o and p_r are affine in them.
 */
static World *plain_twin(WorldOptions options)
{
    options.gamma_o = options.gamma_r = options.delta = 0;
    return world_of(&options);
}

/* Scores of the rows of a log drawn from a plain twin. */
static void scores(const World *twin, const Truth *truth, double *s_o, double *s_r)
{
    const WorldOptions *o = world_options(twin);
    for (size_t i = 0; i < truth->rows; i++) {
        s_o[i] = (logit_of(truth->p_o[i]) - world_click_intercept(twin)) / o->sigma_o;
        s_r[i] = (logit_of(truth->p_r[i]) - world_conversion_intercept(twin)) / o->sigma_r;
    }
}

/* Errors of the calibration are some ten times below those of its 2^17 rows as random draws, so they add 1 %
 * to the standard error of a log of as many. */
static void rates_are_as_asked(void **state)
{
    slow_under_valgrind();
    (void)state;
    static const HiddenLevel level[] = {HIDDEN_EXPOSURE, HIDDEN_USER, HIDDEN_ITEM};
    static const double rate[][2] = {{0.1, 0.15}, {0.02, 0.3}, {0.4, 0.05}};
    for (int k = 0; k < 3; k++) {
        WorldOptions options = asked((Shape)k);
        options.hidden_level = level[k];
        options.ctr = rate[k][0];
        options.cvr = rate[k][1];
        World *world = world_of(&options);
        Drawn drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, (1 << 17) / SHRINK);
        mean_is("CTR", drawn.truth.p_o, drawn.truth.rows, options.ctr);
        mean_is("CVR", drawn.truth.p_r, drawn.truth.rows, options.cvr);
        drawn_free(&drawn);
        world_free(world);
    }
}

/* Over all pairs of ids, where they are all there is to an exposure: the error is a tenth of random draws'.
 */
static void calibration_beats_random_draws(void **state)
{
    (void)state;
    enum { USERS = 60, ITEMS = 50, PAIRS = USERS * ITEMS, N = 60000 };
    for (int shape = 0; shape < 3; shape++) {
        WorldOptions options = asked((Shape)shape);
        options.users = USERS;
        options.items = ITEMS;
        options.context = 0;
        options.user_zipf = options.item_zipf = 0;
        World *twin = plain_twin(options);
        Drawn drawn = draw_of(twin, 0, "log", SAMPLE_EXPOSURES, N);
        double p_o[PAIRS] = {0};
        double p_r[PAIRS] = {0};
        for (size_t i = 0; i < N; i++) { /* a pair stays unseen with probability 3000 exp(-20) */
            const uint32_t *id = drawn.log.x.id + 4 * i;
            p_o[id[FIELD_USER] * ITEMS + id[FIELD_ITEM]] = drawn.truth.p_o[i];
            p_r[id[FIELD_USER] * ITEMS + id[FIELD_ITEM]] = drawn.truth.p_r[i];
        }
        const double random = sqrt(1.0 / (1 << 17));
        within_error("CTR", mean_of(p_o, PAIRS), options.ctr, 0.1 * random * sqrt(variance_of(p_o, PAIRS)));
        within_error("CVR", mean_of(p_r, PAIRS), options.cvr, 0.1 * random * sqrt(variance_of(p_r, PAIRS)));
        drawn_free(&drawn);
        world_free(twin);
    }
}

static void check_scores(const WorldOptions *options)
{
    World *twin = plain_twin(*options);
    Drawn drawn = draw_of(twin, 0, "log", SAMPLE_EXPOSURES, (1 << 17) / SHRINK);
    size_t n = drawn.truth.rows;
    double *s_o = calloc(3 * n, sizeof *s_o);
    assert_non_null(s_o);
    double *s_r = s_o + n;
    double *product = s_r + n;
    scores(twin, &drawn.truth, s_o, s_r);
    mean_is("mean of s_o", s_o, n, 0);
    mean_is("mean of s_r", s_r, n, 0);
    for (size_t i = 0; i < n; i++) {
        product[i] = s_o[i] * s_r[i];
        s_o[i] *= s_o[i];
        s_r[i] *= s_r[i];
    }
    mean_is("variance of s_o", s_o, n, 1);
    mean_is("variance of s_r", s_r, n, 1);
    mean_is("correlation of the scores", product, n, options->dependence);
    free(s_o);
    drawn_free(&drawn);
    world_free(twin);
}

static void scores_are_standardised_and_correlated(void **state)
{
    (void)state;
    static const double dependence[] = {-0.5, 0, 0.8};
    for (int shape = 0; shape < 3; shape++) {
        for (int k = 0; k < 3; k++) {
            WorldOptions options = asked((Shape)shape);
            options.dependence = dependence[k];
            check_scores(&options);
        }
    }
}

/* Of a logit that is computed from a rounded probability; 8 covers the roundings of the sigmoid as well. */
static double rounding_of_logit(double p)
{
    return 8 * DBL_EPSILON / (p * (1 - p));
}

static void full_dependence_makes_one_score(void **state)
{
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) {
        WorldOptions options = asked(SHAPE_NETWORK);
        options.dependence = sign;
        World *twin = plain_twin(options);
        Drawn drawn = draw_of(twin, 0, "log", SAMPLE_EXPOSURES, 1000);
        double s_o[1000];
        double s_r[1000];
        scores(twin, &drawn.truth, s_o, s_r);
        for (size_t i = 0; i < drawn.truth.rows; i++) {
            double error = rounding_of_logit(drawn.truth.p_o[i]) / options.sigma_o +
                           rounding_of_logit(drawn.truth.p_r[i]) / options.sigma_r;
            assert_true(fabs(s_r[i] - sign * s_o[i]) <= error);
        }
        drawn_free(&drawn);
        world_free(twin);
    }
}

/* Columns of a regression on what an estimator sees: 1, the dense columns and z_u . z_i. */
static void regressors(const Features *x, int latent, gsl_matrix *design)
{
    for (size_t i = 0; i < x->rows; i++) {
        const float *dense = x->dense + i * (size_t)x->schema.dense;
        double product = 0;
        for (int d = 0; d < latent; d++) {
            product += (double)dense[d] * (double)dense[latent + d];
        }
        gsl_matrix_set(design, i, 0, 1);
        for (int d = 0; d < x->schema.dense; d++) {
            gsl_matrix_set(design, i, (size_t)d + 1, (double)dense[d]);
        }
        if (design->size2 > (size_t)x->schema.dense + 1) {
            gsl_matrix_set(design, i, design->size2 - 1, product);
        }
    }
}

/* Residual sum of squares of the conversion logit regressed on noiseless features, over the most that
 * features rounded to float can leave: relative errors of 2^-24, and twice that in a product. */
static double unexplained(Shape shape, int interaction)
{
    enum { N = 1000 };
    WorldOptions options = asked(shape);
    options.feature_noise = 0;
    World *twin = plain_twin(options);
    Drawn drawn = draw_of(twin, 0, "log", SAMPLE_EXPOSURES, N);
    size_t columns = (size_t)world_schema(twin)->dense + 1 + (size_t)interaction;
    gsl_matrix *design = gsl_matrix_alloc(N, columns);
    gsl_matrix *covariance = gsl_matrix_alloc(columns, columns);
    gsl_vector *y = gsl_vector_alloc(N);
    gsl_vector *coefficient = gsl_vector_alloc(columns);
    gsl_multifit_linear_workspace *workspace = gsl_multifit_linear_alloc(N, columns);
    double left;
    double rounding = 0;
    regressors(&drawn.log.x, options.latent, design);
    for (size_t i = 0; i < N; i++) {
        gsl_vector_set(y, i, logit_of(drawn.truth.p_r[i]));
    }
    assert_int_equal(gsl_multifit_linear(design, y, coefficient, covariance, &left, workspace), GSL_SUCCESS);
    for (size_t i = 0; i < N; i++) {
        double most = rounding_of_logit(drawn.truth.p_r[i]);
        for (size_t d = 1; d < columns; d++) {
            most += ldexp(fabs(gsl_vector_get(coefficient, d) * gsl_matrix_get(design, i, d)), -23);
        }
        rounding += most * most;
    }
    gsl_multifit_linear_free(workspace);
    gsl_vector_free(coefficient);
    gsl_vector_free(y);
    gsl_matrix_free(covariance);
    gsl_matrix_free(design);
    drawn_free(&drawn);
    world_free(twin);
    return left / rounding;
}

/* So x determines the truth where it is noiseless, and each shape is the function that it says. */
static void shapes_are_the_functions_they_say(void **state)
{
    (void)state;
    assert_true(unexplained(SHAPE_LINEAR, 0) <= 1);
    assert_true(unexplained(SHAPE_INTERACTION, 1) <= 1);
    assert_true(unexplained(SHAPE_INTERACTION, 0) > 1e6);
    assert_true(unexplained(SHAPE_NETWORK, 1) > 1e6);
}

/* Redraws of one exposure by the logits of sim/README.md. */
static void check_redraws(const World *world, double s_o, double s_r, const Truth *truth, size_t row,
                          gsl_rng *random)
{
    const WorldOptions *o = world_options(world);
    const double n = 1e6 / SHRINK;
    double converted = 0;
    double clicked = 0;
    double both = 0;
    for (int i = 0; i < (int)n; i++) {
        double h = gsl_ran_ugaussian_ratio_method(random);
        double p_r = sigmoid_of(world_conversion_intercept(world) + o->sigma_r * s_r + o->gamma_r * h);
        int r = gsl_rng_uniform(random) < p_r;
        double p_o = sigmoid_of(world_click_intercept(world) + o->sigma_o * s_o + o->gamma_o * h +
                                o->delta * (r - p_r));
        int click = gsl_rng_uniform(random) < p_o;
        converted += r;
        clicked += click;
        both += click * r;
    }
    double p_r = truth->p_r[row];
    double p_o = truth->p_o[row];
    double q = truth->q[row];
    within_error("p_r", converted / n, p_r, sqrt(p_r * (1 - p_r) / n));
    within_error("p_o", clicked / n, p_o, sqrt(p_o * (1 - p_o) / n));
    within_error("q", both / clicked, q, sqrt(q * (1 - q) / clicked));
}

static void truth_agrees_with_redraws(void **state)
{
    (void)state;
    enum { EXPOSURES = 4 };
    static const double constants[][3] = {{1, 0.8, 0.7}, {1.5, -1.5, 0}, {0, 0, -2}, {-1, 1.2, 1}};
    StreamKey key = {.seed = 11, .setting = ""};
    gsl_rng *random = stream_open(&key, "redraws");
    assert_non_null(random);
    for (size_t k = 0; k < sizeof constants / sizeof *constants; k++) {
        WorldOptions options = asked((Shape)(k % 3));
        options.gamma_o = constants[k][0];
        options.gamma_r = constants[k][1];
        options.delta = constants[k][2];
        World *world = world_of(&options);
        World *twin = plain_twin(options);
        Drawn drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, EXPOSURES);
        Drawn bare = draw_of(twin, 0, "log", SAMPLE_EXPOSURES, EXPOSURES);
        double s_o[EXPOSURES];
        double s_r[EXPOSURES];
        scores(twin, &bare.truth, s_o, s_r);
        for (size_t i = 0; i < EXPOSURES; i++) {
            check_redraws(world, s_o[i], s_r[i], &drawn.truth, i, random);
        }
        drawn_free(&bare);
        drawn_free(&drawn);
        world_free(twin);
        world_free(world);
    }
    gsl_rng_free(random);
}

/* Equal up to the errors of two evaluations of the same sigmoid: of exp (4 units in the last place in the
 * vector library) and of its argument (3 roundings of numbers below 16), 8 more for the sums around it. */
static int same_probability(double a, double b)
{
    return fabs(a - b) <= (4 + 3 * 16 + 8) * DBL_EPSILON * fmin(a, b);
}

static void at_random_truth_is_simple(void **state)
{
    (void)state;
    static const double gamma[][2] = {{0, 0}, {0.8, 0}, {0, 0.8}};
    for (int k = 0; k < 3; k++) {
        WorldOptions options = asked((Shape)k);
        options.gamma_o = gamma[k][0];
        options.gamma_r = gamma[k][1];
        options.delta = 0;
        World *world = world_of(&options);
        Drawn drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, 5000);
        const Truth *truth = &drawn.truth;
        assert_memory_equal(truth->q, truth->p_r, truth->rows * sizeof *truth->q);
        for (size_t i = 0; i < truth->rows; i++) {
            assert_true(same_probability(truth->p_o_full[i], truth->p_o_given[i]));
            assert_true(options.gamma_o != 0 || same_probability(truth->p_o_full[i], truth->p_o[i]));
            assert_true(options.gamma_r != 0 || same_probability(truth->p_r_full[i], truth->p_r[i]));
        }
        drawn_free(&drawn);
        world_free(world);
    }
}

static void expect_refusal(const WorldOptions *options, const char *word)
{
    World *world;
    Message message = {""};
    assert_int_equal(world_create(&world, options, 3, 0, &message), STATUS_USAGE);
    assert_null(world);
    assert_non_null(strstr(message.text, word));
}

static void impossible_worlds_are_refused(void **state)
{
    (void)state;
    WorldOptions options = asked(SHAPE_LINEAR);
    options.gamma_o = options.gamma_r = options.delta = 0;
    options.users = options.items = 1;
    options.context = 0;
    expect_refusal(&options, "world.users"); /* scores do not vary at all */
    options.context = 1;
    expect_refusal(&options,
                   "world.context"); /* both vary with one number: no room for a dependence of 0.4 */
    options.context = 2;
    World *world = world_of(&options);
    world_free(world);
    options.sigma_o = 1e5;
    expect_refusal(&options, "world.ctr"); /* no intercept of a sane size moves logits like these */
    options.sigma_o = 1;
    options.sigma_r = 1e5;
    expect_refusal(&options, "world.cvr");
    options.sigma_r = 1;
    options.link = LINK_PROBIT;
    options.delta = 0.5;
    expect_refusal(&options, "world.delta");
}

/* Rates are those that are asked for, and outcomes follow the truth given x: clicks, and conversions of the
 * clicked, which the confounder makes more than those of all. */
static void worlds_of_probits_are_as_asked(void **state)
{
    enum { PROBIT_ROWS = 100000 / SHRINK };
    (void)state;
    WorldOptions options = asked(SHAPE_NETWORK);
    options.link = LINK_PROBIT;
    options.delta = 0;
    options.gamma_o = options.gamma_r = 1;
    World *world = world_of(&options);
    Drawn d = draw_of(world, 0, "probit", SAMPLE_EXPOSURES, PROBIT_ROWS);
    double *residual = calloc(3 * PROBIT_ROWS, sizeof *residual);
    assert_non_null(residual);
    for (size_t i = 0; i < PROBIT_ROWS; i++) {
        residual[i] = d.log.click[i] - d.truth.p_o[i];
        residual[PROBIT_ROWS + i] = d.truth.potential[i] - d.truth.p_r[i];
        residual[2 * PROBIT_ROWS + i] = d.log.click[i] ? d.log.conversion[i] - d.truth.q[i] : 0;
    }
    mean_is("clicks", residual, PROBIT_ROWS, 0);
    mean_is("conversions", residual + PROBIT_ROWS, PROBIT_ROWS, 0);
    mean_is("conversions of the clicked", residual + (ptrdiff_t)2 * PROBIT_ROWS, PROBIT_ROWS, 0);
    mean_is("p_o", d.truth.p_o, PROBIT_ROWS, options.ctr);
    mean_is("p_r", d.truth.p_r, PROBIT_ROWS, options.cvr);
    assert_true(mean_of(d.truth.q, PROBIT_ROWS) > mean_of(d.truth.p_r, PROBIT_ROWS) + 0.05);
    free(residual);
    drawn_free(&d);
    world_free(world);
}

static void the_seed_and_index_make_the_world(void **state)
{
    (void)state;
    WorldOptions options = asked(SHAPE_NETWORK);
    options.gamma_o = options.gamma_r = 0;
    World *world[4];
    static const struct {
        uint64_t seed;
        uint32_t index;
    } which[] = {{3, 0}, {3, 0}, {3, 1}, {4, 0}};
    Drawn drawn[4];
    for (int k = 0; k < 4; k++) {
        OK(world_create(&world[k], &options, which[k].seed, which[k].index, message));
        drawn[k] = draw_of(world[k], 0, "log", SAMPLE_EXPOSURES, 100);
    }
    size_t size = 100 * sizeof(double);
    assert_memory_equal(drawn[0].truth.p_r, drawn[1].truth.p_r, size);
    assert_memory_equal(drawn[0].truth.p_o, drawn[1].truth.p_o, size);
    for (int k = 2; k < 4; k++) {
        assert_true(world_click_intercept(world[0]) != world_click_intercept(world[k]));
        for (int i = 0; i < 100; i++) {
            assert_true(drawn[0].truth.p_r[i] != drawn[k].truth.p_r[i]);
        }
    }
    for (int k = 0; k < 4; k++) {
        drawn_free(&drawn[k]);
        world_free(world[k]);
    }
}

/* A sample that another world has left gives the same world in every bit; one of other users, items, scores
 * or streams, or with terms that hold more options, is drawn anew. */
static void worlds_from_a_cache_are_the_same(void **state)
{
    (void)state;
    static const struct {
        double ctr, gamma, noise, zipf, memory;
        int users, events;
        HiddenLevel level;
    } variant[] = {
        {0.1, 0, 0.5, 1, 3, 50, 0, HIDDEN_EXPOSURE}, {0.2, 1, 0.1, 1, 3, 50, 0, HIDDEN_EXPOSURE},
        {0.2, 1, 0.1, 1, 3, 60, 0, HIDDEN_EXPOSURE}, {0.2, 1, 0.1, 0.5, 3, 50, 0, HIDDEN_EXPOSURE},
        {0.1, 0, 0.5, 1, 3, 50, 4, HIDDEN_EXPOSURE}, {0.1, 0, 0.5, 1, 1, 50, 4, HIDDEN_EXPOSURE},
        {0.1, 1, 0.5, 1, 3, 50, 0, HIDDEN_USER},     {0.1, 2, 0.5, 1, 3, 50, 0, HIDDEN_USER},
    };
    enum { VARIANTS = sizeof variant / sizeof *variant };
    SampleCache *cache = sample_cache_create(2);
    assert_non_null(cache);
    for (int round = 0; round < 2; round++)
        for (int k = 0; k < VARIANTS; k++) {
            WorldOptions options = {.users = variant[k].users,
                                    .items = 40,
                                    .segments = 4,
                                    .categories = 5,
                                    .latent = 3,
                                    .context = 2,
                                    .item_zipf = variant[k].zipf,
                                    .feature_noise = variant[k].noise,
                                    .shape = SHAPE_INTERACTION,
                                    .dependence = 0.5,
                                    .sigma_o = 1,
                                    .sigma_r = 1,
                                    .gamma_o = variant[k].gamma,
                                    .gamma_r = variant[k].gamma,
                                    .hidden_level = variant[k].level,
                                    .ctr = variant[k].ctr,
                                    .cvr = 0.2};
            options.activity = (ActivityOptions){
                .events = variant[k].events, .weight = 0.3, .drift = 0.2, .memory = variant[k].memory};
            World *alone, *from;
            OK(world_create(&alone, &options, 1, (unsigned)round, message));
            OK(world_create_from(&from, &options, 1, (unsigned)round, cache, message));
            assert_true(world_click_intercept(alone) == world_click_intercept(from));
            assert_true(world_conversion_intercept(alone) == world_conversion_intercept(from));
            world_free(alone);
            world_free(from);
        }
    sample_cache_free(cache);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worlds_from_a_cache_are_the_same),
        cmocka_unit_test(rates_are_as_asked),
        cmocka_unit_test(calibration_beats_random_draws),
        cmocka_unit_test(scores_are_standardised_and_correlated),
        cmocka_unit_test(full_dependence_makes_one_score),
        cmocka_unit_test(shapes_are_the_functions_they_say),
        cmocka_unit_test(truth_agrees_with_redraws),
        cmocka_unit_test(at_random_truth_is_simple),
        cmocka_unit_test(impossible_worlds_are_refused),
        cmocka_unit_test(worlds_of_probits_are_as_asked),
        cmocka_unit_test(the_seed_and_index_make_the_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
