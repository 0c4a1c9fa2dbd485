/* Worlds of a real log's rows: the model that describes a log, against a ridge regression by plain code and
 * against functions that logs were drawn with; and outcomes that are drawn anew, against their truth. */
#include "sim/world/additive_logit.h"
#include "sim/world/plasmode.h"
#include "tests/support/monte_carlo.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

enum { USERS = 40, ITEMS = 12, ROWS = 20000 / SHRINK };

static const StreamKey key = {.seed = 5, .setting = "plasmode"};

/* Two ids and two dense columns, evenly drawn. */
static Log rows_of(size_t rows)
{
    Log log;
    const Schema schema = {.categorical = 2,
                           .name = {"user", "item"},
                           .cardinality = {USERS, ITEMS},
                           .dense = 2,
                           .groups = 1,
                           .group = {{"context", 2}}};
    gsl_rng *random = stream_open(&key, "rows");
    assert_non_null(random);
    OK(log_create(&log, &schema, rows, message));
    for (size_t i = 0; i < rows; i++) {
        log.x.id[2 * i] = (uint32_t)gsl_rng_uniform_int(random, USERS);
        log.x.id[2 * i + 1] = (uint32_t)gsl_rng_uniform_int(random, ITEMS);
        for (size_t d = 0; d < 2; d++)
            log.x.dense[2 * i + d] = (float)(2 * gsl_rng_uniform(random) - 1);
    }
    gsl_rng_free(random);
    return log;
}

/* What clicks are drawn with below: an item's effect, and a product of the dense columns. */
static double click_function(const Log *log, size_t i)
{
    return 0.2 * log->x.id[2 * i + 1] - 1.1 +
           3 * (double)log->x.dense[2 * i] * (double)log->x.dense[2 * i + 1];
}

/* Clicks of that logit less 1.5, and conversions of a rate by user. */
static Log drawn_log(size_t rows)
{
    Log log = rows_of(rows);
    gsl_rng *random = stream_open(&key, "outcomes");
    assert_non_null(random);
    for (size_t i = 0; i < rows; i++) {
        log.click[i] = gsl_rng_uniform(random) < sigmoid_of(click_function(&log, i) - 1.5);
        log.conversion[i] = gsl_rng_uniform(random) < (log.x.id[2 * i] % 2 ? 0.45 : 0.15) && log.click[i];
    }
    gsl_rng_free(random);
    return log;
}

/* With one column and nothing else to be told, values solve sum of (outcome - p) = value / variance in each
 * cell, with variance the mean of squares and posterior variances. */
static void one_column_is_a_ridge_regression(void **state)
{
    (void)state;
    enum { CELLS = 5, TURNS = 4000 };
    Log log = rows_of(3000);
    const Schema one = {.categorical = 2, .name = {"user", "item"}, .cardinality = {CELLS, 1}};
    AdditiveLogit *model;
    double value[CELLS] = {0}, variance = 0.1, constant = 0, n[CELLS] = {0}, ones[CELLS] = {0}, of[3000];
    gsl_rng *random = stream_open(&key, "one column");
    assert_non_null(random);
    log.x.schema = one;
    for (size_t i = 0; i < log.x.rows; i++) {
        const uint32_t cell = log.x.id[2 * i] % CELLS;
        log.x.id[2 * i] = cell;
        log.x.id[2 * i + 1] = 0;
        log.click[i] = gsl_rng_uniform(random) < 0.1 + 0.1 * cell;
        n[cell]++;
        ones[cell] += log.click[i];
    }
    OK(additive_logit_fit(&model, &log.x, log.click, NULL, message));
    additive_logit_values(model, &log.x, of);
    for (int turn = 0; turn < TURNS; turn++) {
        double squares = 0, gradient = 0, weight = 0;
        for (int c = 0; c < CELLS; c++) {
            const double p = sigmoid_of(constant + value[c]);
            gradient += ones[c] - n[c] * p;
            weight += n[c] * p * (1 - p);
        }
        constant += gradient / weight;
        for (int c = 0; c < CELLS; c++) {
            const double p = sigmoid_of(constant + value[c]);
            const double curvature = n[c] * p * (1 - p) + 1 / variance;
            value[c] += (ones[c] - n[c] * p - value[c] / variance) / curvature;
            squares += value[c] * value[c] + 1 / curvature;
        }
        variance = squares / CELLS;
    }
    for (size_t i = 0; i < log.x.rows; i++) /* less a constant, which the single item's function may hold */
        assert_true(fabs(of[i] - of[0] - (value[log.x.id[2 * i]] - value[log.x.id[0]])) < 0.02);
    additive_logit_free(model);
    gsl_rng_free(random);
    log_free(&log);
}

