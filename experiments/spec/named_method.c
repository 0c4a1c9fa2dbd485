/* Named methods as a Spec holds them: name and base here, options among the overrides, labels among the
 * labels. Every search for a method by name that an experiment file may hold goes through
 * spec_find_method(). */
#include "experiments/spec/named_method.h"

#include "experiments/spec/outside_method.h"
#include "experiments/spec/override.h"
#include "experiments/spec/sweep.h"
#include "sim/base/suggest.h"
#include "sim/base/text.h"

#include <ctype.h>
#include <string.h>

const NamedMethod *named_method_find(const Spec *spec, const char *name)
{
    for (int i = 0; i < spec->methods; i++)
        if (!strcmp(spec->method[i].name, name))
            return &spec->method[i];
    return NULL;
}

/* What nothing of the program trains. */
static const Estimator outside_estimator = {.name = "outside"};

Status spec_method_needs(const Spec *spec, const char *name, unsigned *needs, Message *message)
{
    const OutsideMethod *outside = outside_method_find(spec, name);
    Method method;
    Status status = spec_find_method(spec, name, &method, message);
    if (!status)
        *needs = outside && !outside->estimator ? outside_needs(outside) : method_needs(&method);
    return status;
}

Status spec_find_method(const Spec *spec, const char *name, Method *method, Message *message)
{
    const NamedMethod *named = named_method_find(spec, name);
    const OutsideMethod *outside = outside_method_find(spec, name);
    if (outside && outside->estimator) {
        const char *backbone = outside->estimator->backbone;
        *method = (Method){outside->estimator, backbone_find(backbone ? backbone : "towers")};
        return STATUS_OK;
    }
    if (outside) {
        *method = (Method){.estimator = &outside_estimator};
        return STATUS_OK;
    }
    if (named)
        return method_find(named->base, method, message);
    const char *own[MAX_ESTIMATORS];
    for (int i = 0; i < spec->methods; i++)
        own[i] = spec->method[i].name;
    Status status = method_find(name, method, message);
    if (status && nearest_name(name, own, spec->methods))
        return fail_unknown(message, NULL, "estimator", name, &(KnownNames){own, spec->methods, NULL});
    return status;
}

/* A word of claims, of --only and of keys, so that neither blanks nor dots are in it, nor the + of a
 * backbone.
 */
static bool is_method_name(const char *name)
{
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("_-", *c))
            return false;
    return isalpha((unsigned char)name[0]) && strlen(name) <= METHOD_NAME;
}

static Status check_name(const char *name, const char *where, Message *message)
{
    Method method;
    char found[SHOWN_TEXT];
    if (!is_method_name(name))
        return fail(
            message, STATUS_USAGE,
            "%s: methods: found '%s'; expected a name of letters, digits, _ and -, at most %d of them, "
            "the first a letter",
            where, shown(name, found), METHOD_NAME);
    if (method_find(name, &method, NULL) == STATUS_OK)
        return fail(message, STATUS_USAGE,
                    "%s: methods.%s: '%s' is the name of an estimator; expected a name of its own", where,
                    name, name);
    return STATUS_OK;
}

/* Notes the name and its base: an estimator, or the name of a kind of methods from outside. */
static Status add_named(Spec *spec, const char *name, const char *base, const char *where, Message *message)
{
    NamedMethod named = {{0}, {0}};
    int i = 0;
    while (i < spec->methods && strcmp(spec->method[i].name, name) != 0)
        i++;
    if (i == MAX_ESTIMATORS)
        return fail(message, STATUS_USAGE, "%s: methods.%s: expected at most %d named methods", where, name,
                    MAX_ESTIMATORS);
    snprintf(named.name, sizeof named.name, "%s", name);
    snprintf(named.base, sizeof named.base, "%s", base); /* the names of the tables are short enough */
    spec->method[i] = named;
    spec->methods += i == spec->methods;
    return named_methods_list(spec, where, message);
}

/* A method is of one kind. */
static Status two_kinds(const char *name, const char *where, Message *message)
{
    return fail(message, STATUS_USAGE, "%s: methods.%s: expected one of base, command and plugin, not two",
                where, name);
}

static Status make_outside(Spec *spec, const char *name, OutsideKind kind, const char *where,
                           Message *message)
{
    const NamedMethod *named = named_method_find(spec, name);
    if (named && strcmp(named->base, outside_kind_name(kind)) != 0)
        return two_kinds(name, where, message);
    Status status =
        outside_method_find(spec, name) ? STATUS_OK : outside_method_make(spec, name, kind, where, message);
    return status ? status : add_named(spec, name, outside_kind_name(kind), where, message);
}

