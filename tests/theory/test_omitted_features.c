/* When a propensity score debiases: clicks depend on a placement that the conversion model lacks and the log
 * has. Training on clicks then ends at q'(x') = P(r=1 | o=1, x'), and weighting by p_o(x) at E[p_r | x'],
 * also where p_o is fitted. Pairs of ids are all there is to x', and an indicator of each makes a model that
 * can be right. */
#include "tests/support/linear_model.h"

#include <gsl/gsl_errno.h>

enum { ROWS = 40000, TRUTH_ROWS = 200000, USERS = 4, ITEMS = 3, COLUMNS = USERS * ITEMS - 1 };

static WorldOptions asked(double click)
{
    return (WorldOptions){.users = USERS,
                          .items = ITEMS,
                          .segments = 1,
                          .categories = 1,
                          .latent = 2,
                          .shape = SHAPE_LINEAR,
                          .dependence = 0.3,
                          .sigma_o = 0.5,
                          .sigma_r = 0.7,
                          .placement = {.click = click, .conversion = 1},
                          .ctr = 0.3,
                          .cvr = 0.3};
}

/* The log as the model sees it: a column for each pair but the first, and nothing of the placement. */
static Log pairs_of(const Log *log)
{
    const Schema schema = {.categorical = 2,
                           .name = {"user", "item"},
                           .cardinality = {1, 1},
                           .dense = COLUMNS,
                           .groups = 1,
                           .group = {{"pairs", COLUMNS}}};
    Log coded;
    OK(log_create(&coded, &schema, log->x.rows, message));
    for (size_t i = 0; i < log->x.rows; i++) {
        const uint32_t *id = log->x.id + i * (size_t)log->x.schema.categorical;
        uint32_t pair = id[FIELD_USER] * ITEMS + id[FIELD_ITEM];
        if (pair > 0)
            coded.x.dense[i * COLUMNS + pair - 1] = 1;
    }
    memcpy(coded.click, log->click, log->x.rows);
    memcpy(coded.conversion, log->conversion, log->x.rows);
    return coded;
}

/* A world, a log of it as drawn and as seen, and the limits. */
typedef struct Case {
    World *world;
    Drawn drawn;
    Log seen;
    Linear linear;
    Coefficients observed, reachable; /* of q'(x') and E[p_r | x'] */
} Case;

static Case case_of(double click)
{
    const WorldOptions options = asked(click);
    Case c = {.world = world_of(&options)};
    c.drawn = draw_of(c.world, 0, "log", SAMPLE_EXPOSURES, ROWS);
    c.seen = pairs_of(&c.drawn.log);
    Drawn truth = draw_of(c.world, 0, "truth", SAMPLE_EXPOSURES, TRUTH_ROWS);
    Log pairs = pairs_of(&truth.log);
    c.observed = linear_projection(&pairs, COLUMNS, truth.truth.p_o, truth.truth.q);
    c.reachable = linear_projection(&pairs, COLUMNS, NULL, truth.truth.reachable);
    log_free(&pairs);
    drawn_free(&truth);
    return c;
}

/* Some pairs convert seldom, so the minimum is far from the start. */
static void see_pairs(Case *c)
{
    linear_create(&c->linear, &c->seen, COLUMNS);
    c->linear.steps = 1500;
}

static void case_free(Case *c)
{
    linear_free(&c->linear);
    log_free(&c->seen);
    drawn_free(&c->drawn);
    world_free(c->world);
}

static void training_on_clicks_ends_at_what_clicks_show(void **state)
{
    slow_under_valgrind();
    (void)state;
    Case c = case_of(1);
    see_pairs(&c);
    Coefficients naive = linear_fit_clicks("naive", &c.linear, 0);
    same_limit("naive", &naive, &c.observed);
    other_limit("naive", &naive, &c.reachable);
    case_free(&c);
}

/* Clicks that do not depend on what the model lacks select nothing, whatever conversions do. */
static void without_selection_there_is_nothing_to_debias(void **state)
{
    slow_under_valgrind();
    (void)state;
    Case c = case_of(0);
    see_pairs(&c);
    Coefficients naive = linear_fit_clicks("naive", &c.linear, 0);
    same_limit("naive", &naive, &c.reachable);
    case_free(&c);
    c = case_of(1); /* whose reachable probabilities are others: the intercepts are */
    other_limit("naive without selection", &naive, &c.observed);
    see_pairs(&c);
    case_free(&c);
}

