/* A confounder of users is a part of the world: what a model converges to depends on whether it has the
 * user's id. The world is linear and small, so that a linear model of ids has its exact form, and the limits
 * are sums over all pairs. */
#include "tests/support/linear_model.h"

#include <gsl/gsl_errno.h>

enum { ROWS = 60000, USERS = 6, ITEMS = 5, PAIRS = USERS * ITEMS, COLUMNS = USERS + ITEMS - 2 };

static WorldOptions asked(HiddenLevel level)
{
    return (WorldOptions){.users = USERS,
                          .items = ITEMS,
                          .segments = 2,
                          .categories = 2,
                          .latent = 2,
                          .user_zipf = 0.3,
                          .item_zipf = 0.5,
                          .feature_noise = 0.3,
                          .shape = SHAPE_LINEAR,
                          .dependence = 0.3,
                          .sigma_o = 0.7,
                          .sigma_r = 0.7,
                          .gamma_o = 2,
                          .gamma_r = 1.5,
                          .hidden_level = level,
                          .ctr = 0.3,
                          .cvr = 0.3};
}

/* A log whose columns are 1 at the item and at the user, the first of each left out: items come first, so
 * that some of the columns are those of items alone. */
static Log indicators(const Log *log)
{
    const Schema schema = {.categorical = 2,
                           .name = {"user", "item"},
                           .cardinality = {1, 1},
                           .dense = COLUMNS,
                           .groups = 1,
                           .group = {{"indicators", COLUMNS}}};
    Log coded;
    OK(log_create(&coded, &schema, log->x.rows, message));
    for (size_t i = 0; i < log->x.rows; i++) {
        const uint32_t *id = log->x.id + i * (size_t)log->x.schema.categorical;
        float *row = coded.x.dense + i * COLUMNS;
        if (id[FIELD_ITEM] > 0)
            row[id[FIELD_ITEM] - 1] = 1;
        if (id[FIELD_USER] > 0)
            row[ITEMS - 1 + id[FIELD_USER] - 1] = 1;
    }
    memcpy(coded.click, log->click, log->x.rows);
    memcpy(coded.conversion, log->conversion, log->x.rows);
    return coded;
}

/* What the truth says of every pair that a sample of D has, and how often. */
typedef struct Pairs {
    double share[USERS][ITEMS], p_r[USERS][ITEMS], p_o[USERS][ITEMS], q[USERS][ITEMS];
} Pairs;

static Pairs pairs_of(const Drawn *drawn)
{
    Pairs pairs = {0};
    for (size_t i = 0; i < drawn->truth.rows; i++) {
        const uint32_t *id = drawn->log.x.id + i * (size_t)drawn->log.x.schema.categorical;
        uint32_t u = id[FIELD_USER], v = id[FIELD_ITEM];
        pairs.share[u][v] += 1 / (double)drawn->truth.rows;
        pairs.p_r[u][v] = drawn->truth.p_r[i];
        pairs.p_o[u][v] = drawn->truth.p_o[i];
        pairs.q[u][v] = drawn->truth.q[i];
    }
    return pairs;
}

/* E[p_r], E[q] and E[q'(x')] over the pairs, where x' is the item alone: q' = E[p_o q | item] / E[p_o |
 * item]. */
typedef struct Limits {
    double p_r, q, of_item;
} Limits;

static Limits limits_of(const Pairs *pairs)
{
    Limits limits = {0};
    for (int v = 0; v < ITEMS; v++) {
        double share = 0, click = 0, both = 0;
        for (int u = 0; u < USERS; u++) {
            share += pairs->share[u][v];
            click += pairs->share[u][v] * pairs->p_o[u][v];
            both += pairs->share[u][v] * pairs->p_o[u][v] * pairs->q[u][v];
            limits.p_r += pairs->share[u][v] * pairs->p_r[u][v];
            limits.q += pairs->share[u][v] * pairs->q[u][v];
        }
        limits.of_item += share * both / click;
    }
    return limits;
}

/* The mean prediction of a linear model over rows, and its standard error by the delta method. */
typedef struct Mean {
    double value, error;
} Mean;

static Mean mean_prediction(const Coefficients *c, const Features *x)
{
    double slope[MAX_COEFFICIENTS] = {0}, variance = 0;
    Mean mean = {0};
    for (size_t i = 0; i < x->rows; i++) {
        double row[MAX_COEFFICIENTS];
        regression_row(x, i, row);
        double p = sigmoid_of(regression_logit(c->theta, row, c->count));
        mean.value += p / (double)x->rows;
        for (size_t a = 0; a < c->count; a++)
            slope[a] += p * (1 - p) * row[a] / (double)x->rows;
    }
    for (size_t a = 0; a < c->count; a++)
        for (size_t b = 0; b < c->count; b++)
            variance += slope[a] * c->covariance[a][b] * slope[b];
    mean.error = sqrt(variance);
    return mean;
}

