/* Bias, variance, their standard errors and paired tests: by hand, against repeated simulation, and in the
 * views of a store. */
#include "results/statistics/bias_variance.h"
#include "results/statistics/paired.h"
#include "results/statistics/ranking.h"
#include "results/store/query.h"
#include "results/summary/summary.h"

#include "tests/support/store_fixture.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics.h>

#define CLOSE(got, want) close_to(got, want, 1e-12)
/* For sums taken in another order. */
#define NEAR(got, want) close_to(got, want, 1e-11)

static void close_to(double got, double want, double relative)
{
    if (!(fabs(got - want) <= relative * (fabs(got) + fabs(want)))) {
        fail_msg("%.17g, expected %.17g", got, want);
    }
}

enum { T = 30, B = 12 };

/* Predictions p_j + beta_j + sigma e_jb, e ~ N(0,1) independent. */
typedef struct Model {
    double p[T], beta[T];
    double sigma;
} Model;

static Model make_model(void)
{
    Model model = {.sigma = 0.02};
    for (int j = 0; j < T; j++) {
        model.p[j] = 0.1 + 0.01 * j;
        model.beta[j] = 0.02 * sin(j);
    }
    return model;
}

static void predict(const Model *model, gsl_rng *g, float memory[B][T], const float *prediction[B])
{
    for (int b = 0; b < B; b++) {
        prediction[b] = memory[b];
        for (int j = 0; j < T; j++) {
            memory[b][j] = (float)(model->p[j] + model->beta[j] + gsl_ran_gaussian(g, model->sigma));
        }
    }
}

/* The definitions, in two passes, with jackknife by leaving out. */
typedef struct Plain {
    double bias_sq_raw, variance_raw, variance, mse;
} Plain;

static Plain plain(float memory[B][T], const double *p, int without)
{
    Plain result = {0};
    double n = without >= 0 ? B - 1 : B;
    for (int j = 0; j < T; j++) {
        double mean = 0;
        double squares = 0;
        for (int b = 0; b < B; b++) {
            mean += b == without ? 0 : (double)memory[b][j] / n;
        }
        for (int b = 0; b < B; b++) {
            double x = (double)memory[b][j];
            squares += b == without ? 0 : (x - mean) * (x - mean);
            result.mse += b == without ? 0 : (x - p[j]) * (x - p[j]) / n / T;
        }
        result.bias_sq_raw += (mean - p[j]) * (mean - p[j]) / T;
        result.variance_raw += squares / n / T;
        result.variance += squares / (n - 1) / T;
    }
    return result;
}

static void identity_is_exact(void **state)
{
    (void)state;
    const Model model = make_model();
    float memory[B][T];
    const float *prediction[B];
    gsl_rng *g = fixture_generator(1);
    predict(&model, g, memory, prediction);
    gsl_rng_free(g);
    const Plain want = plain(memory, model.p, -1);
    const BiasVariance got = bias_variance(prediction, B, model.p, T);
    CLOSE(want.mse, want.bias_sq_raw + want.variance_raw);
    CLOSE(got.mse, want.bias_sq_raw + want.variance_raw);
    CLOSE(got.mse, got.bias_sq + got.variance);
    CLOSE(got.variance, want.variance);
    CLOSE(got.bias_sq, want.bias_sq_raw - want.variance / B);
}

/* Against leaving out one replicate at a time, with the correction for few replicates. */
static void mcse_is_the_corrected_jackknife(void **state)
{
    (void)state;
    const Model model = make_model();
    float memory[B][T];
    const float *prediction[B];
    double value[3][B];
    double mean[B] = {0};
    gsl_rng *g = fixture_generator(2);
    predict(&model, g, memory, prediction);
    gsl_rng_free(g);
    for (int b = 0; b < B; b++) {
        const Plain without = plain(memory, model.p, b);
        value[0][b] = without.bias_sq_raw - without.variance / (B - 1);
        value[1][b] = without.variance;
        value[2][b] = without.mse;
        for (int j = 0; j < T; j++) {
            mean[b] += (double)memory[b][j] / T;
        }
    }
    const BiasVariance got = bias_variance(prediction, B, model.p, T);
    const double error[] = {got.bias_sq_mcse, got.variance_mcse, got.mse_mcse};
    double square[3];
    for (int i = 0; i < 3; i++)
        square[i] = (B - 1.0) * (B - 1) / B * gsl_stats_variance(value[i], 1, B);
    square[0] -= square[1] / (B - 1);
    assert_true(square[0] > square[1] * (B - 2) / B / (B - 1)); /* the lower bound is not met here */
    square[1] *= (B - 2.0) / (B - 1);
    for (int i = 0; i < 3; i++)
        assert_true(fabs(error[i] / sqrt(square[i]) - 1) < 1e-9);
    CLOSE(got.mean_bias_mcse, gsl_stats_sd(mean, 1, B) / sqrt(B));
    double truth = gsl_stats_mean(model.p, 1, T);
    CLOSE(got.mean_bias, gsl_stats_mean(mean, 1, B) - truth);
    CLOSE(got.relative_bias, got.mean_bias / truth);
    CLOSE(got.relative_bias_mcse, got.mean_bias_mcse / truth);
}

