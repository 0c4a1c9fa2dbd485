/* The table of fields, single values, sweeps, overrides and what they make together. */
#include "experiments/spec/assign.h"
#include "experiments/spec/fields.h"
#include "experiments/spec/key_reference.h"
#include "experiments/spec/override.h"
#include "experiments/spec/settings.h"
#include "experiments/spec/spec_check.h"
#include "experiments/spec/spec_write.h"
#include "sim/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static Message message;

static Status set(Spec *spec, const char *key, const char *value)
{
    message.text[0] = 0;
    return spec_set(spec, key, value, "here", &message);
}

static void must_set(Spec *spec, const char *key, const char *value)
{
    if (set(spec, key, value))
        fail_msg("%s", message.text);
}

/* A message that names the key and what was expected. */
static void refused(Spec *spec, const char *key, const char *value, const char *expected)
{
    assert_int_equal(set(spec, key, value), STATUS_USAGE);
    assert_string_equal(message.text, expected);
}

static void every_row_is_sound(void **state)
{
    (void)state;
    Spec spec;
    spec_defaults(&spec);
    for (int i = 0; i < field_count; i++) {
        const Field *f = &field_table[i];
        char printed[LIST_TEXT];
        assert_ptr_equal(field_find(f->key), f);
        assert_true(strlen(f->key) < SPEC_WORD && f->meaning && f->unit && f->standard);
        f->type->print(f, &spec, printed);
        const bool is_list = f->type == &names_type || f->type == &columns_type;
        assert_string_equal(printed, is_list && !f->standard[0] ? "[]" : f->standard);
        if (f->type == &integer_type)
            assert_true(f->high <= (f->size == sizeof(int) ? INT_MAX : 9007199254740992.));
        if (f->type == &choice_type)
            assert_int_equal(f->size, sizeof(int));
    }
}

static void defaults_are_those_of_the_methods(void **state)
{
    (void)state;
    Spec s;
    spec_defaults(&s);
    assert_int_equal(s.model.embedding, 16);
    assert_int_equal(s.model.layers, 2);
    assert_true(s.model.experts == 8 && s.model.expert_width == 16 && s.model.levels == 2);
    assert_int_equal(s.model.width[0], 64);
    assert_int_equal(s.model.width[1], 32);
    assert_true(s.train.learning_rate == 1e-3 && s.train.l2 == 1e-5 && s.train.clip == AUTO);
    assert_true(s.train.drop_last == SWITCH_OFF && s.model.prior_start == SWITCH_ON);
    assert_int_equal(s.train.batch, 1024);
    assert_int_equal(s.world.shape, SHAPE_NETWORK);
    assert_int_equal(s.propensity, PROPENSITY_LEARNED);
    assert_null(s.layout);
    assert_true(s.distortion.scale == 1 && s.distortion.shift == 0 && s.distortion.beta == 0);
    assert_int_equal(s.log_size, 100000);
}

static void words_are_their_enums(void **state)
{
    (void)state;
    Spec s;
    spec_defaults(&s);
    must_set(&s, "world.shape", "interaction");
    assert_int_equal(s.world.shape, SHAPE_INTERACTION);
    must_set(&s, "world.hidden_level", "item");
    assert_int_equal(s.world.hidden_level, HIDDEN_ITEM);
    must_set(&s, "propensity.source", "full");
    assert_int_equal(s.propensity, PROPENSITY_FULL);
    must_set(&s, "propensity.source", "naive_bayes");
    assert_int_equal(s.propensity, PROPENSITY_NAIVE_BAYES);
    must_set(&s, "train.draw", "clicks");
    assert_int_equal(s.train.draw, DRAW_CLICKS);
    must_set(&s, "data.source", "coat");
    assert_ptr_equal(s.layout, layout_find("coat"));
}

static void numbers_are_read(void **state)
{
    (void)state;
    Spec s;
    spec_defaults(&s);
    must_set(&s, "log.size", "1e5");
    assert_int_equal(s.log_size, 100000);
    must_set(&s, "log.size", "2.5e3");
    assert_int_equal(s.log_size, 2500);
    must_set(&s, "seed", "9007199254740992");
    assert_int_equal(s.seed, 9007199254740992);
    must_set(&s, "world.dependence", "-.25");
    assert_true(s.world.dependence == -0.25);
    must_set(&s, "world.delta", "-0");
    assert_false(signbit(s.world.delta));
    must_set(&s, "model.layers", "[128, 64,32]");
    assert_int_equal(s.model.layers, 3);
    assert_int_equal(s.model.width[2], 32);
    must_set(&s, "model.layers", "[]");
    assert_int_equal(s.model.layers, 0);
    must_set(&s, "model.layers", "8");
    assert_int_equal(s.model.layers, 1);
}

