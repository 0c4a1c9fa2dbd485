/* sweep.KEY: the values that an experiment compares. */
#pragma once

#include "experiments/spec/key.h"

/* Sets the sweep of a key to a list of values; each is checked as if it were set alone. The key itself goes
 * back to its default, since no setting uses it. */
Status sweep_set(Spec *spec, const Key *key, const char *values, const char *where, Message *message);

/* Takes the sweep of the key with this name away, if there is one. */
void sweep_remove(Spec *spec, const char *name);

/* The sweep of the key with this name, or NULL. */
const Sweep *sweep_find(const Spec *spec, const char *name);
