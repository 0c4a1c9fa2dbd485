/* Methods that an experiment names itself: read, resolved, written and read back, and every fault told with
 * its line. */
#include "experiments/spec/assign.h"
#include "experiments/spec/named_method.h"
#include "experiments/spec/override.h"
#include "experiments/spec/settings.h"
#include "experiments/spec/spec_check.h"
#include "experiments/spec/spec_read.h"
#include "experiments/spec/spec_write.h"
#include "tests/support/support.h"

static const char valid[] = "name: named\n"
                            "estimators: [naive, second, mmoe+escm2_dr]\n"
                            "baseline: paddle\n"
                            "estimator.second.l2: 0.25\n"
                            "methods:\n"
                            "  paddle:\n"
                            "    lambda_c: 0.5\n"
                            "    train.clip: 0.066\n"
                            "    layers: [8, 4]\n"
                            "    label: \"ESCM2-DR (\\\"PaddleRec\\\")\"\n"
                            "    base: mmoe+escm2_dr\n"
                            "  second: {base: ips, train: {epochs: 3}}\n"
                            "  third: {base: ips}\n"
                            "labels: {naive: Naive CVR}\n"
                            "sweep.estimator.third.l2: [0, 1]\n"
                            "claims: [paddle auc > second auc at estimator.third.l2=0]\n";

static void are_read(void **state)
{
    (void)state;
    Spec s;
    Method method, base;
    EstimatorOptions options;
    static const char *const order[] = {"naive", "second", "mmoe+escm2_dr", "paddle", "third"};
    OK(spec_read_text(&s, valid, "here", message));
    OK(spec_check(&s, message));
    assert_int_equal(s.estimators, 5);
    for (int i = 0; i < s.estimators; i++)
        assert_string_equal(s.estimator[i], order[i]);
    OK(spec_find_method(&s, "paddle", &method, message));
    OK(method_find("mmoe+escm2_dr", &base, message));
    assert_ptr_equal(method.estimator, base.estimator);
    assert_ptr_equal(method.backbone, base.backbone);
    OK(override_options(&s, "paddle", &options, message));
    assert_true(options.train.clip == 0.066 && options.model.layers == 2);
    Key key;
    OK(key_find(&s, "estimator.paddle.lambda_c", &key, "here", message));
    OK(key_set_option(&key, &options, "2", "here", message));
    OK(override_options(&s, "mmoe+escm2_dr", &options, message)); /* the base has none of it */
    assert_true(options.train.clip == s.train.clip && options.model.layers == s.model.layers);
    OK(override_options(&s, "second", &options, message));
    assert_true(options.train.epochs == 3 && options.train.l2 == 0.25);
    assert_string_equal(spec_label(&s, "paddle"), "ESCM2-DR (\"PaddleRec\")");
    assert_string_equal(spec_label(&s, "naive"), "Naive CVR");
    assert_string_equal(spec_label(&s, "third"), "third");

    Settings settings;
    Setting setting;
    OK(settings_create(&settings, &s, message));
    OK(settings_make(&settings, 1, &setting, message));
    OK(override_options(&setting.spec, "third", &options, message));
    assert_true(options.train.l2 == 1);
}

static void are_written(void **state)
{
    (void)state;
    Spec s, again;
    char *text = NULL;
    size_t size;
    OK(spec_read_text(&s, valid, "here", message));
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    spec_write(&s, file);
    assert_int_equal(fclose(file), 0);
    OK(spec_read_text(&again, text, "again", message));
    assert_memory_equal(&s, &again, sizeof s);
    free(text);
}

/* --set reaches all of it; a list of estimators leaves no named method out. */
static void are_assigned(void **state)
{
    (void)state;
    Spec s;
    EstimatorOptions options;
    OK(spec_read_text(&s, valid, "here", message));
    OK(spec_assign(&s, "estimators=[naive]", "--set", message));
    assert_int_equal(s.estimators, 4);
    assert_string_equal(s.estimator[1], "paddle");
    OK(spec_assign(&s, "methods.fourth.base=dr_jl", "--set", message));
    OK(spec_assign(&s, "methods.fourth.l2=0.5", "--set", message));
    OK(spec_assign(&s, "estimator.fourth.epochs=7", "--set", message));
    OK(spec_assign(&s, "methods.fourth.label=Fourth", "--set", message));
    OK(spec_assign(&s, "labels.fourth=Last", "--set", message));
    assert_string_equal(spec_label(&s, "fourth"), "Last");
    assert_string_equal(s.estimator[4], "fourth");
    OK(override_options(&s, "fourth", &options, message));
    assert_true(options.train.l2 == 0.5 && options.train.epochs == 7);
    OK(spec_assign(&s, "methods.third.l2=3", "--set", message)); /* set, so no longer swept */
    assert_int_equal(s.sweeps, 0);
}