/* A number of at least 0, which may be left to the program, for all estimators or one. */
static void a_clip_is_a_number_or_automatic(void **state)
{
    (void)state;
    Spec s;
    EstimatorOptions options;
    const Field *clip = field_find("train.clip");
    static const struct {
        const char *text, *printed;
        double value;
    } c[] = {{"auto", "auto", AUTO}, {"0", "0", 0}, {"-0", "0", 0}, {"1e-3", "0.001", 0.001}, {"1", "1", 1}};
    spec_defaults(&s);
    for (size_t k = 0; k < sizeof c / sizeof *c; k++) {
        char printed[LIST_TEXT];
        must_set(&s, "train.clip", c[k].text);
        assert_true(s.train.clip == c[k].value);
        clip->type->print(clip, &s, printed);
        assert_string_equal(printed, c[k].printed);
        must_set(&s, "estimator.ips.clip", c[k].text);
        assert_int_equal(override_options(&s, "ips", &options, &message), STATUS_OK);
        assert_true(options.train.clip == c[k].value);
    }
    must_set(&s, "sweep.train.clip", "[auto, 2e-2, 0]");
    assert_string_equal(s.sweep[0].value[0], "auto");
    assert_string_equal(s.sweep[0].value[1], "0.02");
    static const char *const wrong[] = {"-1", "1.5", "automatic", "Auto", "", "nan"};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        char expected[128];
        snprintf(expected, sizeof expected,
                 "here: train.clip: found '%s'; expected auto or a real number in [0, 1]", wrong[k]);
        refused(&s, "train.clip", wrong[k], expected);
    }
}

static void bad_values_are_refused(void **state)
{
    (void)state;
    Spec s;
    spec_defaults(&s);
    refused(&s, "world.ctr", "1.2", "here: world.ctr: found '1.2'; expected a real number in (0, 1)");
    refused(&s, "world.ctr", "0", "here: world.ctr: found '0'; expected a real number in (0, 1)");
    refused(&s, "world.ctr", "nan", "here: world.ctr: found 'nan'; expected a real number in (0, 1)");
    refused(&s, "world.ctr", "0x1p-2", "here: world.ctr: found '0x1p-2'; expected a real number in (0, 1)");
    refused(&s, "world.ctr", "", "here: world.ctr: found ''; expected a real number in (0, 1)");
    refused(&s, "world.ctr", "0.1.2", "here: world.ctr: found '0.1.2'; expected a real number in (0, 1)");
    refused(&s, "world.sigma_o", "1e999",
            "here: world.sigma_o: found '1e999'; expected a real number in [0, 10]");
    refused(&s, "replicates", "2.5", "here: replicates: found '2.5'; expected an integer in [1, 100000]");
    refused(&s, "replicates", "1e400", "here: replicates: found '1e400'; expected an integer in [1, 100000]");
    refused(&s, "seed", "9007199254740993", /* which a double rounds to a seed that is in range */
            "here: seed: found '9007199254740993'; expected an integer in [0, 9007199254740992]");
    refused(&s, "seed", "9007199254740994",
            "here: seed: found '9007199254740994'; expected an integer in [0, 9007199254740992]");
    refused(&s, "world.shape", "net",
            "here: world.shape: found 'net'; expected one of linear, interaction, network");
    refused(&s, "world.shape", "linear|interaction",
            "here: world.shape: found 'linear|interaction'; expected one of linear, interaction, network");
    refused(&s, "model.levels", "5", "here: model.levels: found '5'; expected an integer in [1, 4]");
    refused(&s, "model.layers", "[64, 0]",
            "here: model.layers: found '[64, 0]'; expected a list of at most 6 integers in [1, 4096]");
    refused(
        &s, "model.layers", "[1,1,1,1,1,1,1]",
        "here: model.layers: found '[1,1,1,1,1,1,1]'; expected a list of at most 6 integers in [1, 4096]");
    refused(&s, "model.layers", "[64",
            "here: model.layers: found '[64'; expected a list of at most 6 integers in [1, 4096]");
    refused(&s, "name", "../x",
            "here: name: found '../x'; expected a name of letters, digits and _ - + . (at most 63)");
    refused(&s, "question", "a\033[2J",
            "here: question: found 'a?[2J'; expected printable UTF-8 text of at most 511 bytes");
    refused(&s, "question", "\xc3(",
            "here: question: found '?('; expected printable UTF-8 text of at most 511 bytes");
}

