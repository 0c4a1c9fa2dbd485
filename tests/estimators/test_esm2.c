/* ESM2: its prediction is the mixture of its graph, and on worlds with behaviour and without confounding it
 * is the truth within Monte Carlo error, where its model can be. */
#include "tests/support/linear_model.h"
#include "tests/support/monte_carlo.h"

#include <gsl/gsl_errno.h>

enum { ROWS = 20000 / SHRINK, COLUMNS = 7, REPLICATES = 12, TEST_ROWS = 4000, BANDS = 4 };

/* Without noise on the features, so that the linear scores are affine in what estimators see. */
static WorldOptions asked(void)
{
    return (WorldOptions){.users = 200,
                          .items = 150,
                          .segments = 4,
                          .categories = 4,
                          .latent = 2,
                          .context = 3,
                          .shape = SHAPE_LINEAR,
                          .dependence = 0.4,
                          .sigma_o = 1,
                          .sigma_r = 1,
                          .ctr = 0.3,
                          .cvr = 0.25,
                          .behaviour = {.rate = 0.4, .lift = 1.5, .sigma = 1}};
}

/* A log of the world as linear models see it, actions included. */
static void linear_log(Linear *linear, const World *world, uint32_t replicate, int columns)
{
    Drawn drawn = draw_of(world, replicate, "log", SAMPLE_EXPOSURES, ROWS);
    linear_create(linear, &drawn.log, columns);
    OK(log_add_behaviour(&linear->log, message));
    memcpy(linear->log.behaviour->action, drawn.log.behaviour->action, ROWS);
    drawn_free(&drawn);
}

static Var predict_y2(Pass *pass)
{
    return sigmoid(logit(pass, ACTION, D));
}

static Var predict_y3(Pass *pass)
{
    return sigmoid(logit(pass, BUY_AFTER_ACTION, D));
}

static Var predict_y4(Pass *pass)
{
    return sigmoid(logit(pass, BUY_OTHERWISE, D));
}

/* An ESM2 that can be asked for its parts: a fit predicts with what stands in `estimator` at the time. */
typedef struct Parts {
    Estimator estimator;
    Method method;
    PredictFunction *conversion;
    Fit *fit;
} Parts;

static void parts_fit(Parts *parts, const Linear *linear)
{
    const TrainingData data = {.log = &linear->log};
    const EstimatorOptions options = whole_batches(ROWS, LINEAR_STEPS);
    OK(method_find("esm2", &parts->method, message));
    parts->estimator = *parts->method.estimator;
    parts->method.estimator = &parts->estimator;
    parts->conversion = parts->estimator.predict;
    parts->fit = linear_train(&parts->method, &options, &data);
}

static void parts_predict(Parts *parts, PredictFunction *predict, const Features *x, float *to)
{
    parts->estimator.predict = predict;
    OK(fit_predict(parts->fit, x, to, NULL, message));
}

/* c comes from the logit of the mixture: sums of logarithms below 16, each good to 4 ulp, in at most 4 steps
 * one after another. */
static void the_prediction_is_the_mixture(void **state)
{
    (void)state;
    static float c[ROWS], y2[ROWS], y3[ROWS], y4[ROWS];
    WorldOptions options = asked();
    World *world = world_of(&options);
    Linear linear;
    Parts parts;
    linear_log(&linear, world, 0, COLUMNS);
    parts_fit(&parts, &linear);
    parts_predict(&parts, parts.conversion, &linear.log.x, c);
    parts_predict(&parts, predict_y2, &linear.log.x, y2);
    parts_predict(&parts, predict_y3, &linear.log.x, y3);
    parts_predict(&parts, predict_y4, &linear.log.x, y4);
    for (int i = 0; i < ROWS; i++) {
        double action = (double)y2[i];
        double mixture = action * (double)y3[i] + (1 - action) * (double)y4[i];
        assert_true(fabs((double)c[i] - mixture) < 4 * 4 * 16 * (double)FLT_EPSILON);
    }
    fit_free(parts.fit);
    linear_free(&linear);
    world_free(world);
}

