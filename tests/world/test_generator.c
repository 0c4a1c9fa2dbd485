/* What is drawn from a world: exposures, outcomes and the hidden confounder behind them. */
#include "sim/world/world.h"

#include "tests/support/monte_carlo.h"

#include <float.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_sort.h>

enum { MEMBERS = 2000 };

/* Of numbers that come from logits of probabilities p: a few times DBL_EPSILON / p, and p stays above 1e-6.
 */
static const double ROUNDING = 1e-9;

static WorldOptions asked(HiddenLevel level)
{
    return (WorldOptions){.users = MEMBERS,
                          .items = MEMBERS,
                          .segments = 6,
                          .categories = 5,
                          .latent = 3,
                          .context = 2,
                          .feature_noise = 0.3,
                          .shape = SHAPE_INTERACTION,
                          .dependence = 0.4,
                          .sigma_o = 1.2,
                          .sigma_r = 0.9,
                          .gamma_o = 1,
                          .gamma_r = 0.8,
                          .delta = 0.7,
                          .hidden_level = level,
                          .ctr = 0.2,
                          .cvr = 0.25};
}

/* The world as asked of each level. */
static World *shared[3];

static int create_worlds(void **state)
{
    (void)state;
    for (int level = 0; level < 3; level++) {
        WorldOptions options = asked((HiddenLevel)level);
        shared[level] = world_of(&options);
    }
    return 0;
}

static int free_worlds(void **state)
{
    (void)state;
    for (int level = 0; level < 3; level++) {
        world_free(shared[level]);
    }
    return 0;
}

static uint32_t id(const Log *log, size_t row, int field)
{
    return log->x.id[row * (size_t)log->x.schema.categorical + (size_t)field];
}

/* Residuals of events against their probabilities, independent between rows. */
typedef struct Residuals {
    size_t n;
    double *residual, *p;
} Residuals;

static Residuals residuals_create(size_t capacity)
{
    Residuals r = {0, calloc(capacity, sizeof(double)), calloc(capacity, sizeof(double))};
    assert_true(r.residual && r.p);
    return r;
}

static void residuals_add(Residuals *r, double residual, double p)
{
    r->residual[r->n] = residual;
    r->p[r->n++] = p;
}

/* Rows order[0..n): their residuals sum to 0 within the error of a sum of independent ones. */
static void sum_is_zero(const char *what, const Residuals *r, const size_t *order, size_t n)
{
    double total = 0;
    double squares = 0;
    for (size_t i = 0; i < n; i++) {
        total += r->residual[order[i]];
        squares += r->residual[order[i]] * r->residual[order[i]];
    }
    within_error(what, total, 0, sqrt(squares));
}

/* Over all rows, and over each tenth of them by probability. */
static void check_residuals(const char *what, Residuals *r)
{
    size_t *order = calloc(r->n, sizeof *order);
    assert_non_null(order);
    gsl_sort_index(order, r->p, 1, r->n);
    sum_is_zero(what, r, order, r->n);
    for (size_t k = 0; k < 10; k++) {
        size_t first = k * r->n / 10;
        sum_is_zero(what, r, order + first, (k + 1) * r->n / 10 - first);
    }
    free(order);
    r->n = 0;
}

/* Events of rows against the truth given x, given which all rows are independent, whatever the level of h. */
static void check_marginal(const Drawn *d, Residuals *r)
{
    const Truth *t = &d->truth;
    for (size_t i = 0; i < t->rows; i++)
        residuals_add(r, d->log.click[i] - t->p_o[i], t->p_o[i]);
    check_residuals("clicks and p_o", r);
    for (size_t i = 0; i < t->rows; i++)
        residuals_add(r, t->potential[i] - t->p_r[i], t->p_r[i]);
    check_residuals("potential conversions and p_r", r);
    for (size_t i = 0; i < t->rows; i++)
        residuals_add(r, d->log.click[i] * (d->log.conversion[i] - t->q[i]), t->q[i]);
    check_residuals("conversions of clicks and q", r);
}

