#include "experiments/spec/spec.h"
#include "experiments/spec/fields.h"
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

static Status unknown_key(const char *key, const char *value, const char *where, Message *message)
{
    char found[SHOWN_TEXT], text[SHOWN_TEXT];
    const Field *inside = field_first_of_group(key);
    if (inside)
        return fail(message, STATUS_USAGE, "%s: %s: found '%s'; expected a mapping of keys such as %s", where,
                    key, shown(value, text), inside->key);
    if (!strcmp(key, "sweep") || !strcmp(key, "estimator"))
        return fail(message, STATUS_USAGE, "%s: %s: found '%s'; expected a mapping: %s", where, key,
                    shown(value, text),
                    *key == 's' ? "sweep: {KEY: [VALUE, ...]}" : "estimator: {NAME: {KEY: VALUE}}");
    const char *nearest = field_nearest(key);
    if (nearest)
        return fail(message, STATUS_USAGE, "%s: unknown key '%s'; did you mean '%s'?", where,
                    shown(key, found), nearest);
    return fail(message, STATUS_USAGE,
                "%s: unknown key '%s'; expected one of those that `cvrlab list keys` prints", where,
                shown(key, found));
}

static const char *after(const char *text, const char *prefix)
{
    size_t length = strlen(prefix);
    return strncmp(text, prefix, length) == 0 ? text + length : NULL;
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

Status spec_set(Spec *spec, const char *key, const char *value, const char *where, Message *message)
{
    const char *rest = after(key, "sweep.");
    if (rest)
        return sweep_set(spec, rest, value, where, message);
    rest = after(key, "estimator.");
    if (rest) {
        OverrideTarget target;
        Status status = override_find(rest, &target, where, message);
        if (!status)
            status = override_set(spec, &target, value, where, message);
        if (!status)
            sweep_remove(spec, target.name);
        return status;
    }
    rest = after(key, "tune.range.");
    if (rest)
        return tune_set_range(spec, rest, value, where, message);
    if (!strcmp(key, "claims"))
        return clear_claims(spec, value, where, message);
    const Field *field = field_find(key);
    if (!field)
        return unknown_key(key, value, where, message);
    Status status = field_set(field, spec, value, where, message);
    if (!status)
        sweep_remove(spec, key);
    return status;
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

bool spec_has_truth(const Spec *spec)
{
    return !spec->layout || layout_is_completed(spec->layout);
}

const char *spec_baseline(const Spec *spec)
{
    return spec->baseline[0] ? spec->baseline : spec->estimator[0];
}

bool spec_has_estimator(const Spec *spec, const char *name)
{
    for (int e = 0; e < spec->estimators; e++)
        if (!strcmp(spec->estimator[e], name))
            return true;
    return false;
}

bool spec_unlisted(const Spec *spec, char name[SPEC_WORD])
{
    for (int i = 0; i < spec->overrides; i++) {
        snprintf(name, SPEC_WORD, "%s", spec->override[i].estimator);
        if (!spec_has_estimator(spec, name))
            return true;
    }
    for (int i = 0; i < spec->sweeps; i++) {
        const char *swept = after(spec->sweep[i].key, "estimator.");
        snprintf(name, SPEC_WORD, "%.*s", swept ? (int)strcspn(swept, ".") : 0, swept ? swept : "");
        if (swept && !spec_has_estimator(spec, name))
            return true;
    }
    return false;
}

Status spec_estimator_options(const Spec *spec, const char *estimator, EstimatorOptions *options,
                              Message *message)
{
    Method method;
    Status status = method_find(estimator, &method, message);
    if (status)
        return status;
    memset(options, 0, sizeof *options);
    for (int i = 0; i < constant_count(method.estimator); i++)
        options->constant[i] = method.estimator->constant[i].value;

    Spec own = *spec;
    for (int i = 0; i < spec->overrides; i++) {
        const Override *override = &spec->override[i];
        if (strcmp(override->estimator, estimator) != 0)
            continue;
        OverrideTarget target;
        char name[2 * SPEC_WORD];
        snprintf(name, sizeof name, "%s.%s", override->estimator, override->key);
        status = override_find(name, &target, "estimator", message);
        if (status)
            return status;
        void *base = target.constant < 0 ? (void *)&own : (void *)&options->constant[target.constant];
        status = field_set(&target.field, base, override->value, "estimator", message);
        if (status)
            return status;
    }
    options->model = own.model;
    options->train = own.train;
    return STATUS_OK;
}
