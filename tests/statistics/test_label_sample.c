/* The error that the test sample makes of a metric of labels: against closed forms, against the spread over
 * fresh samples, and in what is made of it, means and paired differences. */
#include "results/statistics/test_sample.h"
#include "results/statistics/units.h"

#include "tests/support/store_fixture.h"

#include <gsl/gsl_statistics.h>
#include <stdlib.h>
#include <string.h>

enum { USERS = 300, EACH = 8, ALL = USERS * EACH };

static const char *const smooth[] = {"auc", "gauc", "uauc", "log_loss", "mse", "mae", "ndcg", "ratio"};
enum { SMOOTH = sizeof smooth / sizeof *smooth };

static Message message[1];

static void ok(Status status)
{
    if (status)
        fail_msg("%s", message->text);
}

/* Rows of users who differ, and the predictions of two models of unequal worth. */
typedef struct Rows {
    float prediction[2][ALL];
    double label[ALL];
    uint32_t user[ALL];
    uint8_t group[ALL];
} Rows;

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static void draw(Rows *rows, gsl_rng *g)
{
    for (int u = 0; u < USERS; u++) {
        const double of_user = gsl_ran_gaussian(g, 0.8);
        for (int i = u * EACH; i < (u + 1) * EACH; i++) {
            const double score = of_user + gsl_ran_ugaussian(g) - 1;
            rows->user[i] = (uint32_t)u * 7 + 3;
            rows->label[i] = gsl_rng_uniform(g) < sigmoid(score);
            rows->prediction[0][i] = (float)sigmoid(0.8 * score + gsl_ran_gaussian(g, 0.5));
            rows->prediction[1][i] = (float)sigmoid(0.4 * score - 0.6);
        }
    }
    test_groups(rows->user, ALL, rows->group);
}

static Scored scored(const Rows *rows, int model)
{
    return (Scored){.rows = ALL,
                    .prediction = rows->prediction[model],
                    .target = rows->label,
                    .user = rows->user,
                    .k = 3};
}

/* Values of the smooth metrics, and what they are without each group. */
static void measure(const Rows *rows, int model, MetricValue value[SMOOTH], float *without)
{
    const Scored s = scored(rows, model);
    for (int m = 0; m < SMOOTH; m++) {
        value[m].metric = metric_find(smooth[m]);
        value[m].value = value[m].metric->value(&s);
    }
    ok(metrics_without_groups(&s, rows->group, value, SMOOTH, without, message));
}

static double error_of(const float *without)
{
    double numbers[TEST_GROUPS];
    for (int g = 0; g < TEST_GROUPS; g++)
        numbers[g] = (double)without[g];
    return test_sample_error(numbers, NULL);
}

/* The value without a group is that of the other rows, computed from nothing. */
static void a_group_is_left_out(void **state)
{
    (void)state;
    Rows *rows = calloc(2, sizeof *rows);
    float without[SMOOTH * TEST_GROUPS];
    MetricValue value[SMOOTH];
    gsl_rng *g = fixture_generator(1);
    draw(rows, g);
    measure(rows, 0, value, without);
    for (int left = 0; left < TEST_GROUPS; left += 7) {
        Rows *rest = rows + 1;
        size_t n = 0;
        for (int i = 0; i < ALL; i++) {
            if (rows->group[i] == left)
                continue;
            rest->prediction[0][n] = rows->prediction[0][i];
            rest->label[n] = rows->label[i];
            rest->user[n++] = rows->user[i];
        }
        assert_true(n < ALL);
        Scored s = scored(rest, 0);
        s.rows = n;
        for (int m = 0; m < SMOOTH; m++) {
            const double expected = value[m].metric->value(&s) - value[m].value;
            assert_true(fabs((double)without[m * TEST_GROUPS + left] - expected) <=
                        1e-7 * (1 + fabs(expected)));
        }
    }
    gsl_rng_free(g);
    free(rows);
}

