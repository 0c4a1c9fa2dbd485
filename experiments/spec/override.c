#include "experiments/spec/override.h"
#include "sim/base/suggest.h"
#include "sim/base/text.h"

#include <string.h>

static const char *const group[] = {"model.", "train."};
enum { GROUPS = sizeof group / sizeof group[0] };

/* The model.* or train.* field whose last word, or whole key, is `key`. */
static const Field *find_option(const char *key)
{
    char full[2 * SPEC_WORD];
    for (int g = 0; g < GROUPS; g++) {
        snprintf(full, sizeof full, "%s%s", group[g], key);
        const Field *field = field_find(full);
        if (!field && !strncmp(key, group[g], strlen(group[g])))
            field = field_find(key);
        if (field)
            return field;
    }
    return NULL;
}

static Status unknown_key(const OverrideTarget *target, const char *key, const char *where, Message *message)
{
    const char *known[MAX_CONSTANTS + 64];
    char found[SHOWN_TEXT];
    int count = constant_count(target->method.estimator);
    for (int i = 0; i < count; i++)
        known[i] = target->method.estimator->constant[i].key;
    for (int i = 0; i < field_count && count < MAX_CONSTANTS + 64; i++)
        for (int g = 0; g < GROUPS; g++)
            if (!strncmp(field_table[i].key, group[g], strlen(group[g])))
                known[count++] = field_table[i].key + strlen(group[g]);
    const char *nearest = nearest_name(key, known, count);
    if (nearest)
        return fail(message, STATUS_USAGE, "%s: estimator.%s: unknown key '%s'; did you mean '%s'?", where,
                    target->estimator, shown(key, found), nearest);
    return fail(
        message, STATUS_USAGE,
        "%s: estimator.%s: unknown key '%s'; expected one of its constants (`cvrlab list estimators`) or "
        "a model or train key (`cvrlab list keys`)",
        where, target->estimator, shown(key, found));
}

static Status find_method(OverrideTarget *target, const char *text, size_t length, const char *where,
                          Message *message)
{
    Message why = {{0}};
    char found[SHOWN_TEXT];
    if (length >= SPEC_WORD)
        return fail(message, STATUS_USAGE, "%s: estimator: unknown estimator '%s'", where,
                    shown(text, found));
    memset(target->estimator, 0, sizeof target->estimator);
    memcpy(target->estimator, text, length);
    if (!is_name(target->estimator))
        return fail(message, STATUS_USAGE, "%s: estimator: unknown estimator '%s'", where,
                    shown(target->estimator, found));
    if (method_find(target->estimator, &target->method, &why))
        return fail(message, STATUS_USAGE, "%s: estimator: %s", where, why.text);
    return STATUS_OK;
}

Status override_find(const char *text, OverrideTarget *target, const char *where, Message *message)
{
    const char *key = strchr(text, '.');
    char found[SHOWN_TEXT];
    Status status = find_method(target, text, key ? (size_t)(key - text) : strlen(text), where, message);
    if (status)
        return status;
    if (!key)
        return fail(message, STATUS_USAGE,
                    "%s: estimator.%s: expected a mapping of keys, such as {l2: 0.001}", where,
                    target->estimator);
    key++;

    target->constant = -1;
    int constants = constant_count(target->method.estimator);
    for (int i = 0; i < constants; i++) {
        const Constant *constant = &target->method.estimator->constant[i];
        if (!strcmp(constant->key, key)) {
            target->constant = i;
            target->field = (Field){
                .type = &real_type, .size = sizeof(double), .low = constant->low, .high = constant->high};
        }
    }
    if (target->constant < 0) {
        const Field *field = find_option(key);
        if (!field)
            return unknown_key(target, key, where, message);
        target->field = *field;
        key = strchr(field->key, '.') + 1;
    }
    if (strlen(key) >= SPEC_WORD)
        return fail(message, STATUS_USAGE, "%s: estimator.%s: key too long: '%s'", where, target->estimator,
                    shown(key, found));
    memset(target->key, 0, sizeof target->key);
    memcpy(target->key, key, strlen(key));
    snprintf(target->name, sizeof target->name, "estimator.%s.%s", target->estimator, target->key);
    target->field.key = target->name;
    return STATUS_OK;
}

Status override_value(const OverrideTarget *target, const Spec *spec, const char *value, char text[SPEC_WORD],
                      const char *where, Message *message)
{
    Spec scratch = *spec;
    double number = 0;
    void *base = target->constant < 0 ? (void *)&scratch : (void *)&number;
    char printed[LIST_TEXT];
    Status status = field_set(&target->field, base, value, where, message);
    if (status)
        return status;
    target->field.type->print(&target->field, base, printed);
    if (strlen(printed) >= SPEC_WORD)
        return fail(message, STATUS_USAGE, "%s: %s: expected a value of at most %d bytes", where,
                    target->name, SPEC_WORD - 1);
    memset(text, 0, SPEC_WORD);
    memcpy(text, printed, strlen(printed) + 1);
    return STATUS_OK;
}

/* The place of the override, or the number of overrides. */
static int place(const Spec *spec, const OverrideTarget *target)
{
    int i = 0;
    while (i < spec->overrides && (strcmp(spec->override[i].estimator, target->estimator) != 0 ||
                                   strcmp(spec->override[i].key, target->key) != 0))
        i++;
    return i;
}

Status override_set(Spec *spec, const OverrideTarget *target, const char *value, const char *where,
                    Message *message)
{
    Override override = {0};
    Status status = override_value(target, spec, value, override.value, where, message);
    if (status)
        return status;
    int i = place(spec, target);
    if (i == MAX_OVERRIDES)
        return fail(message, STATUS_USAGE, "%s: %s: too many estimator keys; expected at most %d", where,
                    target->name, MAX_OVERRIDES);
    memcpy(override.estimator, target->estimator, SPEC_WORD);
    memcpy(override.key, target->key, SPEC_WORD);
    spec->override[i] = override;
    spec->overrides += i == spec->overrides;
    return STATUS_OK;
}

void override_remove(Spec *spec, const OverrideTarget *target)
{
    int i = place(spec, target);
    if (i == spec->overrides)
        return;
    spec->overrides--;
    memmove(&spec->override[i], &spec->override[i + 1], (size_t)(spec->overrides - i) * sizeof(Override));
    memset(&spec->override[spec->overrides], 0, sizeof(Override));
}
