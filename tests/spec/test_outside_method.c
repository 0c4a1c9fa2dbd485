/* Methods from outside in an experiment file: read, written back, swept, and every fault told with its line.
 */
#include "experiments/spec/assign.h"
#include "experiments/spec/named_method.h"
#include "experiments/spec/outside_method.h"
#include "experiments/spec/override.h"
#include "experiments/spec/settings.h"
#include "experiments/spec/spec_check.h"
#include "experiments/spec/spec_read.h"
#include "experiments/spec/spec_write.h"
#include "tests/support/support.h"

static const char valid[] = "name: outside\n"
                            "estimators: [naive, mine]\n"
                            "unbiased.size: 10\n"
                            "methods:\n"
                            "  mine:\n"
                            "    lr: 1e-3\n"
                            "    command: [python3, \"it's mine.py\", -q]\n"
                            "    version: \"3\"\n"
                            "    files: [mine.py, layers.py]\n"
                            "    needs: [unbiased]\n"
                            "    batch: 8\n"
                            "    train.epochs: 3\n"
                            "    start: 2.5\n"
                            "    words: one two\n"
                            "  text: {command: sh -c 'exit \"77\"' x\\ y, label: Text}\n"
                            "  elsewhere: {base: outside, version: v1}\n"
                            "  loaded: {plugin: ./mine.so, depth: 4}\n"
                            "sweep: {methods.mine.depth: [2, 4, deep]}\n"
                            "claims: [mine mse < naive mse at estimator.mine.depth=2]\n";

static void are_read(void **state)
{
    Spec s;
    Method method;
    EstimatorOptions options;
    unsigned needs;
    Arguments arguments = {.count = 0};
    (void)state;
    OK(spec_read_text(&s, valid, "here", message));
    OK(spec_check(&s, message));
    assert_int_equal(s.estimators, 5);
    const OutsideMethod *mine = outside_method_find(&s, "mine"), *text = outside_method_find(&s, "text");
    assert_int_equal(mine->kind, OUTSIDE_COMMAND);
    assert_string_equal(mine->command, "python3 'it'\\''s mine.py' -q");
    assert_true(arguments_split(mine->command, &arguments));
    assert_int_equal(arguments.count, 3);
    assert_string_equal(arguments.word[1], "it's mine.py");
    assert_string_equal(mine->version, "3");
    assert_string_equal(mine->files, "mine.py,layers.py");
    assert_true(mine->batch == 8 && mine->start == 2.5 && mine->timeout == 3600 && mine->threads == 1);
    assert_true(arguments_split(text->command, &arguments));
    assert_int_equal(arguments.count, 4);
    assert_string_equal(arguments.word[2], "exit \"77\"");
    assert_string_equal(arguments.word[3], "x y");
    assert_int_equal(outside_method_find(&s, "elsewhere")->kind, OUTSIDE_SCORED);
    assert_int_equal(outside_method_find(&s, "loaded")->kind, OUTSIDE_PLUGIN);
    assert_string_equal(outside_method_find(&s, "loaded")->plugin, "./mine.so");
    assert_null(outside_method_find(&s, "naive"));
    OK(spec_find_method(&s, "mine", &method, message));
    OK(spec_method_needs(&s, "mine", &needs, message));
    assert_int_equal(needs, NEEDS_UNBIASED);
    OK(override_options(&s, "mine", &options, message));
    assert_int_equal(options.train.epochs, 3);
    assert_string_equal(spec_label(&s, "text"), "Text");
}

/* A stored spec is read as it was, and a sweep sets what a method calls its own. */
static void are_written_back_and_swept(void **state)
{
    char *text = NULL;
    size_t size = 0;
    Spec s, again;
    Settings settings;
    Setting setting;
    (void)state;
    OK(spec_read_text(&s, valid, "here", message));
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    spec_write(&s, file);
    assert_int_equal(fclose(file), 0);
    OK(spec_read_text(&again, text, "again", message));
    assert_memory_equal(&again, &s, sizeof s);
    free(text);
    OK(settings_create(&settings, &s, message));
    assert_int_equal(settings.count, 3);
    OK(settings_make(&settings, 2, &setting, message));
    assert_string_equal(setting.text, "estimator.mine.depth=deep");
    const Override *last = &setting.spec.override[setting.spec.overrides - 1];
    assert_string_equal(last->key, "depth");
    assert_string_equal(last->value, "deep");
    /* It reaches units of that method alone. */
    assert_int_equal(settings_origin(&settings, 2, "naive", 0), 0);
    assert_int_equal(settings_origin(&settings, 2, "mine", 0), 2);
}

