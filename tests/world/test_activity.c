/* Activity streams: drawn as sim/world/activity.h says, and the conversion score holds what they say by the
 * share that was asked for, and nothing else does. */
#include "sim/world/world_internal.h"

#include "tests/support/monte_carlo.h"

#include <float.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_statistics_double.h>
#include <stdbool.h>

enum { USERS = 2000, ITEMS = 60, LATENT = 3, EVENTS = 5 };

static WorldOptions asked(double weight, double drift)
{
    return (WorldOptions){.users = USERS,
                          .items = ITEMS,
                          .segments = 6,
                          .categories = 5,
                          .latent = LATENT,
                          .context = 2,
                          .item_zipf = 0.5,
                          .feature_noise = 0.3,
                          .shape = SHAPE_NETWORK,
                          .dependence = 0.4,
                          .sigma_o = 1.2,
                          .sigma_r = 0.9,
                          .ctr = 0.2,
                          .cvr = 0.3,
                          .activity = {.events = EVENTS, .weight = weight, .drift = drift, .memory = 2}};
}

static double dot(const double *a, const double *b)
{
    double sum = 0;
    for (int d = 0; d < LATENT; d++)
        sum += a[d] * b[d];
    return sum;
}

static const double *item_vector(const World *world, uint32_t item)
{
    return world->items.z + (size_t)item * LATENT;
}

/* f_s of an exposure, from the stream that estimators see and the item vectors. */
static double stream_score(const World *world, const Features *x, size_t row, double memory)
{
    static const double weight[ACTIONS] = {0.5, 1.5, -1};
    size_t user = x->id[row * (size_t)x->schema.categorical + FIELD_USER];
    const double *z = item_vector(world, x->id[row * (size_t)x->schema.categorical + FIELD_ITEM]);
    double sum = 0;
    for (size_t t = 0; t < EVENTS; t++) {
        double age = 0;
        for (size_t later = t + 1; later < EVENTS; later++)
            age += (double)x->stream->gap[user * EVENTS + later];
        const double *seen = item_vector(world, x->stream->item[user * EVENTS + t]);
        double appeal = dot(seen, z);
        for (int d = 0; d < LATENT; d++)
            appeal += seen[d];
        sum += exp(-age / memory) * weight[x->stream->action[user * EVENTS + t]] * appeal;
    }
    return sum;
}

/* Without confounding logits are affine in the scores. */
static void scores(const World *world, const Drawn *drawn, double *s_o, double *s_r, double *f_s)
{
    const WorldOptions *o = world_options(world);
    for (size_t i = 0; i < drawn->truth.rows; i++) {
        s_o[i] = (logit_of(drawn->truth.p_o[i]) - world_click_intercept(world)) / o->sigma_o;
        s_r[i] = (logit_of(drawn->truth.p_r[i]) - world_conversion_intercept(world)) / o->sigma_r;
        f_s[i] = stream_score(world, &drawn->log.x, i, o->activity.memory);
    }
}

/* With weight 1 s_r is the stream's score and the click score's share, exactly. */
static void a_full_weight_leaves_nothing_else(void **state)
{
    (void)state;
    enum { N = 2000 };
    static double s_o[N], s_r[N], f_s[N];
    WorldOptions options = asked(1, 0.3);
    World *world = world_of(&options);
    Drawn drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, N);
    scores(world, &drawn, s_o, s_r, f_s);
    double f_of_f = world->r_of_r * world_activity(world)->of_stream, o_of_o = world->r_of_o / world->o_of_o;
    double constant = s_r[0] - f_of_f * f_s[0] - o_of_o * s_o[0];
    for (size_t i = 0; i < N; i++) /* logits of rounded probabilities: some 1e-15 / p */
        assert_true(fabs(f_of_f * f_s[i] + o_of_o * s_o[i] + constant - s_r[i]) < 1e-10);
    assert_true(f_of_f > 0);
    drawn_free(&drawn);
    world_free(world);
}

/* Mean 0, variance 1, the dependence that was asked for, and in the part of s_r that clicks do not share the
 * stream's part: what else there is does not depend on the stream much, so weight is about its correlation.
 */