static void unknown_keys_are_told_the_nearest(void **state)
{
    (void)state;
    Spec s;
    spec_defaults(&s);
    refused(&s, "world.crt", "0.1", "here: unknown key 'world.crt'; did you mean 'world.ctr'?");
    refused(&s, "cvr", "0.1", "here: unknown key 'cvr'; did you mean 'world.cvr'?");
    refused(&s, "zzzzzzzz", "0.1",
            "here: unknown key 'zzzzzzzz'; expected one of those that `cvrlab list keys` prints");
    refused(&s, "", "0.1", "here: unknown key ''; expected one of those that `cvrlab list keys` prints");
    refused(&s, "world", "0.1", "here: world: found '0.1'; expected a mapping of keys such as world.users");
    refused(&s, "sweep", "1", "here: sweep: found '1'; expected a mapping: sweep: {KEY: [VALUE, ...]}");
    refused(&s, "estimators", "[naive, naiev]",
            "here: estimators: unknown estimator 'naiev'; did you mean 'naive'?");
    refused(&s, "baseline", "ipss", "here: baseline: unknown estimator 'ipss'; did you mean 'ips'?");
    refused(&s, "estimator.esm.l2", "1", "here: estimator: unknown estimator 'esm'; did you mean 'esmm'?");
    refused(&s, "estimator.escm2_dr.lambda", "1",
            "here: estimator.escm2_dr: unknown key 'lambda'; did you mean 'lambda_c'?");
    refused(&s, "sweep.estimator.esmm.l3", "[0.1]",
            "here: sweep: estimator.esmm: unknown key 'l3'; did you mean 'l2'?");
    refused(&s, "sweep.world.crt", "[0.1]",
            "here: sweep: unknown key 'world.crt'; did you mean 'world.ctr'?");
}

static void assignments_are_split_at_the_first_equals_sign(void **state)
{
    (void)state;
    Spec s;
    spec_defaults(&s);
    assert_int_equal(spec_assign(&s, "question=is 1=1?", "--set", &message), STATUS_OK);
    assert_string_equal(s.question, "is 1=1?");
    static const char *const broken[] = {"world.ctr", "=0.1", ""};
    for (int i = 0; i < 3; i++) {
        char line[80];
        assert_int_equal(spec_assign(&s, broken[i], "--set", &message), STATUS_USAGE);
        snprintf(line, sizeof line, "--set: found '%s'; expected KEY=VALUE", broken[i]);
        assert_string_equal(message.text, line);
    }
    char longest[1000];
    memset(longest, 'k', sizeof longest);
    memcpy(longest + sizeof longest - 3, "=1", 3);
    assert_int_equal(spec_assign(&s, longest, "--set", &message), STATUS_USAGE);
}

static void text_must_fit(void **state)
{
    (void)state;
    Spec s;
    char text[SPEC_TEXT + 1];
    spec_defaults(&s);
    memset(text, 'a', SPEC_TEXT);
    text[SPEC_TEXT] = 0;
    assert_int_equal(set(&s, "question", text), STATUS_USAGE);
    assert_int_equal(set(&s, "name", text), STATUS_USAGE);
    assert_int_equal(set(&s, "baseline", text), STATUS_USAGE);
    assert_int_equal(set(&s, "estimators", text), STATUS_USAGE);
    assert_int_equal(set(&s, "propensity.omit", text), STATUS_USAGE);
    assert_int_equal(set(&s, text, text), STATUS_USAGE);
    text[SPEC_TEXT - 1] = 0;
    must_set(&s, "question", text);
    assert_string_equal(s.question, text);
    text[SPEC_WORD - 1] = 0;
    must_set(&s, "name", text);
    assert_string_equal(s.name, text);
}

static void overrides_reach_their_estimator_alone(void **state)
{
    (void)state;
    Spec s;
    EstimatorOptions o;
    spec_defaults(&s);
    must_set(&s, "train.l2", "1e-3");
    must_set(&s, "estimator.escm2_dr.lambda_c", "0.5");
    must_set(&s, "estimator.escm2_dr.l2", "5e-3");
    must_set(&s, "estimator.escm2_dr.model.layers", "[8]");
    must_set(&s, "estimator.mf+ips.train.draw", "clicks");
    assert_int_equal(override_options(&s, "escm2_dr", &o, &message), STATUS_OK);
    assert_true(o.constant[0] == 0.5 && o.constant[1] == 1 && o.train.l2 == 5e-3);
    assert_int_equal(o.model.layers, 1);
    assert_int_equal(o.model.width[0], 8);
    assert_int_equal(o.train.draw, DRAW_EXPOSURES);
    assert_int_equal(override_options(&s, "mf+ips", &o, &message), STATUS_OK);
    assert_int_equal(o.train.draw, DRAW_CLICKS);
    assert_true(o.train.l2 == 1e-3);
    assert_int_equal(o.model.layers, 2);

    must_set(&s, "estimator.escm2_dr.train.l2", "1e-4");
    assert_int_equal(s.overrides, 4);
    refused(&s, "estimator.escm2_dr.lambda_c", "-1",
            "here: estimator.escm2_dr.lambda_c: found '-1'; expected a real number in [0, 1000]");
    refused(&s, "estimator.escm2_dr.l2", "x",
            "here: estimator.escm2_dr.l2: found 'x'; expected a real number in [0, 1000]");
    refused(&s, "estimator.escm2_dr", "1",
            "here: estimator.escm2_dr: expected a mapping of keys, such as {l2: 0.001}");
}