/* A function of one column and one of two are found, and columns that tell nothing end flat: users' values
 * vary less than an unshrunk estimate would, whose variance is that of the information of their rows. */
static void functions_are_found(void **state)
{
    slow_under_valgrind();
    (void)state;
    Log log = drawn_log(20000);
    AdditiveLogit *model;
    double *fitted = calloc(log.x.rows, sizeof *fitted), *truth = calloc(log.x.rows, sizeof *truth);
    assert_true(fitted && truth);
    OK(additive_logit_fit(&model, &log.x, log.click, NULL, message));
    additive_logit_values(model, &log.x, fitted);
    for (size_t i = 0; i < log.x.rows; i++)
        truth[i] = click_function(&log, i);
    /* The product of dense columns varies within cells of the 16 x 16 bins, by sd .1 of 1; and the values of
     * some 70 rows a cell are off by .3 before they are shrunk. */
    assert_true(gsl_stats_correlation(fitted, 1, truth, 1, log.x.rows) > 0.95);
    Log users = rows_of(USERS);
    double by_user[USERS];
    for (size_t u = 0; u < USERS; u++) {
        memcpy(users.x.id + 2 * u, (uint32_t[]){(uint32_t)u, 3}, 2 * sizeof *users.x.id);
        users.x.dense[2 * u] = users.x.dense[2 * u + 1] = 0.5F;
    }
    additive_logit_values(model, &users.x, by_user);
    const double information = 20000.0 / USERS * 0.15; /* the mean of p (1 - p) is about .15 */
    assert_true(gsl_stats_variance(by_user, 1, USERS) < 0.5 / information);

    users.x.schema.cardinality[0] = USERS + 1; /* a user that was not there counts as 0, as one beyond does */
    users.x.id[0] = USERS;
    users.x.id[2] = USERS + 7;
    additive_logit_values(model, &users.x, by_user);
    assert_true(by_user[0] == by_user[1]);
    log_free(&users);
    additive_logit_free(model);
    free(fitted);
    free(truth);
    log_free(&log);
}

static Plasmode *plasmode_of(const Log *log, double odds)
{
    Plasmode *plasmode;
    const PlasmodeOptions options = {.hidden_odds = odds, .sigma_o = 1.2, .sigma_r = 0.8};
    OK(plasmode_create(&plasmode, log, &options, message));
    return plasmode;
}

/* In expectation the rows have the log's click rate and its CVR of clicks, whatever Gamma, and Gamma is as
 * asked. Of no more than 8192 rows all are used for it, and no bound is but of rounding. */
static void rates_and_odds_are_as_asked(void **state)
{
    (void)state;
    static const double odds[] = {0.6, 1, 1.7};
    Log log = drawn_log(4000 / SHRINK);
    double conversions = 0, mean_cvr[3];
    for (size_t i = 0; i < log.x.rows; i++)
        conversions += log.conversion[i];
    for (int k = 0; k < 3; k++) {
        Log drawn;
        Truth truth;
        Plasmode *plasmode = plasmode_of(&log, odds[k]);
        OK(plasmode_draw(plasmode, &(RowDraw){.key = &key, .purpose = "log", .rows = &log}, &drawn, &truth,
                         message));
        double clicks = 0, clicked = 0, log_odds = 0;
        mean_cvr[k] = 0;
        for (size_t i = 0; i < truth.rows; i++) {
            const double p = truth.p_o[i], q = truth.q[i], q_n = (truth.p_r[i] - p * q) / (1 - p);
            clicks += p;
            clicked += p * q;
            mean_cvr[k] += truth.p_r[i];
            log_odds += logit_of(q) - logit_of(q_n);
            if (odds[k] == 1)
                assert_true(q == truth.p_r[i] && fabs(truth.p_o_full[i] - p) < 1e-12);
        }
        assert_true(fabs(clicks / (double)log_clicks(&log) - 1) < 1e-10);
        assert_true(fabs(clicked / conversions - 1) < 1e-10);
        assert_true(fabs(log_odds / (double)truth.rows - logit_of(odds[k] / (1 + odds[k]))) < 1e-8);
        assert_memory_equal(drawn.x.id, log.x.id, 2 * log.x.rows * sizeof *log.x.id);
        assert_memory_equal(drawn.x.dense, log.x.dense, 2 * log.x.rows * sizeof *log.x.dense);
        log_free(&drawn);
        truth_free(&truth);
        plasmode_free(plasmode);
    }
    assert_true(mean_cvr[0] > mean_cvr[1] && mean_cvr[1] > mean_cvr[2]); /* the clicks are the same */
    log_free(&log);
}

