/* Random search of options: what may be said, that it chooses by rows that it does not train on, and that
 * every estimator gets the same trials. */
#include "experiments/inputs/held_out.h"
#include "experiments/run/tune.h"
#include "experiments/spec/assign.h"
#include "experiments/spec/spec_check.h"

#include "tests/support/program.h"
#include "tests/support/stores.h"
#include "tests/support/toy_log.h"

#include <float.h>

static Spec spec_with(const char *const (*set)[2], int count)
{
    static Spec spec;
    spec_defaults(&spec);
    OK(spec_set(&spec, "name", "t", "test", message));
    OK(spec_set(&spec, "estimators", "[naive, escm2_ips]", "test", message));
    OK(spec_set(&spec, "tune.trials", "3", "test", message));
    for (int i = 0; i < count; i++)
        OK(spec_set(&spec, set[i][0], set[i][1], "test", message));
    return spec;
}

static void ranges_are_read(void **state)
{
    (void)state;
    static const char *const set[][2] = {{"tune.range.l2", "1e-6..1e-2"},
                                         {"tune.range.embedding", "[4, 8, 16]"},
                                         {"tune.range.lambda_c", "0.01..1"},
                                         {"tune.range.l2", "0..0.5"}};
    Spec spec = spec_with(set, 4);
    assert_int_equal(spec.tune.ranges, 3); /* one was set again */
    assert_string_equal(spec.tune.range[0].text, "0..0.5");
    OK(spec_check(&spec, message));
}

static void wrong_ranges_are_refused(void **state)
{
    (void)state;
    static const char *const malformed[] = {"1",  "..2",  "2..1",    "1..",    "[]",
                                            "[1", "a..b", "auto..1", "0..auto"};
    static const struct {
        const char *key, *text, *expected;
    } wrong[] = {
        {"tune.range.lambda", "0..1", "unknown key 'lambda'"},
        {"tune.range.l2", "-1..1", "l2: found '-1'; expected"},
        {"tune.range.embedding", "[4, 0]", "embedding: found '0'; expected"},
        {"tune.range.embedding", "1.5..4", "embedding: found '1.5'; expected"},
        {"tune.range.clip", "[auto, 2]", "clip: found '2'; expected auto or a real number in [0, 1]"},
        {"tune.on", "unbiased", "tune.on: there is no unbiased sample; set unbiased.size above 0"}};
    Message why;
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
        Spec spec = spec_with(NULL, 0);
        Status status = spec_set(&spec, "tune.range.l2", malformed[i], "here", &why);
        if (status != STATUS_USAGE)
            fail_msg("'%s' was taken", malformed[i]);
        assert_non_null(strstr(why.text, "here: tune.range.l2: found '"));
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        static const char *const good[][2] = {{"tune.range.learning_rate", "0.001..0.1"}};
        Spec spec = spec_with(good, 1);
        OK(spec_set(&spec, wrong[i].key, wrong[i].text, "test", message));
        assert_int_equal(spec_check(&spec, &why), STATUS_USAGE);
        if (!strstr(why.text, wrong[i].expected))
            fail_msg("%s=%s: %s", wrong[i].key, wrong[i].text, why.text);
    }
    Spec none = spec_with(NULL, 0);
    assert_int_equal(spec_check(&none, &why), STATUS_USAGE);
    assert_non_null(strstr(why.text, "tune.trials: no range to search"));
    assert_int_equal(spec_set(&none, "tune.metric", "ratio", "test", &why), STATUS_USAGE);
}