/* Over S fresh samples the mean of the squared errors is the variance of the metric, and that of the
 * difference of two models the variance of the difference, within what chance allows: a variance of S values
 * has a relative error of sqrt(2/S) (more with tails heavier than normal: 4.5 of them are allowed), and the
 * jackknife itself is biased upwards by about 1 / users. */
static void errors_are_those_of_fresh_samples(void **state)
{
    (void)state;
    enum { S = 400 };
    Rows *rows = calloc(1, sizeof *rows);
    double(*seen)[2 * SMOOTH] = calloc(S, sizeof *seen), square[2 * SMOOTH] = {0};
    gsl_rng *g = fixture_generator(2);
    for (int s = 0; s < S; s++) {
        float without[2][SMOOTH * TEST_GROUPS], gap[TEST_GROUPS];
        MetricValue value[2][SMOOTH];
        draw(rows, g);
        measure(rows, 0, value[0], without[0]);
        measure(rows, 1, value[1], without[1]);
        for (int m = 0; m < SMOOTH; m++) {
            const float *a = without[0] + m * TEST_GROUPS, *b = without[1] + m * TEST_GROUPS;
            for (int k = 0; k < TEST_GROUPS; k++)
                gap[k] = a[k] - b[k];
            seen[s][m] = value[0][m].value;
            seen[s][SMOOTH + m] = value[0][m].value - value[1][m].value;
            square[m] += error_of(a) * error_of(a) / S;
            square[SMOOTH + m] += error_of(gap) * error_of(gap) / S;
        }
    }
    for (int m = 0; m < 2 * SMOOTH; m++) {
        const double variance = gsl_stats_variance(seen[0] + m, 2 * SMOOTH, S);
        const double ratio = square[m] / variance;
        if (!(fabs(ratio - 1) < 4.5 * sqrt(2.0 / S) + 1.0 / USERS))
            fail_msg("%s%s: mean squared error %g, variance over samples %g", smooth[m % SMOOTH],
                     m < SMOOTH ? "" : ", difference", square[m], variance);
    }
    gsl_rng_free(g);
    free(seen);
    free(rows);
}

/* Rows of one user are each by themselves: the mean of a term a row has the error sd / sqrt(rows), and the
 * jackknife of G groups finds it to sqrt(1 / (2 (G - 1))). */
static void rows_of_one_user(void **state)
{
    (void)state;
    Rows *rows = calloc(1, sizeof *rows);
    float without[SMOOTH * TEST_GROUPS];
    MetricValue value[SMOOTH];
    double loss[ALL];
    gsl_rng *g = fixture_generator(3);
    draw(rows, g);
    memset(rows->user, 0, sizeof rows->user);
    test_groups(rows->user, ALL, rows->group);
    measure(rows, 0, value, without);
    for (int i = 0; i < ALL; i++) {
        const double gap = (double)rows->prediction[0][i] - rows->label[i];
        loss[i] = gap * gap;
    }
    const double expected = gsl_stats_sd(loss, 1, ALL) / sqrt(ALL);
    assert_string_equal(smooth[4], "mse");
    const double got = error_of(without + (size_t)4 * TEST_GROUPS);
    assert_true(fabs(got / expected - 1) < 4 * sqrt(0.5 / (TEST_GROUPS - 1)));
    gsl_rng_free(g);
    free(rows);
}

static void a_user_is_in_one_group(void **state)
{
    (void)state;
    static const uint32_t user[] = {7, 900, 7, 31, 900}, other[] = {31, 5, 7};
    uint8_t group[5], again[3];
    test_groups(user, 5, group);
    test_groups(other, 3, again);
    assert_true(group[0] == group[2] && group[1] == group[4]);
    assert_true(again[0] == group[3] && again[2] == group[0]);
    for (int i = 0; i < 5; i++)
        assert_true(group[i] < TEST_GROUPS);
}