/* Mean of the draws against what theory says, within 4 standard errors of the mean. */
static void expect_mean(const double *draw, int draws, double expected)
{
    double z = (gsl_stats_mean(draw, 1, (size_t)draws) - expected) /
               (gsl_stats_sd(draw, 1, (size_t)draws) / sqrt(draws));
    if (fabs(z) >= 4) {
        fail_msg("mean %g, expected %g, z = %.2f", gsl_stats_mean(draw, 1, (size_t)draws), expected, z);
    }
}

/* Repeated simulation against exact expectations. bias_sq and variance are U-statistics of degree 2, with
 * variance 4 z1/B + 2 z2/(B(B-1)); their jackknife estimates it with expectation 4 z1/B + 4 z2/(B(B-2)),
 * which is too high, and the corrected one has the right mean since replicates are normal. Here z2 = s^4/T
 * for both, and z1 is sum beta^2 s^2/T^2 for bias_sq and s^4/(2T) for variance.
 */
static void errors_agree_with_repeated_simulation(void **state)
{
    (void)state;
    enum { DRAWS = 3000 };
    static double value[4][DRAWS];
    static double square_error[4][DRAWS];
    const Model model = make_model();
    float memory[B][T];
    const float *prediction[B];
    double beta = 0;
    double beta_sq = 0;
    for (int j = 0; j < T; j++) {
        beta += model.beta[j] / T;
        beta_sq += model.beta[j] * model.beta[j] / T;
    }
    gsl_rng *g = fixture_generator(3);
    for (int d = 0; d < DRAWS; d++) {
        predict(&model, g, memory, prediction);
        const BiasVariance bv = bias_variance(prediction, B, model.p, T);
        const double all[] = {bv.mean_bias, bv.bias_sq, bv.variance, bv.mse};
        const double error[] = {bv.mean_bias_mcse, bv.bias_sq_mcse, bv.variance_mcse, bv.mse_mcse};
        for (int i = 0; i < 4; i++) {
            value[i][d] = all[i];
            square_error[i][d] = error[i] * error[i];
        }
    }
    gsl_rng_free(g);
    const double s2 = model.sigma * model.sigma;
    const double z1[] = {0, beta_sq * s2 / T, s2 * s2 / (2 * T), 0};
    const double z2 = s2 * s2 / T;
    const double expected[] = {beta, beta_sq, s2, beta_sq + s2};
    /* mse is a mean over replicates of (1/T) sum (beta + s e)^2, of variance (4 beta^2 s^2 + 2 s^4) / T each.
     */
    const double first[] = {s2 / T / B, 4 * z1[1] / B, 4 * z1[2] / B,
                            (4 * beta_sq * s2 + 2 * s2 * s2) / T / B};
    for (int i = 0; i < 4; i++) {
        const int degree2 = i == 1 || i == 2;
        const double variance = first[i] + degree2 * 2 * z2 / (B * (B - 1));
        expect_mean(value[i], DRAWS, expected[i]);
        expect_mean(square_error[i], DRAWS, variance);
        for (int d = 0; d < DRAWS; d++) {
            value[i][d] = (value[i][d] - expected[i]) * (value[i][d] - expected[i]);
        }
        expect_mean(value[i], DRAWS, variance);
    }
}

/* Three and four replicates that share what moves all exposures: the squared error of the variance against
 * the variance of repeated estimates, whose own error is by the delta method that of their squared distances.
 * Where there is no bias, bias_sq is all second order: its squared error has the true variance as a lower
 * bound and the plain jackknife's mean as an upper one. */
