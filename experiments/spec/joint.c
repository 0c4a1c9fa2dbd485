/* Joint settings as a Spec holds them: a table of values, a row a setting and a column a key, each value in
 * its shortest form. A cell is empty while a file is read. */
#include "experiments/spec/joint.h"
#include "experiments/spec/override.h"
#include "experiments/spec/sweep.h"

#include <stdlib.h>
#include <string.h>

const char *joint_key(const char *text, int *setting)
{
    static const char begins[] = "settings.";
    enum { MOST_DIGITS = 6 };
    if (strncmp(text, begins, strlen(begins)) != 0)
        return NULL;
    const char *number = text + strlen(begins);
    const size_t digits = strspn(number, "0123456789");
    if (digits == 0 || digits > MOST_DIGITS || number[digits] != '.')
        return NULL;
    *setting = atoi(number);
    return number + digits + 1;
}

int joint_find(const Spec *spec, const char *name)
{
    for (int k = 0; k < spec->joint.keys; k++)
        if (!strcmp(spec->joint.key[k], name))
            return k;
    return -1;
}

static Status add_key(JointSettings *joint, const Key *key, int *place, const char *where, Message *message)
{
    if (joint->keys == MAX_JOINT_KEYS)
        return fail(message, STATUS_USAGE, "%s: settings: too many keys; expected at most %d", where,
                    MAX_JOINT_KEYS);
    *place = joint->keys++;
    memcpy(joint->key[*place], key->name, sizeof joint->key[*place]);
    return STATUS_OK;
}

Status joint_set(Spec *spec, int setting, const Key *key, const char *value, const char *where,
                 Message *message)
{
    JointSettings *joint = &spec->joint;
    char text[SPEC_WORD];
    if (key->kind == KEY_FIELD && key->field.extent != EXTENT_NUMBERS)
        return fail(message, STATUS_USAGE,
                    "%s: settings: '%s' is the same in every setting; expected a key to compare settings by, "
                    "such as world.ctr",
                    where, key->name);
    if (setting > joint->settings || setting >= MAX_JOINT)
        return fail(message, STATUS_USAGE,
                    "%s: settings: found setting %d; expected numbers from 0 on, below %d", where, setting,
                    MAX_JOINT);
    Status status = key_check(key, value, text, where, message);
    if (status)
        return status;
    if (strlen(text) >= JOINT_VALUE)
        return fail(message, STATUS_USAGE, "%s: settings: %s: expected a value of at most %d bytes", where,
                    key->name, JOINT_VALUE - 1);
    int place = joint_find(spec, key->name);
    if (place < 0)
        status = add_key(joint, key, &place, where, message);
    if (status)
        return status;
    joint->settings += setting == joint->settings;
    memcpy(joint->value[setting][place], text, JOINT_VALUE);
    if (key->kind == KEY_FIELD)
        return key_set_field(key, spec, key->field.standard, where, message);
    override_remove(spec, key);
    return STATUS_OK;
}

void joint_remove(Spec *spec, const char *name)
{
    JointSettings *joint = &spec->joint;
    const int place = joint_find(spec, name);
    if (place < 0)
        return;
    joint->keys--;
    memmove(joint->key[place], joint->key[place + 1], (size_t)(joint->keys - place) * sizeof joint->key[0]);
    memset(joint->key[joint->keys], 0, sizeof joint->key[0]);
    for (int s = 0; s < joint->settings; s++) {
        memmove(joint->value[s][place], joint->value[s][place + 1],
                (size_t)(joint->keys - place) * sizeof joint->value[0][0]);
        memset(joint->value[s][joint->keys], 0, sizeof joint->value[0][0]);
    }
    if (!joint->keys)
        joint->settings = 0;
}

int joint_values(const Spec *spec)
{
    int values = 0;
    for (int s = 0; s < spec->joint.settings; s++)
        for (int k = 0; k < spec->joint.keys; k++)
            values += spec->joint.value[s][k][0] != 0;
    return values;
}

static bool same_row(const JointSettings *joint, int a, int b)
{
    for (int k = 0; k < joint->keys; k++)
        if (strcmp(joint->value[a][k], joint->value[b][k]) != 0)
            return false;
    return true;
}

Status joint_check(const Spec *spec, Message *message)
{
    const JointSettings *joint = &spec->joint;
    for (int k = 0; k < joint->keys; k++) {
        if (sweep_find(spec, joint->key[k]))
            return fail(message, STATUS_USAGE, "settings: %s is swept too; expected one of the two",
                        joint->key[k]);
        for (int s = 0; s < joint->settings; s++)
            if (!joint->value[s][k][0])
                return fail(message, STATUS_USAGE,
                            "settings: number %d lacks %s; expected the same keys in each of the %d", s + 1,
                            joint->key[k], joint->settings);
    }
    for (int a = 0; a < joint->settings; a++)
        for (int b = 0; b < a; b++)
            if (same_row(joint, a, b))
                return fail(message, STATUS_USAGE,
                            "settings: numbers %d and %d are the same; expected different ones", b + 1,
                            a + 1);
    return STATUS_OK;
}
