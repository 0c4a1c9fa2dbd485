/* What an unbiased sample does about hidden confounding: the methods that have one, against theory where
 * there is one and side by side where there is none. */
#include "estimators/shared/residual.h"
#include "results/statistics/bias_variance.h"
#include "results/summary/summary.h"
#include "tests/support/linear_model.h"

#include <gsl/gsl_errno.h>

enum { ROWS = 30000, TRUTH_ROWS = 200000 / SHRINK, COLUMNS = 7 };

/* Users and items are exposed alike, so that the unbiased sample has the exposures of D. */
static WorldOptions asked(void)
{
    return (WorldOptions){.users = 200,
                          .items = 150,
                          .segments = 4,
                          .categories = 4,
                          .latent = 2,
                          .context = 3,
                          .feature_noise = 0.3,
                          .shape = SHAPE_NETWORK,
                          .dependence = 0.4,
                          .sigma_o = 1,
                          .sigma_r = 1.2,
                          .gamma_o = 1,
                          .gamma_r = 1.5,
                          .ctr = 0.2,
                          .cvr = 0.2};
}

/* The unbiased sample alone: its projection is that of p_r. */
static void unbiased_only_projects_p_r(void **state)
{
    slow_under_valgrind();
    (void)state;
    WorldOptions options = asked();
    World *world = world_of(&options);
    Drawn sample = draw_of(world, 0, "unbiased", SAMPLE_UNBIASED, ROWS / 2);
    Drawn truth = draw_of(world, 0, "truth", SAMPLE_EXPOSURES, TRUTH_ROWS);
    Coefficients q = linear_projection(&truth.log, COLUMNS, NULL, truth.truth.q);
    Coefficients p_r = linear_projection(&truth.log, COLUMNS, NULL, truth.truth.p_r);
    Linear linear;
    Method method;
    linear_create(&linear, &sample.log, COLUMNS);
    const TrainingData data = {.log = &linear.log, .unbiased = &linear.log};
    const EstimatorOptions whole = whole_batches(ROWS / 2, LINEAR_STEPS);
    OK(method_find("unbiased_only", &method, message));
    Fit *fit = linear_train(&method, &whole, &data);
    Coefficients fitted = linear_coefficients(fit, &linear.log.x.schema);
    fit_free(fit);
    for (size_t i = 0; i < ROWS / 2; i++) {
        linear.rows.w[i] = 1;
        linear.rows.y[i] = linear.log.conversion[i];
    }
    is_minimum("unbiased_only", &linear.rows, &fitted);
    same_limit("unbiased_only", &fitted, &p_r);
    other_limit("unbiased_only", &fitted, &q);
    linear_free(&linear);
    drawn_free(&truth);
    drawn_free(&sample);
    world_free(world);
}

/* Constant models of a log and an unbiased sample, where everything has a closed form in two rates: of the
 * clicks, r_O, and of the unbiased sample, r_U. */
enum { NAIVE, UNBIASED_ONLY, COMBINE, RES_IPS, RES_DR, METHODS };
static const char *const method_name[METHODS] = {"naive", "unbiased_only", "combine", "res_ips", "res_dr"};
enum { REPLICATES = SHRINK > 1 ? 3 : 12, LOG_ROWS = 3000, UNBIASED_ROWS = 500 };

static double loss_of(double rate, double c)
{
    return -rate * log(c) - (1 - rate) * log1p(-c);
}

/* res_ips: c minimises W l(r_O, c) + beta l(r_U, c), beta = |U| / |O|, and the residual propensity sets
 * W = sum_O 1/p_res / |D| so that W l(r_O, c) = l(r_U, c). */
static double res_ips_constant(double clicked, double unbiased, double beta)
{
    double c = unbiased;
    for (int step = 0; step < 200; step++) { /* a contraction: W hardly moves with c */
        double weight = loss_of(unbiased, c) / loss_of(clicked, c);
        c = (weight * clicked + beta * unbiased) / (weight + beta);
    }
    return c;
}

/* res_dr: l(y, c) is linear in y, so that with W as above the biased risk is l((1-W) m_res + W r_O, c).
 * Residuals make it equal to l(r_U, c) and so (1-W) m_res + W r_O to r_U: the prediction step then has its
 * minimum at r_U, whatever beta is. */
