/* The rows that options are chosen by: part of no training, no propensity and no test. What they hold is
 * changed, and every number that is not chosen by them stays what it was, to the last bit. */
#include "estimators/core/train.h"
#include "experiments/inputs/held_out.h"
#include "experiments/run/unit.h"
#include "experiments/spec/assign.h"
#include "experiments/spec/named_method.h"
#include "experiments/spec/spec_check.h"
#include "sim/base/clock.h"

#include "tests/support/support.h"

#include <math.h>

enum { TEST_ROWS = 200, MOST_ROWS = 2000, ROW_BYTES = 256 };

static Spec *small_world(void)
{
    static Spec spec;
    static const char *const set[][2] = {{"name", "held"},        {"log.size", "1500"},
                                         {"test.size", "200"},    {"unbiased.size", "300"},
                                         {"world.users", "20"},   {"world.items", "10"},
                                         {"world.latent", "2"},   {"world.context", "1"},
                                         {"world.ctr", "0.3"},    {"model.embedding", "2"},
                                         {"model.layers", "[4]"}, {"train.epochs", "2"},
                                         {"train.batch", "128"},  {"tune.trials", "1"},
                                         {"tune.share", "0.3"},   {"tune.range.learning_rate", "[0.01]"}};
    spec_defaults(&spec);
    for (size_t i = 0; i < sizeof set / sizeof *set; i++)
        OK(spec_set(&spec, set[i][0], set[i][1], "test", message));
    return &spec;
}

/* The rows of a log with their truth, as bytes that can be sorted. */
typedef struct Rows {
    unsigned char row[MOST_ROWS][ROW_BYTES];
    size_t rows;
} Rows;

static void take(Rows *rows, const Log *log, const Truth *truth)
{
    const size_t ids = (size_t)log->x.schema.categorical, dense = (size_t)log->x.schema.dense;
    for (size_t i = 0; i < log->x.rows; i++) {
        unsigned char *to = rows->row[rows->rows++];
        memset(to, 0, ROW_BYTES);
        memcpy(to, log->x.id + i * ids, ids * sizeof *log->x.id);
        memcpy(to + 32, log->x.dense + i * dense, dense * sizeof *log->x.dense);
        to[200] = log->click[i];
        to[201] = log->conversion[i];
        if (truth && truth->rows) {
            memcpy(to + 208, &truth->p_o[i], sizeof(double));
            memcpy(to + 216, &truth->p_r[i], sizeof(double));
            memcpy(to + 224, &truth->p_o_given[i], sizeof(double));
            to[232] = truth->potential[i];
        }
    }
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, ROW_BYTES);
}

/* What is held and what is kept are the rows of the log, or of the unbiased sample, each once. */
static void rows_are_divided(void **state)
{
    (void)state;
    static Rows whole, parts;
    Spec *spec = small_world();
    spec->propensity = PROPENSITY_ORACLE; /* so that there is truth */
    for (TuneOn on = TUNE_LOG; on <= TUNE_TRUTH; on++) {
        Source *source;
        Sample sample;
        whole.rows = parts.rows = 0;
        spec->tune.on = on;
        for (int trials = 0; trials < 2; trials++) {
            const bool of_log = on != TUNE_UNBIASED;
            spec->tune.trials = trials;
            OK(source_open(&source, spec, "", 0, NULL, message));
            OK(source_draw(source, 0, &sample, message));
            take(trials ? &parts : &whole, of_log ? sample.log : sample.unbiased,
                 of_log ? &sample.truth : NULL);
            if (trials) {
                take(&parts, &sample.held, of_log ? &sample.held_truth : NULL);
                assert_int_equal(sample.held.x.rows, of_log ? 450 : 90);
                assert_int_equal(sample.log->x.rows, of_log ? 1050 : 1500);
                assert_int_equal(sample.unbiased->x.rows, of_log ? 300 : 210);
                assert_int_equal(sample.truth.rows, sample.log->x.rows);
            }
            sample_free(&sample);
            source_close(source);
        }
        assert_int_equal(whole.rows, parts.rows);
        qsort(whole.row, whole.rows, ROW_BYTES, compare);
        qsort(parts.row, parts.rows, ROW_BYTES, compare);
        assert_memory_equal(whole.row, parts.row, whole.rows * ROW_BYTES);
    }
}

