/* Statistics of ids against their definitions in plain loops, and half-samples and the regression against
 * closed forms. */
#include "experiments/twin/half_samples.h"
#include "experiments/twin/id_statistics.h"
#include "experiments/twin/ridge_logistic.h"
#include "sim/base/random.h"

#include "tests/support/support.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void assert_near(double got, double want, double most)
{
    if (!(fabs(got - want) <= most))
        fail_msg("%.12g, expected %.12g", got, want);
}

static gsl_rng *random_of(const char *purpose)
{
    const StreamKey key = {.seed = 5, .setting = ""};
    gsl_rng *random = stream_open(&key, purpose);
    assert_non_null(random);
    return random;
}

enum { ROWS = 400, IDS = 30 };

typedef struct Rows {
    uint32_t id[2 * ROWS];
    uint8_t outcome[ROWS], among[ROWS];
} Rows;

static void draw(Rows *rows)
{
    gsl_rng *random = random_of("rows");
    for (size_t i = 0; i < ROWS; i++) {
        rows->id[2 * i] = (uint32_t)gsl_rng_uniform_int(random, IDS);
        rows->id[2 * i + 1] = (uint32_t)gsl_rng_uniform_int(random, IDS / 2);
        rows->outcome[i] = gsl_rng_uniform(random) < 0.1 + 0.02 * rows->id[2 * i];
        rows->among[i] = gsl_rng_uniform(random) < 0.6;
    }
    gsl_rng_free(random);
}

/* By all pairs of different rows of an id: each id's mean of (y_i - m)(y_j - m), weighted by its rows. */
static double variance_by_pairs(const Rows *rows, bool among)
{
    double m = 0, n = 0, sum = 0, weight = 0;
    for (size_t i = 0; i < ROWS; i++)
        if (!among || rows->among[i]) {
            m += rows->outcome[i];
            n++;
        }
    m /= n;
    for (uint32_t id = 0; id < IDS; id++) {
        double own = 0, pairs = 0, count = 0;
        for (size_t i = 0; i < ROWS; i++) {
            if (rows->id[2 * i] != id || (among && !rows->among[i]))
                continue;
            count++;
            for (size_t j = 0; j < ROWS; j++)
                if (j != i && rows->id[2 * j] == id && (!among || rows->among[j])) {
                    own += (rows->outcome[i] - m) * (rows->outcome[j] - m);
                    pairs++;
                }
        }
        if (count < 2)
            continue;
        sum += count * own / pairs;
        weight += count;
    }
    return sum / weight / (m * (1 - m));
}

static void variance_is_that_of_pairs(void **state)
{
    (void)state;
    static Rows rows;
    Message message;
    double got;
    draw(&rows);
    const IdOutcomes all = {ROWS, 2, rows.id, IDS, rows.outcome, NULL};
    assert_int_equal(id_variance(&all, &got, &message), STATUS_OK);
    assert_near(got, variance_by_pairs(&rows, false), 1e-10);
    const IdOutcomes some = {ROWS, 2, rows.id, IDS, rows.outcome, rows.among};
    assert_int_equal(id_variance(&some, &got, &message), STATUS_OK);
    assert_near(got, variance_by_pairs(&rows, true), 1e-10);
    const uint8_t none[ROWS] = {0};
    assert_int_equal(id_variance(&(IdOutcomes){ROWS, 2, rows.id, IDS, none, NULL}, &got, &message),
                     STATUS_OK);
    assert_true(isnan(got));
}

static double zipf_likelihood(const size_t *count, uint32_t ids, double s)
{
    double total = 0, sum = 0;
    for (uint32_t k = 1; k <= ids; k++)
        total += pow(k, -s);
    for (uint32_t k = 1; k <= ids; k++)
        sum += (double)count[k - 1] * (-s * log(k) - log(total));
    return sum;
}