static void errors_of_few_replicates(void **state)
{
    (void)state;
    enum { DRAWS = 20000, ROWS_HERE = 3 };
    static double of_variance[DRAWS], of_bias_sq[DRAWS], gap[DRAWS];
    static const double p[ROWS_HERE] = {0.2, 0.3, 0.4};
    gsl_rng *g = fixture_generator(8);
    for (int n = 3; n <= 4; n++) {
        for (int d = 0; d < DRAWS; d++) {
            float x[4][ROWS_HERE];
            const float *prediction[4];
            for (int b = 0; b < n; b++) {
                const double shared = gsl_ran_gaussian(g, 0.02);
                prediction[b] = x[b];
                for (int j = 0; j < ROWS_HERE; j++)
                    x[b][j] = (float)(p[j] + shared * (1 + j) + gsl_ran_gaussian(g, 0.03));
            }
            const BiasVariance bv = bias_variance(prediction, n, p, ROWS_HERE);
            of_variance[d] = bv.variance_mcse * bv.variance_mcse;
            of_bias_sq[d] = bv.bias_sq_mcse * bv.bias_sq_mcse;
            gap[d] = bv.variance;
        }
        /* Covariance 0.0004 (1+i)(1+j) + 0.0009 [i = j]: its sum of squares over T^2 is z2. */
        double z2 = 0;
        for (int i = 0; i < ROWS_HERE; i++)
            for (int j = 0; j < ROWS_HERE; j++)
                z2 += pow(0.0004 * (1 + i) * (1 + j) + (i == j ? 0.0009 : 0), 2) / ROWS_HERE / ROWS_HERE;
        expect_mean(of_variance, DRAWS, 2 * z2 / (n - 1));
        const double mean = gsl_stats_mean(gap, 1, DRAWS);
        for (int d = 0; d < DRAWS; d++)
            gap[d] = (gap[d] - mean) * (gap[d] - mean);
        expect_mean(gap, DRAWS, 2 * z2 / (n - 1));
        const double error = gsl_stats_sd(of_bias_sq, 1, DRAWS) / sqrt(DRAWS);
        const double of_bias = gsl_stats_mean(of_bias_sq, 1, DRAWS);
        assert_true(of_bias > 2 * z2 / n / (n - 1) - 4 * error);
        assert_true(of_bias < 4 * z2 / n / (n - 2));
    }
    gsl_rng_free(g);
}

static void few_replicates_are_nan(void **state)
{
    (void)state;
    const float x[3][2] = {{0.1F, 0.2F}, {0.3F, 0.2F}, {0.2F, 0.5F}};
    const float *const prediction[] = {x[0], x[1], x[2]};
    const double p[] = {0.1, 0.1};
    const BiasVariance one = bias_variance(prediction, 1, p, 2);
    assert_true(isfinite(one.mean_bias) && isfinite(one.mse) && isnan(one.mean_bias_mcse) &&
                isnan(one.mse_mcse));
    assert_true(isnan(one.bias_sq) && isnan(one.variance) && isnan(one.bias_sq_mcse) &&
                isnan(one.variance_mcse));
    const BiasVariance two = bias_variance(prediction, 2, p, 2);
    assert_true(isfinite(two.bias_sq) && isfinite(two.variance) && isfinite(two.mse_mcse) &&
                isnan(two.variance_mcse));
    const BiasVariance three = bias_variance(prediction, 3, p, 2);
    assert_true(isfinite(three.bias_sq_mcse) && isfinite(three.variance_mcse));
}

/* Estimates 1, 2, 3, 6 of 2: bias 1, sd sqrt(14/3), squared errors 1, 0, 1, 16. */
static void scalar_performance_by_hand(void **state)
{
    (void)state;
    const double estimate[] = {1, 2, 3, 6};
    const ScalarPerformance got = scalar_performance(estimate, 4, 2);
    CLOSE(got.bias, 1);
    CLOSE(got.bias_mcse, sqrt(14.0 / 3 / 4));
    CLOSE(got.empirical_se, sqrt(14.0 / 3));
    CLOSE(got.empirical_se_mcse, sqrt(14.0 / 3 / 6));
    CLOSE(got.mse, 4.5);
    CLOSE(got.mse_mcse, sqrt((3.5 * 3.5 + 4.5 * 4.5 + 3.5 * 3.5 + 11.5 * 11.5) / 12));
}

/* Morris et al.'s formulas against repeated simulation: MCSE^2 of bias and of MSE are unbiased; that of the
 * empirical SE is exact to first order in 1/n for normal estimates, Var(sd) = s^2 - E[sd]^2 being known
 * exactly. */
static void scalar_errors_agree_with_repeated_simulation(void **state)
{
    (void)state;
    enum { DRAWS = 4000, R = 40 };
    static double bias[DRAWS];
    static double mse[DRAWS];
    static double se[DRAWS];
    gsl_rng *g = fixture_generator(4);
    for (int d = 0; d < DRAWS; d++) {
        double estimate[R];
        for (int i = 0; i < R; i++) {
            estimate[i] = 1.5 + gsl_ran_gaussian(g, 0.5);
        }
        const ScalarPerformance got = scalar_performance(estimate, R, 1);
        bias[d] = got.bias_mcse * got.bias_mcse;
        mse[d] = got.mse_mcse * got.mse_mcse;
        se[d] = got.empirical_se_mcse * got.empirical_se_mcse;
    }
    gsl_rng_free(g);
    expect_mean(bias, DRAWS, 0.25 / R);
    expect_mean(mse, DRAWS, (4 * 0.25 * 0.25 + 2 * 0.0625) / R);
    expect_mean(se, DRAWS, 0.25 / (2 * (R - 1)));
    /* E[sd] = s sqrt(2/(n-1)) Gamma(n/2) / Gamma((n-1)/2); the formula's relative error is of order 1/n. */
    double c4 = sqrt(2.0 / (R - 1)) * exp(lgamma(R / 2.0) - lgamma((R - 1) / 2.0));
    assert_true(fabs(0.25 * (1 - c4 * c4) / (0.25 / (2 * (R - 1))) - 1) < 1.0 / R);
}

