/* Sweeps as a Spec holds them: the key in full, and each value in its shortest form. */
#include "experiments/spec/sweep.h"
#include "experiments/spec/override.h"
#include "sim/base/text.h"

#include <string.h>

static Status read_values(const Key *key, const char *values, Sweep *sweep, const char *where,
                          Message *message)
{
    WordList list;
    char found[SHOWN_TEXT];
    if (!words_split(values, &list) || list.words == 0 || list.words > MAX_SWEEP_VALUES)
        return fail(message, STATUS_USAGE, "%s: sweep.%s: found '%s'; expected a list of 1 to %d values",
                    where, key->name, shown(values, found), MAX_SWEEP_VALUES);
    for (int i = 0; i < list.words; i++) {
        Status status = key_check(key, list.word[i], sweep->value[i], where, message);
        if (status)
            return status;
        for (int j = 0; j < i; j++)
            if (!strcmp(sweep->value[i], sweep->value[j]))
                return fail(message, STATUS_USAGE, "%s: sweep.%s: found %s twice; expected different values",
                            where, key->name, sweep->value[i]);
    }
    sweep->values = list.words;
    return STATUS_OK;
}

/* The place of the sweep, or the number of sweeps. */
static int place(const Spec *spec, const char *name)
{
    int i = 0;
    while (i < spec->sweeps && strcmp(spec->sweep[i].key, name) != 0)
        i++;
    return i;
}

Status sweep_set(Spec *spec, const Key *key, const char *values, const char *where, Message *message)
{
    Sweep sweep = {0};
    if (key->kind == KEY_FIELD && key->field.extent != EXTENT_NUMBERS)
        return fail(message, STATUS_USAGE,
                    "%s: sweep.%s: '%s' is the same in every setting; expected a key to compare"
                    " settings by, such as world.ctr",
                    where, key->name, key->name);
    Status status = read_values(key, values, &sweep, where, message);
    if (status)
        return status;
    int i = place(spec, key->name);
    if (i == MAX_SWEEPS)
        return fail(message, STATUS_USAGE, "%s: sweep.%s: too many sweeps; expected at most %d", where,
                    key->name, MAX_SWEEPS);
    memcpy(sweep.key, key->name, sizeof sweep.key);
    spec->sweep[i] = sweep;
    spec->sweeps += i == spec->sweeps;
    if (key->kind == KEY_FIELD)
        return key_set_field(key, spec, key->field.standard, where, message);
    override_remove(spec, key);
    return STATUS_OK;
}

void sweep_remove(Spec *spec, const char *name)
{
    int i = place(spec, name);
    if (i == spec->sweeps)
        return;
    spec->sweeps--;
    memmove(&spec->sweep[i], &spec->sweep[i + 1], (size_t)(spec->sweeps - i) * sizeof(Sweep));
    memset(&spec->sweep[spec->sweeps], 0, sizeof(Sweep));
}

const Sweep *sweep_find(const Spec *spec, const char *name)
{
    int i = place(spec, name);
    return i < spec->sweeps ? &spec->sweep[i] : NULL;
}
