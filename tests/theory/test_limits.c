/* What estimators converge to without hidden confounding, and their risks. A model of the right form has no
 * asymptotic bias even when it is naive, so these models are wrong: a constant, and a linear logit in a world
 * of networks. Their limits are the projections that theory gives (White 1982): naive onto the click
 * distribution, minimising E[p_o l(q, c)]; weighted and doubly robust with true propensities onto D,
 * minimising E l(p_r, c). */
#include "estimators/shared/two_model.h"
#include "tests/support/linear_model.h"

#include <gsl/gsl_errno.h>

/* The same under sanitizers: fewer rows would not tell the two limits apart. */
enum { ROWS = 30000, TRUTH_ROWS = 200000, COLUMNS = 7 };

static WorldOptions asked(void)
{
    return (WorldOptions){.users = 500,
                          .items = 400,
                          .segments = 1,
                          .categories = 1,
                          .latent = 2,
                          .context = 3,
                          .item_zipf = 0.5,
                          .shape = SHAPE_NETWORK,
                          .dependence = 0.9,
                          .sigma_o = 1.5,
                          .sigma_r = 2.5,
                          .ctr = 0.3,
                          .cvr = 0.3};
}

static World *world;
static Drawn drawn, truth; /* a log, and a large sample of D for the limits */

static int create(void **state)
{
    (void)state;
    WorldOptions options = asked();
    OK(world_create(&world, &options, 3, 0, message));
    drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, ROWS);
    truth = draw_of(world, 0, "truth", SAMPLE_EXPOSURES, TRUTH_ROWS);
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    drawn_free(&truth);
    drawn_free(&drawn);
    world_free(world);
    return 0;
}

/* Models of no column and of all, in turn: a log as they see it, with true propensities. */
static Linear as_seen;
static Coefficients over_clicks, over_everything; /* the limits */

static void each_model(void (*check)(void))
{
    for (int columns = 0; columns <= COLUMNS; columns += COLUMNS) {
        linear_create(&as_seen, &drawn.log, columns);
        give_propensity(&as_seen.log, drawn.truth.p_o);
        over_clicks = linear_projection(&truth.log, columns, truth.truth.p_o, truth.truth.q);
        over_everything = linear_projection(&truth.log, columns, NULL, truth.truth.p_r);
        check();
        linear_free(&as_seen);
    }
}

static void check_naive(void)
{
    Coefficients fitted = linear_fit_clicks("naive", &as_seen, 0);
    same_limit("naive", &fitted, &over_clicks);
    other_limit("naive", &fitted, &over_everything);
}

static void naive_projects_onto_clicks(void **state)
{
    (void)state;
    each_model(check_naive);
}

static void check_weighted(void)
{
    static const char *const name[] = {"ips", "snips"};
    for (int k = 0; k < 2; k++) {
        Coefficients fitted = linear_fit_clicks(name[k], &as_seen, 1);
        same_limit(name[k], &fitted, &over_everything);
        other_limit(name[k], &fitted, &over_clicks);
    }
}

static void weights_project_onto_everything(void **state)
{
    slow_under_valgrind();
    (void)state;
    each_model(check_weighted);
}

static void check_doubly_robust(void)
{
    Coefficients fitted = linear_fit_doubly_robust(&as_seen);
    same_limit("dr_jl", &fitted, &over_everything);
    other_limit("dr_jl", &fitted, &over_clicks);
}

static void doubly_robust_projects_onto_everything(void **state)
{
    slow_under_valgrind();
    (void)state;
    each_model(check_doubly_robust);
}

/* Risks: a model that does not learn, whose loss on redrawn clicks is the estimate of (1/N) sum e. */
enum { RISK_ROWS = 1500, REDRAWS = 2000 / SHRINK };

/* Clicks of a log that a fit reads anew in every step. */
static void redraw_clicks(Log *log, const Truth *t, gsl_rng *random)
{
    for (size_t i = 0; i < log->x.rows; i++) {
        log->click[i] = gsl_rng_uniform(random) < t->p_o_given[i];
        log->conversion[i] = log->click[i] && t->potential[i];
    }
}

/* Mean and variance of the estimates; the variance of n draws has the standard error sqrt((m4 - m2^2) / n).
 */
static void check_risk(const char *what, const double *risk, double mean, double variance)
{
    double *square = calloc(REDRAWS, sizeof *square);
    assert_non_null(square);
    for (size_t k = 0; k < REDRAWS; k++)
        square[k] = (risk[k] - mean) * (risk[k] - mean);
    within_error(what, mean_of(risk, REDRAWS), mean, sqrt(variance / REDRAWS));
    mean_is(what, square, REDRAWS, variance);
    free(square);
}