static void holm_by_hand(void **state)
{
    (void)state;
    double p[] = {0.01, NAN, 0.04, 0.03, 0.005};
    OK(holm(p, 5, message));
    CLOSE(p[0], 0.03);
    assert_true(isnan(p[1]));
    CLOSE(p[2], 0.06); /* 0.04 x 1 would fall below the step before */
    CLOSE(p[3], 0.06);
    CLOSE(p[4], 0.02);
    double large[] = {0.7, 0.6};
    OK(holm(large, 2, message));
    CLOSE(large[0], 1);
    CLOSE(large[1], 1);
}

/* Differences 1, 2, 3: mean 2, error 1/sqrt(3), t = 2 sqrt(3) on 2 degrees of freedom, where P(|T| > t) = 1 -
 * t/sqrt(t^2+2); the 97.5 % quantile on 2 degrees is 4.302652729911275. */
static void paired_by_hand(void **state)
{
    (void)state;
    const double difference[] = {1, 2, 3};
    const PairedDifference got = paired_difference(difference, 3);
    const double t = 2 * sqrt(3);
    CLOSE(got.difference, 2);
    assert_true(fabs(got.low - (2 - 4.302652729911275 / sqrt(3))) < 1e-9);
    assert_true(fabs(got.high - (2 + 4.302652729911275 / sqrt(3))) < 1e-9);
    assert_true(fabs(got.p - (1 - t / sqrt(t * t + 2))) < 1e-9);
    const double equal[] = {0, 0, 0};
    assert_true(paired_difference(equal, 3).p == 1);
    assert_true(isnan(paired_difference(difference, 1).p) && isnan(paired_difference(difference, 1).low));
}

/* The numbers of one row; a NULL is NaN. */
static int read_row(Store *store, const char *sql, double *value, int values)
{
    sqlite3_stmt *statement = NULL;
    int rows = 0;
    OK(query_prepare(store, &statement, message, sql, ""));
    while (sqlite3_step(statement) == SQLITE_ROW) {
        for (int c = 0; c < values && rows == 0; c++) {
            value[c] = column_double(statement, c);
        }
        rows++;
    }
    sqlite3_finalize(statement);
    return rows;
}

static Store *full_store(char **folder)
{
    char path[128];
    Store *store = NULL;
    *folder = temporary_folder();
    snprintf(path, sizeof path, "%s/a.db", *folder);
    OK(store_open(&store, path, STORE_WRITE, message));
    fixture_fill(store);
    OK(summary_refresh(store, message));
    return store;
}

/* Done predictions of an estimator (0 naive, 1 ips, 2 dr_jl) in setting 0. */
static int load(int world, int estimator, float memory[REPLICATES][ROWS], const float *prediction[REPLICATES])
{
    FixtureTruth truth;
    fixture_truth(&truth, 0, world);
    int runs = 0;
    for (int b = 0; b < REPLICATES; b++) {
        if (estimator == 1 && world == 0 && b == 1) {
            continue;
        }
        fixture_prediction(&truth, 0, world, b, estimator, memory[runs]);
        prediction[runs] = memory[runs];
        runs++;
    }
    return runs;
}

/* The error of the mean of two worlds: sd / sqrt(2) of two numbers is half their distance. */
static double between(double a, double b)
{
    return fabs(a - b) / 2;
}

