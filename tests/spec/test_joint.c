/* Joint settings: read, written, crossed with sweeps, and refused. */
#include "estimators/core/pass.h"
#include "experiments/spec/assign.h"
#include "experiments/spec/joint.h"
#include "experiments/spec/settings.h"
#include "experiments/spec/spec_check.h"
#include "experiments/spec/spec_read.h"
#include "experiments/spec/spec_write.h"

#include "tests/support/support.h"

#include <stdlib.h>
#include <string.h>

static const char base[] = "name: x\nestimators: [naive, ips]\n";

static Status read_text(Spec *spec, const char *rest, Message *message)
{
    char text[8192];
    snprintf(text, sizeof text, "%s%s", base, rest);
    Status status = spec_read_text(spec, text, "x.yaml", message);
    return status ? status : spec_check(spec, message);
}

static const char two[] = "settings:\n- {world.cvr: 1e-1, world.gamma_o: 0.5}\n"
                          "- {world.gamma_o: 0.25, world.cvr: 0.3}\n";

static void settings_are_read_and_made(void **state)
{
    (void)state;
    static Spec spec;
    static Setting setting;
    Settings settings;
    Message message;
    KeyValue pair[MAX_PAIRS];
    assert_int_equal(read_text(&spec, two, &message), STATUS_OK);
    assert_int_equal(spec_settings(&spec), 2);
    assert_int_equal(settings_create(&settings, &spec, &message), STATUS_OK);
    assert_int_equal(settings_make(&settings, 0, &setting, &message), STATUS_OK);
    assert_string_equal(setting.text, "world.cvr=0.1 world.gamma_o=0.5");
    assert_string_equal(setting.log, setting.text);
    assert_true(setting.spec.world.cvr == 0.1 && setting.spec.world.gamma_o == 0.5);
    assert_int_equal(setting.spec.joint.settings, 0);
    assert_int_equal(settings_make(&settings, 1, &setting, &message), STATUS_OK);
    assert_string_equal(setting.text, "world.cvr=0.3 world.gamma_o=0.25");
    assert_true(setting.spec.world.cvr == 0.3 && setting.spec.world.gamma_o == 0.25);
    assert_int_equal(settings_pairs(&settings, 1, pair), 2);
    assert_string_equal(pair[1].key, "world.gamma_o");
    assert_string_equal(pair[1].value, "0.25");
}

/* A sweep varies within each joint setting, and its number is the lower digit. */
static void sweeps_cross_them(void **state)
{
    (void)state;
    static Spec spec;
    static Setting setting;
    Settings settings;
    Message message;
    char text[4096];
    snprintf(text, sizeof text, "%ssweep.propensity.beta: [0, 0.2, 0.4]\npropensity.source: oracle\n", two);
    assert_int_equal(read_text(&spec, text, &message), STATUS_OK);
    assert_int_equal(spec_settings(&spec), 6);
    assert_int_equal(settings_create(&settings, &spec, &message), STATUS_OK);
    assert_int_equal(settings_make(&settings, 5, &setting, &message), STATUS_OK);
    assert_string_equal(setting.text, "world.cvr=0.3 world.gamma_o=0.25 propensity.beta=0.4");
    assert_string_equal(setting.log, "world.cvr=0.3 world.gamma_o=0.25");
    /* What the propensity does not reach is trained once in each joint setting. */
    assert_int_equal(settings_origin(&settings, 5, "naive", 0), 3);
    assert_int_equal(settings_origin(&settings, 5, "ips", ASKED_PROPENSITY), 5);
    assert_int_equal(settings_origin(&settings, 2, "naive", 0), 0);
}