/* Tuned options of an estimator of the toy log, with the sample's U where `on` says so. */
static Tuned search(const Toy *t, const char *estimator, const char *key, const char *range, int trials,
                    TuneOn on)
{
    char full[64];
    Spec spec;
    Tuned tuned;
    LearnedPropensity learned = {.distortion = {.scale = 1}};
    Method method;
    OK(method_find(estimator, &method, message));
    spec_defaults(&spec);
    EstimatorOptions options = toy_options(method.estimator);
    spec.model = options.model;
    spec.train = options.train;
    spec.tune.trials = trials;
    spec.tune.on = on;
    spec.tune.share = 0.3;
    snprintf(full, sizeof full, "tune.range.%s", key);
    OK(spec_set(&spec, full, range, "test", message));
    Sample sample = {.key = toy_key, .log = t->data.log, .unbiased = t->data.unbiased};
    OK(sample_hold_out(&sample, &spec.tune, message));
    const TrainingData data = {.log = sample.log, .unbiased = sample.unbiased};
    OK(tune(&(TuneInputs){&spec, estimator, &data, &learned, &toy_key, &sample.held, NULL, NULL, NULL, NULL},
            &tuned, message));
    sample_free(&sample);
    return tuned;
}

/* Of two learning rates one learns nothing. */
static void what_learns_is_chosen(void **state)
{
    static const char *const estimator[] = {"naive", "ips", "dr_jl", "res_ips", "mf+esmm"};
    for (size_t e = 0; e < sizeof estimator / sizeof *estimator; e++)
        for (TuneOn on = TUNE_LOG; on <= TUNE_UNBIASED; on++) {
            Tuned tuned = search(*state, estimator[e], "learning_rate", "[1e-9, 0.01]", 8, on);
            assert_string_equal(tuned.text, "learning_rate=0.01");
            assert_true(tuned.options.train.learning_rate == 0.01);
        }
}

/* Two hundred passes learn the rows of the log by heart: they win by the rows that were trained on, and lose
 * by others. */
static void held_out_rows_choose(void **state)
{
    Tuned tuned = search(*state, "naive", "epochs", "[4, 200]", 6, TUNE_LOG);
    assert_string_equal(tuned.text, "epochs=4");
}

static void estimators_get_the_same_trials(void **state)
{
    Tuned a = search(*state, "naive", "l2", "1e-6..1e-2", 1, TUNE_LOG);
    Tuned b = search(*state, "multi_dr", "l2", "1e-6..1e-2", 1, TUNE_LOG);
    assert_string_equal(a.text, b.text);
    assert_true(a.options.train.l2 >= 1e-6 && a.options.train.l2 <= 1e-2);
    Tuned c = search(*state, "naive", "embedding", "2..9", 1, TUNE_LOG);
    assert_true(c.options.model.embedding >= 2 && c.options.model.embedding <= 9);
}

/* A list of values may leave one to the program. */
static void a_clip_may_be_automatic(void **state)
{
    Tuned tuned = search(*state, "ips", "clip", "[auto, auto]", 1, TUNE_LOG);
    assert_string_equal(tuned.text, "clip=auto");
    assert_true(tuned.options.train.clip == AUTO);
    tuned = search(*state, "ips", "clip", "[0.5, auto]", 12, TUNE_LOG);
    assert_string_equal(tuned.text, tuned.options.train.clip == AUTO ? "clip=auto" : "clip=0.5");
}

/* Log-uniform: half of the draws lie below the geometric mean. One trial each of many keys. */
static void positive_ranges_are_logarithmic(void **state)
{
    enum { DRAWS = 200 };
    const Toy *t = *state;
    int below = 0;
    for (int k = 0; k < DRAWS; k++) {
        Spec spec;
        Tuned tuned;
        LearnedPropensity learned = {.distortion = {.scale = 1}};
        StreamKey key = toy_key;
        key.replicate = (uint32_t)k;
        spec_defaults(&spec);
        spec.model = toy_options(estimator_table[0]).model;
        spec.train = toy_options(estimator_table[0]).train;
        spec.train.epochs = 0;
        spec.tune.trials = 1;
        spec.tune.share = 0.3;
        OK(spec_set(&spec, "tune.range.l2", "1e-6..1e-2", "test", message));
        OK(tune(&(TuneInputs){&spec, "naive", &t->data, &learned, &key, &t->unbiased, NULL, NULL, NULL, NULL},
                &tuned, message));
        below += tuned.options.train.l2 < 1e-4;
    }
    assert_true(abs(below - DRAWS / 2) <= 4.5 * sqrt(DRAWS) / 2);
}

