/* estimator.NAME.OPTION: the options that one estimator has for itself, unlike the rest of its experiment. */
#pragma once

#include "experiments/spec/key.h"

/* Sets a KEY_OPTION: adds the override, or replaces the one of the same key. */
Status override_set(Spec *spec, const Key *key, const char *value, const char *where, Message *message);

/* Takes the override of a KEY_OPTION away, if there is one. */
void override_remove(Spec *spec, const Key *key);

/* The options of an estimator: its constants at their defaults, the spec's model and train, and its overrides
 * on top. What is free of a method from outside is in none of them. */
Status override_options(const Spec *spec, const char *estimator, EstimatorOptions *options, Message *message);
