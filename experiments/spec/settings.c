/* A setting's number is that of its values, read as digits: the last sweep is the lowest digit, and the joint
 * setting is the highest. */
#include "experiments/spec/settings.h"
#include "experiments/spec/joint.h"
#include "experiments/spec/override.h"

#include <string.h>

/* Every combination of values occurs, so the longest text is that of the longest values. */
static size_t longest_text(const Spec *spec)
{
    const JointSettings *joint = &spec->joint;
    size_t longest = 0, most = 0;
    for (int s = 0; s < joint->settings; s++) {
        size_t length = 0;
        for (int k = 0; k < joint->keys; k++)
            length += strlen(" =") + strlen(joint->key[k]) + strlen(joint->value[s][k]);
        most = length > most ? length : most;
    }
    longest += most;
    for (int i = 0; i < spec->sweeps; i++) {
        const Sweep *sweep = &spec->sweep[i];
        size_t value = 0;
        for (int v = 0; v < sweep->values; v++)
            if (strlen(sweep->value[v]) > value)
                value = strlen(sweep->value[v]);
        longest += strlen(" =") + strlen(sweep->key) + value;
    }
    return longest ? longest - 1 : 0;
}

Status settings_create(Settings *settings, const Spec *spec, Message *message)
{
    Status status = joint_check(spec, message);
    memset(settings, 0, sizeof *settings);
    settings->spec = spec;
    settings->count = spec_settings(spec);
    if (!status && settings->count > MAX_SETTINGS)
        return fail(message, STATUS_USAGE, "%s: %d settings; expected at most %d",
                    spec->joint.settings ? "settings, sweep" : "sweep", settings->count, MAX_SETTINGS);
    for (int i = 0; !status && i < spec->joint.keys; i++)
        status = key_find(spec, spec->joint.key[i], &settings->key[i], "settings", message);
    for (int i = 0; !status && i < spec->sweeps; i++)
        status = key_find(spec, spec->sweep[i].key, &settings->key[spec->joint.keys + i], "sweep", message);
    if (!status && longest_text(spec) >= SPEC_TEXT)
        return fail(message, STATUS_USAGE,
                    "%s: keys and values of a setting are longer than %d bytes together",
                    spec->joint.settings ? "settings, sweep" : "sweep", SPEC_TEXT - 1);
    return status;
}

int settings_pairs(const Settings *settings, int index, KeyValue pair[MAX_PAIRS])
{
    const Spec *spec = settings->spec;
    for (int i = spec->sweeps - 1; i >= 0; i--) {
        const Sweep *sweep = &spec->sweep[i];
        pair[spec->joint.keys + i] = (KeyValue){sweep->key, sweep->value[index % sweep->values]};
        index /= sweep->values;
    }
    for (int k = 0; k < spec->joint.keys; k++)
        pair[k] = (KeyValue){spec->joint.key[k], spec->joint.value[index][k]};
    return spec->joint.keys + spec->sweeps;
}

/* The keys with their values: all of them, or those that the log depends on. */
static void write_pairs(const Settings *settings, int index, bool all, char text[SPEC_TEXT])
{
    KeyValue pair[MAX_PAIRS] = {0};
    int pairs = settings_pairs(settings, index, pair);
    size_t used = 0;
    text[0] = 0;
    for (int i = 0; i < pairs && used < SPEC_TEXT; i++)
        if (all || key_reaches_log(&settings->key[i]))
            used += (size_t)snprintf(text + used, SPEC_TEXT - used, "%s%s=%s", used ? " " : "", pair[i].key,
                                     pair[i].value);
}

void settings_text(const Settings *settings, int index, char text[SPEC_TEXT])
{
    write_pairs(settings, index, true, text);
}

void settings_log(const Settings *settings, int index, char text[SPEC_TEXT])
{
    write_pairs(settings, index, settings->spec->shared_logs == SWITCH_OFF, text);
}

/* The first joint setting that differs from number `index` in nothing that reaches the units. */
static int joint_origin(const Settings *settings, int index, const bool reaches[MAX_PAIRS])
{
    const JointSettings *joint = &settings->spec->joint;
    for (int s = 0; s < index; s++) {
        bool same = true;
        for (int k = 0; k < joint->keys; k++)
            same = same && (!reaches[k] || !strcmp(joint->value[s][k], joint->value[index][k]));
        if (same)
            return s;
    }
    return index;
}

int settings_origin(const Settings *settings, int index, const char *estimator, unsigned asked)
{
    const Spec *spec = settings->spec;
    const int joint_keys = spec->joint.keys;
    bool reaches[MAX_PAIRS] = {false};
    int origin = 0, place = 1;
    if (spec->shared_logs == SWITCH_OFF)
        return index;
    for (int i = 0; i < joint_keys + spec->sweeps; i++)
        reaches[i] =
            key_reaches_log(&settings->key[i]) || key_reaches_unit(&settings->key[i], estimator, asked);
    for (int i = spec->sweeps - 1; i >= 0; i--) {
        const int values = spec->sweep[i].values;
        if (reaches[joint_keys + i])
            origin += index % values * place;
        index /= values;
        place *= values;
    }
    return origin + place * joint_origin(settings, index, reaches);
}

Status settings_make(const Settings *settings, int index, Setting *setting, Message *message)
{
    KeyValue pair[MAX_PAIRS] = {0};
    int pairs = settings_pairs(settings, index, pair);
    Spec *spec = &setting->spec;
    Status status = STATUS_OK;
    *spec = *settings->spec;
    memset(spec->sweep, 0, sizeof spec->sweep);
    spec->sweeps = 0;
    memset(&spec->joint, 0, sizeof spec->joint);
    settings_text(settings, index, setting->text);
    settings_log(settings, index, setting->log);
    for (int i = 0; !status && i < pairs; i++) {
        const Key *key = &settings->key[i];
        const char *where = i < settings->spec->joint.keys ? "settings" : "sweep";
        status = key->kind == KEY_FIELD ? key_set_field(key, spec, pair[i].value, where, message)
                                        : override_set(spec, key, pair[i].value, where, message);
    }
    return status;
}