static void bias_variance_view_averages_worlds(void **state)
{
    (void)state;
    char *folder = NULL;
    Store *store = full_store(&folder);
    double got[12];
    assert_int_equal(
        read_row(
            store,
            "SELECT replicates, mean_bias, mean_bias_mcse, mse, mse_mcse, seconds, diverged, variance_mcse,"
            " relative_bias, relative_bias_mcse, worlds, variance_worlds"
            " FROM bias_variance WHERE estimator = 'ips' AND setting = 'world.ctr=0.1'",
            got, 12),
        1);
    double relative[WORLDS];
    BiasVariance world[WORLDS];
    for (int w = 0; w < WORLDS; w++) {
        FixtureTruth truth;
        float memory[REPLICATES][ROWS];
        const float *prediction[REPLICATES];
        fixture_truth(&truth, 0, w);
        int runs = load(w, 1, memory, prediction);
        world[w] = bias_variance(prediction, runs, truth.p_r, ROWS);
        relative[w] = world[w].mean_bias / gsl_stats_mean(truth.p_r, 1, ROWS);
    }
    NEAR(got[0], 2 * REPLICATES - 1);
    NEAR(got[1], (world[0].mean_bias + world[1].mean_bias) / 2);
    NEAR(got[2], between(world[0].mean_bias, world[1].mean_bias));
    NEAR(got[3], (world[0].mse + world[1].mse) / 2);
    NEAR(got[4], between(world[0].mse, world[1].mse));
    NEAR(got[5], 1.5); /* of 0, 2, 3, 4 quarters and 0 to 4 quarters above 1 */
    NEAR(got[6], 1);
    NEAR(got[7], between(world[0].variance, world[1].variance));
    /* Worlds differ in their mean p, so the error is not that of the bias over a mean p. */
    NEAR(got[8], (relative[0] + relative[1]) / 2);
    NEAR(got[9], between(relative[0], relative[1]));
    assert_true(got[10] == 2 && got[11] == 2);
    assert_int_equal(read_row(store, "SELECT 1 FROM bias_variance", got, 1), 6);
    store_close(store);
    remove_folder(folder);
}

/* The view's row of naive in setting 0 with `replicates` of each world, and what they say in each world. */
static void few(int replicates, double got[6], BiasVariance world[WORLDS])
{
    char *folder = temporary_folder();
    char path[128];
    Store *store = NULL;
    snprintf(path, sizeof path, "%s/a.db", folder);
    OK(store_open(&store, path, STORE_WRITE, message));
    fixture_begin(store);
    for (int w = 0; w < WORLDS; w++) {
        FixtureTruth truth;
        float memory[REPLICATES][ROWS];
        const float *prediction[REPLICATES];
        for (int b = 0; b < replicates; b++) {
            OK(fixture_run(store, (w * REPLICATES + b) * 3, message));
        }
        fixture_truth(&truth, 0, w);
        load(w, 0, memory, prediction);
        world[w] = bias_variance(prediction, replicates, truth.p_r, ROWS);
    }
    OK(summary_refresh(store, message));
    static const char sql[] =
        "SELECT mean_bias_mcse, mse_mcse, variance, variance_mcse, bias_sq, bias_sq_mcse"
        " FROM bias_variance WHERE estimator = 'naive'";
    assert_int_equal(read_row(store, sql, got, 6), 1);
    store_close(store);
    remove_folder(folder);
}

/* What a single log says nothing of, several worlds of one log each do not know either; else they do. */
static void errors_between_worlds_of_few_replicates(void **state)
{
    (void)state;
    double got[6];
    BiasVariance w[WORLDS];
    few(1, got, w);
    NEAR(got[0], between(w[0].mean_bias, w[1].mean_bias));
    NEAR(got[1], between(w[0].mse, w[1].mse));
    for (int i = 2; i < 6; i++) {
        assert_true(isnan(got[i]));
    }
    few(2, got, w);
    NEAR(got[0], between(w[0].mean_bias, w[1].mean_bias));
    NEAR(got[2], (w[0].variance + w[1].variance) / 2);
    NEAR(got[3], between(w[0].variance, w[1].variance));
    NEAR(got[5], between(w[0].bias_sq, w[1].bias_sq));
}

/* The first world has a single log: it has a bias and an error, but no variance, which is that of the other.
 */
static void a_world_of_one_log_leaves_the_others(void **state)
{
    (void)state;
    char *folder = temporary_folder();
    char path[128];
    Store *store = NULL;
    double got[12];
    BiasVariance world[WORLDS];
    snprintf(path, sizeof path, "%s/a.db", folder);
    OK(store_open(&store, path, STORE_WRITE, message));
    fixture_begin(store);
    for (int w = 0; w < WORLDS; w++) {
        FixtureTruth truth;
        float memory[REPLICATES][ROWS];
        const float *prediction[REPLICATES];
        const int replicates = w == 0 ? 1 : REPLICATES;
        for (int b = 0; b < replicates; b++)
            OK(fixture_run(store, (w * REPLICATES + b) * 3, message));
        fixture_truth(&truth, 0, w);
        load(w, 0, memory, prediction);
        world[w] = bias_variance(prediction, replicates, truth.p_r, ROWS);
    }
    OK(summary_refresh(store, message));
    assert_int_equal(read_row(store,
                              "SELECT mean_bias, mean_bias_mcse, mse, mse_mcse, variance, variance_mcse,"
                              " bias_sq, bias_sq_mcse, worlds, variance_worlds, replicates,"
                              " (SELECT count(*) FROM decile WHERE variance IS NULL OR bias_sq IS NULL)"
                              " FROM bias_variance WHERE estimator = 'naive'",
                              got, 12),
                     1);
    NEAR(got[0], (world[0].mean_bias + world[1].mean_bias) / 2);
    NEAR(got[1], between(world[0].mean_bias, world[1].mean_bias));
    NEAR(got[2], (world[0].mse + world[1].mse) / 2);
    NEAR(got[3], between(world[0].mse, world[1].mse));
    NEAR(got[4], world[1].variance);
    NEAR(got[5], world[1].variance_mcse);
    NEAR(got[6], world[1].bias_sq);
    NEAR(got[7], world[1].bias_sq_mcse);
    assert_true(got[8] == 2 && got[9] == 1 && got[10] == REPLICATES + 1 && got[11] == 0);
    store_close(store);
    remove_folder(folder);
}