/* Given h all rows are independent, whatever the level. */
static void check_given(const Drawn *d, Residuals *r)
{
    const Truth *t = &d->truth;
    for (size_t i = 0; i < t->rows; i++) {
        residuals_add(r, d->log.click[i] - t->p_o_full[i], t->p_o_full[i]);
    }
    check_residuals("clicks and p_o given h", r);
    for (size_t i = 0; i < t->rows; i++) {
        residuals_add(r, d->log.click[i] - t->p_o_given[i], t->p_o_given[i]);
    }
    check_residuals("clicks and p_o given h and r(1)", r);
    for (size_t i = 0; i < t->rows; i++) {
        residuals_add(r, t->potential[i] - t->p_r_full[i], t->p_r_full[i]);
    }
    check_residuals("potential conversions and p_r given h", r);
}

static void outcomes_agree_with_the_truth(void **state)
{
    (void)state;
    const size_t n = 200000 / SHRINK;
    Residuals r = residuals_create(n);
    for (int level = 0; level < 3; level++) {
        Drawn drawn = draw_of(shared[level], 0, "log", SAMPLE_EXPOSURES, n);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(drawn.log.conversion[i], drawn.log.click[i] && drawn.truth.potential[i]);
        }
        check_marginal(&drawn, &r);
        check_given(&drawn, &r);
        drawn_free(&drawn);
    }
    free(r.residual);
    free(r.p);
}

/* h of every row, from the conversion logit: that of the same exposure without confounding has the score. */
static void hidden_of(const World *world, const Drawn *drawn, double *h)
{
    const WorldOptions *options = world_options(world);
    WorldOptions plain = *options;
    plain.gamma_o = plain.gamma_r = plain.delta = 0;
    World *twin = world_of(&plain);
    Drawn bare = draw_of(twin, 0, "log", SAMPLE_EXPOSURES, drawn->truth.rows);
    for (size_t i = 0; i < drawn->truth.rows; i++) {
        double p_r = drawn->truth.p_r_full[i];
        double score = logit_of(bare.truth.p_r[i]) - world_conversion_intercept(twin);
        h[i] = (logit_of(p_r) - world_conversion_intercept(world) - score) / options->gamma_r;
        double p_o = sigmoid_of(world_click_intercept(world) + logit_of(bare.truth.p_o[i]) -
                                world_click_intercept(twin) + options->gamma_o * h[i] +
                                options->delta * (drawn->truth.potential[i] - p_r));
        assert_true(fabs(drawn->truth.p_o_given[i] / p_o - 1) < ROUNDING); /* the logit of sim/README.md */
    }
    drawn_free(&bare);
    world_free(twin);
}

/* h ~ N(0,1), one for each exposure, user or item. */
static void check_hidden(HiddenLevel level)
{
    enum { N = 20000 };
    double *h = calloc(3 * N, sizeof *h);
    assert_non_null(h);
    double *distinct = h + N;
    double *square = distinct + N;
    Drawn drawn = draw_of(shared[level], 0, "log", SAMPLE_EXPOSURES, N);
    size_t n = 0;
    double of[MEMBERS];
    int seen[MEMBERS] = {0};
    hidden_of(shared[level], &drawn, h);
    for (size_t i = 0; i < N; i++) {
        uint32_t m = id(&drawn.log, i, level == HIDDEN_ITEM ? FIELD_ITEM : FIELD_USER);
        if (seen[m] && level != HIDDEN_EXPOSURE) {
            assert_true(fabs(h[i] - of[m]) < ROUNDING);
            continue;
        }
        assert_true(!seen[m] || fabs(h[i] - of[m]) > ROUNDING);
        seen[m] = 1;
        of[m] = h[i];
        distinct[n] = h[i];
        square[n++] = h[i] * h[i];
    }
    mean_is("mean of h", distinct, n, 0);
    mean_is("variance of h", square, n, 1);
    drawn_free(&drawn);
    free(h);
}

