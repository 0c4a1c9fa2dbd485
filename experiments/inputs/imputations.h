/* The imputations that a replicate's estimators are given: one mechanism for every source and distortion, for
 * the trained estimators and for the risk layer. */
#pragma once

#include "experiments/spec/spec.h"
#include "sim/base/random.h"
#include "sim/log.h"
#include "sim/truth.h"

/* Whether the setting's imputations need the truth of the log. */
bool imputations_need_truth(const Spec *setting);

/* Gives the log its pseudo-labels, distorted; none where imputations are learned. `truth` is that of the log,
 * and may have no rows where it is not needed. */
Status imputations_fill(const Spec *setting, const StreamKey *key, const Truth *truth, Log *log,
                        Message *message);