static void make_setting(const Spec *spec, int index, Setting *setting)
{
    Settings settings;
    if (settings_create(&settings, spec, &message) || settings_make(&settings, index, setting, &message))
        fail_msg("%s", message.text);
}

static void sweeps_make_a_grid(void **state)
{
    (void)state;
    Spec s;
    Setting setting;
    spec_defaults(&s);
    assert_int_equal(spec_settings(&s), 1);
    make_setting(&s, 0, &setting);
    assert_string_equal(setting.text, "");
    assert_memory_equal(&setting.spec, &s, sizeof s);

    must_set(&s, "sweep.world.ctr", "[1e-1, .2]");
    must_set(&s, "sweep.model.layers", "[[64, 32], [], [8]]");
    must_set(&s, "sweep.estimator.escm2_dr.lambda_c", "[0, 1]");
    assert_int_equal(spec_settings(&s), 12);
    make_setting(&s, 0, &setting);
    assert_string_equal(setting.text, "world.ctr=0.1 model.layers=[64,32] estimator.escm2_dr.lambda_c=0");
    make_setting(&s, 11, &setting);
    assert_string_equal(setting.text, "world.ctr=0.2 model.layers=[8] estimator.escm2_dr.lambda_c=1");
    assert_true(setting.spec.world.ctr == 0.2);
    assert_int_equal(setting.spec.sweeps, 0);
    assert_int_equal(setting.spec.model.layers, 1);
    EstimatorOptions o;
    assert_int_equal(override_options(&setting.spec, "escm2_dr", &o, &message), STATUS_OK);
    assert_true(o.constant[0] == 1);
    make_setting(&s, 3, &setting);
    assert_string_equal(setting.text, "world.ctr=0.1 model.layers=[] estimator.escm2_dr.lambda_c=1");
}

static void settings_are_pairs_of_key_and_value(void **state)
{
    (void)state;
    Spec s;
    Settings settings;
    KeyValue pair[MAX_PAIRS];
    spec_defaults(&s);
    assert_int_equal(settings_create(&settings, &s, &message), STATUS_OK);
    assert_int_equal(settings.count, 1);
    assert_int_equal(settings_pairs(&settings, 0, pair), 0);
    must_set(&s, "sweep.world.ctr", "[1e-1, .2]");
    must_set(&s, "sweep.estimator.esmm.train.l2", "[0, 1, 2]");
    assert_int_equal(settings_create(&settings, &s, &message), STATUS_OK);
    assert_int_equal(settings.count, 6);
    assert_int_equal(settings_pairs(&settings, 5, pair), 2);
    assert_string_equal(pair[0].key, "world.ctr");
    assert_string_equal(pair[0].value, "0.2");
    assert_string_equal(pair[1].key, "estimator.esmm.l2");
    assert_string_equal(pair[1].value, "2");
    assert_int_equal(settings_pairs(&settings, 1, pair), 2);
    assert_string_equal(pair[0].value, "0.1");
    assert_string_equal(pair[1].value, "1");
}

/* Six times KEY=VALUE with 24 bytes of key: 511 bytes with five values of 63 bytes and one of 41, one byte
 * less than what does not fit. */
static void names_of_settings_have_a_limit(void **state)
{
    (void)state;
    Spec s;
    Settings settings;
    char text[SPEC_TEXT];
    spec_defaults(&s);
    for (int i = 0; i < 6; i++, s.sweeps++) {
        snprintf(s.sweep[i].key, SPEC_WORD, "completion.learning_rate");
        s.sweep[i].values = 2;
        s.sweep[i].value[0][0] = '1';
        memset(s.sweep[i].value[1], '1', i < 5 ? 63 : 41);
    }
    assert_int_equal(settings_create(&settings, &s, &message), STATUS_OK);
    settings_text(&settings, 63, text);
    assert_int_equal(strlen(text), SPEC_TEXT - 1);
    s.sweep[5].value[1][41] = '1';
    assert_int_equal(settings_create(&settings, &s, &message), STATUS_USAGE);
    assert_string_equal(message.text,
                        "sweep: keys and values of a setting are longer than 511 bytes together");
}

/* Settings that differ in what comes after the log have the same logs, unless log.shared is off. */
static void settings_share_logs(void **state)
{
    (void)state;
    Spec s;
    Settings settings;
    char log[2][SPEC_TEXT];
    spec_defaults(&s);
    must_set(&s, "sweep.world.ctr", "[0.1, 0.2]");
    must_set(&s, "sweep.propensity.noise", "[0, 1]");
    must_set(&s, "sweep.estimator.ips.l2", "[0, 1]");
    must_set(&s, "sweep.log.size", "[100, 200]");
    assert_int_equal(settings_create(&settings, &s, &message), STATUS_OK);
    settings_log(&settings, 0, log[0]);
    settings_log(&settings, 6, log[1]);
    assert_string_equal(log[0], "world.ctr=0.1 log.size=100");
    assert_string_equal(log[1], log[0]);
    settings_log(&settings, 15, log[1]);
    assert_string_equal(log[1], "world.ctr=0.2 log.size=200");
    must_set(&s, "log.shared", "off");
    settings_log(&settings, 15, log[1]);
    assert_string_equal(log[1], "world.ctr=0.2 propensity.noise=1 estimator.ips.l2=1 log.size=200");
}

