#include "experiments/spec/sweep.h"
#include "experiments/spec/fields.h"
#include "experiments/spec/override.h"
#include "sim/base/text.h"

#include <stdbool.h>
#include <string.h>

/* What a sweep turns: a field of Spec, or an override. */
typedef struct Target {
    const Field *field; /* NULL for an override */
    OverrideTarget override;
    const char *key;
} Target;

static Status find_target(const char *key, Target *target, const char *where, Message *message)
{
    static const char prefix[] = "estimator.";
    char found[SHOWN_TEXT];
    target->field = NULL;
    target->key = key;
    if (!strncmp(key, prefix, strlen(prefix))) {
        Status status = override_find(key + strlen(prefix), &target->override, where, message);
        target->key = target->override.name;
        if (!status && strlen(target->key) >= SPEC_WORD)
            return fail(message, STATUS_USAGE, "%s: sweep.%s: expected a key of at most %d bytes", where,
                        target->key, SPEC_WORD - 1);
        return status;
    }
    target->field = field_find(key);
    if (!target->field) {
        const char *nearest = field_nearest(key);
        return fail(message, STATUS_USAGE, "%s: sweep: unknown key '%s'; %s%s%s", where, shown(key, found),
                    nearest ? "did you mean '" : "expected one of those that `cvrlab list keys` prints",
                    nearest ? nearest : "", nearest ? "'?" : "");
    }
    target->key = target->field->key;
    if (target->field->extent != EXTENT_NUMBERS)
        return fail(message, STATUS_USAGE,
                    "%s: sweep.%s: '%s' is the same in every setting; expected a key to compare"
                    " settings by, such as world.ctr",
                    where, key, key);
    return STATUS_OK;
}

static Status target_value(const Target *target, const Spec *spec, const char *value, char text[SPEC_WORD],
                           const char *where, Message *message)
{
    if (!target->field)
        return override_value(&target->override, spec, value, text, where, message);
    Spec scratch = *spec;
    char printed[LIST_TEXT];
    Status status = field_set(target->field, &scratch, value, where, message);
    if (status)
        return status;
    target->field->type->print(target->field, &scratch, printed);
    if (strlen(printed) >= SPEC_WORD)
        return fail(message, STATUS_USAGE, "%s: sweep.%s: expected values of at most %d bytes", where,
                    target->key, SPEC_WORD - 1);
    memcpy(text, printed, strlen(printed) + 1);
    return STATUS_OK;
}

static Status read_values(const Target *target, const Spec *spec, const char *values, Sweep *sweep,
                          const char *where, Message *message)
{
    WordList list;
    char found[SHOWN_TEXT];
    if (!words_split(values, &list) || list.words == 0 || list.words > MAX_SWEEP_VALUES)
        return fail(message, STATUS_USAGE, "%s: sweep.%s: found '%s'; expected a list of 1 to %d values",
                    where, target->key, shown(values, found), MAX_SWEEP_VALUES);
    for (int i = 0; i < list.words; i++) {
        Status status = target_value(target, spec, list.word[i], sweep->value[i], where, message);
        if (status)
            return status;
        for (int j = 0; j < i; j++)
            if (!strcmp(sweep->value[i], sweep->value[j]))
                return fail(message, STATUS_USAGE, "%s: sweep.%s: found %s twice; expected different values",
                            where, target->key, sweep->value[i]);
    }
    sweep->values = list.words;
    return STATUS_OK;
}

/* The place of the sweep, or the number of sweeps. */
static int place(const Spec *spec, const char *key)
{
    int i = 0;
    while (i < spec->sweeps && strcmp(spec->sweep[i].key, key) != 0)
        i++;
    return i;
}

Status sweep_set(Spec *spec, const char *key, const char *values, const char *where, Message *message)
{
    Target target;
    Sweep sweep = {0};
    Status status = find_target(key, &target, where, message);
    if (!status)
        status = read_values(&target, spec, values, &sweep, where, message);
    if (status)
        return status;
    memcpy(sweep.key, target.key, strlen(target.key));
    int i = place(spec, sweep.key);
    if (i == MAX_SWEEPS)
        return fail(message, STATUS_USAGE, "%s: sweep.%s: too many sweeps; expected at most %d", where,
                    target.key, MAX_SWEEPS);
    spec->sweep[i] = sweep;
    spec->sweeps += i == spec->sweeps;
    if (!target.field) {
        override_remove(spec, &target.override);
        return STATUS_OK;
    }
    return field_set(target.field, spec, target.field->standard, where, message);
}

void sweep_remove(Spec *spec, const char *key)
{
    int i = place(spec, key);
    if (i == spec->sweeps)
        return;
    spec->sweeps--;
    memmove(&spec->sweep[i], &spec->sweep[i + 1], (size_t)(spec->sweeps - i) * sizeof(Sweep));
    memset(&spec->sweep[spec->sweeps], 0, sizeof(Sweep));
}

const Sweep *sweep_find(const Spec *spec, const char *key)
{
    int i = place(spec, key);
    return i < spec->sweeps ? &spec->sweep[i] : NULL;
}

int spec_settings(const Spec *spec)
{
    int settings = 1;
    for (int i = 0; i < spec->sweeps; i++)
        settings *= spec->sweep[i].values;
    return settings;
}

const char *spec_sweep_value(const Spec *spec, int index, int sweep)
{
    int below = 1; /* settings that the sweeps after it span: the first varies slowest */
    for (int i = sweep + 1; i < spec->sweeps; i++)
        below *= spec->sweep[i].values;
    return spec->sweep[sweep].value[index / below % spec->sweep[sweep].values];
}

Status spec_setting(const Spec *spec, int index, Spec *setting, char text[SPEC_TEXT], Message *message)
{
    size_t used = 0;
    *setting = *spec;
    memset(setting->sweep, 0, sizeof setting->sweep);
    setting->sweeps = 0;
    text[0] = 0;
    for (int i = 0; i < spec->sweeps; i++) {
        const Sweep *sweep = &spec->sweep[i];
        const char *value = spec_sweep_value(spec, index, i);
        Status status = spec_set(setting, sweep->key, value, "sweep", message);
        if (status)
            return status;
        used += (size_t)snprintf(text + used, SPEC_TEXT - used, "%s%s=%s", i ? " " : "", sweep->key, value);
        if (used >= SPEC_TEXT)
            return fail(message, STATUS_USAGE,
                        "sweep: keys and values of a setting are longer than %d bytes together",
                        SPEC_TEXT - 1);
    }
    return STATUS_OK;
}