static void hidden_confounder_has_its_level(void **state)
{
    (void)state;
    check_hidden(HIDDEN_EXPOSURE);
    check_hidden(HIDDEN_USER);
    check_hidden(HIDDEN_ITEM);
}

/* In a world where the pair of ids is all there is to p_r. */
static void replicates_share_the_hidden_confounder_of_members(void **state)
{
    (void)state;
    enum { MANY_USERS = 10, MANY_ITEMS = 8, N = 2000 };
    WorldOptions options = asked(HIDDEN_USER);
    options.users = MANY_USERS;
    options.items = MANY_ITEMS;
    options.context = 0;
    World *world = world_of(&options);
    World *another;
    OK(world_create(&another, &options, 3, 1, message));
    Drawn log = draw_of(world, 0, "log", SAMPLE_EXPOSURES, N);
    Drawn same = draw_of(world, 1, "unbiased", SAMPLE_UNBIASED, N);
    Drawn other = draw_of(another, 0, "log", SAMPLE_EXPOSURES, N);
    double given[MANY_USERS][MANY_ITEMS] = {{0}};
    for (size_t i = 0; i < N; i++)
        given[id(&log.log, i, FIELD_USER)][id(&log.log, i, FIELD_ITEM)] = log.truth.p_r[i];
    for (size_t i = 0; i < N; i++) { /* 2000 draws miss a pair with probability 80 exp(-25) */
        assert_true(same.truth.p_r[i] == given[id(&same.log, i, FIELD_USER)][id(&same.log, i, FIELD_ITEM)]);
        assert_true(other.truth.p_r[i] !=
                    given[id(&other.log, i, FIELD_USER)][id(&other.log, i, FIELD_ITEM)]);
    }
    drawn_free(&other);
    drawn_free(&same);
    drawn_free(&log);
    world_free(another);
    world_free(world);
}

/* The truth of exposures is that of their users or items, h and all: p_o and q follow from the logits. */
static void truth_knows_the_hidden_confounder_of_members(void **state)
{
    (void)state;
    enum { N = 3000 };
    const double rounding = 1e-10;
    static double h[N];
    for (int level = HIDDEN_USER; level <= HIDDEN_ITEM; level++) {
        const WorldOptions *o = world_options(shared[level]);
        Drawn drawn = draw_of(shared[level], 0, "log", SAMPLE_EXPOSURES, N);
        const Truth *t = &drawn.truth;
        hidden_of(shared[level], &drawn, h);
        for (size_t i = 0; i < N; i++) {
            double p = t->p_r[i];
            /* the click logit of an outcome, from that of the other */
            double drawn_logit = logit_of(t->p_o_given[i]);
            double converted = sigmoid_of(drawn_logit + (t->potential[i] ? 0 : o->delta));
            double not_converted = sigmoid_of(drawn_logit - (t->potential[i] ? o->delta : 0));
            double click = p * converted + (1 - p) * not_converted;
            assert_true(fabs(p / t->p_r_full[i] - 1) < rounding);
            assert_true(fabs(t->p_o[i] / click - 1) < rounding);
            assert_true(fabs(t->p_o[i] / t->p_o_full[i] - 1) < rounding);
            assert_true(fabs(t->q[i] / (p * converted / click) - 1) < rounding);
        }
        drawn_free(&drawn);
    }
    /* and that of exposures does not */
    Drawn drawn = draw_of(shared[HIDDEN_EXPOSURE], 0, "log", SAMPLE_EXPOSURES, N);
    for (size_t i = 0; i < N; i++)
        assert_true(fabs(drawn.truth.p_r[i] / drawn.truth.p_r_full[i] - 1) > rounding);
    drawn_free(&drawn);
}