/* Ten rows of each estimator and setting; the third decile and bin against rank counts. */
static void decile_and_calibration_views(void **state)
{
    (void)state;
    char *folder = NULL;
    Store *store = full_store(&folder);
    double p_o = 0;
    double bias = 0;
    double predicted = 0;
    double p_r = 0;
    for (int w = 0; w < WORLDS; w++) {
        FixtureTruth truth;
        float memory[REPLICATES][ROWS];
        const float *prediction[REPLICATES];
        fixture_truth(&truth, 0, w);
        int runs = load(w, 2, memory, prediction);
        const double weight = 10.0 / WORLDS / ROWS;
        for (int j = 0; j < ROWS; j++) {
            int rank = 0;
            for (int i = 0; i < ROWS; i++) {
                rank += truth.p_o[i] < truth.p_o[j];
            }
            for (int b = 0; b < runs; b++) {
                int place = 0;
                for (int i = 0; i < ROWS; i++) {
                    place += prediction[b][i] < prediction[b][j];
                }
                if (rank / (ROWS / 10) == 2) {
                    p_o += weight * truth.p_o[j] / runs;
                    bias += weight * ((double)prediction[b][j] - truth.p_r[j]) / runs;
                }
                if (place / (ROWS / 10) == 2) {
                    predicted += weight * (double)prediction[b][j] / runs;
                    p_r += weight * truth.p_r[j] / runs;
                }
            }
        }
    }
    double got[2];
    read_row(store,
             "SELECT mean_p_o, mean_bias FROM decile WHERE estimator = 'dr_jl' AND setting = 'world.ctr=0.1' "
             "AND decile = 3",
             got, 2);
    NEAR(got[0], p_o);
    NEAR(got[1], bias);
    read_row(store,
             "SELECT predicted, p_r FROM calibration WHERE estimator = 'dr_jl' AND setting = 'world.ctr=0.1' "
             "AND bin = 3",
             got, 2);
    NEAR(got[0], predicted);
    NEAR(got[1], p_r);
    assert_int_equal(
        read_row(store, "SELECT 1 FROM decile WHERE mean_bias_mcse > 0 AND variance > 0", got, 1), 60);
    assert_int_equal(
        read_row(store, "SELECT 1 FROM calibration WHERE p_r_mcse > 0 AND predicted_mcse > 0", got, 1), 60);
    /* Deciles of equal count add up to the whole. */
    assert_int_equal(
        read_row(store,
                 "SELECT 1 FROM bias_variance b JOIN (SELECT setting, estimator, avg(mean_bias) AS a,"
                 " avg(bias_sq) AS s FROM decile GROUP BY 1, 2) USING (setting, estimator)"
                 " WHERE abs(a - mean_bias) < 1e-12 AND abs(s - bias_sq) < 1e-12",
                 got, 1),
        6);
    store_close(store);
    remove_folder(folder);
}

