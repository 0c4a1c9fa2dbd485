/* The spec as text: what was asked, and what the numbers depend on. */
#include "experiments/spec/spec_write.h"
#include "experiments/spec/assign.h"
#include "experiments/spec/fields.h"
#include "experiments/spec/joint.h"
#include "experiments/spec/key.h"
#include "experiments/spec/named_method.h"
#include "experiments/spec/outside_method.h"
#include "experiments/spec/spec_check.h"
#include "sim/base/text.h"

#include <stdlib.h>
#include <string.h>

static void write_quoted(const char *text, FILE *file)
{
    putc('"', file);
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\')
            putc('\\', file);
        putc(*c, file);
    }
    putc('"', file);
}

/* A field as a line of YAML. Free text is quoted; values of the other types are never taken for anything
 * else. */
static void write_line(const Field *field, const char *value, FILE *file)
{
    fprintf(file, "%s: ", field->key);
    if (field->type == &text_type)
        write_quoted(value, file);
    else
        fputs(value, file);
    putc('\n', file);
}

/* The group of keys that an override is written in. */
static const char *override_group(const Spec *spec, const Override *override)
{
    return named_method_find(spec, override->estimator) ? "methods" : "estimator";
}

/* How a method from outside is called, as far as it is not as usual. */
static void write_outside(const OutsideMethod *method, FILE *file)
{
    if (method->kind == OUTSIDE_SCORED)
        fprintf(file, "methods.%s.base: %s\n", method->name, outside_kind_name(method->kind));
    for (int i = 0; i < outside_field_count; i++) {
        const Field *field = &outside_field_table[i];
        char value[LIST_TEXT];
        field->type->print(field, method, value);
        if (!strcmp(value, field->standard))
            continue;
        fprintf(file, "methods.%s.%s: ", method->name, field->key);
        write_quoted(value, file);
        putc('\n', file);
    }
}

static void write_methods(const Spec *spec, FILE *file)
{
    for (int i = 0; i < spec->methods; i++) {
        const OutsideMethod *outside = outside_method_find(spec, spec->method[i].name);
        if (outside)
            write_outside(outside, file);
        else
            fprintf(file, "methods.%s.base: %s\n", spec->method[i].name, spec->method[i].base);
    }
    for (int i = 0; i < spec->overrides; i++) {
        const Override *override = &spec->override[i];
        fprintf(file, "%s.%s.%s: ", override_group(spec, override), override->estimator, override->key);
        if (outside_method_find(spec, override->estimator))
            write_quoted(override->value, file);
        else
            fputs(override->value, file);
        putc('\n', file);
    }
    for (int i = 0; i < spec->labels; i++) {
        fprintf(file, "labels.%s: ", spec->label[i].method);
        write_quoted(spec->label[i].text, file);
        putc('\n', file);
    }
}

static void write_joint(const JointSettings *joint, FILE *file)
{
    if (joint->settings)
        fputs("settings:\n", file);
    for (int s = 0; s < joint->settings; s++) {
        for (int k = 0; k < joint->keys; k++)
            fprintf(file, "%s%s: %s", k ? ", " : "- {", joint->key[k], joint->value[s][k]);
        fputs("}\n", file);
    }
}

static void write_precision(const Precision *precision, FILE *file)
{
    char text[PRECISION_TEXT];
    precision_write(precision, text);
    if (*text)
        fprintf(file, "precision: {%s}\n", text);
}

static void write_ranges(const Spec *spec, FILE *file)
{
    for (int i = 0; i < spec->tune.ranges; i++)
        fprintf(file, "tune.range.%s: %s\n", spec->tune.range[i].key, spec->tune.range[i].text);
}

static void write_claims(const Spec *spec, FILE *file)
{
    if (spec->claims)
        fputs("claims:\n", file);
    for (int i = 0; i < spec->claims; i++) {
        fputs("- {", file);
        if (spec->claim[i].says[0]) {
            fputs("says: ", file);
            write_quoted(spec->claim[i].says, file);
            fputs(", ", file);
        }
        fputs("that: ", file);
        write_quoted(spec->claim[i].that, file);
        fputs("}\n", file);
    }
}