static int equal_draws(const Drawn *a, const Drawn *b)
{
    const Schema *schema = &a->log.x.schema;
    size_t n = a->truth.rows;
    size_t numbers = n * sizeof(double);
    return !memcmp(a->log.x.id, b->log.x.id, n * (size_t)schema->categorical * sizeof *a->log.x.id) &&
           !memcmp(a->log.x.dense, b->log.x.dense, n * (size_t)schema->dense * sizeof *a->log.x.dense) &&
           !memcmp(a->log.click, b->log.click, n) && !memcmp(a->log.conversion, b->log.conversion, n) &&
           !memcmp(a->truth.potential, b->truth.potential, n) &&
           !memcmp(a->truth.p_r, b->truth.p_r, numbers) && !memcmp(a->truth.p_o, b->truth.p_o, numbers) &&
           !memcmp(a->truth.q, b->truth.q, numbers) &&
           !memcmp(a->truth.p_r_full, b->truth.p_r_full, numbers) &&
           !memcmp(a->truth.p_o_full, b->truth.p_o_full, numbers) &&
           !memcmp(a->truth.p_o_given, b->truth.p_o_given, numbers);
}

static void replicates_and_purposes_differ(void **state)
{
    (void)state;
    const World *world = shared[HIDDEN_USER];
    Drawn log = draw_of(world, 0, "log", SAMPLE_EXPOSURES, 300);
    Drawn again = draw_of(world, 0, "log", SAMPLE_EXPOSURES, 300);
    Drawn other = draw_of(world, 1, "log", SAMPLE_EXPOSURES, 300);
    Drawn test = draw_of(world, 0, "test", SAMPLE_EXPOSURES, 300);
    assert_true(equal_draws(&log, &again));
    size_t moved[2] = {0};
    for (size_t i = 0; i < 300; i++) {
        moved[0] += log.truth.p_r[i] != other.truth.p_r[i];
        moved[1] += log.truth.p_r[i] != test.truth.p_r[i];
    }
    assert_int_equal(moved[0], 300);
    assert_int_equal(moved[1], 300);
    drawn_free(&test);
    drawn_free(&other);
    drawn_free(&again);
    drawn_free(&log);
}

/* Copies a block behind `at` rows of a whole. */
static void append(Drawn *whole, size_t at, const Drawn *block)
{
    const Schema *schema = &whole->log.x.schema;
    size_t n = block->truth.rows;
    size_t ids = (size_t)schema->categorical;
    size_t columns = (size_t)schema->dense;
    memcpy(whole->log.x.id + at * ids, block->log.x.id, n * ids * sizeof *block->log.x.id);
    memcpy(whole->log.x.dense + at * columns, block->log.x.dense, n * columns * sizeof *block->log.x.dense);
    memcpy(whole->log.click + at, block->log.click, n);
    memcpy(whole->log.conversion + at, block->log.conversion, n);
    memcpy(whole->truth.potential + at, block->truth.potential, n);
    double *to[] = {whole->truth.p_r,      whole->truth.p_o,      whole->truth.q,
                    whole->truth.p_r_full, whole->truth.p_o_full, whole->truth.p_o_given};
    const double *from[] = {block->truth.p_r,      block->truth.p_o,      block->truth.q,
                            block->truth.p_r_full, block->truth.p_o_full, block->truth.p_o_given};
    for (size_t k = 0; k < sizeof to / sizeof *to; k++) {
        memcpy(to[k] + at, from[k], n * sizeof *from[k]);
    }
}

static void blocks_do_not_matter(void **state)
{
    (void)state;
    static const size_t size[] = {1, 613, 63, 323}; /* 1000 in all */
    const StreamKey key = drawn_key(0);
    for (int sampling = SAMPLE_EXPOSURES; sampling <= SAMPLE_UNBIASED; sampling++) {
        const World *world = shared[HIDDEN_EXPOSURE];
        Drawn once = draw_of(world, 0, "log", (Sampling)sampling, 1000);
        Drawn pieces;
        Generator *generator;
        size_t at = 0;
        OK(log_create(&pieces.log, world_schema(world), 1000, message));
        OK(truth_create(&pieces.truth, 1000, message));
        OK(generator_open(&generator, world, &key, "log", (Sampling)sampling, message));
        for (size_t k = 0; k < sizeof size / sizeof *size; k++) {
            Drawn block;
            OK(log_create(&block.log, world_schema(world), size[k], message));
            OK(truth_create(&block.truth, size[k], message));
            generator_next(generator, &block.log, &block.truth);
            append(&pieces, at, &block);
            at += size[k];
            drawn_free(&block);
        }
        generator_close(generator);
        assert_true(equal_draws(&once, &pieces));
        drawn_free(&pieces);
        drawn_free(&once);
    }
}