static void keys_are_found_once(void **state)
{
    (void)state;
    Spec s;
    Key key;
    EstimatorOptions options;
    char text[SPEC_WORD];
    spec_defaults(&s);
    assert_int_equal(key_find(&s, "world.ctr", &key, "here", &message), STATUS_OK);
    assert_int_equal(key.kind, KEY_FIELD);
    assert_int_equal(key_check(&key, "2e-1", text, "here", &message), STATUS_OK);
    assert_string_equal(text, "0.2");
    assert_true(s.world.ctr == 0.1);
    assert_int_equal(key_set_field(&key, &s, "0.3", "here", &message), STATUS_OK);
    assert_true(s.world.ctr == 0.3);

    memset(&options, 0, sizeof options);
    assert_int_equal(key_find(&s, "estimator.mf+ips.train.learning_rate", &key, "here", &message), STATUS_OK);
    assert_int_equal(key.kind, KEY_OPTION);
    assert_string_equal(key.name, "estimator.mf+ips.learning_rate");
    assert_string_equal(key.estimator, "mf+ips");
    assert_int_equal(key_set_option(&key, &options, "0.5", "here", &message), STATUS_OK);
    assert_true(options.train.learning_rate == 0.5);
    assert_int_equal(key_find_option(&s, "escm2_dr", "layers", &key, "here", &message), STATUS_OK);
    assert_int_equal(key_set_option(&key, &options, "[3, 4]", "here", &message), STATUS_OK);
    assert_true(options.model.layers == 2 && options.model.width[1] == 4);
    assert_int_equal(key_find_option(&s, "escm2_dr", "lambda_c", &key, "here", &message), STATUS_OK);
    assert_int_equal(key_check(&key, "-1", text, "here", &message), STATUS_USAGE);
    assert_string_equal(message.text,
                        "here: estimator.escm2_dr.lambda_c: found '-1'; expected a real number in [0, 1000]");
    assert_int_equal(key_find_option(&s, "naive", "lambda_c", &key, "here", &message), STATUS_USAGE);
    assert_int_equal(key_find(&s, "question", &key, "here", &message), STATUS_OK);
    memset(s.question, 'a', 64);
    assert_int_equal(key_check(&key, s.question, text, "here", &message), STATUS_USAGE);
    assert_string_equal(message.text, "here: question: expected a value of at most 63 bytes");
}

static void a_key_is_set_or_swept(void **state)
{
    (void)state;
    Spec s;
    spec_defaults(&s);
    must_set(&s, "world.ctr", "0.3");
    must_set(&s, "sweep.world.ctr", "[0.05, 0.2]");
    assert_true(s.world.ctr == 0.1);
    must_set(&s, "world.ctr", "0.3");
    assert_int_equal(s.sweeps, 0);
    assert_true(s.world.ctr == 0.3);

    must_set(&s, "estimator.esmm.l2", "0.1");
    must_set(&s, "sweep.estimator.esmm.l2", "[0.1, 0.2]");
    assert_int_equal(s.overrides, 0);
    must_set(&s, "estimator.esmm.train.l2", "0.1");
    assert_int_equal(s.sweeps, 0);
    assert_int_equal(s.overrides, 1);
}

static void what_is_taken_away_leaves_the_rest(void **state)
{
    (void)state;
    Spec s, plain;
    spec_defaults(&s);
    must_set(&s, "estimator.esmm.l2", "0.1");
    must_set(&s, "estimator.dcmt.l2", "0.2");
    must_set(&s, "sweep.estimator.esmm.l2", "[1, 2]");
    must_set(&s, "sweep.world.ctr", "[0.3]");
    assert_int_equal(s.overrides, 1);
    assert_string_equal(s.override[0].estimator, "dcmt");
    must_set(&s, "estimator.esmm.l2", "1");
    assert_int_equal(s.sweeps, 1);
    assert_string_equal(s.sweep[0].key, "world.ctr");

    spec_defaults(&plain);
    must_set(&plain, "estimator.dcmt.l2", "0.2");
    must_set(&plain, "estimator.esmm.l2", "1");
    must_set(&plain, "sweep.world.ctr", "[0.3]");
    assert_memory_equal(&s, &plain, sizeof s);
}