/* Counts in proportion give the exponent back, in any order of the ids; else it is the highest likelihood. */
static void zipf_is_the_highest_likelihood(void **state)
{
    (void)state;
    enum { N = 50 };
    size_t count[N], mixed[2 * N] = {0};
    double s;
    Message message;
    for (int k = 0; k < N; k++) {
        count[k] = (size_t)llround(1e12 * pow(k + 1, -0.8));
        mixed[(7 * k) % N * 2 + 1] = count[k]; /* other ids have no rows */
    }
    assert_int_equal(zipf_exponent(count, N, &s, &message), STATUS_OK);
    assert_near(s, 0.8, 1e-7);
    assert_int_equal(zipf_exponent(mixed, 2 * N, &s, &message), STATUS_OK);
    assert_near(s, 0.8, 1e-7);
    for (int k = 0; k < N; k++)
        count[k] = (size_t)(100 - 2 * k + k * k / 60);
    assert_int_equal(zipf_exponent(count, N, &s, &message), STATUS_OK);
    assert_true(zipf_likelihood(count, N, s) > zipf_likelihood(count, N, s + 1e-4));
    assert_true(zipf_likelihood(count, N, s) > zipf_likelihood(count, N, s - 1e-4));
    assert_int_equal(zipf_exponent(count, 1, &s, &message), STATUS_OK);
    assert_true(isnan(s));
}

static void counts_and_shares(void **state)
{
    (void)state;
    static Rows rows;
    size_t count[IDS];
    double share, repeats = 0;
    Message message;
    draw(&rows);
    id_counts(rows.id, 2, ROWS, IDS, count);
    size_t most = 0, sum = 0;
    for (uint32_t j = 0; j < IDS; j++) {
        size_t own = 0;
        for (size_t i = 0; i < ROWS; i++)
            own += rows.id[2 * i] == j;
        assert_int_equal(count[j], own);
        most = own > most ? own : most;
        sum += own;
    }
    assert_int_equal(sum, ROWS);
    assert_int_equal(share_of_top(count, IDS, &share, &message), STATUS_OK); /* 1 % of 30 is one */
    assert_near(share, (double)most / ROWS, 1e-15);
    for (size_t i = 0; i < ROWS; i++) {
        bool before = false;
        for (size_t j = 0; j < i; j++)
            before = before || (rows.id[2 * i] == rows.id[2 * j] && rows.id[2 * i + 1] == rows.id[2 * j + 1]);
        repeats += before;
    }
    assert_int_equal(share_of_repeats(rows.id, 2, ROWS, &share, &message), STATUS_OK);
    assert_near(share, repeats / ROWS, 1e-15);
    assert_near(chao1((size_t[]){1, 1, 1, 2, 2, 5, 0}, 7), 6 + 9 / 4.0, 1e-15);
    assert_near(chao1((size_t[]){1, 1, 1, 5}, 4), 4 + 3, 1e-15);
}

static void popularity_is_a_correlation_over_rows(void **state)
{
    (void)state;
    static Rows rows;
    double got, x[ROWS], y[ROWS], mx = 0, my = 0, xx = 0, xy = 0, yy = 0;
    Message message;
    draw(&rows);
    for (size_t i = 0; i < ROWS; i++) {
        double n = 0, s = 0;
        for (size_t j = 0; j < ROWS; j++)
            if (rows.id[2 * j] == rows.id[2 * i]) {
                n++;
                s += rows.outcome[j];
            }
        x[i] = log(n);
        y[i] = s / n;
        mx += x[i] / ROWS;
        my += y[i] / ROWS;
    }
    for (size_t i = 0; i < ROWS; i++) {
        xx += (x[i] - mx) * (x[i] - mx);
        xy += (x[i] - mx) * (y[i] - my);
        yy += (y[i] - my) * (y[i] - my);
    }
    const IdOutcomes all = {ROWS, 2, rows.id, IDS, rows.outcome, NULL};
    assert_int_equal(popularity_correlation(&all, &got, &message), STATUS_OK);
    assert_near(got, xy / sqrt(xx * yy), 1e-10);
}

/* Of the mean of four groups, over all three splits into halves, the variance is S^2 / 4 exactly. */
static void half_samples_of_a_mean(void **state)
{
    (void)state;
    enum { GROUPS = 4, SPLITS = 3 };
    static const double x[GROUPS] = {1, 4, 2, 8};
    double value[2 * SPLITS * 2], error[2], mean = 0, squares = 0;
    for (int s = 0; s < SPLITS; s++)
        for (int h = 0; h < 2; h++) {
            double sum = 0;
            for (int g = 0; g < GROUPS; g++)
                sum += (g == 0 || g == s + 1) == (h == 0) ? x[g] : 0;
            value[(2 * s + h) * 2] = sum / 2;
            value[(2 * s + h) * 2 + 1] = 3;
        }
    for (int g = 0; g < GROUPS; g++)
        mean += x[g] / GROUPS;
    for (int g = 0; g < GROUPS; g++)
        squares += (x[g] - mean) * (x[g] - mean);
    half_samples_errors(value, SPLITS, 2, error);
    assert_near(error[0], sqrt(squares / (GROUPS - 1) / GROUPS), 1e-12);
    assert_true(error[1] == 0);
}