static void a_log_does_not_need_its_truth(void **state)
{
    (void)state;
    const World *world = shared[HIDDEN_ITEM];
    Drawn with = draw_of(world, 0, "log", SAMPLE_EXPOSURES, 500);
    const StreamKey key = drawn_key(0);
    Log log;
    OK(world_draw(world, &(ExposureDraw){&key, "log", SAMPLE_EXPOSURES, 500, 0}, &log, NULL, message));
    assert_memory_equal(log.click, with.log.click, 500);
    assert_memory_equal(log.conversion, with.log.conversion, 500);
    log_free(&log);
    drawn_free(&with);
}

enum { USERS = 40, ITEMS = 25 };

/* Few users and items, so that each is drawn often. */
static WorldOptions crowded(void)
{
    WorldOptions options = asked(HIDDEN_EXPOSURE);
    options.users = USERS;
    options.items = ITEMS;
    options.context = 0;
    options.user_zipf = 0.7;
    options.item_zipf = 1.1;
    return options;
}

static void count_ids(const Log *log, int field, size_t *count)
{
    for (size_t i = 0; i < log->x.rows; i++) {
        count[id(log, i, field)]++;
    }
}

/* Member m has probability proportional to (m + 1)^-exponent. */
static void ids_are_zipf(const char *what, const Log *log, int field, double exponent)
{
    size_t count[USERS] = {0};
    double p[USERS];
    size_t members = log->x.schema.cardinality[field];
    double total = 0;
    count_ids(log, field, count);
    for (size_t m = 0; m < members; m++) {
        p[m] = pow((double)m + 1, -exponent);
        total += p[m];
    }
    for (size_t m = 0; m < members; m++) {
        p[m] /= total;
    }
    counts_agree(what, count, p, members);
}

static void popularity_is_zipf(void **state)
{
    (void)state;
    WorldOptions options = crowded();
    World *world = world_of(&options);
    Drawn drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, 50000 / SHRINK);
    ids_are_zipf("users", &drawn.log, FIELD_USER, options.user_zipf);
    ids_are_zipf("items", &drawn.log, FIELD_ITEM, options.item_zipf);
    drawn_free(&drawn);
    world_free(world);
}

static void unbiased_sample_is_unbiased(void **state)
{
    (void)state;
    const size_t n = 50000 / SHRINK;
    WorldOptions options = crowded();
    World *world = world_of(&options);
    Drawn drawn = draw_of(world, 0, "unbiased", SAMPLE_UNBIASED, n);
    ids_are_zipf("users", &drawn.log, FIELD_USER, options.user_zipf);
    ids_are_zipf("items", &drawn.log, FIELD_ITEM, 0);
    double residuals = 0;
    double variance = 0;
    for (size_t i = 0; i < n; i++) {
        double p_r = drawn.truth.p_r[i];
        assert_int_equal(drawn.log.click[i], 1);
        assert_int_equal(drawn.log.conversion[i], drawn.truth.potential[i]);
        residuals += drawn.log.conversion[i] - p_r;
        variance += p_r * (1 - p_r);
    }
    within_error("conversions of the unbiased sample", residuals, 0, sqrt(variance));
    drawn_free(&drawn);
    world_free(world);
}