static void metric_views(void **state)
{
    (void)state;
    char *folder = NULL;
    Store *store = full_store(&folder);
    double got[5] = {0};
    double want[3] = {0};
    read_row(store,
             "SELECT avg(value), 0, count(*)"
             " FROM metric WHERE setting = 'world.ctr=0.2' AND estimator = 'ips' AND metric = 'mse'",
             want, 3);
    assert_int_equal(
        read_row(store,
                 "SELECT mean, sd, mcse, replicates FROM metric_summary WHERE setting = 'world.ctr=0.2' AND"
                 " estimator = 'ips' AND metric = 'mse' AND space = 'D' AND task = 'cvr'",
                 got, 4),
        1);
    NEAR(got[0], want[0]);
    assert_true(got[3] == want[2] && got[3] == 2 * REPLICATES);
    /* The sample is that of the two worlds, and sd and mcse are of it. */
    read_row(store,
             "SELECT abs(sum(iif(world, value, -value))) / 10 FROM metric WHERE setting = 'world.ctr=0.2' AND"
             " estimator = 'ips' AND metric = 'mse'",
             want, 1);
    NEAR(got[2], want[0]);
    NEAR(got[1], sqrt(2) * got[2]);
    /* Median and trimmed mean are of the ten replicates: the middle two, and all but the first and the last.
     */
    read_row(
        store,
        "SELECT avg(iif(place IN (5, 6), value, NULL)), avg(iif(place BETWEEN 2 AND 9, value, NULL)) FROM"
        " (SELECT value, row_number() OVER (ORDER BY value) AS place FROM metric WHERE setting ="
        " 'world.ctr=0.2' AND estimator = 'ips' AND metric = 'mse')",
        want, 2);
    read_row(store,
             "SELECT median, trimmed_mean FROM metric_summary WHERE setting = 'world.ctr=0.2' AND"
             " estimator = 'ips' AND metric = 'mse'",
             got, 2);
    NEAR(got[0], want[0]);
    NEAR(got[1], want[1]);
    /* NaN values are left out: 4 of 5 replicates have ndcg. */
    read_row(store, "SELECT replicates FROM metric_summary WHERE metric = 'ndcg' AND estimator = 'naive'",
             got, 1);
    assert_true(got[0] == 2 * REPLICATES - 2);
    /* The diverged run's pair is left out, and differences of equal values are a tie. */
    read_row(
        store,
        "SELECT replicates, difference, (SELECT avg(gap) FROM (SELECT avg(i.value - n.value) AS gap FROM"
        " metric i JOIN metric n USING (experiment, setting, space, task, metric, world, replicate) WHERE"
        " i.estimator = 'ips' AND n.estimator = 'naive' AND setting = 'world.ctr=0.1' AND metric = 'mse'"
        " AND (world, replicate) <> (0, 1) GROUP BY world)) FROM paired_difference WHERE setting ="
        " 'world.ctr=0.1' AND estimator = 'ips' AND metric = 'mse'",
        got, 3);
    assert_true(got[0] == 2 * REPLICATES - 1);
    assert_true(fabs(got[1] - got[2]) < 1e-12);
    read_row(store, "SELECT difference, p_holm FROM paired_difference WHERE metric = 'ndcg'", got, 2);
    assert_true(got[0] == 0 && got[1] == 1);
    /* Holm runs over the two estimators of one setting and metric. */
    double p[2] = {0};
    for (int e = 1; e <= 2; e++) {
        char sql[512];
        double difference[WORLDS];
        for (int w = 0; w < WORLDS; w++) {
            snprintf(sql, sizeof sql,
                     "SELECT avg(i.value - n.value) FROM metric i JOIN metric n USING (experiment, setting,"
                     " space, task, metric, world, replicate) WHERE i.estimator = '%s' AND"
                     " n.estimator = 'naive' AND setting = 'world.ctr=0.2' AND metric = 'mse' AND world = %d",
                     fixture_estimator[e], w);
            assert_int_equal(read_row(store, sql, &difference[w], 1), 1);
        }
        p[e - 1] = paired_difference(difference, WORLDS).p;
    }
    OK(holm(p, 2, message));
    for (int e = 1; e <= 2; e++) {
        char sql[256];
        snprintf(sql, sizeof sql,
                 "SELECT p_holm FROM paired_difference WHERE setting = 'world.ctr=0.2' AND metric = 'mse' "
                 "AND estimator ="
                 " '%s'",
                 fixture_estimator[e]);
        assert_int_equal(read_row(store, sql, got, 1), 1);
        NEAR(got[0], p[e - 1]);
    }
    assert_int_equal(read_row(store, "SELECT 1 FROM paired_difference WHERE baseline = 'naive'", got, 1),
                     2 * 2 * 3);
    assert_int_equal(read_row(store, "SELECT 1 FROM paired_difference WHERE estimator = 'naive'", got, 1), 0);
    store_close(store);
    remove_folder(folder);
}

/* A later run makes the summaries stale, a store opened for reading brings them up to date, and then stays
 * read-only. */
static void refresh_follows_the_runs(void **state)
{
    (void)state;
    char *folder = temporary_folder();
    char path[128];
    double got[1];
    Store *store = NULL;
    snprintf(path, sizeof path, "%s/a.db", folder);
    OK(store_open(&store, path, STORE_WRITE, message));
    fixture_begin(store);
    for (int unit = 0; unit < UNITS - 3; unit++) {
        OK(fixture_run(store, unit, message));
    }
    OK(summary_refresh(store, message));
    int before = sqlite3_total_changes(store_connection(store));
    OK(summary_refresh(store, message));
    assert_int_equal(sqlite3_total_changes(store_connection(store)), before);
    for (int unit = UNITS - 3; unit < UNITS; unit++) {
        OK(fixture_run(store, unit, message));
    }
    store_close(store);
    OK(store_open(&store, path, STORE_READ, message));
    read_row(store,
             "SELECT replicates FROM bias_variance WHERE estimator = 'naive' AND setting = 'world.ctr=0.2'",
             got, 1);
    assert_true(got[0] == 2 * REPLICATES - 1);
    OK(summary_refresh(store, message));
    read_row(store,
             "SELECT replicates FROM bias_variance WHERE estimator = 'naive' AND setting = 'world.ctr=0.2'",
             got, 1);
    assert_true(got[0] == 2 * REPLICATES);
    Message failure;
    assert_int_equal(fixture_run(store, 0, &failure), STATUS_FAILED);
    store_close(store);
    remove_folder(folder);
}