/* A range of one method goes before that of all methods, and leaves the others alone. */
static void a_method_has_a_range_of_its_own(void **state)
{
    const Toy *t = *state;
    Spec spec;
    Tuned naive, ips;
    LearnedPropensity learned = {.distortion = {.scale = 1}};
    spec_defaults(&spec);
    spec.model = toy_options(estimator_table[0]).model;
    spec.train = toy_options(estimator_table[0]).train;
    spec.train.epochs = 0;
    OK(spec_set(&spec, "methods.mine.base", "ips", "test", message));
    OK(spec_set(&spec, "tune.trials", "1", "test", message));
    OK(spec_set(&spec, "tune.range.train.l2", "[0.25]", "test", message));
    OK(spec_set(&spec, "tune.range.estimator.mine.l2", "[0.5]", "test", message));
    OK(spec_set(&spec, "tune.range.estimator.mine.train.batch", "[7]", "test", message));
    assert_string_equal(spec.tune.range[2].key, "estimator.mine.batch");
    OK(tune(&(TuneInputs){&spec, "naive", &t->data, &learned, &toy_key, &t->unbiased, NULL, NULL, NULL, NULL},
            &naive, message));
    OK(tune(&(TuneInputs){&spec, "mine", &t->data, &learned, &toy_key, &t->unbiased, NULL, NULL, NULL, NULL},
            &ips, message));
    assert_string_equal(naive.text, "l2=0.25");
    assert_string_equal(ips.text, "l2=0.5 batch=7");
    assert_true(ips.options.train.batch == 7 && ips.options.train.l2 == 0.5);
    OK(spec_set(&spec, "name", "t", "test", message));
    OK(spec_check(&spec, message));
    Message why;
    assert_int_equal(spec_set(&spec, "tune.range.estimator.mine.lambda_c", "0..1", "here", &why),
                     STATUS_USAGE);
    assert_non_null(strstr(why.text, "here: tune.range: methods.mine: unknown key 'lambda_c'"));
    OK(spec_set(&spec, "tune.range.estimator.mine.l2", "-1..1", "test", message));
    assert_int_equal(spec_check(&spec, &why), STATUS_USAGE);
    assert_string_equal(why.text,
                        "tune.range: estimator.mine.l2: found '-1'; expected a real number in [0, 1000]");
}

/* sum w l(y, c) / sum w over the rows, of a fit with this learning rate. */
static double loss_of(const Toy *t, double rate, const double *y, const double *w)
{
    Fit *fit;
    FitReport report;
    Method method;
    EstimatorOptions options = toy_options(estimator_table[0]);
    float cvr[TOY_ROWS];
    double sum = 0, weights = 0;
    OK(method_find("naive", &method, message));
    options.train.learning_rate = rate;
    OK(fit_create(&fit,
                  &(FitSetup){.method = &method, .options = &options, .data = &t->data, .key = &toy_key},
                  message));
    OK(fit_train(fit, &report, message));
    OK(fit_predict(fit, &t->log.x, cvr, NULL, message));
    for (size_t i = 0; i < TOY_ROWS; i++) {
        const double c = (double)cvr[i];
        sum -= w[i] * (y[i] * log(c) + (1 - y[i]) * log(1 - c));
        weights += w[i];
    }
    fit_free(fit);
    return sum / weights;
}

static Spec two_rates(void)
{
    Spec spec;
    spec_defaults(&spec);
    spec.model = toy_options(estimator_table[0]).model;
    spec.train = toy_options(estimator_table[0]).train;
    spec.train.clip = 0.02;
    OK(spec_set(&spec, "tune.trials", "8", "test", message));
    OK(spec_set(&spec, "tune.range.learning_rate", "[1e-5, 0.01]", "test", message));
    return spec;
}

/* The rate that is best by the weighted loss is chosen: another one where conversions weigh most than where
 * other clicks do, since a small rate has not left 1/2. */
