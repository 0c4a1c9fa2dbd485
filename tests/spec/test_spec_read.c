/* Experiment files: read, written and read back, and every fault told with its line. */
#include "experiments/spec/assign.h"
#include "experiments/spec/fields.h"
#include "experiments/spec/settings.h"
#include "experiments/spec/spec_check.h"
#include "experiments/spec/spec_read.h"
#include "experiments/spec/spec_write.h"
#include "sim/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

#include <gsl/gsl_rng.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static Message message;
static char folder[] = "/tmp/cvrlab-spec-XXXXXX";
static char path[64];

static const char valid[] = "# a comment\n"
                            "name: compare\n"
                            "question: >\n"
                            "  Which \"estimators\" are\n"
                            "  biased: \\ all?\n"
                            "seed: 7\n"
                            "estimators: [naive, mf+ips,escm2_dr]\n"
                            "baseline: escm2_dr\n"
                            "log: {size: 2e5}\n"
                            "test.size: 1000\n"
                            "world:\n"
                            "  users: 2000\n"
                            "  ctr: 0.05\n"
                            "  shape: linear\n"
                            "model:\n"
                            "  layers:\n"
                            "    - 32\n"
                            "    - 16\n"
                            "propensity:\n"
                            "  omit: [user, item]\n"
                            "estimator:\n"
                            "  escm2_dr: {lambda_c: 0.5, l2: 1e-4}\n"
                            "  mf+ips:\n"
                            "    train: {epochs: 9}\n"
                            "sweep:\n"
                            "  world:\n"
                            "    cvr: [0.1, 0.30]\n"
                            "  propensity.source: [learned, oracle]\n";

static int create_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/some file.yaml", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

static Status read_bytes(Spec *spec, const char *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    memset(&message, 0, sizeof message);
    return spec_read(spec, NULL, path, &message);
}

static Status read_text(Spec *spec, const char *text)
{
    return read_bytes(spec, text, strlen(text));
}

static void must_read(Spec *spec, const char *text)
{
    if (read_text(spec, text))
        fail_msg("%s", message.text);
}

/* `expected` follows "FILE:". */
static void refused(const char *text, const char *expected)
{
    Spec spec;
    char line[sizeof message.text];
    assert_int_equal(read_text(&spec, text), STATUS_USAGE);
    snprintf(line, sizeof line, "%s:%s", path, expected);
    assert_string_equal(message.text, line);
}

static void files_are_read(void **state)
{
    (void)state;
    Spec s;
    must_read(&s, valid);
    assert_string_equal(s.name, "compare");
    assert_string_equal(s.question, "Which \"estimators\" are biased: \\ all?");
    assert_int_equal(s.seed, 7);
    assert_int_equal(s.estimators, 3);
    assert_string_equal(s.estimator[1], "mf+ips");
    assert_string_equal(s.estimator[2], "escm2_dr");
    assert_int_equal(s.log_size, 200000);
    assert_int_equal(s.test_size, 1000);
    assert_true(s.world.ctr == 0.05);
    assert_int_equal(s.world.items, 200);
    assert_int_equal(s.world.shape, SHAPE_LINEAR);
    assert_int_equal(s.model.layers, 2);
    assert_int_equal(s.model.width[1], 16);
    assert_string_equal(s.omit, "user,item");
    assert_int_equal(s.overrides, 3);
    assert_int_equal(spec_settings(&s), 4);
    Settings settings;
    char text[SPEC_TEXT];
    assert_int_equal(settings_create(&settings, &s, &message), STATUS_OK);
    settings_text(&settings, 2, text);
    assert_string_equal(text, "world.cvr=0.3 propensity.source=learned");
}

