/* Finding a key and setting its value. The two kinds differ in where a value lies alone: the fields of model
 * and train options are the same members of a Spec and of EstimatorOptions, at other offsets. */
#include "experiments/spec/key.h"

#include "estimators/core/pass.h"
#include "experiments/spec/named_method.h"
#include "experiments/spec/outside_method.h"
#include "sim/base/suggest.h"
#include "sim/base/text.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* The fields that an estimator can have values of its own of: members of Spec and of EstimatorOptions. */
typedef struct OptionGroup {
    const char *prefix;
    size_t in_spec, in_options; /* offsets */
} OptionGroup;

static const OptionGroup groups[] = {
    {"model.", offsetof(Spec, model), offsetof(EstimatorOptions, model)},
    {"train.", offsetof(Spec, train), offsetof(EstimatorOptions, train)},
};

enum { GROUPS = sizeof groups / sizeof *groups };

/* What follows `prefix`; NULL when the key does not begin with it. */
static const char *after(const char *key, const char *prefix)
{
    size_t length = strlen(prefix);
    return strncmp(key, prefix, length) == 0 ? key + length : NULL;
}

static Status find_field(const char *text, Key *key, const char *where, Message *message)
{
    const Field *field = field_find(text);
    if (!field) {
        const char *known[MAX_FIELDS];
        for (int i = 0; i < field_count; i++)
            known[i] = field_table[i].key;
        return fail_unknown(message, where, "key", text,
                            &(KnownNames){known, field_count, "one of those that `cvrlab list keys` prints"});
    }
    key->kind = KEY_FIELD;
    key->field = *field;
    snprintf(key->name, sizeof key->name, "%s", field->key);
    return STATUS_OK;
}

static Status unknown_option(const Estimator *estimator, const char *option, const char *where,
                             Message *message)
{
    const char *known[MAX_CONSTANTS + MAX_FIELDS];
    int count = 0;
    for (; count < constant_count(estimator); count++)
        known[count] = estimator->constant[count].key;
    for (int i = 0; i < field_count; i++)
        for (int g = 0; g < GROUPS; g++)
            if (after(field_table[i].key, groups[g].prefix))
                known[count++] = after(field_table[i].key, groups[g].prefix);
    return fail_unknown(
        message, where, "key", option,
        &(KnownNames){known, count,
                      "one of its constants (`cvrlab list estimators`) or a model or train key "
                      "(`cvrlab list keys`)"});
}

static bool find_constant(const Estimator *estimator, const char *option, Key *key)
{
    for (int i = 0; i < constant_count(estimator); i++) {
        const Constant *constant = &estimator->constant[i];
        if (strcmp(constant->key, option) != 0)
            continue;
        key->field = (Field){.type = &real_type,
                             .offset = offsetof(EstimatorOptions, constant) + (size_t)i * sizeof(double),
                             .size = sizeof(double),
                             .low = constant->low,
                             .high = constant->high};
        snprintf(key->option, sizeof key->option, "%s", constant->key);
        return true;
    }
    return false;
}

static bool find_model_or_train(const char *option, Key *key)
{
    for (int g = 0; g < GROUPS; g++)
        for (int i = 0; i < field_count; i++) {
            const Field *field = &field_table[i];
            const char *last = after(field->key, groups[g].prefix);
            if (!last || (strcmp(last, option) != 0 && strcmp(field->key, option) != 0))
                continue;
            key->field = *field;
            key->field.offset += groups[g].in_options - groups[g].in_spec;
            key->field.count_offset += groups[g].in_options - groups[g].in_spec;
            snprintf(key->option, sizeof key->option, "%s", last);
            return true;
        }
    return false;
}

static Status find_method(const Spec *spec, const char *name, Method *method, const char *where,
                          Message *message)
{
    Message why;
    Status status = spec_find_method(spec, name, method, &why);
    return status ? fail(message, status, "%s: estimator: %s", where, why.text) : STATUS_OK;
}

Status key_find_of_estimator(const Estimator *estimator, const char *option, Key *key, const char *where,
                             Message *message)
{
    memset(key, 0, sizeof *key);
    key->kind = KEY_OPTION;
    return find_constant(estimator, option, key) || find_model_or_train(option, key)
               ? STATUS_OK
               : unknown_option(estimator, option, where, message);
}

/* The name of a free option, short enough for a key in full. */
static bool is_free_name(const char *name)
{
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("_-", *c))
            return false;
    return isalpha((unsigned char)name[0]) &&
           strlen("estimator.") + METHOD_NAME + 1 + strlen(name) < SPEC_WORD;
}