static void closed_forms(const Log *log, const Log *unbiased, double *c)
{
    double clicks = (double)log_clicks(log);
    double clicked = 0;
    double shown = 0;
    for (size_t i = 0; i < log->x.rows; i++)
        clicked += log->conversion[i];
    for (size_t i = 0; i < unbiased->x.rows; i++)
        shown += unbiased->conversion[i];
    c[NAIVE] = clicked / clicks;
    c[UNBIASED_ONLY] = shown / UNBIASED_ROWS;
    c[COMBINE] = (clicked + shown) / (clicks + UNBIASED_ROWS);
    c[RES_IPS] = res_ips_constant(c[NAIVE], c[UNBIASED_ONLY], fmin(UNBIASED_ROWS / clicks, 1));
    c[RES_DR] = c[UNBIASED_ONLY];
}

static double fit_constant(const char *name, const TrainingData *data)
{
    Method method;
    EstimatorOptions options = whole_batches(LOG_ROWS, 2 * LINEAR_STEPS); /* residuals move first */
    OK(method_find(name, &method, message));
    default_constants(&options, method.estimator);
    Fit *fit = linear_train(&method, &options, data);
    Coefficients c = linear_coefficients(fit, &data->log->x.schema);
    fit_free(fit);
    return sigmoid_of(c.theta[0]);
}

/* The mean of a rate over the replicates, of so many independent conversions in all, agrees with sum w y /
 * sum w over a large sample of D (w NULL: all alike) within the errors of both. */
static void rate_converges(const char *what, const double *rate, double conversions, const double *w,
                           const double *y)
{
    double total = 0;
    double want = 0;
    double squares = 0;
    for (size_t i = 0; i < TRUTH_ROWS; i++) {
        total += w ? w[i] : 1;
        want += (w ? w[i] : 1) * y[i];
    }
    want /= total;
    for (size_t i = 0; i < TRUTH_ROWS; i++) {
        double gap = (w ? w[i] : 1) * (y[i] - want) / total;
        squares += gap * gap;
    }
    within_error(what, mean_of(rate, REPLICATES), want, sqrt(squares + want * (1 - want) / conversions));
}

/* Fits all methods to one pair of samples and puts their constants into column b of `got`. */
static void fit_constants(const Drawn *log, const Drawn *unbiased, int b, double got[METHODS][REPLICATES])
{
    Linear seen;
    Linear shown;
    double want[METHODS];
    linear_create(&seen, &log->log, 0);
    linear_create(&shown, &unbiased->log, 0);
    const TrainingData data = {.log = &seen.log, .unbiased = &shown.log};
    closed_forms(&seen.log, &shown.log, want);
    for (int k = 0; k < METHODS; k++) {
        got[k][b] = fit_constant(method_name[k], &data);
        double error = sqrt(want[k] * (1 - want[k]) / (double)(log_clicks(&seen.log) + UNBIASED_ROWS));
        if (!(fabs(got[k][b] - want[k]) < 0.01 * error)) /* as near_minimum() */
            fail_msg("%s: %.7g, expected %.7g", method_name[k], got[k][b], want[k]);
    }
    linear_free(&shown);
    linear_free(&seen);
}

static void constants_have_their_closed_forms(void **state)
{
    slow_under_valgrind();
    (void)state;
    WorldOptions options = asked();
    World *world = world_of(&options);
    double got[METHODS][REPLICATES];
    double clicks = 0;
    for (uint32_t b = 0; b < REPLICATES; b++) {
        Drawn log = draw_of(world, b, "log", SAMPLE_EXPOSURES, LOG_ROWS);
        Drawn unbiased = draw_of(world, b, "unbiased", SAMPLE_UNBIASED, UNBIASED_ROWS);
        fit_constants(&log, &unbiased, (int)b, got);
        clicks += (double)log_clicks(&log.log);
        drawn_free(&unbiased);
        drawn_free(&log);
    }
    for (int k = 0; k < METHODS; k++) {
        ScalarPerformance p = scalar_performance(got[k], REPLICATES, options.cvr);
        print_message("constant %-13s bias %+.4f (%.4f), SE %.4f (%.4f), MSE %.5f (%.5f)\n", method_name[k],
                      p.bias, p.bias_mcse, p.empirical_se, p.empirical_se_mcse, p.mse, p.mse_mcse);
    }
    Drawn truth = draw_of(world, 0, "truth", SAMPLE_EXPOSURES, TRUTH_ROWS);
    rate_converges("naive", got[NAIVE], clicks, truth.truth.p_o, truth.truth.q);
    rate_converges("unbiased_only", got[UNBIASED_ONLY], REPLICATES * UNBIASED_ROWS, NULL, truth.truth.p_r);
    drawn_free(&truth);
    world_free(world);
}

