/* Whether an experiment's claims are about what it has. */
#pragma once

#include "experiments/spec/spec.h"

/* STATUS_USAGE for a claim with an estimator, metric, task, space or setting that there is not, told with the
 * nearest name, or whose `at` picks no setting or several, told with the settings. */
Status claims_check(const Spec *spec, Message *message);