static void halves_are_halves(void **state)
{
    (void)state;
    enum { GROUPS = 20, SPLITS = 50 };
    int half[SPLITS * GROUPS], differ = 0;
    gsl_rng *random = random_of("halves");
    half_samples_draw(SPLITS, GROUPS, random, half);
    gsl_rng_free(random);
    for (int s = 0; s < SPLITS; s++) {
        int ones = 0;
        for (int g = 0; g < GROUPS; g++)
            ones += half[s * GROUPS + g];
        assert_int_equal(ones, GROUPS / 2);
        differ += memcmp(half, half + s * GROUPS, GROUPS * sizeof *half) != 0;
    }
    assert_true(differ > 40);
}

/* Without a penalty the coefficient of a column of 0 and 1 is the log odds ratio. */
static void regression_of_a_table(void **state)
{
    (void)state;
    enum { N = 100 };
    uint32_t column[2 * N];
    float value[2 * N];
    uint8_t outcome[N], among[N];
    double b[2];
    Message message;
    for (size_t i = 0; i < N; i++) {
        column[2 * i] = 0;
        column[2 * i + 1] = 1;
        value[2 * i] = i < 40;
        value[2 * i + 1] = 1;
        outcome[i] = i < 30 || i >= 90; /* 30 of 40, 10 of 60 */
        among[i] = i % 2;
    }
    const SparseRows x = {N, 2, 2, column, value};
    assert_int_equal(ridge_logistic(&x, &(LogisticSample){outcome, NULL, 0}, b, &message), STATUS_OK);
    assert_near(b[1], log(10.0 / 50), 1e-6);
    assert_near(b[0], log(30.0 / 10) - log(10.0 / 50), 1e-6);
    assert_near(sparse_logit(&x, 0, b), log(3), 1e-6);
    assert_int_equal(ridge_logistic(&x, &(LogisticSample){outcome, among, 0}, b, &message), STATUS_OK);
    assert_near(b[0], log(15.0 / 5) - log(5.0 / 25), 1e-6);
}

/* The penalised likelihood is flat at the fit, by differences of the likelihood itself. */
static void regression_is_the_highest_likelihood(void **state)
{
    (void)state;
    enum { N = 200, P = 4 };
    static uint32_t column[N * P];
    static float value[N * P];
    static uint8_t outcome[N];
    const double ridge = 2;
    double b[P];
    Message message;
    gsl_rng *random = random_of("regression");
    for (size_t i = 0; i < N; i++) {
        for (uint32_t c = 0; c < P; c++) {
            column[i * P + c] = c;
            value[i * P + c] = c + 1 < P ? (float)gsl_ran_gaussian(random, 1) : 1;
        }
        outcome[i] = gsl_rng_uniform(random) < 1 / (1 + exp(-(double)value[i * P]));
    }
    gsl_rng_free(random);
    const SparseRows x = {N, P, P, column, value};
    assert_int_equal(ridge_logistic(&x, &(LogisticSample){outcome, NULL, ridge}, b, &message), STATUS_OK);
    for (int c = 0; c < P; c++) {
        double likelihood[2] = {0};
        for (int s = 0; s < 2; s++) {
            double at[P];
            for (int d = 0; d < P; d++)
                at[d] = b[d] + (d == c ? (s ? 1e-4 : -1e-4) : 0);
            for (size_t i = 0; i < N; i++) {
                const double z = sparse_logit(&x, i, at);
                likelihood[s] -= log1p(exp(outcome[i] ? -z : z));
            }
            for (int d = 0; d + 1 < P; d++)
                likelihood[s] -= ridge * at[d] * at[d] / 2;
        }
        assert_near((likelihood[1] - likelihood[0]) / 2e-4, 0, 1e-5);
    }
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variance_is_that_of_pairs), cmocka_unit_test(zipf_is_the_highest_likelihood),
        cmocka_unit_test(counts_and_shares),         cmocka_unit_test(popularity_is_a_correlation_over_rows),
        cmocka_unit_test(half_samples_of_a_mean),    cmocka_unit_test(halves_are_halves),
        cmocka_unit_test(regression_of_a_table),     cmocka_unit_test(regression_is_the_highest_likelihood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
