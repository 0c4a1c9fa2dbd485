/* tune.range.OPTION: where a random search draws an option of the estimators from. */
#pragma once

#include "experiments/spec/key.h"

#include <gsl/gsl_rng.h>

/* Sets tune.range.OPTION from "LOW..HIGH" or a list of values; OPTION is a constant of an estimator, or the
 * last word of a model.* or train.* key. Whether an estimator has such an option is for tune_range_check. */
Status tune_range_set(Spec *spec, const char *option, const char *text, const char *where, Message *message);

/* STATUS_USAGE for a range of an option that no estimator of the spec has, and for a value that one of them
 * cannot take. */
Status tune_range_check(const Spec *spec, const TuneRange *range, Message *message);

/* Draws a value for `key` from a range that was set: one of its list, or uniform between its ends, of the
 * logarithm where both are positive; whole for an integer field. */
void tune_range_draw(const TuneRange *range, const Key *key, gsl_rng *random, char value[SPEC_WORD]);
