/* tune.range.KEY: where a random search draws an option of an estimator from. */
#pragma once

#include "experiments/spec/override.h"

#include <gsl/gsl_rng.h>

/* Sets tune.range.KEY from "LOW..HIGH" or a list of values; KEY is a constant of an estimator, or the last
 * word of a model.* or train.* key. Whether there is such a key is for tune_check. */
Status tune_set_range(Spec *spec, const char *key, const char *text, const char *where, Message *message);

/* STATUS_USAGE for a range of a key that no estimator of the spec has, for a value that one of them cannot
 * take, for trials without a range, and for an unbiased sample to tune on that there is not. */
Status tune_check(const Spec *spec, Message *message);

/* The key of an estimator that a range of `key` is about; false when it has none of that name. */
bool tune_target(const char *estimator, const char *key, OverrideTarget *target);

/* Draws a value from a range that was set: one of its list, or uniform between its ends, of the logarithm
 * where both are positive; whole for an integer field. */
void tune_draw(const TuneRange *given, const OverrideTarget *target, gsl_rng *random, char value[SPEC_WORD]);
