/* Which setter a key belongs to. Setting a key takes its sweep away, and its part of joint settings; these
 * take its value. */
#include "experiments/spec/assign.h"
#include "experiments/spec/joint.h"
#include "experiments/spec/named_method.h"
#include "experiments/spec/override.h"
#include "experiments/spec/sweep.h"
#include "experiments/spec/tune_range.h"
#include "sim/base/text.h"

#include <assert.h>
#include <string.h>

void spec_defaults(Spec *spec)
{
    memset(spec, 0, sizeof *spec);
    for (int i = 0; i < field_count; i++) {
        Status status = field_set(&field_table[i], spec, field_table[i].standard, "defaults", NULL);
        assert(status == STATUS_OK);
        (void)status;
    }
}

static Status clear_claims(Spec *spec, const char *value, const char *where, Message *message)
{
    char found[SHOWN_TEXT];
    if (strcmp(value, "[]") != 0)
        return fail(message, STATUS_USAGE,
                    "%s: claims: found '%s'; expected a list of claims in the experiment file, or []", where,
                    shown(value, found));
    spec->claims = 0;
    memset(spec->claim, 0, sizeof spec->claim);
    return STATUS_OK;
}

static Status set_precision(Spec *spec, const char *key, const char *value, const char *where,
                            Message *message)
{
    Message why;
    Status status = precision_set(&spec->precision, key, value, &why);
    return status ? fail(message, status, "%s: %s", where, why.text) : STATUS_OK;
}

static Status clear_precision(Spec *spec, const char *value, const char *where, Message *message)
{
    char found[SHOWN_TEXT];
    if (strcmp(value, "{}") != 0)
        return fail(message, STATUS_USAGE,
                    "%s: precision: found '%s'; expected a mapping such as {mse: 5%%, max: 400}, or {}",
                    where, shown(value, found));
    spec->precision = (Precision){0};
    return STATUS_OK;
}

static Status set_sweep(Spec *spec, const char *key_text, const char *values, const char *where,
                        Message *message)
{
    char place[2 * SPEC_TEXT];
    Key key;
    snprintf(place, sizeof place, "%s: sweep", where);
    Status status = key_find(spec, key_text, &key, place, message);
    return status ? status : sweep_set(spec, &key, values, where, message);
}

/* No joint settings any more; a file writes them as settings.NUMBER.KEY. */
static Status clear_settings(Spec *spec, const char *value, const char *where, Message *message)
{
    char found[SHOWN_TEXT];
    if (strcmp(value, "[]") != 0)
        return fail(
            message, STATUS_USAGE,
            "%s: settings: found '%s'; expected a list of {KEY: VALUE, ...} in the experiment file, or []",
            where, shown(value, found));
    memset(&spec->joint, 0, sizeof spec->joint);
    return STATUS_OK;
}

static Status set_joint(Spec *spec, int setting, const char *key_text, const char *value, const char *where,
                        Message *message)
{
    char place[2 * SPEC_TEXT];
    Key key;
    snprintf(place, sizeof place, "%s: settings", where);
    Status status = key_find(spec, key_text, &key, place, message);
    return status ? status : joint_set(spec, setting, &key, value, where, message);
}

/* What stands for a mapping when the word is a group of keys, not a key; NULL for any other word. */
static const char *mapping_of(const char *word)
{
    const Field *inside = field_first_of_group(word);
    if (inside)
        return inside->key;
    if (!strcmp(word, "sweep"))
        return "sweep: {KEY: [VALUE, ...]}";
    if (!strcmp(word, "methods"))
        return "methods: {NAME: {base: ESTIMATOR, KEY: VALUE}}";
    if (!strcmp(word, "labels"))
        return "labels: {NAME: TEXT}";
    return strcmp(word, "estimator") == 0 ? "estimator: {NAME: {KEY: VALUE}}" : NULL;
}

static Status set_key(Spec *spec, const char *text, const char *value, const char *where, Message *message)
{
    Key key;
    Status status = key_find(spec, text, &key, where, message);
    if (status)
        return status;
    status = key.kind == KEY_FIELD ? key_set_field(&key, spec, value, where, message)
                                   : override_set(spec, &key, value, where, message);
    if (status)
        return status;
    sweep_remove(spec, key.name);
    joint_remove(spec, key.name);
    return named_methods_list(spec, where, message); /* a new list of estimators may lack them */
}

Status spec_set(Spec *spec, const char *key, const char *value, const char *where, Message *message)
{
    static const char sweep[] = "sweep.", range[] = "tune.range.", methods[] = "methods.",
                      labels[] = "labels.", precision[] = "precision.";
    char found[SHOWN_TEXT];
    if (!strncmp(key, sweep, strlen(sweep)))
        return set_sweep(spec, key + strlen(sweep), value, where, message);
    if (!strncmp(key, range, strlen(range)))
        return tune_range_set(spec, key + strlen(range), value, where, message);
    if (!strncmp(key, methods, strlen(methods)))
        return named_method_set(spec, key + strlen(methods), value, where, message);
    if (!strncmp(key, labels, strlen(labels)))
        return label_set(spec, key + strlen(labels), value, key, where, message);
    if (!strncmp(key, precision, strlen(precision)))
        return set_precision(spec, key + strlen(precision), value, where, message);
    int setting;
    const char *joint = joint_key(key, &setting);
    if (joint)
        return set_joint(spec, setting, joint, value, where, message);
    if (!strcmp(key, "settings"))
        return clear_settings(spec, value, where, message);
    if (!strcmp(key, "precision"))
        return clear_precision(spec, value, where, message);
    if (!strcmp(key, "claims"))
        return clear_claims(spec, value, where, message);
    if (mapping_of(key))
        return fail(message, STATUS_USAGE, "%s: %s: found '%s'; expected a mapping%s%s", where, key,
                    shown(value, found), field_first_of_group(key) ? " of keys such as " : ": ",
                    mapping_of(key));
    return set_key(spec, key, value, where, message);
}

Status spec_assign(Spec *spec, const char *assignment, const char *where, Message *message)
{
    char key[4 * SPEC_WORD], found[SHOWN_TEXT];
    const char *equals = strchr(assignment, '=');
    size_t length = equals ? (size_t)(equals - assignment) : 0;
    if (length == 0 || length >= sizeof key)
        return fail(message, STATUS_USAGE, "%s: found '%s'; expected KEY=VALUE", where,
                    shown(assignment, found));
    memcpy(key, assignment, length);
    key[length] = 0;
    return spec_set(spec, key, equals + 1, where, message);
}