static Status set_base(Spec *spec, const char *name, const char *base, const char *where, Message *message)
{
    Method method;
    Message why;
    OutsideKind kind;
    Status status = check_name(name, where, message);
    if (status)
        return status;
    if (outside_kind_find(base, &kind) && kind == OUTSIDE_SCORED)
        return make_outside(spec, name, kind, where, message);
    if (outside_kind_find(base, &kind))
        return fail(message, STATUS_USAGE,
                    "%s: methods.%s.base: found '%s'; expected %s: in place of base:", where, name, base,
                    base);
    if (outside_method_find(spec, name))
        return two_kinds(name, where, message);
    if (named_method_find(spec, base) || !strcmp(base, name))
        return fail(
            message, STATUS_USAGE,
            "%s: methods.%s.base: '%s' is a named method; expected an estimator or BACKBONE+ESTIMATOR", where,
            name, base);
    status = method_find(base, &method, &why);
    if (status)
        return fail(message, status, "%s: methods.%s.base: %s", where, name, why.text);
    return add_named(spec, name, base, where, message);
}

static Status set_option(Spec *spec, const char *name, const char *option, const char *value,
                         const char *where, Message *message)
{
    Key key;
    Status status = key_find_option(spec, name, option, &key, where, message);
    if (status)
        return status;
    sweep_remove(spec, key.name);
    snprintf(key.name, sizeof key.name, "methods.%.*s.%.*s", METHOD_NAME, name, SPEC_WORD - METHOD_NAME - 10,
             key.option); /* as the file calls it */
    return override_set(spec, &key, value, where, message);
}

Status named_method_set(Spec *spec, const char *text, const char *value, const char *where, Message *message)
{
    char name[METHOD_NAME + 2], key[SPEC_WORD], found[SHOWN_TEXT]; /* a longer name is cut, and refused */
    const char *dot = strchr(text, '.'), *option = dot ? dot + 1 : NULL;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(text, "."), text);
    OutsideKind kind;
    if (option && !strcmp(option, "base"))
        return set_base(spec, name, value, where, message);
    Status status = check_name(name, where, message);
    if (!status && option && outside_kind_find(option, &kind) && kind != OUTSIDE_SCORED)
        status = make_outside(spec, name, kind, where, message);
    if (status)
        return status;
    if (!option)
        return fail(message, STATUS_USAGE,
                    "%s: methods.%s: found '%s'; expected a mapping with a base or a command, such as {base: "
                    "mmoe+escm2_dr, lambda_c: 0.5}",
                    where, name, shown(value, found));
    if (!named_method_find(spec, name))
        return fail(message, STATUS_USAGE,
                    "%s: methods.%s: has no base; expected base: ESTIMATOR or BACKBONE+ESTIMATOR, a command, "
                    "or a plugin",
                    where, name);
    if (!strcmp(option, "label")) {
        snprintf(key, sizeof key, "methods.%s.label", name);
        return label_set(spec, name, value, key, where, message);
    }
    const Field *field = outside_method_find(spec, name) ? outside_field_find(option) : NULL;
    if (field)
        return outside_method_set(spec, name, field, value, where, message);
    return set_option(spec, name, option, value, where, message);
}

Status named_methods_list(Spec *spec, const char *where, Message *message)
{
    for (int i = 0; i < spec->methods; i++) {
        const char *name = spec->method[i].name;
        if (spec_has_estimator(spec, name))
            continue;
        if (spec->estimators == MAX_ESTIMATORS)
            return fail(message, STATUS_USAGE, "%s: methods.%s: expected at most %d methods in an experiment",
                        where, name, MAX_ESTIMATORS);
        memcpy(spec->estimator[spec->estimators++], name, SPEC_WORD);
    }
    return STATUS_OK;
}

Status label_set(Spec *spec, const char *method, const char *text, const char *key, const char *where,
                 Message *message)
{
    Method known;
    Message why;
    MethodLabel label = {{0}, {0}};
    char found[SHOWN_TEXT];
    int i = 0;
    Status status = spec_find_method(spec, method, &known, &why);
    if (status)
        return fail(message, status, "%s: labels: %s", where, why.text);
    if (!text[0] || strlen(text) >= sizeof label.text || !is_printable(text))
        return fail(message, STATUS_USAGE,
                    "%s: %s: found '%s'; expected printable UTF-8 text of 1 to %zu bytes", where, key,
                    shown(text, found), sizeof label.text - 1);
    while (i < spec->labels && strcmp(spec->label[i].method, method) != 0)
        i++;
    if (i == MAX_ESTIMATORS)
        return fail(message, STATUS_USAGE, "%s: %s: expected at most %d labels", where, key, MAX_ESTIMATORS);
    snprintf(label.method, sizeof label.method, "%s", method);
    snprintf(label.text, sizeof label.text, "%s", text);
    spec->label[i] = label;
    spec->labels += i == spec->labels;
    return STATUS_OK;
}

const char *spec_label(const Spec *spec, const char *method)
{
    for (int i = 0; i < spec->labels; i++)
        if (!strcmp(spec->label[i].method, method))
            return spec->label[i].text;
    return method;
}