static void faults_are_told(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"methods: {x: {command: []}}\n",
         "here:1: methods.x.command: found '[]'; expected a program with its arguments, such as [python3, "
         "mine.py], below 512 bytes"},
        {"methods: {x: {command: \"sh 'c\"}}\n",
         "here:1: methods.x.command: found 'sh 'c'; expected a program with its arguments, such as [python3, "
         "mine.py], below 512 bytes"},
        {"methods: {x: {command: [sh], base: ips}}\n",
         "here:1: methods.x: expected one of base, command and plugin, not two"},
        {"methods: {x: {command: [sh], plugin: ./x.so}}\n",
         "here:1: methods.x: expected one of base, command and plugin, not two"},
        {"methods: {x: {base: command}}\n",
         "here:1: methods.x.base: found 'command'; expected command: in place of base:"},
        {"methods: {x: {base: outside, batch: 3}}\n",
         "here:1: methods.x.batch: a method of base outside has no such key"},
        {"methods: {x: {command: [sh], needs: [luck]}}\n",
         "here:1: methods.x.needs: found '[luck]'; expected a list of unbiased, behaviour, stream, "
         "propensity"},
        {"methods: {x: {command: [sh], batch: 0}}\n",
         "here:1: methods.x.batch: found '0'; expected an integer in [1, 10000]"},
        {"methods: {x: {command: [sh], timeout: 0}}\n",
         "here:1: methods.x.timeout: found '0'; expected a real number in [0.001, 10000000]"},
        {"methods: {x: {command: [sh], a.b: 0}}\n",
         "here:1: methods.x: found the key 'a.b'; expected a name of letters, digits, _ and -, at most 28 of "
         "them, or a model or train key in full, such as train.epochs"},
        {"methods:\n  x:\n    command: [sh]\n    batch: 2\n    batch: 3\n",
         "here:5: methods.x.batch: set twice"},
        {"methods: {naive: {command: [sh]}}\n",
         "here:1: methods.naive: 'naive' is the name of an estimator; expected a name of its own"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Spec s;
        Message message = {""};
        assert_int_equal(spec_read_text(&s, cases[i].text, "here", &message), STATUS_USAGE);
        assert_string_equal(message.text, cases[i].message);
    }
}

static void needs_are_checked_before_anything_runs(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"methods: {x: {command: [sh], needs: [unbiased]}}\n",
         "estimators: 'x' needs an unbiased sample; set unbiased.size above 0"},
        {"methods: {x: {command: [sh], needs: [behaviour]}}\n",
         "estimators: 'x' needs post-click behaviour; set behaviour.rate above 0"},
        {"methods: {x: {command: [sh], needs: [stream]}}\n",
         "estimators: 'x' needs activity streams; set stream.events above 0"},
        {"methods: {x: {command: [sh], needs: [propensity]}}\n",
         "estimators: 'x' needs given propensities; expected a propensity.source other than learned"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Spec s;
        Message why = {""};
        OK(spec_read_text(&s, cases[i].text, "here", message));
        snprintf(s.name, sizeof s.name, "x");
        assert_int_equal(spec_check(&s, &why), STATUS_USAGE);
        assert_string_equal(why.text, cases[i].message);
    }
}

/* Whatever words a command has, its text splits into them again. */
static void words_survive(void **state)
{
    static const char *const word[] = {"a",  "",      "b c", "it's",   "\"",
                                       "\\", "a'b'c", " x ", "{unit}", "--p=\t"};
    enum { WORDS = sizeof word / sizeof *word };
    char command[SPEC_TEXT];
    Arguments arguments = {.count = 0};
    (void)state;
    assert_true(arguments_join(word, WORDS, command));
    assert_true(arguments_split(command, &arguments));
    assert_int_equal(arguments.count, WORDS);
    for (int i = 0; i < WORDS; i++)
        assert_string_equal(arguments.word[i], word[i]);
    assert_null(arguments.word[WORDS]);
    assert_false(arguments_split("   ", &arguments));
    assert_false(arguments_split("''", &arguments));
    assert_false(arguments_split("a \"b", &arguments));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_read),        cmocka_unit_test(are_written_back_and_swept),
        cmocka_unit_test(faults_are_told), cmocka_unit_test(needs_are_checked_before_anything_runs),
        cmocka_unit_test(words_survive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
