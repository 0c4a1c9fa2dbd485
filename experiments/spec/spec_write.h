/* A spec as text. */
#pragma once

#include "experiments/spec/spec.h"
#include "results/store/fingerprint.h"
#include "sim/base/status.h"

#include <stdio.h>

/* The spec as YAML text that reads back to the same spec: every key that differs from its default, in table
 * order. */
void spec_write(const Spec *spec, FILE *file);

/* What the numbers of a unit depend on: every key, at its default or not, so that a default that changes in a
 * later version is noticed, each with its legacy value; then named methods, the overrides in alphabetical
 * order and the ranges of a search. Without labels, name, question, replicates, worlds, estimators, baseline,
 * predictors and redraws of the risk layer, sweeps and data folder, so that an experiment can be extended but
 * not silently changed. Free it with fingerprint_clear, also after a failure. */
Status spec_fingerprint(const Spec *spec, Fingerprint *fingerprint, Message *message);