/* A search by the truth has that of its rows, which nothing else asked for. */
static void the_truth_of_them_is_drawn(void **state)
{
    (void)state;
    Source *source;
    Sample sample;
    Spec *spec = small_world();
    spec->tune.on = TUNE_TRUTH;
    OK(source_open(&source, spec, "", 0, NULL, message));
    OK(source_draw(source, 0, &sample, message));
    assert_int_equal(sample.held.x.rows, 450);
    assert_int_equal(sample.held_truth.rows, 450);
    sample_free(&sample);
    source_close(source);
}

/* Other clicks and conversions, all of them. */
static void corrupt(Log *log)
{
    for (size_t i = 0; i < log->x.rows; i++) {
        log->click[i] = !log->click[i] || log->conversion[i];
        log->conversion[i] = log->click[i] && !log->conversion[i];
    }
}

/* Runs the estimator with one choice of options, and keeps what it predicts. */
static void predict(const Spec *spec, const char *estimator, bool corrupted, float cvr[TEST_ROWS])
{
    Source *source;
    Sample sample;
    Propensities *propensities;
    UnitResult *result;
    RunRow row;
    OK(source_open(&source, spec, "", 0, NULL, message));
    OK(source_draw(source, 0, &sample, message));
    if (corrupted)
        corrupt(&sample.held);
    OK(propensities_create(&propensities, spec, &sample, message));
    OK(unit_result_create(&result, TEST_ROWS, message));
    OK(unit_run(&(UnitInputs){source, &sample, propensities, spec}, estimator, result, &row, message));
    assert_string_equal(row.status, "done");
    assert_string_equal(row.tuned, "learning_rate=0.01");
    assert_int_equal(row.rows, TEST_ROWS);
    memcpy(cvr, row.prediction, TEST_ROWS * sizeof *cvr);
    unit_result_free(result);
    propensities_free(propensities);
    sample_free(&sample);
    source_close(source);
}

static void nothing_is_fitted_on_them(void **state)
{
    (void)state;
    static const char *const estimator[] = {"naive", "ips",    "dr_jl",         "multi_ipw",
                                            "ddpo",  "res_dr", "unbiased_only", "combine"};
    static const PropensitySource propensity[] = {PROPENSITY_LEARNED, PROPENSITY_CONSTANT, PROPENSITY_OMITTED,
                                                  PROPENSITY_ORACLE};
    Spec *spec = small_world();
    OK(spec_set(spec, "propensity.omit", "[user]", "test", message));
    OK(spec_set(spec, "propensity.noise", "0.2", "test", message));
    for (TuneOn on = TUNE_LOG; on <= TUNE_TRUTH; on++)
        for (size_t p = 0; p < sizeof propensity / sizeof *propensity; p++)
            for (size_t e = 0; e < sizeof estimator / sizeof *estimator; e++) {
                float before[TEST_ROWS], after[TEST_ROWS];
                spec->tune.on = on;
                spec->propensity = propensity[p];
                OK(spec_set(spec, "tune.metric", on == TUNE_TRUTH ? "log_loss" : "snips_log_loss", "test",
                            message));
                predict(spec, estimator[e], false, before);
                predict(spec, estimator[e], true, after);
                assert_memory_equal(before, after, sizeof before);
            }
}

/* Coat: propensities by naive Bayes come from the rest of the unbiased sample, and the random ratings are
 * test, rest and held rows, each once. */