/* Nine positives say nothing of an error, ten do. */
static void too_few_labels(void **state)
{
    (void)state;
    Rows *rows = calloc(1, sizeof *rows);
    float without[SMOOTH * TEST_GROUPS];
    MetricValue value[SMOOTH];
    gsl_rng *g = fixture_generator(4);
    draw(rows, g);
    for (int positive = 0; positive < 2; positive++) {
        for (int labels = FEWEST_LABELS - 1; labels <= FEWEST_LABELS; labels++) {
            for (int i = 0; i < ALL; i++)
                rows->label[i] = positive;
            for (int i = 0; i < labels; i++)
                rows->label[i * EACH] = !positive;
            measure(rows, 0, value, without);
            assert_int_equal(isnan(error_of(without)), labels < FEWEST_LABELS);
        }
    }
    gsl_rng_free(g);
    free(rows);
}

/* Replicates that agree still have the error of the test sample, as have their differences from others of the
 * same groups; and degrees of freedom lie between those of the parts. */
static void means_hold_both_parts(void **state)
{
    (void)state;
    enum { B = 4 };
    UnitValue unit[2][B];
    float without[2][B * TEST_GROUPS];
    double mean[TEST_GROUPS] = {0}, gap[TEST_GROUPS] = {0}, value[B];
    gsl_rng *g = fixture_generator(5);
    for (int b = 0; b < B; b++) {
        for (int e = 0; e < 2; e++)
            unit[e][b] = (UnitValue){0, b, 0.7 + 0.1 * e + gsl_ran_gaussian(g, 0.01)};
        value[b] = unit[0][b].value;
        for (int k = 0; k < TEST_GROUPS; k++) {
            without[0][b * TEST_GROUPS + k] = (float)gsl_ran_gaussian(g, 0.002);
            without[1][b * TEST_GROUPS + k] =
                without[0][b * TEST_GROUPS + k] + (float)gsl_ran_gaussian(g, 0.0002);
            mean[k] += (double)without[0][b * TEST_GROUPS + k] / B;
            gap[k] += (double)(without[0][b * TEST_GROUPS + k] - without[1][b * TEST_GROUPS + k]) / B;
        }
    }
    gsl_rng_free(g);
    const UnitValues one = {unit[0], B, without[0]}, other = {unit[1], B, without[1]};
    const UnitMean m = unit_mean(&one);
    const double spread = gsl_stats_sd(value, 1, B) / sqrt(B), test = test_sample_error(mean, NULL);
    assert_true(fabs(m.mcse - hypot(spread, test)) < 1e-12 && fabs(m.sd - spread * sqrt(B)) < 1e-12);
    assert_true(fabs(m.test_error - test) < 1e-12 && m.freedom > B - 1 && m.freedom < B - 1 + TEST_GROUPS);
    const double a = spread * spread, b = test * test;
    assert_true(fabs(m.freedom - (a + b) * (a + b) / (a * a / (B - 1) + b * b / (TEST_GROUPS - 1))) < 1e-9);

    PairedDifference difference;
    int pairs = 0;
    ok(unit_paired(&one, &other, &difference, &pairs, message));
    for (int i = 0; i < B; i++)
        value[i] = unit[0][i].value - unit[1][i].value;
    assert_int_equal(pairs, B);
    assert_true(fabs(difference.error -
                     hypot(gsl_stats_sd(value, 1, B) / sqrt(B), test_sample_error(gap, NULL))) < 1e-9);
    /* One side without it: its part is not known, and left out. */
    const UnitValues bare = {unit[1], B, NULL};
    ok(unit_paired(&one, &bare, &difference, &pairs, message));
    assert_true(fabs(difference.error - gsl_stats_sd(value, 1, B) / sqrt(B)) < 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_is_left_out), cmocka_unit_test(errors_are_those_of_fresh_samples),
        cmocka_unit_test(rows_of_one_user),    cmocka_unit_test(a_user_is_in_one_group),
        cmocka_unit_test(too_few_labels),      cmocka_unit_test(means_hold_both_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
