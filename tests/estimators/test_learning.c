/* Training finds what is there: on a log whose ids say nothing, towers of no layers are a logistic
 * regression, and must come to its maximum of likelihood. */
#include "tests/support/toy_log.h"

#include <gsl/gsl_linalg.h>

enum { ROWS = 8000, TERMS = 3 };

static void create_log(Log *log)
{
    Schema schema = {.categorical = 2, .name = {"user", "item"}, .cardinality = {1, 1}, .dense = 2};
    gsl_rng *generator = gsl_rng_alloc(gsl_rng_mt19937);
    assert_non_null(generator);
    OK(log_create(log, &schema, ROWS, message));
    toy_fill(log, generator, false, NULL);
    gsl_rng_free(generator);
}

static EstimatorOptions logistic_options(const Estimator *estimator)
{
    EstimatorOptions options = toy_options(estimator);
    options.model.layers = 0;
    options.train.epochs = 400;
    options.train.batch = ROWS; /* so that no noise of the batches is left at the end */
    options.train.learning_rate = 0.03;
    options.train.l2 = 0;
    return options;
}

static FitReport train(const char *name, const Log *log, const Features *x, float *cvr)
{
    TrainingData data = {.log = log};
    Method method;
    Fit *fit;
    FitReport report;
    OK(method_find(name, &method, message));
    EstimatorOptions options = logistic_options(method.estimator);
    OK(fit_create(&fit, &(FitSetup){.method = &method, .options = &options, .data = &data, .key = &toy_key},
                  message));
    OK(fit_train(fit, &report, message));
    OK(fit_predict(fit, x, cvr, NULL, message));
    fit_free(fit);
    return report;
}

/* With a margin of 0.5 on either side of 0, a separating line classes every row right. */
static void separable_data_are_learned(void **state)
{
    (void)state;
    static float cvr[ROWS];
    Log data;
    create_log(&data);
    for (size_t i = 0; i < ROWS; i++) {
        float *x = data.x.dense + 2 * i;
        x[1] += x[1] < 0 ? -0.5F : 0.5F;
        data.conversion[i] = data.click[i] && x[1] > 0;
    }
    FitReport report = train("naive", &data, &data.x, cvr);
    assert_false(report.diverged);
    assert_true(report.loss < log(2) / 4); /* log 2 is the loss of knowing nothing */
    for (size_t i = 0; i < ROWS; i++)
        assert_true((cvr[i] > 0.5F) == (data.x.dense[2 * i + 1] > 0));
    log_free(&data);
}

/* Logistic regression of y on (1, x[0], x[1]) over the rows with `use`, by Newton's method. Standard errors
 * are those of the Fisher information. */
typedef struct Fitted {
    double coefficient[TERMS], se[TERMS];
} Fitted;

static void newton_step(const Log *data, const uint8_t *use, const uint8_t *y, Fitted *fitted)
{
    double gradient[TERMS] = {0}, information[TERMS * TERMS] = {0};
    for (size_t i = 0; i < data->x.rows; i++) {
        const double x[TERMS] = {1, (double)data->x.dense[2 * i], (double)data->x.dense[2 * i + 1]};
        double z = 0;
        for (int a = 0; a < TERMS; a++)
            z += fitted->coefficient[a] * x[a];
        double p = toy_logistic(z);
        for (int a = 0; use[i] && a < TERMS; a++) {
            gradient[a] += (y[i] - p) * x[a];
            for (int b = 0; b < TERMS; b++)
                information[a * TERMS + b] += p * (1 - p) * x[a] * x[b];
        }
    }
    gsl_matrix_view inverse = gsl_matrix_view_array(information, TERMS, TERMS);
    gsl_linalg_cholesky_decomp1(&inverse.matrix);
    gsl_linalg_cholesky_invert(&inverse.matrix);
    for (int a = 0; a < TERMS; a++) {
        fitted->se[a] = sqrt(information[a * TERMS + a]);
        for (int b = 0; b < TERMS; b++)
            fitted->coefficient[a] += information[a * TERMS + b] * gradient[b];
    }
}

static Fitted most_likely(const Log *data, const uint8_t *use, const uint8_t *y)
{
    Fitted fitted = {{0}, {0}};
    for (int round = 0; round < 20; round++)
        newton_step(data, use, y, &fitted);
    return fitted;
}

static double logit_of(float p)
{
    return log((double)p / (1 - (double)p));
}

/* The coefficients of a fitted model, from its predictions at (0, 0), (1, 0) and (0, 1), against those that
 * are most likely: what optimisation leaves is small beside the Monte Carlo error. And those against the true
 * ones, within 4 standard errors. */
static void check(const float p[TERMS], const Fitted *best, const double truth[TERMS])
{
    double intercept = logit_of(p[0]);
    const double got[TERMS] = {intercept, logit_of(p[1]) - intercept, logit_of(p[2]) - intercept};
    for (int a = 0; a < TERMS; a++) {
        if (!(fabs(got[a] - best->coefficient[a]) < best->se[a] / 10))
            fail_msg("coefficient %d is %.6g, most likely %.6g, standard error %.2g", a, got[a],
                     best->coefficient[a], best->se[a]);
        assert_true(fabs(best->coefficient[a] - truth[a]) < 4 * best->se[a]);
    }
}

/* Clicks select on x[0], conversions depend on x[1] alone: missing at random, so that clicks are enough. */
static void naive_recovers_a_logistic_regression(void **state)
{
    (void)state;
    float points[] = {0, 0, 1, 0, 0, 1}, p[TERMS];
    uint32_t ids[2 * TERMS] = {0};
    Log data;
    create_log(&data);
    Features x = {.schema = data.x.schema, .rows = TERMS, .id = ids, .dense = points};
    train("naive", &data, &x, p);
    Fitted best = most_likely(&data, data.click, data.conversion);
    check(p, &best, (const double[]){-1, 0, 1});
    log_free(&data);
}

/* The first stage of two-stage methods: clicks over every exposure. */
static void propensities_recover_a_logistic_regression(void **state)
{
    (void)state;
    static float fitted[ROWS];
    static uint8_t all[ROWS];
    Log data;
    FitReport report;
    create_log(&data);
    memset(all, 1, sizeof all);
    for (int i = 0; i < TERMS; i++) { /* the points where the coefficients are read */
        data.x.dense[2 * i] = i == 1;
        data.x.dense[2 * i + 1] = i == 2;
    }
    EstimatorOptions options = logistic_options(estimator_table[0]);
    const TrainingData training = {.log = &data};
    const PropensitySetup setup = {.backbone = backbone_find("towers"),
                                   .model = &options.model,
                                   .train = &options.train,
                                   .data = &training,
                                   .key = &toy_key};
    Fit *fit;
    OK(fit_propensity(&fit, &setup, &report, message));
    assert_false(report.diverged);
    OK(fit_predict(fit, &data.x, fitted, NULL, message));
    fit_free(fit);
    Fitted best = most_likely(&data, all, data.click);
    check(fitted, &best, (const double[]){-0.5, 1, 0});
    log_free(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(separable_data_are_learned),
        cmocka_unit_test(naive_recovers_a_logistic_regression),
        cmocka_unit_test(propensities_recover_a_logistic_regression),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