static void lists_are_split_at_their_commas(void **state)
{
    (void)state;
    WordList list;
    assert_true(words_split(" [ a ,b+c, [1, 2] ] ", &list));
    assert_int_equal(list.words, 3);
    assert_string_equal(list.word[0], "a");
    assert_string_equal(list.word[1], "b+c");
    assert_string_equal(list.word[2], "[1, 2]");
    assert_true(words_split("[1], [2]", &list));
    assert_int_equal(list.words, 2);
    assert_true(words_split("[]", &list) && list.words == 0);
    assert_true(words_split("", &list) && list.words == 0);
    static const char *const broken[] = {"[a", "a]", "]a[", "[[a]", "a,", ",a", "a,,b", "[a], [b"};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++)
        assert_false(words_split(broken[i], &list));
}

static void senseless_sweeps_are_refused(void **state)
{
    (void)state;
    Spec s;
    spec_defaults(&s);
    static const char *const same[] = {"name",     "question",   "seed",        "worlds",   "replicates",
                                       "baseline", "estimators", "data.source", "data.path"};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        char key[SPEC_WORD];
        snprintf(key, sizeof key, "sweep.%s", same[i]);
        assert_int_equal(set(&s, key, "[1, 2]"), STATUS_USAGE);
        assert_non_null(strstr(message.text, "the same in every setting"));
    }
    refused(&s, "sweep.world.ctr", "[0.1, 2]",
            "here: world.ctr: found '2'; expected a real number in (0, 1)");
    refused(&s, "sweep.world.ctr", "[0.1, 1e-1]",
            "here: sweep.world.ctr: found 0.1 twice; expected different values");
    refused(&s, "sweep.world.ctr", "[]",
            "here: sweep.world.ctr: found '[]'; expected a list of 1 to 32 values");
    refused(&s, "sweep.world.ctr", "[0.1",
            "here: sweep.world.ctr: found '[0.1'; expected a list of 1 to 32 values");
    assert_int_equal(s.sweeps, 0);
}

static void check(const Spec *spec, const char *expected)
{
    assert_int_equal(spec_check(spec, &message), STATUS_USAGE);
    assert_string_equal(message.text, expected);
}

static void whole_specs_are_checked(void **state)
{
    (void)state;
    Spec s;
    spec_defaults(&s);
    check(&s, "name: empty; expected a name for the experiment");
    must_set(&s, "name", "x");
    check(&s, "estimators: none given; expected a list such as [naive, esmm], or risk.estimators");
    must_set(&s, "estimators", "[naive, ips, naive]");
    check(&s, "estimators: 'naive' is listed twice");
    must_set(&s, "estimators", "[naive, ips]");
    assert_int_equal(spec_check(&s, &message), STATUS_OK);
    assert_string_equal(spec_baseline(&s), "naive");
    must_set(&s, "baseline", "esmm");
    check(&s, "baseline: found 'esmm'; expected one of the experiment's estimators, such as 'naive'");
    must_set(&s, "baseline", "ips");
    assert_string_equal(spec_baseline(&s), "ips");

    must_set(&s, "estimators", "[ips, unbiased_only]");
    check(&s, "estimators: 'unbiased_only' needs an unbiased sample; set unbiased.size above 0");
    must_set(&s, "sweep.unbiased.size", "[1000, 0]");
    check(&s,
          "unbiased.size=0: estimators: 'unbiased_only' needs an unbiased sample; set unbiased.size above 0");
    must_set(&s, "unbiased.size", "1000");
    assert_int_equal(spec_check(&s, &message), STATUS_OK);

    must_set(&s, "estimators", "[ips, esm2]");
    check(&s, "estimators: 'esm2' needs post-click behaviour; set behaviour.rate above 0");
    must_set(&s, "behaviour.rate", "0.3");
    assert_int_equal(spec_check(&s, &message), STATUS_OK);
    must_set(&s, "estimators", "[ips, mose+ips]");
    check(&s, "estimators: 'mose+ips' needs activity streams; set stream.events above 0");
    must_set(&s, "stream.events", "5");
    assert_int_equal(spec_check(&s, &message), STATUS_OK);
    must_set(&s, "stream.events", "0");
    must_set(&s, "estimators", "[ips, towers+mose, esm2]"); /* towers read no stream */
    assert_int_equal(spec_check(&s, &message), STATUS_OK);
    must_set(&s, "data.source", "coat");
    must_set(&s, "data.path", "/data/coat");
    check(&s, "estimators: 'esm2' needs post-click behaviour, which this data source does not have");
    must_set(&s, "data.source", "simulated");
    must_set(&s, "data.path", "");
    must_set(&s, "estimators", "[ips, unbiased_only]");

    must_set(&s, "propensity.source", "omitted");
    check(&s, "propensity.omit: empty; expected the features that the omitted propensity lacks");
    must_set(&s, "propensity.omit", "[user, item]");
    assert_string_equal(s.omit, "user,item");
    assert_int_equal(spec_check(&s, &message), STATUS_OK);
    must_set(&s, "model.omit", "[user_latent, contxt]");
    check(&s, "model.omit: unknown feature 'contxt'; did you mean 'context'?");
    must_set(&s, "model.omit", "[user, item, segment, category, user_latent, item_latent, context]");
    check(&s, "model.omit: no feature is left to read; expected fewer than all of them");
    must_set(&s, "model.omit", "[user_latent, context]");
    assert_string_equal(s.model.omit, "user_latent,context");
    assert_int_equal(spec_check(&s, &message), STATUS_OK);
    must_set(&s, "estimator.ips.omit", "[itm]");
    check(&s, "model.omit: unknown feature 'itm'; did you mean 'item'?");
    must_set(&s, "estimator.ips.omit", "[]");
    must_set(&s, "model.omit", "[]");
    must_set(&s, "propensity.source", "naive_bayes");
    assert_int_equal(spec_check(&s, &message), STATUS_USAGE);

    must_set(&s, "data.source", "coat");
    check(&s, "data.path: empty; expected the folder of the data (--data DIR)");
    must_set(&s, "data.path", "/data/coat");
    assert_int_equal(spec_check(&s, &message), STATUS_OK);
    must_set(&s, "data.unbiased_share", "0");
    check(&s, "estimators: 'unbiased_only' needs an unbiased sample; set data.unbiased_share above 0");
    must_set(&s, "estimators", "ips");
    must_set(&s, "propensity.source", "oracle");
    assert_int_equal(spec_check(&s, &message), STATUS_USAGE);
    assert_non_null(strstr(message.text, "propensity.source"));
}