/* The place of a fault that only several keys show, and none of a key that --set has changed since. */
static void faults_of_the_whole_have_a_place(void **state)
{
    (void)state;
    Spec s;
    SpecLines lines;
    char place[160];
    must_read(&s, "name: whole\nworld: {}\nsweep: {}\nestimator: {}\ntune: {range: {}}\nestimators: "
                  "[naive]\nbaseline: ips\n");
    assert_int_equal(spec_read(&s, &lines, path, &message), STATUS_OK);
    assert_int_equal(spec_check(&s, &message), STATUS_USAGE);
    spec_fault_place(&lines, "F", message.text, place, sizeof place);
    assert_string_equal(place, "F:7");
    spec_fault_place(&lines, "F", "world.ctr=0.1 world.cvr=1: estimators: 'x' needs baseline", place,
                     sizeof place);
    assert_string_equal(place, "F:6");
    spec_fault_place(&lines, "F", "propensity.omit: empty", place, sizeof place);
    assert_string_equal(place, "F");
    spec_lines_forget(&lines, "baseline=x");
    spec_fault_place(&lines, "F", message.text, place, sizeof place);
    assert_string_equal(place, "F");
}

static void a_file_names_its_experiment(void **state)
{
    (void)state;
    Spec s;
    must_read(&s, "seed: 3\n");
    assert_string_equal(s.name, "some_file");
}

static void must_write_back(const Spec *spec)
{
    char *text = NULL;
    size_t size = 0;
    Spec again;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    spec_write(spec, file);
    assert_int_equal(fclose(file), 0);
    if (read_text(&again, text))
        fail_msg("%s\n%s", message.text, text);
    memcpy(again.folder, spec->folder, sizeof again.folder); /* of the file, not of what it says */
    assert_memory_equal(&again, spec, sizeof again);
    free(text);
}

static void specs_are_written_and_read_back(void **state)
{
    (void)state;
    Spec s;
    must_read(&s, valid);
    must_write_back(&s);
    must_read(&s,
              "name: x\nquestion: 'caf\xc3\xa9 # \"not\" a comment: {no} [list] \xe2\x82\xac'\n"
              "world.ctr: 0.3\nsweep.model.layers: [[], [8], [64, 32]]\nmetrics.shown: [mse, auc/O/ctr]\n");
    assert_int_equal(s.shown, 2);
    assert_string_equal(s.shown_measure[1], "auc/O/ctr");
    must_write_back(&s);
}

/* A random value within the range of a field of numbers, in full precision. */
static void random_value(const Field *f, gsl_rng *rng, char *text)
{
    double u = gsl_rng_uniform_pos(rng), value = f->low + u * (f->high - f->low);
    if (gsl_rng_uniform_int(rng, 2) == 0)
        value *= 1e-7 * u;
    if (value <= f->low || value >= f->high)
        value = (f->low + f->high) / 2;
    snprintf(text, SPEC_WORD, f->type == &integer_type ? "%.0f" : "%.17g", value);
}

static void any_numbers_are_written_and_read_back(void **state)
{
    (void)state;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    assert_non_null(rng);
    gsl_rng_set(rng, 20);
    for (int round = 0; round < 50; round++) {
        Spec s;
        spec_defaults(&s);
        assert_int_equal(spec_set(&s, "name", "x", "here", &message), STATUS_OK);
        for (int i = 0; i < field_count; i++) {
            const Field *f = &field_table[i];
            char text[SPEC_WORD];
            if (f->type != &integer_type && f->type != &real_type)
                continue;
            random_value(f, rng, text);
            if (field_set(f, &s, text, "here", &message))
                fail_msg("%s", message.text);
            if (f->type == &real_type) {
                double stored;
                memcpy(&stored, (const char *)&s + f->offset, sizeof stored);
                assert_true(stored == strtod(text, NULL));
            }
        }
        must_write_back(&s);
    }
    gsl_rng_free(rng);
}

