/* Random search of options: what may be said, that it chooses by rows that it does not train on, and that
 * every estimator gets the same trials. */
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
    OK(tune(&(TuneInputs){&spec, estimator, &t->data, &learned, &toy_key}, &tuned, message));
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
        OK(tune(&(TuneInputs){&spec, "naive", &t->data, &learned, &key}, &tuned, message));
        below += tuned.options.train.l2 < 1e-4;
    }
    assert_true(abs(below - DRAWS / 2) <= 4.5 * sqrt(DRAWS) / 2);
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
        cmocka_unit_test(without_trials_options_are_those_of_the_spec),
        cmocka_unit_test(the_store_says_what_was_chosen),
    };
    return cmocka_run_group_tests(tests, toy_create, toy_free);
}
