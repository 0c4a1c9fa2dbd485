/* tune.range.OPTION and tune.range.estimator.NAME.OPTION: where a random search draws an option of all
 * methods that have it, or of one, from. */
#pragma once

#include "experiments/spec/key.h"

#include <gsl/gsl_rng.h>

/* Sets tune.range.OPTION from "LOW..HIGH" or a list of values; OPTION is a constant of an estimator, or the
 * last word of a model.* or train.* key. Whether an estimator has such an option is for tune_range_check; the
 * option of estimator.NAME.OPTION is looked up here. */
Status tune_range_set(Spec *spec, const char *option, const char *text, const char *where, Message *message);

/* STATUS_USAGE for a range of an option that no estimator of the spec has, and for a value that one of them
 * cannot take. */
Status tune_range_check(const Spec *spec, const TuneRange *range, Message *message);

/* Finds the option that a range is of, for a method; false where it is of other methods. */
bool tune_range_key(const Spec *spec, const char *estimator, const TuneRange *range, Key *key);

/* The range of an option of a method: the one of this method alone, or else that of all; NULL for none. */
const TuneRange *tune_range_of(const Spec *spec, const Key *key);

/* Draws a value for `key` from a range that was set: one of its list, or uniform between its ends, of the
 * logarithm where both are positive; whole for an integer field. */
void tune_range_draw(const TuneRange *range, const Key *key, gsl_rng *random, char value[SPEC_WORD]);
