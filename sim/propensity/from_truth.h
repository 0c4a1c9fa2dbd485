/* Propensities and imputations that only the truth can give. */
#pragma once

#include "sim/propensity/imputation.h"
#include "sim/propensity/propensity.h"
#include "sim/truth.h"

/* The undistorted propensities of `source`, one of oracle, full and inverted, into p[0..truth->rows), in (0,
 * 1]. */
void truth_propensity(const Truth *truth, PropensitySource source, float *p);

/* The undistorted imputations of `source`, one of those that truth knows (truth_imputes), into
 * m[0..truth->rows). */
void truth_imputation(const Truth *truth, ImputationSource source, float *m);

/* Whether a source of imputations is taken from the truth, rather than from the log. */
bool truth_imputes(ImputationSource source);