/* Without context an exposure is its pair of ids: every column of x, and p_r, p_o and q, follow from it. */
static void x_determines_the_truth(void **state)
{
    (void)state;
    enum { N = 5000 };
    WorldOptions options = crowded();
    World *world = world_of(&options);
    Drawn drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, N);
    const Schema *schema = world_schema(world);
    size_t first[USERS * ITEMS];
    size_t pairs = 0;
    const Truth *t = &drawn.truth;
    memset(first, 0xff, sizeof first);
    for (size_t i = 0; i < N; i++) {
        size_t pair = id(&drawn.log, i, FIELD_USER) * ITEMS + id(&drawn.log, i, FIELD_ITEM);
        size_t j = first[pair];
        if (j == SIZE_MAX) {
            first[pair] = i;
            for (size_t k = 0; k < USERS * ITEMS; k++) {
                assert_true(k == pair || first[k] == SIZE_MAX || t->p_r[i] != t->p_r[first[k]]);
            }
            pairs++;
            continue;
        }
        assert_true(t->p_r[i] == t->p_r[j] && t->p_o[i] == t->p_o[j] && t->q[i] == t->q[j]);
        assert_memory_equal(drawn.log.x.id + i * 4, drawn.log.x.id + j * 4, 4 * sizeof(uint32_t));
        assert_memory_equal(drawn.log.x.dense + i * (size_t)schema->dense,
                            drawn.log.x.dense + j * (size_t)schema->dense,
                            (size_t)schema->dense * sizeof(float));
    }
    assert_true(pairs > USERS);
    drawn_free(&drawn);
    world_free(world);
}

/* Copies are z plus noise of the asked spread, one a member; the world without noise shows z. */
static void features_are_noisy_copies(void **state)
{
    (void)state;
    const World *noisy = shared[HIDDEN_EXPOSURE];
    WorldOptions options = asked(HIDDEN_EXPOSURE);
    options.feature_noise = 0;
    World *clear = world_of(&options);
    const Schema *schema = world_schema(noisy);
    Drawn a = draw_of(noisy, 0, "log", SAMPLE_EXPOSURES, 5000);
    Drawn b = draw_of(clear, 0, "log", SAMPLE_EXPOSURES, 5000);
    int seen[MEMBERS] = {0};
    double difference[3 * MEMBERS];
    double square[3 * MEMBERS];
    size_t n = 0;
    assert_int_equal(schema->dense, 8);
    for (size_t i = 0; i < 5000; i++) {
        uint32_t user = id(&a.log, i, FIELD_USER);
        assert_int_equal(user, id(&b.log, i, FIELD_USER));
        assert_true(id(&a.log, i, 2) < schema->cardinality[2] && id(&a.log, i, 3) < schema->cardinality[3]);
        assert_memory_equal(a.log.x.dense + 8 * i + 6, b.log.x.dense + 8 * i + 6, 2 * sizeof(float));
        for (size_t d = 0; !seen[user] && d < 3; d++, n++) {
            difference[n] = (double)a.log.x.dense[8 * i + d] - (double)b.log.x.dense[8 * i + d];
            square[n] = difference[n] * difference[n];
        }
        seen[user] = 1;
    }
    mean_is("mean of the noise", difference, n, 0);
    mean_is("variance of the noise", square, n, 0.3 * 0.3);
    drawn_free(&b);
    drawn_free(&a);
    world_free(clear);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcomes_agree_with_the_truth),
        cmocka_unit_test(hidden_confounder_has_its_level),
        cmocka_unit_test(replicates_share_the_hidden_confounder_of_members),
        cmocka_unit_test(truth_knows_the_hidden_confounder_of_members),
        cmocka_unit_test(replicates_and_purposes_differ),
        cmocka_unit_test(blocks_do_not_matter),
        cmocka_unit_test(a_log_does_not_need_its_truth),
        cmocka_unit_test(popularity_is_zipf),
        cmocka_unit_test(unbiased_sample_is_unbiased),
        cmocka_unit_test(x_determines_the_truth),
        cmocka_unit_test(features_are_noisy_copies),
    };
    return cmocka_run_group_tests(tests, create_worlds, free_worlds);
}