/* A model or train key is one in full here, so that any other word is free for the method itself. */
static Status find_outside_option(const char *option, Key *key, const char *where, Message *message)
{
    char found[SHOWN_TEXT];
    key->kind = KEY_OPTION;
    if (field_find(option) && find_model_or_train(option, key)) {
        snprintf(key->option, sizeof key->option, "%s", option);
        return STATUS_OK;
    }
    if (!is_free_name(option))
        return fail(message, STATUS_USAGE,
                    "%s: found the key '%s'; expected a name of letters, digits, _ and -, at most %d of "
                    "them, or a model or train key in full, such as train.epochs",
                    where, shown(option, found), SPEC_WORD - METHOD_NAME - 12);
    key->free = true;
    key->field = (Field){.type = &free_type, .size = SPEC_WORD};
    snprintf(key->option, sizeof key->option, "%s", option);
    return STATUS_OK;
}

Status key_find_option(const Spec *spec, const char *estimator, const char *option, Key *key,
                       const char *where, Message *message)
{
    Method method;
    char place[2 * SPEC_TEXT];
    memset(key, 0, sizeof *key);
    Status status = find_method(spec, estimator, &method, where, message);
    if (status)
        return status;
    snprintf(place, sizeof place, "%s: %s.%s", where,
             named_method_find(spec, estimator) ? "methods" : "estimator", estimator);
    const OutsideMethod *outside = outside_method_find(spec, estimator);
    status = outside && !outside->estimator
                 ? find_outside_option(option, key, place, message)
                 : key_find_of_estimator(method.estimator, option, key, place, message);
    if (status)
        return status;
    snprintf(key->estimator, sizeof key->estimator, "%s", estimator);
    int length = snprintf(key->name, sizeof key->name, "estimator.%s.%s", estimator, key->option);
    assert(length < SPEC_WORD); /* names of the program's tables, or of at most METHOD_NAME letters */
    (void)length;
    return STATUS_OK;
}

Status key_find(const Spec *spec, const char *text, Key *key, const char *where, Message *message)
{
    const char *rest = after(text, "estimator.");
    memset(key, 0, sizeof *key);
    if (!rest)
        rest = after(text, "methods."); /* a named method's, as its file calls it */
    if (!rest)
        return find_field(text, key, where, message);
    char estimator[SPEC_WORD]; /* a longer name is cut, and names none */
    const char *dot = strchr(rest, '.');
    snprintf(estimator, sizeof estimator, "%.*s", (int)strcspn(rest, "."), rest);
    if (dot)
        return key_find_option(spec, estimator, dot + 1, key, where, message);
    Method method;
    Status status = find_method(spec, estimator, &method, where, message);
    return status
               ? status
               : fail(message, STATUS_USAGE,
                      "%s: estimator.%s: expected a mapping of keys, such as {l2: 0.001}", where, estimator);
}

bool key_reaches_log(const Key *key)
{
    static const char *const later[] = {"propensity.",
                                        "imputation.",
                                        "model.",
                                        "train.",
                                        "tune.",
                                        "metrics.",
                                        "risk.",
                                        "delayed.step",
                                        "delayed.auxiliary",
                                        "delayed.selection",
                                        "delayed.protocol"};
    if (key->kind == KEY_OPTION)
        return false;
    for (size_t i = 0; i < sizeof later / sizeof *later; i++)
        if (after(key->name, later[i]))
            return false;
    return true;
}

bool key_reaches_unit(const Key *key, const char *estimator, unsigned asked)
{
    if (key->kind == KEY_OPTION)
        return !strcmp(key->estimator, estimator);
    if (after(key->name, "propensity."))
        return asked & ASKED_PROPENSITY;
    if (after(key->name, "imputation."))
        return asked & ASKED_IMPUTATION;
    return !after(key->name, "risk.");
}

/* As field_set, with the key's own name in the message. */
static Status set_member(const Key *key, void *base, const char *value, const char *where, Message *message)
{
    Field field = key->field;
    field.key = key->name;
    return field_set(&field, base, value, where, message);
}

Status key_check(const Key *key, const char *value, char text[SPEC_WORD], const char *where, Message *message)
{
    union {
        Spec spec;
        EstimatorOptions options;
    } scratch; /* of it the key's member alone is written and read */
    char printed[LIST_TEXT];
    Status status = set_member(key, &scratch, value, where, message);
    if (status)
        return status;
    key->field.type->print(&key->field, &scratch, printed);
    if (strlen(printed) >= SPEC_WORD)
        return fail(message, STATUS_USAGE, "%s: %s: expected a value of at most %d bytes", where, key->name,
                    SPEC_WORD - 1);
    memset(text, 0, SPEC_WORD);
    memcpy(text, printed, strlen(printed) + 1);
    return STATUS_OK;
}

Status key_set_field(const Key *key, Spec *spec, const char *value, const char *where, Message *message)
{
    assert(key->kind == KEY_FIELD);
    return set_member(key, spec, value, where, message);
}

Status key_set_option(const Key *key, EstimatorOptions *options, const char *value, const char *where,
                      Message *message)
{
    assert(key->kind == KEY_OPTION && !key->free);
    return set_member(key, options, value, where, message);
}
