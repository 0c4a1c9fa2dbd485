/* Naive Bayes propensities against values worked out by hand. */
#include "sim/propensity/naive_bayes.h"
#include "tests/support/support.h"

#include <math.h>

static void assert_near(double found, double expected)
{
    if (fabs(found - expected) > 1e-7)
        fail_msg("found %.9g; expected %.9g", found, expected);
}

static const Schema schema = {.categorical = 2, .name = {"user", "item"}, .cardinality = {1, 1}};

/* A log of `positives` and `negatives` clicked rows, in this order, and then unclicked ones. */
static Log log_of(size_t positives, size_t negatives, size_t unclicked)
{
    Log log;
    OK(log_create(&log, &schema, positives + negatives + unclicked, message));
    for (size_t i = 0; i < positives + negatives; i++) {
        log.click[i] = 1;
        log.conversion[i] = i < positives;
    }
    return log;
}

/* Propensities of the first positive, the first negative and the first unclicked row. */
typedef struct Found {
    double positive, negative, unclicked;
} Found;

static Found propensities(Log log, Log unbiased)
{
    size_t clicks = log_clicks(&log), positives = 0;
    float *p = calloc(log.x.rows, sizeof *p);
    assert_non_null(p);
    OK(naive_bayes_propensity(&log, &unbiased, &log, p, message));
    for (size_t i = 0; i < log.x.rows; i++) {
        positives += log.conversion[i];
        assert_true(p[i] > 0 && p[i] <= 1);
    }
    for (size_t i = 0; i < log.x.rows; i++) {
        size_t same = i < positives ? 0 : i < clicks ? positives : clicks;
        assert_true(p[i] == p[same]);
    }
    Found found = {(double)p[0], (double)p[positives], (double)p[clicks]};
    free(p);
    log_free(&log);
    log_free(&unbiased);
    return found;
}

static void clicked_rows_go_by_their_label(void **state)
{
    (void)state;
    /* P(o=1) = 8/40; P(r=1 | o=1) = 6/8; P(r=1) = 4/10 */
    Found found = propensities(log_of(6, 2, 32), log_of(4, 6, 0));
    assert_near(found.positive, 0.75 * 0.2 / 0.4);
    assert_near(found.negative, 0.25 * 0.2 / 0.6);
    assert_near(found.unclicked, 0.2);
}

/* Where clicks are at random, every propensity is the click rate. */
static void no_selection_gives_the_click_rate(void **state)
{
    (void)state;
    Found found = propensities(log_of(3, 6, 27), log_of(10, 20, 0));
    assert_near(found.positive, 0.25);
    assert_near(found.negative, 0.25);
    assert_near(found.unclicked, 0.25);
}

static void estimates_above_one_become_one(void **state)
{
    (void)state;
    /* 9/20 of the rows are clicked positives, yet only 1/10 would be positive */
    Found found = propensities(log_of(9, 1, 10), log_of(1, 9, 0));
    assert_true(found.positive == 1);
    assert_near(found.negative, 0.05 / 0.9);
}

static void an_absent_label_is_smoothed(void **state)
{
    (void)state;
    /* P(r=1) = (0+1)/(8+2), P(r=0) = 9/10 */
    Found found = propensities(log_of(2, 6, 92), log_of(0, 8, 0));
    assert_near(found.positive, 0.02 / 0.1);
    assert_near(found.negative, 0.06 / 0.9);
}

/* Rows count as their weights say. */
static void weights_count(void **state)
{
    (void)state;
    Log log = log_of(2, 6, 12), unbiased = log_of(1, 3, 0);
    log.weight = calloc(log.x.rows, sizeof *log.weight);
    assert_non_null(log.weight);
    for (size_t i = 0; i < log.x.rows; i++) /* 2 + 3 6 clicks of 2 + 18 + 12 rows */
        log.weight[i] = log.click[i] && !log.conversion[i] ? 3 : 1;
    Found found = propensities(log, unbiased);
    assert_near(found.positive, 2. / 32 / 0.25);
    assert_near(found.negative, 18. / 32 / 0.75);
    assert_near(found.unclicked, 20. / 32);
}

static void nothing_to_estimate_from_is_an_error(void **state)
{
    (void)state;
    float p[4];
    Message message = {""};
    Log log = log_of(1, 1, 2), none = log_of(0, 0, 4), unbiased = log_of(2, 2, 0), empty = log_of(0, 0, 0);
    assert_int_equal(naive_bayes_propensity(&none, &unbiased, &none, p, &message), STATUS_FAILED);
    assert_string_equal(message.text, "naive Bayes propensities: the log has no clicks");
    assert_int_equal(naive_bayes_propensity(&log, &empty, &log, p, &message), STATUS_FAILED);
    assert_string_equal(message.text, "naive Bayes propensities: the unbiased sample has no rows");
    log_free(&log);
    log_free(&none);
    log_free(&unbiased);
    log_free(&empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clicked_rows_go_by_their_label),
        cmocka_unit_test(no_selection_gives_the_click_rate),
        cmocka_unit_test(estimates_above_one_become_one),
        cmocka_unit_test(an_absent_label_is_smoothed),
        cmocka_unit_test(weights_count),
        cmocka_unit_test(nothing_to_estimate_from_is_an_error),
    };
    return cmocka_run_group_tests_name("naive Bayes", tests, NULL, NULL);
}