void spec_write(const Spec *spec, FILE *file)
{
    char value[LIST_TEXT], standard[LIST_TEXT];
    Spec plain;
    spec_defaults(&plain);
    for (int i = 0; i < field_count; i++) {
        const Field *field = &field_table[i];
        field->type->print(field, spec, value);
        field->type->print(field, &plain, standard);
        if (strcmp(value, standard) != 0)
            write_line(field, value, file);
    }
    write_precision(&spec->precision, file);
    write_methods(spec, file);
    for (int i = 0; i < spec->sweeps; i++) {
        fprintf(file, "sweep.%s: [", spec->sweep[i].key);
        for (int j = 0; j < spec->sweep[i].values; j++)
            fprintf(file, "%s%s", j ? ", " : "", spec->sweep[i].value[j]);
        fputs("]\n", file);
    }
    write_joint(&spec->joint, file);
    write_ranges(spec, file);
    write_claims(spec, file);
}

static int compare_overrides(const void *a, const void *b)
{
    const Override *first = a, *second = b;
    int order = strcmp(first->estimator, second->estimator);
    return order ? order : strcmp(first->key, second->key);
}

static Status add_fields(Fingerprint *fingerprint, const Spec *spec, Message *message)
{
    char value[LIST_TEXT], legacy[LIST_TEXT];
    Spec before; /* every field at its legacy value */
    Status status = STATUS_OK;
    spec_defaults(&before);
    for (int i = 0; !status && i < field_count; i++) {
        const Field *field = &field_table[i];
        if (field->extent == EXTENT_UNITS)
            continue;
        if (field->legacy)
            status = field_set(field, &before, field->legacy, "the table of keys", message);
        field->type->print(field, spec, value);
        /* Of a key that does nothing here every value is what was done before there was the key. */
        field->type->print(field, field->legacy && spec_key_is_idle(spec, field->key) ? spec : &before,
                           legacy);
        if (!status)
            status = fingerprint_add(fingerprint, field->key, value, legacy, message);
    }
    return status;
}

/* A range of a named method is one of its keys. */
static void range_key(const Spec *spec, const TuneRange *range, char *text, size_t size)
{
    Key key;
    const bool found = !key_find(spec, range->key, &key, "tune.range", NULL) && key.kind == KEY_OPTION;
    if (found && named_method_find(spec, key.estimator))
        snprintf(text, size, "methods.%s.tune.%s", key.estimator, key.option);
    else
        snprintf(text, size, "tune.range.%s", range->key);
}

/* Whether there are overrides and ranges is a part of the spec, so they have no legacy value. A label is no
 * part of it. */
static Status add_overrides(Fingerprint *fingerprint, const Spec *spec, Message *message)
{
    Override override[MAX_OVERRIDES];
    char key[2 * SPEC_WORD + 16];
    Status status = STATUS_OK;
    for (int i = 0; !status && i < spec->methods; i++) {
        snprintf(key, sizeof key, "methods.%s.base", spec->method[i].name);
        status = fingerprint_add(fingerprint, key, spec->method[i].base, NULL, message);
    }
    memcpy(override, spec->override, sizeof override);
    qsort(override, (size_t)spec->overrides, sizeof override[0], compare_overrides);
    for (int i = 0; !status && i < spec->overrides; i++) {
        snprintf(key, sizeof key, "%s.%.*s.%.*s", override_group(spec, &override[i]), SPEC_WORD - 1,
                 override[i].estimator, SPEC_WORD - 1, override[i].key);
        status = fingerprint_add(fingerprint, key, override[i].value, NULL, message);
    }
    for (int i = 0; !status && i < spec->tune.ranges; i++) {
        range_key(spec, &spec->tune.range[i], key, sizeof key);
        status = fingerprint_add(fingerprint, key, spec->tune.range[i].text, NULL, message);
    }
    return status;
}

/* What no key says: h of users and items is the world's. It was drawn with each replicate once, which a store
 * of that time must not be mixed with. Where h belongs to exposures there is no difference. */
static Status add_hidden(Fingerprint *fingerprint, const Spec *spec, Message *message)
{
    bool of_members =
        spec->world.hidden_level != HIDDEN_EXPOSURE || joint_find(spec, "world.hidden_level") >= 0;
    for (int i = 0; i < spec->sweeps; i++)
        of_members = of_members || !strcmp(spec->sweep[i].key, "world.hidden_level");
    return fingerprint_add(fingerprint, "world.hidden_drawn", "world", of_members ? "replicate" : "world",
                           message);
}

Status spec_fingerprint(const Spec *spec, Fingerprint *fingerprint, Message *message)
{
    *fingerprint = (Fingerprint){0};
    Status status = add_fields(fingerprint, spec, message);
    if (!status)
        status = add_overrides(fingerprint, spec, message);
    return status ? status : add_hidden(fingerprint, spec, message);
}