static void naive_bayes_does_not_see_them(void **state)
{
    (void)state;
    static Spec spec;
    const char *data = getenv("CVRLAB_DATA");
    if (!data)
        skip();
    float *p[2] = {NULL, NULL};
    size_t bytes = 0, tested = 0;
    for (int corrupted = 0; corrupted < 2; corrupted++) {
        Source *source;
        Sample sample;
        Propensities *propensities;
        GivenPropensity given;
        Method method;
        spec_defaults(&spec);
        OK(spec_set(&spec, "data.source", "coat", "test", message));
        OK(spec_set(&spec, "data.unbiased_share", "0.1", "test", message));
        OK(spec_set(&spec, "propensity.source", "naive_bayes", "test", message));
        OK(spec_set(&spec, "tune.trials", "1", "test", message));
        OK(spec_set(&spec, "tune.on", "unbiased", "test", message));
        OK(spec_set(&spec, "tune.share", "0.5", "test", message));
        snprintf(spec.data, sizeof spec.data, "%s/coat", data);
        OK(source_open(&source, &spec, "", 0, NULL, message));
        OK(source_draw(source, 0, &sample, message));
        tested = source_test(source)->x->rows;
        assert_int_equal(tested + sample.unbiased->x.rows + sample.held.x.rows, 290 * 16);
        assert_int_equal(sample.held.x.rows, 232);
        if (corrupted)
            corrupt(&sample.held);
        OK(propensities_create(&propensities, &spec, &sample, message));
        OK(method_find("mf+ips", &method, message));
        OK(propensities_for(propensities, &method, &given, message));
        bytes = sample.log->x.rows * sizeof *given.p;
        p[corrupted] = malloc(bytes);
        assert_non_null(p[corrupted]);
        memcpy(p[corrupted], given.p, bytes);
        propensities_free(propensities);
        sample_free(&sample);
        source_close(source);
    }
    assert_memory_equal(p[0], p[1], bytes);
    free(p[0]);
    free(p[1]);
}

/* The weights of snips_log_loss: the given propensities of the held rows, distorted as those of the others,
 * or else those of one click model for all methods of a family. */
static void weights_are_shared(void **state)
{
    (void)state;
    Spec *spec = small_world();
    Source *source;
    Sample sample;
    Propensities *propensities;
    Method method;
    const float *p[4];
    static const char *const name[] = {"naive", "mmoe+escm2_dr", "mf+naive", "mf+ips"};
    spec->propensity = PROPENSITY_ORACLE;
    OK(spec_set(spec, "propensity.scale", "0.5", "test", message));
    OK(source_open(&source, spec, "", 0, NULL, message));
    OK(source_draw(source, 0, &sample, message));
    OK(propensities_create(&propensities, spec, &sample, message));
    OK(method_find("naive", &method, message));
    OK(propensities_of_held(propensities, &method, &p[0], message));
    for (size_t i = 0; i < sample.held.x.rows; i++) {
        const double truth = sample.held_truth.p_o[i], logit = 0.5 * log(truth / (1 - truth));
        assert_true(fabs((double)p[0][i] - 1 / (1 + exp(-logit))) < 1e-6);
    }
    propensities_free(propensities);
    spec->propensity = PROPENSITY_LEARNED;
    OK(propensities_create(&propensities, spec, &sample, message));
    for (int i = 0; i < 4; i++) {
        OK(method_find(name[i], &method, message));
        OK(propensities_of_held(propensities, &method, &p[i], message));
        for (size_t k = 0; k < sample.held.x.rows; k++)
            assert_true(p[i][k] > 0 && p[i][k] < 1);
    }
    assert_ptr_equal(p[0], p[1]);
    assert_ptr_equal(p[2], p[3]);
    assert_ptr_not_equal(p[0], p[2]);
    propensities_free(propensities);
    sample_free(&sample);
    source_close(source);
}

/* Those of the weighted metrics of the test rows: the truth, or a click model's that is fitted on the log and
 * kept, whatever is given to methods. */