/* What is drawn has the probabilities that the truth says, over rows and draws. */
static void draws_follow_the_truth(void **state)
{
    slow_under_valgrind();
    (void)state;
    enum { DRAWS = 20 };
    Log log = drawn_log(ROWS);
    Plasmode *plasmode = plasmode_of(&log, 2);
    double gap[5] = {0}, variance[5] = {0};
    for (uint32_t b = 0; b < DRAWS; b++) {
        const StreamKey of = {.seed = 5, .setting = "plasmode", .replicate = b};
        Log drawn;
        Truth truth;
        OK(plasmode_draw(plasmode, &(RowDraw){.key = &of, .purpose = "log", .rows = &log}, &drawn, &truth,
                         message));
        for (size_t i = 0; i < truth.rows; i++) {
            const double o = drawn.click[i], r = drawn.conversion[i], t = truth.potential[i];
            const double p[] = {truth.p_o[i], truth.p_r[i], truth.p_o[i] * truth.q[i], truth.p_o_full[i],
                                truth.p_r_full[i]};
            const double got[] = {o, t, r, o, t};
            assert_true(r == o * t);
            for (int k = 0; k < 5; k++) {
                gap[k] += got[k] - p[k];
                variance[k] += p[k] * (1 - p[k]);
            }
        }
        log_free(&drawn);
        truth_free(&truth);
    }
    static const char *const what[] = {"clicks", "r(1)", "conversions", "clicks given h", "r(1) given h"};
    for (int k = 0; k < 5; k++)
        within_error(what[k], gap[k], 0, sqrt(variance[k]));
    plasmode_free(plasmode);
    log_free(&log);
}

/* Chosen rows, all clicked; and outcomes do not depend on whether their truth is wanted. */
static void rows_are_chosen_and_forced(void **state)
{
    (void)state;
    enum { CHOSEN = 3 };
    static const uint32_t row[CHOSEN] = {7, 3, 7};
    Log log = drawn_log(2000), drawn, again;
    Truth truth;
    Plasmode *plasmode = plasmode_of(&log, 1.5);
    const RowDraw draw = {&key, "unbiased", &log, row, CHOSEN, true};
    OK(plasmode_draw(plasmode, &draw, &drawn, &truth, message));
    OK(plasmode_draw(plasmode, &draw, &again, NULL, message));
    for (size_t i = 0; i < CHOSEN; i++) {
        assert_memory_equal(drawn.x.id + 2 * i, log.x.id + 2 * (size_t)row[i], 2 * sizeof *log.x.id);
        assert_int_equal(drawn.click[i], 1);
        assert_int_equal(drawn.conversion[i], truth.potential[i]);
    }
    assert_true(truth.p_r[0] == truth.p_r[2] && truth.p_r[0] != truth.p_r[1]);
    assert_memory_equal(drawn.conversion, again.conversion, CHOSEN);
    log_free(&drawn);
    log_free(&again);
    truth_free(&truth);
    plasmode_free(plasmode);
    log_free(&log);
}

static void logs_that_say_nothing_are_refused(void **state)
{
    (void)state;
    Log log = rows_of(50);
    Plasmode *plasmode;
    Message message;
    const PlasmodeOptions options = {1, 1, 1};
    assert_int_equal(plasmode_create(&plasmode, &log, &options, &message), STATUS_USAGE);
    assert_non_null(strstr(message.text, "the click rate of the log: no intercept gives a rate of 0"));
    assert_null(plasmode);
    memset(log.click, 1, 25);
    assert_int_equal(plasmode_create(&plasmode, &log, &options, &message), STATUS_USAGE);
    assert_non_null(strstr(message.text, "the CVR of the log's clicks: no intercept gives a rate of 0"));
    log_free(&log);
    log = drawn_log(2000);
    assert_int_equal(plasmode_create(&plasmode, &log, &(PlasmodeOptions){1000, 1, 1}, &message),
                     STATUS_USAGE);
    assert_non_null(strstr(message.text, "plasmode.hidden_odds: no hidden confounder"));
    log_free(&log);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_column_is_a_ridge_regression),
        cmocka_unit_test(functions_are_found),
        cmocka_unit_test(rates_and_odds_are_as_asked),
        cmocka_unit_test(draws_follow_the_truth),
        cmocka_unit_test(rows_are_chosen_and_forced),
        cmocka_unit_test(logs_that_say_nothing_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