static void grids_and_embeddings_have_limits(void **state)
{
    (void)state;
    Spec s;
    spec_defaults(&s);
    must_set(&s, "name", "x");
    must_set(&s, "estimators", "naive");
    char values[LIST_TEXT] = "[1";
    for (int i = 2; i <= MAX_SWEEP_VALUES; i++)
        snprintf(values + strlen(values), sizeof values - strlen(values), ",%d", i);
    snprintf(values + strlen(values), sizeof values - strlen(values), "]");
    must_set(&s, "sweep.metrics.k", values);
    must_set(&s, "sweep.world.segments", values);
    must_set(&s, "sweep.world.categories", values);
    assert_int_equal(spec_settings(&s), 32768);
    assert_int_equal(spec_check(&s, &message), STATUS_OK);
    must_set(&s, "sweep.world.latent", "[1, 2, 3, 4]");
    check(&s, "sweep: 131072 settings; expected at most 100000");
    must_set(&s, "sweep.world.context", "[1]");
    must_set(&s, "sweep.world.users", "[1]");
    assert_int_equal(set(&s, "sweep.world.items", "[1]"), STATUS_USAGE);

    spec_defaults(&s);
    must_set(&s, "name", "x");
    must_set(&s, "estimators", "[naive, esmm]");
    must_set(&s, "world.users", "1e8");
    must_set(&s, "estimator.esmm.embedding", "1024");
    assert_int_equal(spec_check(&s, &message), STATUS_USAGE);
    assert_non_null(strstr(message.text, "model.embedding: 'esmm'"));
}

static void fingerprints_list_what_numbers_depend_on(void **state)
{
    (void)state;
    Spec a, b;
    spec_defaults(&a);
    must_set(&a, "estimators", "[naive, esmm]");
    must_set(&a, "estimator.esmm.l2", "0.1");
    must_set(&a, "estimator.dcmt.epochs", "3");
    b = a;
    static const char *const free_to_change[][2] = {
        {"name", "other"},         {"question", "why?"},
        {"replicates", "99"},      {"worlds", "7"},
        {"estimators", "[dr_jl]"}, {"baseline", "ips"},
        {"data.path", "/x"},       {"sweep.log.size", "[100, 1000]"},
    };
    for (size_t i = 0; i < sizeof free_to_change / sizeof free_to_change[0]; i++)
        must_set(&b, free_to_change[i][0], free_to_change[i][1]);
    b.overrides = 0;
    memset(b.override, 0, sizeof b.override);
    must_set(&b, "estimator.dcmt.epochs", "3");
    must_set(&b, "estimator.esmm.l2", "1e-1");

    Fingerprint one, two;
    assert_int_equal(spec_fingerprint(&a, &one, &message), STATUS_OK);
    assert_int_equal(spec_fingerprint(&b, &two, &message), STATUS_OK);
    assert_int_equal(one.keys, two.keys);
    for (int i = 0; i < one.keys; i++) {
        assert_string_equal(one.key[i].key, two.key[i].key);
        assert_string_equal(one.key[i].value, two.key[i].value);
    }
    fingerprint_clear(&two);
    int fields = 0;
    for (int i = 0; i < field_count; i++)
        if (field_table[i].extent != EXTENT_UNITS) {
            /* Without a legacy value of its own, a key has its default. */
            assert_string_equal(one.key[fields].key, field_table[i].key);
            if (!field_table[i].legacy)
                assert_string_equal(one.key[fields].legacy, one.key[fields].value);
            fields++;
        }
    assert_int_equal(one.keys, fields + 3);
    static const char *const last[2][2] = {{"estimator.dcmt.epochs", "3"}, {"estimator.esmm.l2", "0.1"}};
    for (int i = 0; i < 2; i++) {
        assert_string_equal(one.key[fields + i].key, last[i][0]);
        assert_string_equal(one.key[fields + i].value, last[i][1]);
        assert_null(one.key[fields + i].legacy);
    }
    assert_string_equal(one.key[fields + 2].key, "world.hidden_drawn");

    must_set(&a, "test.size", "10");
    assert_int_equal(spec_fingerprint(&a, &two, &message), STATUS_OK);
    FingerprintChange change;
    int at = 0;
    assert_true(fingerprint_next_change(&one, &two, &at, &change));
    assert_string_equal(change.key, "test.size");
    assert_string_equal(change.given, "10");
    assert_false(fingerprint_next_change(&one, &two, &at, &change));
    fingerprint_clear(&one);
    fingerprint_clear(&two);
}

