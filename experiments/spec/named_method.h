/* methods: {NAME: {base: ESTIMATOR, KEY: VALUE}}, {NAME: {command: [...], KEY: VALUE}} and the like, and
 * labels: {NAME: TEXT}: the methods that an experiment names itself, and how tables and figures call its
 * methods. The options of a named method are ordinary overrides (override.h) under its name. */
#pragma once

#include "estimators/core/estimator.h"
#include "experiments/spec/spec.h"

/* Finds the estimator and backbone of any method that the spec can name: one of its own named methods,
 * "escm2_dr" or "mmoe+escm2_dr". Of a method from outside it is an estimator without parts, on no backbone.
 * STATUS_USAGE with the nearest name when there is none. */
Status spec_find_method(const Spec *spec, const char *name, Method *method, Message *message);

/* What the method cannot do without, of enum Needs. A plug-in says it when it is loaded, not here. */
Status spec_method_needs(const Spec *spec, const char *name, unsigned *needs, Message *message);

/* The spec's own method of that name, or NULL. */
const NamedMethod *named_method_find(const Spec *spec, const char *name);

/* Sets "NAME.base", "NAME.label" or "NAME.OPTION". A base, a command or a plug-in makes the method, and has
 * to come before what else is said of it; what follows `methods.` in a file may be in any order. */
Status named_method_set(Spec *spec, const char *key, const char *value, const char *where, Message *message);

/* Appends the named methods that `estimators` does not list to its end. */
Status named_methods_list(Spec *spec, const char *where, Message *message);

/* Sets the label of a method. `key` opens the message: "labels.ips". */
Status label_set(Spec *spec, const char *method, const char *text, const char *key, const char *where,
                 Message *message);

/* What tables and figures call a method: its label, or its name where it has none. */
const char *spec_label(const Spec *spec, const char *method);
