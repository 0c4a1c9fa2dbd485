/* What the forms of the doubly robust methods converge to where there is nothing to learn: clicks of one
 * probability p, conversions of one rate q, a constant model, propensities that are the log's own click rate.
 * A fit must end at the closed form in the log's own rate of conversion, and the mean of fits at that in q
 * within Monte Carlo error. */
#include "tests/support/linear_model.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>

enum { LOGS = 4, CONSTANT_ROWS = 6000, LONG = 800 };
static const double Q = 0.1;

/* A log of features that tell nothing. */
static Log constant_log(gsl_rng *random, double p)
{
    const Schema schema = {.categorical = 2, .name = {"user", "item"}, .cardinality = {1, 1}};
    double clicks = 0;
    Log log;
    OK(log_create(&log, &schema, CONSTANT_ROWS, message));
    for (size_t i = 0; i < CONSTANT_ROWS; i++) {
        log.click[i] = gsl_rng_uniform(random) < p;
        log.conversion[i] = gsl_rng_uniform(random) < Q && log.click[i];
        clicks += log.click[i];
    }
    log.propensity = calloc(CONSTANT_ROWS, sizeof *log.propensity);
    assert_non_null(log.propensity);
    for (size_t i = 0; i < CONSTANT_ROWS; i++)
        log.propensity[i] = (float)(clicks / CONSTANT_ROWS);
    return log;
}

/* The constant that an estimator ends at with one of its constants set. */
static double fit_constant(const char *name, const char *key, double value, const Log *log)
{
    Method method;
    EstimatorOptions options = whole_batches(CONSTANT_ROWS, LONG);
    const TrainingData data = {.log = log};
    OK(method_find(name, &method, message));
    default_constants(&options, method.estimator);
    for (int k = 0; k < constant_count(method.estimator); k++)
        if (!strcmp(method.estimator->constant[k].key, key))
            options.constant[k] = value;
    Fit *fit = linear_train(&method, &options, &data);
    Coefficients c = linear_coefficients(fit, &log->x.schema);
    fit_free(fit);
    return sigmoid_of(c.theta[0]);
}

/* A limit as a function of the log's rate of conversion q, the click probability, and a constant. */
typedef double Limit(double q, double p, double constant);

static double click_space_rate(double q, double p, double constant)
{
    (void)p;
    (void)constant;
    return q;
}

/* sigmoid(z) - q + 2 q (1-q) z = 0: what the square of (e - e_hat), moved by c, adds; increasing in z. */
static double pulled_rate(double q, double p, double constant)
{
    double low = -20, high = 20;
    (void)p;
    (void)constant;
    for (int k = 0; k < 200; k++) {
        double z = (low + high) / 2;
        *(sigmoid_of(z) - q + 2 * q * (1 - q) * z > 0 ? &high : &low) = z;
    }
    return sigmoid_of((low + high) / 2);
}

/* The adversary of each row sees its label: b for conversions, a for the others, and sum_O (b - a) / |B| is
 * (1-p)(Gamma - 1/Gamma), as 1/p - 1 is what Gamma stretches. */
static double robust_rate(double q, double p, double gamma)
{
    return q + (1 - p) * q * (1 - q) * (gamma - 1 / gamma);
}

/* Where clicks are rare. */
static double robust_rate_of_rare_clicks(double q, double p, double gamma)
{
    (void)p;
    return robust_rate(q, 0, gamma);
}

typedef struct Case {
    const char *estimator, *key;
    double value;
    Limit *limit, *other; /* other: where it must not end */
} Case;

static double log_rate(const Log *log, double *clicks)
{
    double converted = 0;
    *clicks = 0;
    for (size_t i = 0; i < CONSTANT_ROWS; i++) {
        *clicks += log->click[i];
        converted += log->conversion[i];
    }
    return converted / *clicks;
}