static void scores_stay_standardised(void **state)
{
    (void)state;
    enum { N = 40000 };
    static double s_o[N], s_r[N], f_s[N], square[N], product[N];
    WorldOptions options = asked(0.7, 0.3);
    World *world = world_of(&options);
    Drawn drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, N);
    scores(world, &drawn, s_o, s_r, f_s);
    for (size_t i = 0; i < N; i++) {
        square[i] = s_r[i] * s_r[i];
        product[i] = s_r[i] * s_o[i];
    }
    mean_is("mean of s_r", s_r, N, 0);
    mean_is("variance of s_r", square, N, 1);
    mean_is("dependence", product, N, options.dependence);
    mean_is("CVR", drawn.truth.p_r, N, options.cvr);
    mean_is("CTR", drawn.truth.p_o, N, options.ctr);
    for (size_t i = 0; i < N; i++)
        s_r[i] -= options.dependence * s_o[i];
    double r = gsl_stats_correlation(s_r, 1, f_s, 1, N);
    assert_true(fabs(r - 0.7) < 0.1);
    drawn_free(&drawn);
    world_free(world);
}

static void weight_zero_changes_nothing(void **state)
{
    (void)state;
    enum { N = 3000 };
    WorldOptions with = asked(0, 0.3), without = with;
    without.activity.events = 0;
    World *a = world_of(&with), *b = world_of(&without);
    assert_null(world_activity(b));
    Drawn of_a = draw_of(a, 0, "log", SAMPLE_EXPOSURES, N), of_b = draw_of(b, 0, "log", SAMPLE_EXPOSURES, N);
    assert_ptr_equal(of_a.log.x.stream, &world_activity(a)->stream);
    assert_null(of_b.log.x.stream);
    assert_int_equal(of_a.log.x.schema.events, EVENTS);
    assert_int_equal(of_b.log.x.schema.events, 0);
    assert_memory_equal(of_a.log.click, of_b.log.click, N);
    assert_memory_equal(of_a.log.conversion, of_b.log.conversion, N);
    assert_memory_equal(of_a.truth.p_r, of_b.truth.p_r, N * sizeof(double));
    drawn_free(&of_a);
    drawn_free(&of_b);
    world_free(a);
    world_free(b);
}

/* How much the items of event t lie in the direction that the users started from; independent users. */
static void appeal_is(const World *world, int t, bool like_the_user)
{
    static double appeal[USERS];
    for (size_t u = 0; u < USERS; u++)
        appeal[u] = dot(world->users.z + u * LATENT,
                        item_vector(world, world_activity(world)->stream.item[u * EVENTS + (size_t)t]));
    double mean = mean_of(appeal, USERS), error = error_of_mean(appeal, USERS);
    if (like_the_user)
        assert_true(mean > 10 * error);
    else
        within_error("appeal after the interest is gone", mean, 0, error);
}

static void interests_drift(void **state)
{
    (void)state;
    for (int lasting = 0; lasting <= 1; lasting++) {
        WorldOptions options = asked(0.5, lasting ? 0 : 1);
        World *world = world_of(&options);
        appeal_is(world, 0, true);
        appeal_is(world, EVENTS - 1, lasting);
        world_free(world);
    }
}

static void actions_and_gaps_have_their_distributions(void **state)
{
    (void)state;
    enum { N = USERS * EVENTS };
    static double gap[N], square[N];
    static const double share[ACTIONS] = {0.6, 0.25, 0.15};
    size_t count[ACTIONS] = {0};
    WorldOptions options = asked(0.5, 0.3);
    World *world = world_of(&options);
    const ActivityStream *stream = &world_activity(world)->stream;
    for (size_t e = 0; e < N; e++) {
        count[stream->action[e]]++;
        gap[e] = (double)stream->gap[e];
        square[e] = gap[e] * gap[e];
        assert_true(stream->item[e] < ITEMS);
    }
    counts_agree("actions", count, share, ACTIONS);
    mean_is("gap", gap, N, 1);
    mean_is("squared gap", square, N, 2); /* exponential */
    world_free(world);
}

static void streams_that_say_nothing_are_refused(void **state)
{
    (void)state;
    WorldOptions options = asked(0.5, 0.3);
    World *world;
    Message refusal;
    options.users = options.items = 1;
    assert_int_equal(world_create(&world, &options, 3, 0, &refusal), STATUS_USAGE);
    assert_null(world);
    assert_non_null(strstr(refusal.text, "stream.weight"));
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_weight_leaves_nothing_else),
        cmocka_unit_test(scores_stay_standardised),
        cmocka_unit_test(weight_zero_changes_nothing),
        cmocka_unit_test(interests_drift),
        cmocka_unit_test(actions_and_gaps_have_their_distributions),
        cmocka_unit_test(streams_that_say_nothing_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