static void weights_choose(void **state)
{
    static const double rate[] = {1e-5, 0.01};
    const Toy *t = *state;
    LearnedPropensity learned = {.distortion = {.scale = 1}};
    Spec spec = two_rates();
    float p[TOY_ROWS];
    double y[TOY_ROWS], w[TOY_ROWS];
    int chosen[2];
    OK(spec_set(&spec, "tune.metric", "snips_log_loss", "test", message));
    for (int way = 0; way < 2; way++) {
        Tuned tuned;
        for (size_t i = 0; i < TOY_ROWS; i++) {
            p[i] = t->log.conversion[i] == way ? 1e-6F : 1;
            w[i] = t->log.click[i] ? 1 / fmax((double)p[i], 0.02) : 0;
            y[i] = t->log.conversion[i];
        }
        OK(tune(&(TuneInputs){&spec, "naive", &t->data, &learned, &toy_key, &t->log, NULL, p, NULL, NULL},
                &tuned, message));
        chosen[way] = loss_of(t, rate[1], y, w) < loss_of(t, rate[0], y, w);
        assert_true(tuned.options.train.learning_rate == rate[chosen[way]]);
    }
    assert_true(chosen[0] != chosen[1]);
}

/* The truth scores every row, whatever its label. Where it is that of the clicked rows' labels on these, and
 * near 1 on the others, the rows that were not clicked decide. */
static void the_truth_chooses(void **state)
{
    static const double rate[] = {1e-5, 0.01};
    const Toy *t = *state;
    LearnedPropensity learned = {.distortion = {.scale = 1}};
    Spec spec = two_rates();
    double truth[TOY_ROWS], w[TOY_ROWS];
    int chosen[2];
    OK(spec_set(&spec, "tune.on", "truth", "test", message));
    for (int way = 0; way < 2; way++) {
        Tuned tuned;
        for (size_t i = 0; i < TOY_ROWS; i++) {
            truth[i] = !t->log.click[i] && way ? 0.99 : toy_logistic((double)t->log.x.dense[2 * i + 1] - 1);
            w[i] = 1;
        }
        OK(tune(&(TuneInputs){&spec, "naive", &t->data, &learned, &toy_key, &t->log, truth, NULL, NULL, NULL},
                &tuned, message));
        chosen[way] = loss_of(t, rate[1], truth, w) < loss_of(t, rate[0], truth, w);
        assert_true(tuned.options.train.learning_rate == rate[chosen[way]]);
    }
    assert_int_equal(chosen[0], 1);
    assert_int_equal(chosen[1], 0);
}

static void a_truth_has_to_be_known(void **state)
{
    (void)state;
    static const char *const truth[][2] = {{"tune.on", "truth"}, {"tune.range.l2", "1e-6..1e-2"}};
    Message why;
    Spec spec = spec_with(truth, 2);
    OK(spec_check(&spec, message));
    OK(spec_set(&spec, "tune.metric", "snips_log_loss", "test", message));
    assert_int_equal(spec_check(&spec, &why), STATUS_USAGE);
    assert_non_null(strstr(why.text, "tune.on: truth scores every row; expected log_loss"));
    spec = spec_with(truth, 2);
    OK(spec_set(&spec, "data.source", "yahoo", "test", message));
    OK(spec_set(&spec, "data.path", "anywhere", "test", message));
    assert_int_equal(spec_check(&spec, &why), STATUS_USAGE);
    assert_string_equal(why.text, "tune.on: truth is not known of yahoo; expected log or unbiased");
}

static void without_trials_options_are_those_of_the_spec(void **state)
{
    Tuned tuned = search(*state, "naive", "l2", "1e-6..1e-2", 0, TUNE_LOG);
    assert_string_equal(tuned.text, "");
    assert_true(tuned.options.train.l2 == toy_options(estimator_table[0]).train.l2);
}