static void weights_of_test_rows_are_nobodys_own(void **state)
{
    (void)state;
    Spec *spec = small_world();
    Source *source;
    Sample sample;
    Propensities *propensities;
    Fit *fit;
    FitReport report;
    float expected[TEST_ROWS];
    const float *p, *again;
    OK(spec_set(spec, "tune.trials", "0", "test", message));
    OK(spec_set(spec, "propensity.source", "oracle", "test", message));
    OK(spec_set(spec, "propensity.scale", "0.5", "test", message));
    for (MetricWeights weights = WEIGHTS_LEARNED; weights <= WEIGHTS_ORACLE; weights++) {
        spec->weights = weights;
        OK(source_open(&source, spec, "", 0, NULL, message));
        OK(source_draw(source, 0, &sample, message));
        OK(propensities_create(&propensities, spec, &sample, message));
        const TestExposures *test = source_test(source);
        OK(propensities_of_test(propensities, test, &p, message));
        OK(propensities_of_test(propensities, test, &again, message));
        assert_ptr_equal(p, again);
        const TrainingData data = {.log = sample.log};
        const PropensitySetup setup = {.backbone = backbone_find("towers"),
                                       .model = &spec->model,
                                       .train = &spec->train,
                                       .data = &data,
                                       .key = &sample.key};
        OK(fit_propensity(&fit, &setup, &report, message));
        OK(fit_predict(fit, test->x, expected, NULL, message));
        fit_free(fit);
        for (size_t i = 0; i < TEST_ROWS; i++)
            assert_true(p[i] == (weights == WEIGHTS_ORACLE ? (float)test->ctr[i] : expected[i]));
        propensities_free(propensities);
        sample_free(&sample);
        source_close(source);
    }
}

/* Where a method has a first stage on towers, its click model is that of the test rows as well, whoever asks
 * first; both are what a model of their own would say, and so is the stage of another backbone. That it is
 * fitted once shows in the time of whoever comes second: 20 epochs forward and back against one forward. */
static void one_click_model_serves_both(void **state)
{
    (void)state;
    Spec *spec = small_world();
    Source *source;
    Sample sample;
    float test_p[TEST_ROWS];
    const char *const name[] = {"ips", "mf+ips"};
    OK(spec_set(spec, "tune.trials", "0", "test", message));
    OK(spec_set(spec, "train.epochs", "20", "test", message));
    OK(spec_set(spec, "estimators", "[naive, ips, mf+ips]", "test", message));
    spec->weights = WEIGHTS_LEARNED;
    OK(source_open(&source, spec, "", 0, NULL, message));
    OK(source_draw(source, 0, &sample, message));
    const TestExposures *test = source_test(source);
    const size_t rows = sample.log->x.rows;
    float *log_p = calloc(2 * rows, sizeof *log_p);
    assert_non_null(log_p);
    Method method[2];
    for (int m = 0; m < 2; m++) {
        Fit *fit;
        FitReport report;
        const TrainingData data = {.log = sample.log};
        OK(spec_find_method(spec, name[m], &method[m], message));
        const PropensitySetup setup = {.backbone = method[m].backbone,
                                       .model = &spec->model,
                                       .train = &spec->train,
                                       .data = &data,
                                       .key = &sample.key};
        OK(fit_propensity(&fit, &setup, &report, message));
        OK(fit_predict(fit, &sample.log->x, log_p + (size_t)m * rows, NULL, message));
        if (m == 0)
            OK(fit_predict(fit, test->x, test_p, NULL, message));
        fit_free(fit);
    }
    for (int place = 0; place < 3; place++) { /* of the test rows among the three */
        Propensities *propensities;
        GivenPropensity given;
        const float *p;
        double fitting = 0;
        OK(propensities_create(&propensities, spec, &sample, message));
        for (int k = 0; k <= 2; k++) {
            double start = clock_thread_seconds();
            if (k == place) {
                OK(propensities_of_test(propensities, test, &p, message));
                assert_true(k == 0 || clock_thread_seconds() - start < fitting / 2);
                assert_memory_equal(p, test_p, sizeof test_p);
            }
            if (k == 2)
                break;
            start = clock_thread_seconds();
            OK(propensities_for(propensities, &method[k], &given, message));
            assert_memory_equal(given.p, log_p + (size_t)k * rows, rows * sizeof *log_p);
            if (k == 0) {
                fitting = given.seconds;
                assert_true(place != 0 || clock_thread_seconds() - start < fitting / 2);
            }
        }
        propensities_free(propensities);
    }
    free(log_p);
    sample_free(&sample);
    source_close(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_divided),
        cmocka_unit_test(the_truth_of_them_is_drawn),
        cmocka_unit_test(nothing_is_fitted_on_them),
        cmocka_unit_test(naive_bayes_does_not_see_them),
        cmocka_unit_test(weights_are_shared),
        cmocka_unit_test(weights_of_test_rows_are_nobodys_own),
        cmocka_unit_test(one_click_model_serves_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