/* Estimates by one phase of an estimator, against the closed forms of results/README.md with p = P(o=1 |
 * everything): mean (1/N) sum [e_hat + (p/p_hat) (e - e_hat)], variance (1/N^2) sum p (1-p) (e - e_hat)^2 /
 * p_hat^2; e_hat is 0 without `imputes`. Returns the bias against (1/N) sum e in standard errors of the
 * simulation. */
static double check_estimator(const char *what, Estimator *estimator, int imputes, Log *log, const Truth *t)
{
    const StreamKey key = {.seed = 23, .setting = "test"};
    const TrainingData data = {.log = log};
    const Method method = {estimator, backbone_table[0]};
    EstimatorOptions options = whole_batches(RISK_ROWS, 1);
    float c[RISK_ROWS];
    float m[RISK_ROWS] = {0};
    double ideal = 0;
    double mean = 0;
    double variance = 0;
    Fit *fit;
    options.model = (ModelOptions){.embedding = 4, .layers = 1, .width = {8}, .init = 1};
    options.train.learning_rate = 0;
    OK(fit_create(&fit, &(FitSetup){.method = &method, .options = &options, .data = &data, .key = &key},
                  message));
    OK(fit_predict(fit, &log->x, c, NULL, message));
    estimator->predict = linear_imputed;
    if (imputes)
        OK(fit_predict(fit, &log->x, m, NULL, message));
    estimator->predict = NULL;
    for (size_t i = 0; i < RISK_ROWS; i++) {
        double z = logit_of((double)c[i]);
        double e = log1p(exp(z)) - t->potential[i] * z;
        double e_hat = imputes ? log1p(exp(z)) - (double)m[i] * z : 0;
        double p = t->p_o_given[i];
        double p_hat = (double)log->propensity[i];
        ideal += e / RISK_ROWS;
        mean += (e_hat + p / p_hat * (e - e_hat)) / RISK_ROWS;
        variance += p * (1 - p) * (e - e_hat) * (e - e_hat) / (p_hat * p_hat) / RISK_ROWS / RISK_ROWS;
    }
    double *risk = calloc(REDRAWS, sizeof *risk);
    gsl_rng *random = stream_open(&key, "redraws");
    assert_true(risk && random);
    for (int k = 0; k < REDRAWS; k++) {
        redraw_clicks(log, t, random);
        assert_true(fit_step(fit, &risk[k]));
    }
    check_risk(what, risk, mean, variance);
    gsl_rng_free(random);
    free(risk);
    fit_free(fit);
    return (mean - ideal) / sqrt(variance / REDRAWS);
}

/* With the propensity of everything, h and r(1) included, both are unbiased; with p_o(x), which estimators
 * call the truth, neither is under hidden confounding, by the closed form. */
static void risks_have_their_closed_forms(void **state)
{
    (void)state;
    WorldOptions options = asked();
    World *confounded;
    options.gamma_o = options.gamma_r = options.delta = 1;
    OK(world_create(&confounded, &options, 3, 0, message));
    Drawn d = draw_of(confounded, 0, "log", SAMPLE_EXPOSURES, RISK_ROWS);
    Method ips;
    OK(method_find("ips", &ips, message));
    Estimator estimator[] = {*ips.estimator,
                             {.name = "dr",
                              .net = {HEAD(CVR), HEAD(IMPUTATION)},
                              .phase = {{.loss = doubly_robust_risk, .moves = PREDICTION_NET}}}};
    for (int k = 0; k < 2; k++) {
        give_propensity(&d.log, d.truth.p_o_given);
        double rounding = check_estimator("risk, full propensity", &estimator[k], k, &d.log, &d.truth);
        assert_true(fabs(rounding) < 0.01); /* propensities are float */
        give_propensity(&d.log, d.truth.p_o);
        double bias = check_estimator("risk, p_o(x)", &estimator[k], k, &d.log, &d.truth);
        assert_true(fabs(bias) > STANDARD_ERRORS);
    }
    drawn_free(&d);
    world_free(confounded);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(naive_projects_onto_clicks),
        cmocka_unit_test(weights_project_onto_everything),
        cmocka_unit_test(doubly_robust_projects_onto_everything),
        cmocka_unit_test(risks_have_their_closed_forms),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
