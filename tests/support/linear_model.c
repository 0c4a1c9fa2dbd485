/* Training linear models with the program, and holding their coefficients against regressions. */
#include "tests/support/linear_model.h"

void linear_create(Linear *linear, const Log *log, int columns)
{
    Schema schema = {.categorical = 2,
                     .name = {"user", "item"},
                     .cardinality = {1, 1},
                     .dense = columns,
                     .groups = 1,
                     .group = {{"columns", columns}}};
    size_t n = log->x.rows;
    size_t from = (size_t)log->x.schema.dense;
    size_t to = (size_t)columns;
    OK(log_create(&linear->log, &schema, n, message));
    for (size_t i = 0; to && i < n; i++)
        memcpy(linear->log.x.dense + i * to, log->x.dense + i * from, to * sizeof(float));
    memcpy(linear->log.click, log->click, n);
    memcpy(linear->log.conversion, log->conversion, n);
    linear->rows = regression_create(&linear->log.x);
    linear->steps = LINEAR_STEPS;
}

void linear_free(Linear *linear)
{
    regression_free(&linear->rows);
    log_free(&linear->log);
}

Coefficients linear_projection(const Log *sample, int columns, const double *w, const double *y)
{
    Linear linear;
    linear_create(&linear, sample, columns);
    for (size_t i = 0; i < sample->x.rows; i++) {
        linear.rows.w[i] = w ? w[i] : 1;
        linear.rows.y[i] = y[i];
    }
    Coefficients c = regression_fit(&linear.rows);
    linear_free(&linear);
    return c;
}

void give_propensity(Log *log, const double *p)
{
    if (!log->propensity) {
        log->propensity = calloc(log->x.rows, sizeof *log->propensity);
        assert_non_null(log->propensity);
    }
    for (size_t i = 0; i < log->x.rows; i++)
        log->propensity[i] = (float)p[i];
}

EstimatorOptions whole_batches(size_t rows, int steps)
{
    return (EstimatorOptions){.model = {.embedding = 1, .layers = 0, .init = 0.1},
                              .train = {.epochs = steps,
                                        .batch = (int)rows,
                                        .batch_unbiased = (int)rows,
                                        .learning_rate = 0.02,
                                        .l2 = 0,
                                        .clip = 1e-9,
                                        .draw = DRAW_EXPOSURES}};
}

static const StreamKey fit_key = {.seed = 17, .setting = "test"};

void default_constants(EstimatorOptions *options, const Estimator *estimator)
{
    for (int k = 0; k < constant_count(estimator); k++)
        options->constant[k] = estimator->constant[k].value;
}

Fit *linear_train(const Method *method, const EstimatorOptions *options, const TrainingData *data)
{
    Fit *fit;
    FitReport report;
    OK(fit_create(&fit, &(FitSetup){.method = method, .options = options, .data = data, .key = &fit_key},
                  message));
    OK(fit_train(fit, &report, message));
    assert_false(report.diverged);
    return fit;
}

Coefficients linear_coefficients(Fit *fit, const Schema *schema)
{
    Features probe;
    float p[MAX_COEFFICIENTS];
    Coefficients c = {.count = (size_t)schema->dense + 1};
    OK(features_create(&probe, schema, c.count, message));
    for (size_t d = 1; d < c.count; d++)
        probe.dense[d * (size_t)schema->dense + d - 1] = 1;
    OK(fit_predict(fit, &probe, p, NULL, message));
    for (size_t d = 0; d < c.count; d++)
        c.theta[d] = logit_of((double)p[d]) - (d ? c.theta[0] : 0);
    features_free(&probe);
    return c;
}

Coefficients linear_fit_clicks(const char *name, Linear *linear, bool weighted)
{
    const Log *log = &linear->log;
    Method method;
    EstimatorOptions options = whole_batches(log->x.rows, linear->steps);
    const TrainingData data = {.log = log};
    options.train.draw = DRAW_CLICKS;
    OK(method_find(name, &method, message));
    Fit *fit = linear_train(&method, &options, &data);
    Coefficients fitted = linear_coefficients(fit, &log->x.schema);
    fit_free(fit);
    for (size_t i = 0; i < log->x.rows; i++) {
        linear->rows.w[i] = log->click[i] / (weighted ? (double)log->propensity[i] : 1);
        linear->rows.y[i] = log->conversion[i];
    }
    is_minimum(name, &linear->rows, &fitted);
    return fitted;
}

Var linear_imputed(Pass *pass)
{
    return sigmoid(logit(pass, IMPUTATION, D));
}

Coefficients linear_fit_doubly_robust(Linear *linear)
{
    const Log *log = &linear->log;
    Method method;
    EstimatorOptions options = whole_batches(log->x.rows, LINEAR_STEPS);
    const TrainingData data = {.log = log};
    OK(method_find("dr_jl", &method, message));
    Estimator both = *method.estimator; /* a fit predicts with what stands here at the time */
    method.estimator = &both;
    Fit *fit = linear_train(&method, &options, &data);
    Coefficients prediction = linear_coefficients(fit, &log->x.schema);
    both.predict = linear_imputed;
    Coefficients imputation = linear_coefficients(fit, &log->x.schema);
    fit_free(fit);
    Derivatives of_imputation = {0};
    for (size_t i = 0; i < log->x.rows; i++) {
        double row[MAX_COEFFICIENTS];
        regression_row(&log->x, i, row);
        double z = regression_logit(prediction.theta, row, prediction.count);
        double m = sigmoid_of(regression_logit(imputation.theta, row, imputation.count));
        double weight = log->click[i] / (double)log->propensity[i];
        double slope = z * m * (1 - m);
        linear->rows.w[i] = 1;
        linear->rows.y[i] = m + weight * (log->conversion[i] - m);
        derivatives_add(&of_imputation, row, imputation.count, weight * z * slope * (m - log->conversion[i]),
                        weight * slope * slope);
    }
    near_minimum("imputation of dr_jl", &of_imputation, &imputation);
    is_minimum("dr_jl", &linear->rows, &prediction);
    return prediction;
}
