/* A setting's number is that of its values in the sweeps, read as digits: the last sweep is the lowest digit.
 */
#include "experiments/spec/settings.h"
#include "experiments/spec/override.h"

#include <string.h>

/* Every combination of values occurs, so the longest text is that of the longest values. */
static size_t longest_text(const Spec *spec)
{
    size_t longest = 0;
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
    Status status = STATUS_OK;
    memset(settings, 0, sizeof *settings);
    settings->spec = spec;
    settings->count = spec_settings(spec);
    if (settings->count > MAX_SETTINGS)
        return fail(message, STATUS_USAGE, "sweep: %d settings; expected at most %d", settings->count,
                    MAX_SETTINGS);
    for (int i = 0; !status && i < spec->sweeps; i++)
        status = key_find(spec, spec->sweep[i].key, &settings->key[i], "sweep", message);
    if (!status && longest_text(spec) >= SPEC_TEXT)
        return fail(message, STATUS_USAGE,
                    "sweep: keys and values of a setting are longer than %d bytes together", SPEC_TEXT - 1);
    return status;
}

int settings_pairs(const Settings *settings, int index, KeyValue pair[MAX_SWEEPS])
{
    const Spec *spec = settings->spec;
    for (int i = spec->sweeps - 1; i >= 0; i--) {
        const Sweep *sweep = &spec->sweep[i];
        pair[i] = (KeyValue){sweep->key, sweep->value[index % sweep->values]};
        index /= sweep->values;
    }
    return spec->sweeps;
}

/* The keys with their values: all of them, or those that the log depends on. */
static void write_pairs(const Settings *settings, int index, bool all, char text[SPEC_TEXT])
{
    KeyValue pair[MAX_SWEEPS];
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

int settings_origin(const Settings *settings, int index, const char *estimator, unsigned asked)
{
    const Spec *spec = settings->spec;
    int origin = 0, place = 1;
    if (spec->shared_logs == SWITCH_OFF)
        return index;
    for (int i = spec->sweeps - 1; i >= 0; i--) {
        const Key *key = &settings->key[i];
        const int values = spec->sweep[i].values;
        if (key_reaches_log(key) || key_reaches_unit(key, estimator, asked))
            origin += index % values * place;
        index /= values;
        place *= values;
    }
    return origin;
}

Status settings_make(const Settings *settings, int index, Setting *setting, Message *message)
{
    KeyValue pair[MAX_SWEEPS];
    int pairs = settings_pairs(settings, index, pair);
    Spec *spec = &setting->spec;
    Status status = STATUS_OK;
    *spec = *settings->spec;
    memset(spec->sweep, 0, sizeof spec->sweep);
    spec->sweeps = 0;
    settings_text(settings, index, setting->text);
    settings_log(settings, index, setting->log);
    for (int i = 0; !status && i < pairs; i++) {
        const Key *key = &settings->key[i];
        status = key->kind == KEY_FIELD ? key_set_field(key, spec, pair[i].value, "sweep", message)
                                        : override_set(spec, key, pair[i].value, "sweep", message);
    }
    return status;
}