static void is_limit(const char *what, Mean got, double want, double wrong)
{
    print_message("%s: %.4f, expected %.4f and not %.4f (%.4f)\n", what, got.value, want, wrong, got.error);
    within_error(what, got.value, want, got.error);
    assert_true(fabs(want - wrong) > 2 * STANDARD_ERRORS * got.error);
}

/* naive, trained by the program on a log's first columns: its mean prediction over the log's exposures. Some
 * users convert nearly always, so the minimum is far from the start. */
static Mean naive_mean(const Log *coded, int columns)
{
    Linear linear;
    linear_create(&linear, coded, columns);
    linear.steps = 1500;
    Coefficients fitted = linear_fit_clicks("naive", &linear, 0);
    Mean mean = mean_prediction(&fitted, &linear.log.x);
    linear_free(&linear);
    return mean;
}

/* The same of the log itself, by embeddings of its ids: what is not omitted. All features of a user or an
 * item are functions of its id, so the error is that of the indicators. */
static Mean naive_mean_of_ids(const Log *log, const char *omit, double error)
{
    static float cvr[ROWS];
    Method naive;
    EstimatorOptions options = whole_batches(ROWS, 1500);
    Mean mean = {.error = error};
    options.train.draw = DRAW_CLICKS;
    options.model.embedding = 4;
    snprintf(options.model.omit, sizeof options.model.omit, "%s", omit);
    OK(method_find("naive", &naive, message));
    Fit *fit = linear_train(&naive, &options, &(TrainingData){.log = log});
    OK(fit_predict(fit, &log->x, cvr, NULL, message));
    fit_free(fit);
    for (size_t i = 0; i < ROWS; i++)
        mean.value += (double)cvr[i] / ROWS;
    return mean;
}

static void ids_tell_the_confounder_of_users(void **state)
{
    slow_under_valgrind();
    (void)state;
    const WorldOptions options = asked(HIDDEN_USER);
    World *world = world_of(&options);
    Drawn drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, ROWS);
    Log coded = indicators(&drawn.log);
    Pairs pairs = pairs_of(&drawn);
    Limits limits = limits_of(&pairs);
    assert_true(limits.q == limits.p_r);
    Mean of_ids = naive_mean(&coded, COLUMNS), of_items = naive_mean(&coded, ITEMS - 1);
    is_limit("naive on ids", of_ids, limits.p_r, limits.of_item);
    is_limit("naive on items", of_items, limits.of_item, limits.p_r);
    is_limit("naive on embedded ids", naive_mean_of_ids(&drawn.log, "", of_ids.error), limits.p_r,
             limits.of_item);
    is_limit("naive on embedded items",
             naive_mean_of_ids(&drawn.log, "user,user_latent,segment", of_items.error), limits.of_item,
             limits.p_r);
    log_free(&coded);
    drawn_free(&drawn);
    world_free(world);
}

/* Likewise of items, for whom it is items' ids that tell it. */
static void ids_tell_the_confounder_of_items(void **state)
{
    slow_under_valgrind();
    (void)state;
    const WorldOptions options = asked(HIDDEN_ITEM);
    World *world = world_of(&options);
    Drawn drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, ROWS);
    Log coded = indicators(&drawn.log);
    Pairs pairs = pairs_of(&drawn);
    Limits limits = limits_of(&pairs);
    double click = 0, both = 0;
    for (int u = 0; u < USERS; u++)
        for (int v = 0; v < ITEMS; v++) {
            click += pairs.share[u][v] * pairs.p_o[u][v];
            both += pairs.share[u][v] * pairs.p_o[u][v] * pairs.q[u][v];
        }
    is_limit("naive on ids", naive_mean(&coded, COLUMNS), limits.p_r, both / click);
    is_limit("naive on nothing", naive_mean(&coded, 0), both / click, limits.p_r);
    log_free(&coded);
    drawn_free(&drawn);
    world_free(world);
}

/* No id tells a confounder of exposures: the limit is q whatever the model has. */
static void ids_do_not_tell_the_confounder_of_exposures(void **state)
{
    slow_under_valgrind();
    (void)state;
    const WorldOptions options = asked(HIDDEN_EXPOSURE);
    World *world = world_of(&options);
    Drawn drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, ROWS);
    Log coded = indicators(&drawn.log);
    Pairs pairs = pairs_of(&drawn);
    Limits limits = limits_of(&pairs);
    is_limit("naive on ids", naive_mean(&coded, COLUMNS), limits.q, limits.p_r);
    log_free(&coded);
    drawn_free(&drawn);
    world_free(world);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_tell_the_confounder_of_users),
        cmocka_unit_test(ids_tell_the_confounder_of_items),
        cmocka_unit_test(ids_do_not_tell_the_confounder_of_exposures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