/* A new unit has the summaries of its own setting computed anew, and no others; another baseline, or another
 * order of the estimators, has all of them. Units of the last setting are the last. */
static void summaries_go_by_setting(void **state)
{
    (void)state;
    static const char first[] = "SELECT mse FROM summary_bias_variance WHERE setting = 'world.ctr=0.1' AND"
                                " estimator = 'naive'",
                      last[] = "SELECT mse FROM summary_bias_variance WHERE setting = 'world.ctr=0.2' AND"
                               " estimator = 'naive'";
    char *folder = temporary_folder();
    char path[128];
    double got[1];
    Store *store = NULL;
    snprintf(path, sizeof path, "%s/a.db", folder);
    OK(store_open(&store, path, STORE_WRITE, message));
    fixture_begin(store);
    for (int unit = 0; unit < UNITS - 3; unit++)
        OK(fixture_run(store, unit, message));
    OK(summary_refresh(store, message));
    OK(query_run(store, message, "UPDATE summary_bias_variance SET mse = -1", ""));
    OK(fixture_run(store, UNITS - 3, message));
    OK(summary_refresh(store, message));
    read_row(store, first, got, 1);
    assert_true(got[0] == -1);
    read_row(store, last, got, 1);
    assert_true(got[0] > 0);
    ExperimentRow row = fixture_experiment();
    OK(store_experiment(store, &row, message)); /* as it was */
    OK(summary_refresh(store, message));
    read_row(store, first, got, 1);
    assert_true(got[0] == -1);
    row.baseline = "dr_jl";
    OK(store_experiment(store, &row, message));
    OK(summary_refresh(store, message));
    read_row(store, first, got, 1);
    assert_true(got[0] > 0);
    OK(query_run(store, message, "UPDATE summary_bias_variance SET mse = -1", ""));
    const MethodRow turned[] = {row.method[2], row.method[0], row.method[1]};
    row.method = turned;
    OK(store_experiment(store, &row, message));
    OK(summary_refresh(store, message));
    read_row(store, first, got, 1);
    assert_true(got[0] > 0);
    store_close(store);
    remove_folder(folder);
}

/* Real data: no truth, so metrics only. */
static void real_data_has_no_bias(void **state)
{
    (void)state;
    char *folder = temporary_folder();
    char path[128];
    double got[1];
    Store *store = NULL;
    snprintf(path, sizeof path, "%s/a.db", folder);
    OK(store_open(&store, path, STORE_WRITE, message));
    const ExperimentRow row = fixture_experiment();
    OK(store_experiment(store, &row, message));
    OK(store_setting(store,
                     &(SettingRow){"compare", "world.ctr=0.1", 0, &(KeyValue){"world.ctr", "0.1"}, 1, NULL},
                     message));
    const TestSet test = {.rows = ROWS};
    OK(store_test_set(store, "compare", "world.ctr=0.1", 0, &test, message));
    for (int unit = 0; unit < 3 * REPLICATES; unit++) {
        OK(fixture_run(store, unit, message));
    }
    OK(summary_refresh(store, message));
    assert_int_equal(read_row(store, "SELECT 1 FROM bias_variance", got, 1), 0);
    assert_int_equal(read_row(store, "SELECT 1 FROM decile", got, 1), 0);
    assert_int_equal(read_row(store, "SELECT 1 FROM metric_summary WHERE metric = 'auc'", got, 1), 3);
    store_close(store);
    remove_folder(folder);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identity_is_exact),
        cmocka_unit_test(mcse_is_the_corrected_jackknife),
        cmocka_unit_test(errors_of_few_replicates),
        cmocka_unit_test(errors_agree_with_repeated_simulation),
        cmocka_unit_test(few_replicates_are_nan),
        cmocka_unit_test(scalar_performance_by_hand),
        cmocka_unit_test(scalar_errors_agree_with_repeated_simulation),
        cmocka_unit_test(holm_by_hand),
        cmocka_unit_test(paired_by_hand),
        cmocka_unit_test(bias_variance_view_averages_worlds),
        cmocka_unit_test(errors_between_worlds_of_few_replicates),
        cmocka_unit_test(a_world_of_one_log_leaves_the_others),
        cmocka_unit_test(decile_and_calibration_views),
        cmocka_unit_test(metric_views),
        cmocka_unit_test(refresh_follows_the_runs),
        cmocka_unit_test(summaries_go_by_setting),
        cmocka_unit_test(real_data_has_no_bias),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
