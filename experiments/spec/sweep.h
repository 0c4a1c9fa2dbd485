/* sweep.KEY: lists of values, and the grid of settings that they span. */
#pragma once

#include "experiments/spec/spec.h"

/* Sets the sweep of `key`, a field or estimator.NAME.KEY; each value is checked as if it were set alone. The
 * key itself goes back to its default, since no setting uses it. */
Status sweep_set(Spec *spec, const char *key, const char *values, const char *where, Message *message);

/* Takes the sweep of `key` away, if there is one. */
void sweep_remove(Spec *spec, const char *key);

/* The sweep of `key`, or NULL. */
const Sweep *sweep_find(const Spec *spec, const char *key);
