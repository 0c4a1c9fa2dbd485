/* Setting the keys of an experiment from text, one at a time: what a line of a file and --set say. */
#pragma once

#include "experiments/spec/spec.h"

/* Every field at its default; no named method, label, sweep, override, range or claim. */
void spec_defaults(Spec *spec);

/* Sets one key from text, as --set KEY=VALUE does. `where` opens the message ("--set", "compare.yaml:12").
 * Lists are written [a, b]. Keys: those of the field table, estimator.NAME.OPTION, methods.NAME.KEY,
 * labels.NAME, sweep.KEY, tune.range.OPTION and
 * tune.range.estimator.NAME.OPTION. A key is either set or swept: what is said last holds. Claims
 * are written in a file; claims=[] takes them away. */
Status spec_set(Spec *spec, const char *key, const char *value, const char *where, Message *message);

/* Sets from "KEY=VALUE". */
Status spec_assign(Spec *spec, const char *assignment, const char *where, Message *message);
