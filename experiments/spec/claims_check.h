/* Whether an experiment's claims are about what it has. */
#pragma once

#include "experiments/spec/settings.h"

/* STATUS_USAGE for a claim with an estimator, metric, task, space or key that the experiment does not have,
 * told with the nearest name, and for one whose `at` picks no setting, or several
 * without `everywhere`, told with the settings. */
Status claims_check(const Settings *settings, Message *message);