static void faults_name_their_line(void **state)
{
    (void)state;
    refused("name: x\nworld:\n  ctr: 1.2\n", "3: world.ctr: found '1.2'; expected a real number in (0, 1)");
    refused("world:\n  users: 10\n  crt: 0.1\n", "3: unknown key 'world.crt'; did you mean 'world.ctr'?");
    refused("seed: 1\nworld: 3\n", "2: world: found '3'; expected a mapping of keys such as world.users");
    refused("seed:\n", "1: seed: found ''; expected an integer in [0, 9007199254740992]");
    refused("seed: [1, 2]\n", "1: seed: found '[1,2]'; expected an integer in [0, 9007199254740992]");
    refused("seed: {a: 1}\n", "1: seed: found a mapping; expected an integer in [0, 9007199254740992]");
    refused("seed: {}\n", "1: seed: found a mapping; expected an integer in [0, 9007199254740992]");
    refused("estimators: [naive,\n  esm]\n", "1: estimators: unknown estimator 'esm'; did you mean 'esmm'?");
    refused("\nsweep:\n  world.ctr: [0.1, x]\n", "3: world.ctr: found 'x'; expected a real number in (0, 1)");
    refused("sweep:\n  seed: [1, 2]\n", "2: sweep.seed: 'seed' is the same in every setting; expected a key "
                                        "to compare settings by, such as world.ctr");
    refused("estimator:\n  esmm:\n    l3: 1\n", "3: estimator.esmm: unknown key 'l3'; did you mean 'l2'?");
    refused("estimator: {esmm: 3}\n", "1: estimator.esmm: expected a mapping of keys, such as {l2: 0.001}");
}

static void nothing_is_said_twice(void **state)
{
    (void)state;
    refused("seed: 1\nname: x\nseed: 2\n", "3: seed: set twice, first on line 1");
    refused("world:\n  ctr: 0.1\nworld.ctr: 0.1\n", "3: world.ctr: set twice, first on line 2");
    refused("world.ctr: 0.2\nsweep: {world.ctr: [0.1, 0.3]}\n",
            "2: sweep.world.ctr: both swept and set (line 1); expected one of the two");
    refused("sweep: {world.ctr: [0.1, 0.3]}\nworld.ctr: 0.2\n",
            "2: world.ctr: both set and swept; expected one of the two");
    refused("estimator.esmm.l2: 1\nestimator.esmm.train.l2: 1\n", "2: estimator.esmm.train.l2: set twice");
    refused("sweep.world.ctr: [0.1]\nsweep: {world: {ctr: [0.2]}}\n", "2: sweep.world.ctr: set twice");
}

static void only_plain_yaml_is_taken(void **state)
{
    (void)state;
    refused("", "1: found an empty file; expected keys such as name and estimators");
    refused("# only a comment\n", "2: found an empty file; expected keys such as name and estimators");
    refused("- a\n- b\n", "1: found a list; expected a mapping of keys to values");
    refused("hello\n", "1: found a single value; expected a mapping of keys to values");
    refused("seed: 1\n---\nseed: 2\n", "2: found a second document; expected one experiment in a file");
    refused("seed: &a 1\n", "1: seed: found an anchor (&); expected a plain value");
    refused("seed: 1\nname: *a\n", "2: name: found an alias (*); expected the value itself");
    refused("\"a\\tb\\n\": !!int 1\n", "1: a?b?: found a tag (!); expected a plain value");
    refused("seed: !!int 1\n", "1: seed: found a tag (!); expected a plain value");
    refused("[a, b]: 1\n", "1: found a key that is not a word; expected a key");
    refused("estimators: [naive, {a: b}]\n", "1: estimators: found a mapping in a list; expected a value");
    refused("estimators: ['naive,ips']\n",
            "1: estimators: found an empty word, or one with a comma or bracket, in a list; "
            "expected a plain word or number");
    refused("name: \"a\\0b\"\n", "1: name: found text with a 0 byte; expected printable text");
    refused("seed: [[[[[[[[1]]]]]]]]\n",
            "1: seed: found lists inside lists inside lists; expected a list of values");
    refused("a: {b: {c: {d: {e: {f: {g: {h: 1}}}}}}}\n",
            "1: a.b.c.d.e.f: found mappings that are too deep; expected a value");
}