static void weights_that_know_the_placement_end_at_what_can_be_reached(void **state)
{
    slow_under_valgrind();
    (void)state;
    Case c = case_of(1);
    see_pairs(&c);
    give_propensity(&c.linear.log, c.drawn.truth.p_o);
    Coefficients oracle = linear_fit_clicks("ips", &c.linear, 1);
    same_limit("ips with p_o(x)", &oracle, &c.reachable);
    other_limit("ips with p_o(x)", &oracle, &c.observed);

    /* a CTR model of the right form that sees all of the log, although its setting omits the placement */
    EstimatorOptions options = whole_batches(ROWS, LINEAR_STEPS);
    snprintf(options.model.omit, sizeof options.model.omit, "placement");
    const StreamKey key = drawn_key(0);
    const TrainingData data = {.log = &c.drawn.log};
    FitReport report;
    Fit *fit;
    OK(fit_propensity(&fit,
                      &(PropensitySetup){.backbone = backbone_find("towers"),
                                         .model = &options.model,
                                         .train = &options.train,
                                         .data = &data,
                                         .key = &key},
                      &report, message));
    OK(fit_predict(fit, &c.drawn.log.x, c.linear.log.propensity, NULL, message));
    fit_free(fit);
    Coefficients learned = linear_fit_clicks("ips", &c.linear, 1);
    same_limit("ips with a fitted propensity", &learned, &c.reachable);
    other_limit("ips with a fitted propensity", &learned, &c.observed);
    case_free(&c);
}

/* Propensities of x' alone can't: they weigh clicks of a pair alike. */
static void weights_that_lack_the_placement_do_not_help(void **state)
{
    slow_under_valgrind();
    (void)state;
    Case c = case_of(1);
    see_pairs(&c);
    Coefficients of_clicks;
    for (size_t i = 0; i < ROWS; i++) {
        c.linear.rows.w[i] = 1;
        c.linear.rows.y[i] = c.seen.click[i];
    }
    of_clicks = regression_fit(&c.linear.rows);
    static double p[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        double row[MAX_COEFFICIENTS];
        regression_row(&c.seen.x, i, row);
        p[i] = sigmoid_of(regression_logit(of_clicks.theta, row, of_clicks.count));
    }
    give_propensity(&c.linear.log, p);
    Coefficients omitted = linear_fit_clicks("ips", &c.linear, 1);
    same_limit("ips with a propensity of x'", &omitted, &c.observed);
    other_limit("ips with a propensity of x'", &omitted, &c.reachable);
    case_free(&c);
}

/* The mean prediction over the log of a method that lacks the placement by model.omit, on the log itself. The
 * intercept of a weighted model makes mean c = mean (c + (o/p) (r - c)), which has this standard error. */
static double mean_prediction(const Case *c, const char *name, bool given, double *error)
{
    static float cvr[ROWS];
    static double term[ROWS], prediction[ROWS];
    Method method;
    Log log = c->drawn.log;
    EstimatorOptions options = whole_batches(ROWS, LINEAR_STEPS);
    snprintf(options.model.omit, sizeof options.model.omit, "placement");
    OK(method_find(name, &method, message));
    default_constants(&options, method.estimator);
    log.propensity = NULL;
    if (given)
        give_propensity(&log, c->drawn.truth.p_o);
    Fit *fit = linear_train(&method, &options, &(TrainingData){.log = &log});
    OK(fit_predict(fit, &log.x, cvr, NULL, message));
    fit_free(fit);
    free(log.propensity);
    for (size_t i = 0; i < ROWS; i++) {
        prediction[i] = (double)cvr[i];
        term[i] = prediction[i] + (log.conversion[i] - prediction[i]) * log.click[i] / c->drawn.truth.p_o[i];
    }
    *error = error_of_mean(term, ROWS);
    return mean_of(prediction, ROWS);
}

static void methods_that_omit_it_have_the_mean_of_the_truth(void **state)
{
    slow_under_valgrind();
    (void)state;
    static const struct {
        const char *name;
        bool given;
    } weighted[] = {{"ips", true}, {"multi_ipw", true}, {"multi_ipw", false}};
    Case c = case_of(1);
    double error;
    for (size_t k = 0; k < sizeof weighted / sizeof *weighted; k++) {
        double mean = mean_prediction(&c, weighted[k].name, weighted[k].given, &error);
        print_message("%s: %.4f (%.4f)\n", weighted[k].name, mean, error);
        within_error(weighted[k].name, mean, 0.3, error);
    }
    double naive = mean_prediction(&c, "naive", false, &error);
    assert_true(naive - 0.3 > 2 * STANDARD_ERRORS * error);
    see_pairs(&c);
    case_free(&c);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(training_on_clicks_ends_at_what_clicks_show),
        cmocka_unit_test(without_selection_there_is_nothing_to_debias),
        cmocka_unit_test(weights_that_know_the_placement_end_at_what_can_be_reached),
        cmocka_unit_test(weights_that_lack_the_placement_do_not_help),
        cmocka_unit_test(methods_that_omit_it_have_the_mean_of_the_truth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