/* Side by side with towers: bias and variance over D, where theory says only that the gap E_D[q - p_r] stays
 * with those that do not see the unbiased sample. The last tells what is left of Res-IPS without residuals.
 */
enum { RUNS = SHRINK > 1 ? 3 : 8, TEST_ROWS = 1000, BLIND = 3 };

static Var weighted_and_unbiased(Pass *pass)
{
    Var e = bce(logit(pass, CVR, O), conversions(pass, O));

    return add(per_exposure(pass, mul(e, inverse_propensity(pass, O))), unbiased_risk(pass));
}

static const Estimator no_residuals = {
    .name = "ips + U", .net = {HEAD(CVR)}, .phase = {{.loss = weighted_and_unbiased}}};

static const char *const compared[] = {"naive",   "ips",     "dr_jl",  "unbiased_only",
                                       "combine", "res_ips", "res_dr", "ips + U"};
enum { COMPARED = sizeof compared / sizeof *compared };

static Method method_of(const char *name)
{
    Method method = {&no_residuals, backbone_table[0]};
    if (strcmp(name, no_residuals.name) != 0)
        OK(method_find(name, &method, message));
    return method;
}

/* Predictions of every method after training on replicate b. */
static void run(const World *world, uint32_t b, const Features *test,
                float prediction[COMPARED][RUNS][TEST_ROWS])
{
    EstimatorOptions options = {.model = {.embedding = 4, .layers = 1, .width = {32}, .init = 0.1},
                                .train = {.epochs = 20,
                                          .batch = 2048,
                                          .batch_unbiased = UNBIASED_ROWS,
                                          .learning_rate = 0.002,
                                          .l2 = 1e-5,
                                          .clip = 0.02}};
    Drawn log = draw_of(world, b, "log", SAMPLE_EXPOSURES, 10000);
    Drawn unbiased = draw_of(world, b, "unbiased", SAMPLE_UNBIASED, UNBIASED_ROWS);
    Log learned = log.log; /* Res-IPS and Res-DR learn their own nominal propensity */
    give_propensity(&log.log, log.truth.p_o);
    for (int k = 0; k < COMPARED; k++) {
        const Method method = method_of(compared[k]);
        int residuals = !strncmp(compared[k], "res_", 4);
        const TrainingData data = {.log = residuals ? &learned : &log.log, .unbiased = &unbiased.log};
        default_constants(&options, method.estimator);
        Fit *fit = linear_train(&method, &options, &data);
        OK(fit_predict(fit, test, prediction[k][b], NULL, message));
        fit_free(fit);
    }
    drawn_free(&unbiased);
    drawn_free(&log);
}

static void methods_side_by_side(void **state)
{
    slow_under_valgrind();
    (void)state;
    static float prediction[COMPARED][RUNS][TEST_ROWS];
    WorldOptions options = asked();
    World *world = world_of(&options);
    Drawn test = draw_of(world, 0, "test", SAMPLE_EXPOSURES, TEST_ROWS);
    for (uint32_t b = 0; b < RUNS; b++)
        run(world, b, &test.log.x, prediction);
    double gap = mean_of(test.truth.q, TEST_ROWS) - mean_of(test.truth.p_r, TEST_ROWS);
    print_message("towers: E_D[q - p_r] = %.4f; Monte Carlo errors in brackets\n", gap);
    for (int k = 0; k < COMPARED; k++) {
        const float *pointer[RUNS];
        for (int b = 0; b < RUNS; b++)
            pointer[b] = prediction[k][b];
        BiasVariance v = bias_variance(pointer, RUNS, test.truth.p_r, TEST_ROWS);
        print_message("%-13s bias %+.4f (%.4f), squared %.5f (%.5f), variance %.5f (%.5f), MSE %.5f (%.5f)\n",
                      compared[k], v.mean_bias, v.mean_bias_mcse, v.bias_sq, v.bias_sq_mcse, v.variance,
                      v.variance_mcse, v.mse, v.mse_mcse);
        assert_true(k >= BLIND || v.mean_bias > STANDARD_ERRORS * v.mean_bias_mcse);
    }
    drawn_free(&test);
    world_free(world);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unbiased_only_projects_p_r),
        cmocka_unit_test(constants_have_their_closed_forms),
        cmocka_unit_test(methods_side_by_side),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