static void broken_yaml_is_told_with_its_line(void **state)
{
    (void)state;
    Spec s;
    char start[sizeof path + 32];
    assert_int_equal(read_text(&s, "name: x\nseed: [1, 2\nworld: 3\n"), STATUS_USAGE);
    snprintf(start, sizeof start, "%s:3: not valid YAML: ", path);
    assert_memory_equal(message.text, start, strlen(start));
    assert_int_equal(read_text(&s, "name: x\n\tseed: 1\n"), STATUS_USAGE);
    snprintf(start, sizeof start, "%s:2: not valid YAML: ", path);
    assert_memory_equal(message.text, start, strlen(start));
    assert_int_equal(read_text(&s, "name: x\nquestion: \xff\xfe\n"), STATUS_USAGE);
    assert_non_null(strstr(message.text, ": not YAML text: "));
}

static void unreadable_files_are_run_time_failures(void **state)
{
    (void)state;
    Spec s;
    char line[sizeof message.text];
    assert_int_equal(spec_read(&s, NULL, "/nowhere/x.yaml", &message), STATUS_FAILED);
    assert_string_equal(message.text, "/nowhere/x.yaml: cannot open: No such file or directory");
    assert_int_equal(spec_read(&s, NULL, folder, &message), STATUS_FAILED);
    snprintf(line, sizeof line, "%s: is a folder; expected a YAML file", folder);
    assert_string_equal(message.text, line);
}

static void lists_without_end_are_refused(void **state)
{
    (void)state;
    enum { WORDS = 5000 };
    char *text = malloc(WORDS * 8 + 64);
    assert_non_null(text);
    size_t used = (size_t)sprintf(text, "estimators: [naive");
    for (int i = 0; i < WORDS; i++)
        used += (size_t)sprintf(text + used, ", ips");
    sprintf(text + used, "]\n");
    refused(text, "1: estimators: found a list that is too long; expected fewer values");

    memset(text, 'k', 600);
    sprintf(text + 600, ": 1\n");
    refused(text, "1: found a key that is too long; expected one of those that `cvrlab list keys` prints");
    free(text);
}

/* Random damage to a valid file: it reads, or is refused with a line that names the file. Sanitizers watch
 * the rest. */
static void damaged_files_are_refused_in_one_line(void **state)
{
    (void)state;
    static const char spice[] = "[]{}:,-&*!|>'\"%@`#\n\t \\0eE.x\xff\x80";
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    assert_non_null(rng);
    gsl_rng_set(rng, 5);
    int read = 0, wrong = 0;
    for (int round = 0; round < 1500; round++) {
        char bytes[sizeof valid];
        size_t length = sizeof valid - 1;
        Spec spec;
        memcpy(bytes, valid, length);
        for (unsigned long i = gsl_rng_uniform_int(rng, 4); i > 0; i--)
            bytes[gsl_rng_uniform_int(rng, length)] = spice[gsl_rng_uniform_int(rng, sizeof spice - 1)];
        if (gsl_rng_uniform_int(rng, 4) == 0)
            length = gsl_rng_uniform_int(rng, length);
        Status status = read_bytes(&spec, bytes, length);
        if (status == STATUS_OK) {
            read++;
            must_write_back(&spec);
            continue;
        }
        wrong++;
        assert_int_equal(status, STATUS_USAGE);
        assert_memory_equal(message.text, path, strlen(path));
        assert_null(strpbrk(message.text, "\n\t\033"));
    }
    assert_true(read > 100 && wrong > 100);
    gsl_rng_free(rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_read),
        cmocka_unit_test(faults_of_the_whole_have_a_place),
        cmocka_unit_test(a_file_names_its_experiment),
        cmocka_unit_test(specs_are_written_and_read_back),
        cmocka_unit_test(any_numbers_are_written_and_read_back),
        cmocka_unit_test(faults_name_their_line),
        cmocka_unit_test(nothing_is_said_twice),
        cmocka_unit_test(only_plain_yaml_is_taken),
        cmocka_unit_test(broken_yaml_is_told_with_its_line),
        cmocka_unit_test(unreadable_files_are_run_time_failures),
        cmocka_unit_test(lists_without_end_are_refused),
        cmocka_unit_test(damaged_files_are_refused_in_one_line),
    };
    return cmocka_run_group_tests(tests, create_folder, remove_folder);
}
