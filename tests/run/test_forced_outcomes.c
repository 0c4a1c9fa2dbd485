/* The risk layer on real rows whose outcomes were forced: the labels are the outcomes, and clicks are those
 * of a model of the log. */
#include "experiments/inputs/forced_outcomes.h"
#include "experiments/inputs/source.h"
#include "experiments/run/risk_layer.h"
#include "experiments/spec/assign.h"
#include "experiments/spec/spec_check.h"
#include "tests/support/monte_carlo.h"

#include <math.h>

enum { ROWS = 6000, FORCED = 2000 };

static char *folder, path[512];

static int create(void **state)
{
    (void)state;
    folder = temporary_folder();
    snprintf(path, sizeof path, "%s/log.csv", folder);
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

static bool converts(int row)
{
    return (row * 37) % 10 < 3;
}

/* Two users of whom one clicks on half of his rows, and one on a tenth; of three rows one is forced. */
static void write_log(void)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("user,item,click,conversion,forced\n", file);
    for (int i = 0; i < ROWS; i++) {
        const bool forced = i % 3 == 0, click = forced || (i % 2 ? i % 20 < 10 : i % 20 < 2);
        fprintf(file, "u%d,i%d,%d,%d,%d\n", i % 2, i % 7, click, click && converts(i), forced);
    }
    assert_int_equal(fclose(file), 0);
}

static Spec spec_of(const char *column)
{
    static const char *const set[][2] = {
        {"name", "forced"},       {"data.source", "csv"},         {"data.unbiased_share", "0"},
        {"estimators", "[]"},     {"risk.estimators", "[ips]"},   {"risk.predictors", "[constant]"},
        {"model.embedding", "2"}, {"model.layers", "[4]"},        {"train.epochs", "20"},
        {"train.batch", "128"},   {"train.learning_rate", "0.01"}};
    Spec spec;
    spec_defaults(&spec);
    for (size_t i = 0; i < sizeof set / sizeof *set; i++)
        OK(spec_set(&spec, set[i][0], set[i][1], "test", message));
    OK(spec_set(&spec, "data.path", path, "test", message));
    OK(spec_set(&spec, column, "forced", "test", message));
    return spec;
}

/* Outcomes, clicks of the two users within Monte Carlo error of the model's, and the model's near the log's.
 */
static void labels_are_the_outcomes(void **state)
{
    (void)state;
    write_log();
    const Spec spec = spec_of("columns.unbiased");
    Source *source;
    Sample sample;
    OK(source_open(&source, &spec, "", 0, NULL, message));
    OK(source_draw_risk(source, &sample, message));
    const Truth *truth = &sample.truth;
    assert_int_equal(sample.log->x.rows, FORCED);
    assert_int_equal(truth->rows, FORCED);
    double clicks = 0, variance = 0;
    for (size_t i = 0; i < FORCED; i++) {
        const int row = 3 * (int)i;
        const double p = truth->p_o_given[i];
        assert_int_equal(truth->potential[i], converts(row));
        assert_int_equal(sample.log->x.id[2 * i], 1 + row % 2);
        assert_true(fabs(p - (row % 2 ? 0.5 : 0.1)) < 0.06);
        assert_true(truth->p_o[i] == p);
        assert_int_equal(sample.log->conversion[i], sample.log->click[i] && converts(row));
        clicks += sample.log->click[i] - p;
        variance += p * (1 - p);
    }
    within_error("clicks less their probabilities", clicks, 0, sqrt(variance));
    sample_free(&sample);
    source_close(source);
}

/* The ideal loss of a constant is a sum over labels. */
static void losses_are_against_labels(void **state)
{
    (void)state;
    write_log();
    const Spec spec = spec_of("columns.unbiased");
    RiskLayer *layer;
    RiskCase c;
    double converted = 0;
    OK(risk_layer_open(&layer, &spec, "", 0, message));
    OK(risk_layer_predict(layer, risk_predictor_find("constant"), &c, message));
    for (int i = 0; i < FORCED; i++)
        converted += converts(3 * i);
    const double loss[2] = {c.e[0], c.e[1]}, share = converted / FORCED;
    double own[2] = {0, 0}; /* losses of both outcomes, each met among the first rows */
    for (int i = 0; i < FORCED; i++)
        own[converts(3 * i)] = c.e[i];
    assert_true(loss[0] == own[converts(0)] && loss[1] == own[converts(3)]);
    assert_true(fabs(exp(-own[1]) + exp(-own[0]) - 1) < 1e-12);
    assert_true(fabs(risk_ideal(&c) - (share * own[1] + (1 - share) * own[0])) < 1e-12);
    risk_layer_close(layer);
}

/* Rows that were shown at random and clicked by choice have no such outcomes. */
static void chosen_clicks_are_refused(void **state)
{
    (void)state;
    write_log();
    const Spec spec = spec_of("columns.random");
    RiskLayer *layer;
    Message failure;
    assert_int_equal(risk_layer_open(&layer, &spec, "", 0, &failure), STATUS_USAGE);
    assert_non_null(strstr(failure.text,
                           "risk.estimators: the risk layer needs the outcomes of rows that were "
                           "not clicked by choice (columns.unbiased)"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_the_outcomes),
        cmocka_unit_test(losses_are_against_labels),
        cmocka_unit_test(chosen_clicks_are_refused),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
