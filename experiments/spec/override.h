/* estimator.NAME.KEY: what one estimator does differently from the rest of its experiment. */
#pragma once

#include "experiments/spec/fields.h"
#include "experiments/spec/spec.h"

/* Where an override goes: a constant of the estimator, or a model.* or train.* field. */
typedef struct OverrideTarget {
    Method method;
    int constant; /* its place among the estimator's constants; -1 for a field of Spec */
    Field
        field; /* its range and name; its offset counts from a double for a constant, from a Spec otherwise */
    char estimator[SPEC_WORD], key[SPEC_WORD];
    char name[2 * SPEC_WORD + 16]; /* estimator.NAME.KEY, which is field.key */
} OverrideTarget;

/* Resolves "NAME.KEY"; KEY may also be written in full (model.embedding, train.l2). The target must stay
 * where it is. */
Status override_find(const char *text, OverrideTarget *target, const char *where, Message *message);

/* Checks `value` and writes it in its shortest form. */
Status override_value(const OverrideTarget *target, const Spec *spec, const char *value, char text[SPEC_WORD],
                      const char *where, Message *message);

/* Adds the override, or replaces the one of the same key. */
Status override_set(Spec *spec, const OverrideTarget *target, const char *value, const char *where,
                    Message *message);

void override_remove(Spec *spec, const OverrideTarget *target);