static void check(const Case *c, double p, Limit *in_the_limit)
{
    char what[128];
    double mean = 0, all_clicks = 0, want = in_the_limit(Q, p, c->value);
    gsl_rng *random = stream_open(&(StreamKey){.seed = 29, .setting = "constant"}, c->estimator);
    assert_non_null(random);
    snprintf(what, sizeof what, "%s with %s %g", c->estimator, c->key, c->value);
    for (int k = 0; k < LOGS; k++) {
        Log log = constant_log(random, p);
        double clicks, q = log_rate(&log, &clicks);
        double got = fit_constant(c->estimator, c->key, c->value, &log);
        double closed = c->limit(q, clicks / CONSTANT_ROWS, c->value);
        double error = sqrt(q * (1 - q) / clicks);
        if (!(fabs(got - closed) < 0.01 * error)) /* as near_minimum() */
            fail_msg("%s: %.7g, expected %.7g", what, got, closed);
        mean += got / LOGS;
        all_clicks += clicks;
        log_free(&log);
    }
    gsl_rng_free(random);
    /* the slope of the limit in q makes an error of it from that of a rate */
    double slope = (in_the_limit(Q + 1e-4, p, c->value) - in_the_limit(Q - 1e-4, p, c->value)) / 2e-4;
    double error = slope * sqrt(Q * (1 - Q) / all_clicks);
    print_message("%-45s %.4f, expected %.4f (%.4f)\n", what, mean, want, error);
    within_error(what, mean, want, error);
    if (c->other)
        assert_true(fabs(want - c->other(Q, p, c->value)) > 2 * STANDARD_ERRORS * error);
}

static void a_live_imputation_loss_pulls_predictions_up(void **state)
{
    (void)state;
    static const Case cases[] = {
        {"multi_dr", "imputation_moves_prediction", 0, click_space_rate, pulled_rate},
        {"multi_dr", "imputation_moves_prediction", 1, pulled_rate, click_space_rate},
        {"multi_dr", "pseudo_label", 1, click_space_rate, pulled_rate},
    };
    assert_true(fabs(pulled_rate(Q, 0, 0) - 0.275) < 5e-4); /* the figure of METHODS */
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        check(&cases[k], 0.3, cases[k].limit);
}

/* The factor 1-p is of the log; where clicks are rare it is 1 within the error. */
static void an_adversary_that_sees_labels_moves_the_rate(void **state)
{
    (void)state;
    static const Case robust = {"rd_dr", "gamma", 3, robust_rate, click_space_rate};
    static const Case nominal = {"rd_dr", "gamma", 1, click_space_rate, NULL};
    static const Case worst_ips = {"rd_ips", "gamma", 3, click_space_rate, robust_rate};
    check(&robust, 0.3, robust_rate);
    check(&robust, 0.06, robust_rate_of_rare_clicks);
    check(&nominal, 0.3, click_space_rate);
    check(&worst_ips, 0.3, click_space_rate);
}

/* What is left of a rate q of labels of which rho01 of the zeros are wrong. */
static double corrected_rate(double q, double p, double rho01)
{
    (void)p;
    return (q - rho01) / (1 - rho01);
}

static double corrected_rate_of_ones(double q, double p, double rho10)
{
    (void)p;
    return q / (1 - rho10);
}

static void known_rates_of_wrong_labels_are_taken_out(void **state)
{
    (void)state;
    static const Case cases[] = {
        {"ome_ips", "rho01", 0.08, corrected_rate, click_space_rate},
        {"ome_ips", "rho10", 0.45, corrected_rate_of_ones, click_space_rate},
        {"ome_dr", "rho01", 0.08, corrected_rate, click_space_rate},
        {"ome_eib", "rho10", 0.45, corrected_rate_of_ones, click_space_rate},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        check(&cases[k], 0.3, cases[k].limit);
}

/* The teacher of t gives p q, and c ends half way between q and that. */
static double half_taught_rate(double q, double p, double ctcvr_weight)
{
    (void)ctcvr_weight;
    return (q + p * q) / 2;
}

/* The CTCVR loss, which draws to q, is left out of the first. */
static void labels_of_a_teacher_of_all_exposures_are_low(void **state)
{
    (void)state;
    static const Case published = {"towers+evi", "ctcvr_weight", 0, half_taught_rate, click_space_rate};
    static const Case repaired = {"towers+evi", "teacher_on_clicks", 1, click_space_rate, half_taught_rate};
    check(&published, 0.3, half_taught_rate);
    check(&repaired, 0.3, click_space_rate);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_live_imputation_loss_pulls_predictions_up),
        cmocka_unit_test(an_adversary_that_sees_labels_moves_the_rate),
        cmocka_unit_test(known_rates_of_wrong_labels_are_taken_out),
        cmocka_unit_test(labels_of_a_teacher_of_all_exposures_are_low),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