/* Through the program: what was chosen is in the store, and does not depend on the number of workers. */
static void the_store_says_what_was_chosen(void **state)
{
    (void)state;
    static Program program;
    program_create(&program);
    if (getenv("CVRLAB")) {
        program_write(
            &program, "t.yaml",
            "estimators: [naive, escm2_ips]\nreplicates: 2\nlog.size: 3000\ntest.size: 100\n"
            "world: {users: 20, items: 10, latent: 2, context: 1, ctr: 0.3}\n"
            "model: {embedding: 2, layers: [4]}\ntrain: {epochs: 1, batch: 256}\n"
            "tune: {trials: 3, metric: auc, range: {learning_rate: 0.001..0.1, lambda_c: [0.1, 1]}}\n");
        program_succeeds(&program, "run $F/t.yaml --db $F/one.db --jobs 1");
        program_succeeds(&program, "run $F/t.yaml --db $F/two.db --jobs 2");
        shell("for d in one two; do sqlite3 $F/$d.db 'SELECT estimator, replicate, tuned, hex(predictions) "
              "FROM run'"
              " >$F/$d; done; cmp $F/one $F/two && test $(grep -c 'learning_rate=' $F/one) = 4 &&"
              " test $(grep -c '^escm2_ips.*lambda_c=' $F/one) = 2 && ! grep -q '^naive.*lambda_c' $F/one");
    }
    program_free(&program);
    program_needed();
}

/* Readers are told who trains on the sample that chose the options. */
static void the_table_says_who_saw_the_sample(void **state)
{
    (void)state;
    static Program program;
    static const struct {
        const char *options, *note;
    } cases[] = {
        {"", "rows of the unbiased sample that nothing is trained on; res_ips and Pooled train on its other "
             "rows, "
             "and the other methods saw the sample through this choice alone.\n"},
        {"-e naive,ips",
         "; no method here trains on its other rows, and all saw the sample through this choice "
         "alone.\n"},
        {"-e combine", "; Pooled trains on its other rows.\n"},
    };
    program_create(&program);
    if (getenv("CVRLAB")) {
        char arguments[128];
        program_write(&program, "t.yaml",
                      "estimators: [naive, ips, res_ips, combine]\nlabels: {combine: Pooled}\n"
                      "replicates: 2\nlog.size: 600\ntest.size: 50\nunbiased.size: 100\n"
                      "world: {users: 20, items: 10, latent: 2, context: 1}\n"
                      "model: {embedding: 2, layers: [4]}\ntrain: {epochs: 1, batch: 128}\n"
                      "tune: {trials: 1, range: {l2: [0.1]}}\n");
        program_succeeds(&program, "run $F/t.yaml --db $F/u.db --set tune.on=unbiased");
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            snprintf(arguments, sizeof arguments, "table $F/u.db --part main %s", cases[i].options);
            program_succeeds(&program, arguments);
            if (!strstr(program.output, cases[i].note))
                fail_msg("%s: %s", arguments, program.output);
        }
        program_succeeds(&program, "run $F/t.yaml --db $F/log.db");
        program_succeeds(&program, "table $F/log.db");
        assert_null(strstr(program.output, "unbiased sample"));
        assert_null(strstr(program.output, "by the truth"));
        program_succeeds(&program, "run $F/t.yaml --db $F/truth.db --set tune.on=truth");
        program_succeeds(&program, "table $F/truth.db --part main");
        assert_non_null(strstr(program.output, " Options were chosen by the truth of held-out exposures"));
    }
    program_free(&program);
    program_needed();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_are_read),
        cmocka_unit_test(wrong_ranges_are_refused),
        cmocka_unit_test(what_learns_is_chosen),
        cmocka_unit_test(held_out_rows_choose),
        cmocka_unit_test(estimators_get_the_same_trials),
        cmocka_unit_test(a_clip_may_be_automatic),
        cmocka_unit_test(positive_ranges_are_logarithmic),
        cmocka_unit_test(a_method_has_a_range_of_its_own),
        cmocka_unit_test(weights_choose),
        cmocka_unit_test(the_truth_chooses),
        cmocka_unit_test(a_truth_has_to_be_known),
        cmocka_unit_test(without_trials_options_are_those_of_the_spec),
        cmocka_unit_test(the_store_says_what_was_chosen),
        cmocka_unit_test(the_table_says_who_saw_the_sample),
    };
    return cmocka_run_group_tests(tests, toy_create, toy_free);
}