static void faults_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"methods: {x: {base: escm2_drr}}\n",
         "here:1: methods.x.base: unknown estimator 'escm2_drr'; did you mean 'escm2_dr'?"},
        {"methods: {x: {base: mmo+ips}}\n",
         "here:1: methods.x.base: unknown backbone 'mmo'; did you mean 'mmoe'?"},
        {"methods:\n  y: {base: ips}\n  x:\n    base: y\n",
         "here:4: methods.x.base: 'y' is a named method; expected an estimator or BACKBONE+ESTIMATOR"},
        {"methods: {x: {base: x}}\n",
         "here:1: methods.x.base: 'x' is a named method; expected an estimator or BACKBONE+ESTIMATOR"},
        {"\nmethods: {ips: {base: dr_jl}}\n",
         "here:2: methods.ips: 'ips' is the name of an estimator; expected a name of its own"},
        {"methods: {mf+ips: {base: ips}}\n", "here:1: methods: found 'mf+ips'; expected a name of letters, "
                                             "digits, _ and -, at most 24 of them, the "
                                             "first a letter"},
        {"methods: {a_name_of_more_than_24_letters: {base: ips}}\n",
         "here:1: methods: found 'a_name_of_more_than_24_le'; expected a name of letters, digits, _ and -, "
         "at "
         "most 24 of them, the first a letter"},
        {"methods:\n  x:\n    base: escm2_dr\n    lambda: 1\n",
         "here:4: methods.x: unknown key 'lambda'; did you mean 'lambda_c'?"},
        {"methods: {x: {base: ips, lambda_c: 1}}\n", "here:1: methods.x: unknown key 'lambda_c'; expected "
                                                     "one of its constants (`cvrlab list estimators`) or "
                                                     "a model or train key (`cvrlab list keys`)"},
        {"methods:\n  x:\n    base: escm2_dr\n    lambda_c: -1\n",
         "here:4: methods.x.lambda_c: found '-1'; expected a real number in [0, 1000]"},
        {"methods: {x: {base: ips},\n x: {base: dr_jl}}\n", "here:2: methods.x.base: set twice"},
        {"methods: {x: {base: ips, label: A}}\nlabels: {x: B}\n", "here:2: labels.x: set twice"},
        {"methods: {x: {base: ips, l2: 1}}\nestimator.x.train.l2: 2\n",
         "here:2: estimator.x.train.l2: set twice"},
        {"methods:\n  x: {l2: 1}\n", "here:2: methods.x: has no base; expected base: ESTIMATOR or "
                                     "BACKBONE+ESTIMATOR, a command, or a plugin"},
        {"methods: {x: {}}\n",
         "here:1: methods.x: found '{}'; expected a mapping with a base or a command, such as "
         "{base: mmoe+escm2_dr, lambda_c: "
         "0.5}"},
        {"methods: 3\n",
         "here:1: methods: found '3'; expected a mapping: methods: {NAME: {base: ESTIMATOR, KEY: VALUE}}"},
        {"labels: 3\n", "here:1: labels: found '3'; expected a mapping: labels: {NAME: TEXT}"},
        {"labels: {ipss: IPS}\n", "here:1: labels: unknown estimator 'ipss'; did you mean 'ips'?"},
        {"labels: {ips: \"\"}\n",
         "here:1: labels.ips: found ''; expected printable UTF-8 text of 1 to 63 bytes"},
        {"methods: {paddle: {base: ips}}\nestimators: [padle]\n",
         "here:2: estimators: unknown estimator 'padle'; did you mean 'paddle'?"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Spec s;
        Message message = {{0}};
        assert_int_equal(spec_read_text(&s, cases[i].text, "here", &message), STATUS_USAGE);
        assert_string_equal(message.text, cases[i].expected);
    }
}

/* A method that only one side has is not compared; one that both have is, and a label never is. */
static void fingerprints_differ_by_method(void **state)
{
    (void)state;
    static const struct {
        const char *text, *difference;
    } cases[] = {
        {"estimators: [naive]\n", NULL},
        {"estimators: [naive]\nmethods: {x: {base: ips, l2: 1, label: Another}}\n", NULL},
        {"methods: {x: {base: ips, l2: 1}, y: {base: dr_jl, l2: 2}}\n", NULL},
        {"methods: {x: {base: dr_jl, l2: 1}}\n",
         "was run with 'methods.x.base: ips', now 'methods.x.base: dr_jl'"},
        {"methods: {x: {base: ips, l2: 2}}\n", "was run with 'methods.x.l2: 1', now 'methods.x.l2: 2'"},
        {"methods: {x: {base: ips}}\n", "was run with 'methods.x.l2: 1', now without it"},
        {"methods: {x: {base: ips, l2: 1, epochs: 2}}\n", "was run without 'methods.x.epochs: 2'"},
    };
    Spec s;
    Fingerprint stored, given;
    OK(spec_read_text(&s, "estimators: [naive]\nmethods: {x: {base: ips, l2: 1}}\n", "here", message));
    OK(spec_fingerprint(&s, &stored, message));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char difference[256];
        OK(spec_read_text(&s, cases[i].text, "here", message));
        OK(spec_fingerprint(&s, &given, message));
        assert_int_equal(fingerprint_difference(&stored, &given, difference, sizeof difference),
                         cases[i].difference != NULL);
        if (cases[i].difference)
            assert_string_equal(difference, cases[i].difference);
        fingerprint_clear(&given);
    }
    fingerprint_clear(&stored);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_read),
        cmocka_unit_test(are_written),
        cmocka_unit_test(are_assigned),
        cmocka_unit_test(faults_are_told),
        cmocka_unit_test(fingerprints_differ_by_method),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