/* Settings whose keys do not reach a unit have the first one's. */
static void what_does_not_reach_is_shared(void **state)
{
    (void)state;
    static Spec spec;
    Settings settings;
    Message message;
    assert_int_equal(read_text(&spec,
                               "propensity.source: oracle\nsettings:\n"
                               "- {propensity.beta: 0, propensity.scale: 1}\n"
                               "- {propensity.beta: 0.5, propensity.scale: 2}\n"
                               "- {propensity.beta: 0.5, propensity.scale: 3}\n",
                               &message),
                     STATUS_OK);
    assert_int_equal(settings_create(&settings, &spec, &message), STATUS_OK);
    assert_int_equal(settings_origin(&settings, 2, "naive", 0), 0);
    assert_int_equal(settings_origin(&settings, 2, "ips", ASKED_PROPENSITY), 2);
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    static Spec spec, again;
    Message message;
    char *text = NULL, *second = NULL;
    size_t size;
    assert_int_equal(read_text(&spec, two, &message), STATUS_OK);
    FILE *file = open_memstream(&text, &size);
    spec_write(&spec, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(spec_read_text(&again, text, "again", &message), STATUS_OK);
    assert_memory_equal(&spec.joint, &again.joint, sizeof spec.joint);
    file = open_memstream(&second, &size);
    spec_write(&again, file);
    assert_int_equal(fclose(file), 0);
    assert_string_equal(text, second);
    free(text);
    free(second);
}

static void setting_a_key_takes_it_away(void **state)
{
    (void)state;
    static Spec spec;
    Message message;
    assert_int_equal(read_text(&spec, two, &message), STATUS_OK);
    assert_int_equal(spec_assign(&spec, "world.cvr=0.2", "--set", &message), STATUS_OK);
    assert_int_equal(spec.joint.keys, 1);
    assert_string_equal(spec.joint.key[0], "world.gamma_o");
    assert_string_equal(spec.joint.value[1][0], "0.25");
    assert_true(spec.world.cvr == 0.2);
    assert_int_equal(spec_assign(&spec, "world.gamma_o=0.2", "--set", &message), STATUS_OK);
    assert_int_equal(spec_settings(&spec), 1);
    assert_int_equal(spec.joint.settings, 0);
    assert_int_equal(read_text(&spec, two, &message), STATUS_OK);
    assert_int_equal(spec_assign(&spec, "settings=[]", "--set", &message), STATUS_OK);
    assert_int_equal(spec.joint.settings, 0);
}

static void faults_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } fault[] = {
        {"settings: [{world.cvr: 0.1}, {world.cvr: 0.2, world.ctr: 0.1}]\n", "number 1 lacks world.ctr"},
        {"settings: [{world.cvr: 0.1}, {world.cvr: 1e-1}]\n", "numbers 1 and 2 are the same"},
        {"settings: [{world.cvr: 2}]\n", "x.yaml:3: world.cvr: found '2'"},
        {"settings: [{world.cvrr: 2}]\n", "did you mean 'world.cvr'"},
        {"settings: [{seed: 2}]\n", "'seed' is the same in every setting"},
        {"settings: [{world.cvr: [1]}]\n", "found a list or mapping"},
        {"settings: [{}]\n", "found a key that is not a word, or none"},
        {"settings: [a]\n", "found a setting that is no mapping"},
        {"settings: 3\n", "settings: found '3'"},
        {"settings: [{world.cvr: 0.1, world.cvr: 0.2}]\n", "set twice"},
        {"settings: [{world.cvr: 0.1}]\nworld.cvr: 0.3\n", "both set and a key of the settings"},
        {"world.cvr: 0.3\nsettings: [{world.cvr: 0.1}]\n", "both a key of the settings and set (line 3)"},
        {"sweep.world.cvr: [0.3]\nsettings: [{world.cvr: 0.1}]\n", "world.cvr is swept too"},
    };
    static Spec spec;
    for (size_t i = 0; i < sizeof fault / sizeof *fault; i++) {
        Message message = {{0}};
        if (read_text(&spec, fault[i].text, &message) != STATUS_USAGE || !strstr(message.text, fault[i].says))
            fail_msg("%s: '%s' does not say '%s'", fault[i].text, message.text, fault[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_read_and_made),    cmocka_unit_test(sweeps_cross_them),
        cmocka_unit_test(what_does_not_reach_is_shared), cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(setting_a_key_takes_it_away),   cmocka_unit_test(faults_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