/* A store of the time when h of users was drawn with each replicate, which had no word for it. */
static void a_store_with_another_hidden_confounder_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value;
        bool refused;
    } spec[] = {{"world.hidden_level", "exposure", false},
                {"world.hidden_level", "user", true},
                {"world.hidden_level", "item", true},
                {"sweep.world.hidden_level", "[exposure, user]", true}};
    for (size_t i = 0; i < sizeof spec / sizeof *spec; i++) {
        Spec s;
        Fingerprint stored, given;
        char text[200];
        spec_defaults(&s);
        must_set(&s, spec[i].key, spec[i].value);
        assert_int_equal(spec_fingerprint(&s, &stored, &message), STATUS_OK);
        assert_int_equal(spec_fingerprint(&s, &given, &message), STATUS_OK);
        assert_false(fingerprint_difference(&stored, &given, text, sizeof text));
        int last = stored.keys - 1;
        assert_string_equal(stored.key[last].key, "world.hidden_drawn");
        stored.keys = last;
        assert_int_equal(fingerprint_difference(&stored, &given, text, sizeof text), spec[i].refused);
        if (spec[i].refused)
            assert_string_equal(
                text, "was run with 'world.hidden_drawn: replicate', now 'world.hidden_drawn: world'");
        stored.keys = last + 1;
        fingerprint_clear(&stored);
        fingerprint_clear(&given);
    }
}

static void the_reference_has_every_key(void **state)
{
    (void)state;
    for (int markdown = 0; markdown <= 1; markdown++) {
        char *text = NULL;
        size_t size = 0;
        FILE *file = open_memstream(&text, &size);
        assert_non_null(file);
        key_reference(markdown, file);
        assert_int_equal(fclose(file), 0);
        for (int i = 0; i < field_count; i++) {
            char start[SPEC_WORD + 8];
            snprintf(start, sizeof start, markdown ? "\n| %s |" : "\n%s ", field_table[i].key);
            assert_non_null(strstr(text, start));
            assert_non_null(strstr(text, field_table[i].meaning));
        }
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_sound),
        cmocka_unit_test(defaults_are_those_of_the_methods),
        cmocka_unit_test(words_are_their_enums),
        cmocka_unit_test(numbers_are_read),
        cmocka_unit_test(a_clip_is_a_number_or_automatic),
        cmocka_unit_test(bad_values_are_refused),
        cmocka_unit_test(unknown_keys_are_told_the_nearest),
        cmocka_unit_test(assignments_are_split_at_the_first_equals_sign),
        cmocka_unit_test(text_must_fit),
        cmocka_unit_test(overrides_reach_their_estimator_alone),
        cmocka_unit_test(sweeps_make_a_grid),
        cmocka_unit_test(settings_are_pairs_of_key_and_value),
        cmocka_unit_test(names_of_settings_have_a_limit),
        cmocka_unit_test(settings_share_logs),
        cmocka_unit_test(keys_are_found_once),
        cmocka_unit_test(a_key_is_set_or_swept),
        cmocka_unit_test(what_is_taken_away_leaves_the_rest),
        cmocka_unit_test(lists_are_split_at_their_commas),
        cmocka_unit_test(senseless_sweeps_are_refused),
        cmocka_unit_test(whole_specs_are_checked),
        cmocka_unit_test(grids_and_embeddings_have_limits),
        cmocka_unit_test(fingerprints_list_what_numbers_depend_on),
        cmocka_unit_test(a_store_with_another_hidden_confounder_is_refused),
        cmocka_unit_test(the_reference_has_every_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