/* All probabilities constant: the three losses have their minima together, c is the rate of purchases of the
 * clicked and y2 that of actions. What optimisation leaves is small beside the Monte Carlo error. */
static void constant_models_are_rates(void **state)
{
    (void)state;
    WorldOptions options = asked();
    options.sigma_o = options.sigma_r = options.behaviour.sigma = 0;
    World *world = world_of(&options);
    Linear linear;
    Parts parts;
    float c, y2;
    linear_log(&linear, world, 0, 0);
    double clicks = (double)log_clicks(&linear.log), bought = 0, acted = 0;
    for (int i = 0; i < ROWS; i++) {
        bought += linear.log.conversion[i];
        acted += linear.log.behaviour->action[i];
    }
    double error_c = sqrt(options.cvr * (1 - options.cvr) / clicks);
    double error_y2 = sqrt(options.behaviour.rate * (1 - options.behaviour.rate) / clicks);
    const Features one = {
        .schema = linear.log.x.schema, .rows = 1, .id = linear.log.x.id, .dense = linear.log.x.dense};
    parts_fit(&parts, &linear);
    parts_predict(&parts, parts.conversion, &one, &c);
    parts_predict(&parts, predict_y2, &one, &y2);
    assert_true(fabs((double)c - bought / clicks) < error_c / 10);
    assert_true(fabs((double)y2 - acted / clicks) < error_y2 / 10);
    within_error("c", (double)c, options.cvr, error_c);
    within_error("y2", (double)y2, options.behaviour.rate, error_y2);
    fit_free(parts.fit);
    linear_free(&linear);
    world_free(world);
}

static int band_of(double p_r)
{
    return p_r < 0.1 ? 0 : p_r < 0.2 ? 1 : p_r < 0.4 ? 2 : 3;
}

/* Mean error of the predictions of fresh exposures, by band of the truth, into row `replicate`. */
static void mean_errors(Parts *parts, const Drawn *test, int replicate, double error[BANDS][REPLICATES])
{
    static float c[TEST_ROWS];
    double sum[BANDS] = {0}, rows[BANDS] = {0};
    Linear shown;
    linear_create(&shown, &test->log, COLUMNS);
    parts_predict(parts, parts->conversion, &shown.log.x, c);
    for (int i = 0; i < TEST_ROWS; i++) {
        int band = band_of(test->truth.p_r[i]);
        sum[band] += (double)c[i] - test->truth.p_r[i];
        rows[band]++;
    }
    for (int band = 0; band < BANDS; band++) {
        assert_true(rows[band] > 0);
        error[band][replicate] = sum[band] / rows[band];
    }
    linear_free(&shown);
}

/* Where the action tells nothing of the purchase, every logit of the graph is affine, and so is the model. */
static void the_truth_is_recovered(void **state)
{
    slow_under_valgrind();
    (void)state;
    WorldOptions options = asked();
    options.behaviour.lift = 0;
    World *world = world_of(&options);
    Drawn test = draw_of(world, 0, "test", SAMPLE_EXPOSURES, TEST_ROWS);
    double error[BANDS][REPLICATES];
    for (int replicate = 0; replicate < REPLICATES; replicate++) {
        Linear linear;
        Parts parts;
        linear_log(&linear, world, (uint32_t)replicate, COLUMNS);
        parts_fit(&parts, &linear);
        mean_errors(&parts, &test, replicate, error);
        fit_free(parts.fit);
        linear_free(&linear);
    }
    for (int band = 0; band < BANDS; band++) {
        char what[64];
        snprintf(what, sizeof what, "error of esm2 in band %d", band);
        mean_is(what, error[band], REPLICATES, 0);
        printf("%s: mean %.5f, standard error %.5f\n", what, mean_of(error[band], REPLICATES),
               error_of_mean(error[band], REPLICATES));
    }
    drawn_free(&test);
    world_free(world);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_prediction_is_the_mixture),
        cmocka_unit_test(constant_models_are_rates),
        cmocka_unit_test(the_truth_is_recovered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
