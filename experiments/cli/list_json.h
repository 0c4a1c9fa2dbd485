/* The lists of `cvrlab list` for other programs. */
#pragma once

#include "sim/base/status.h"

/* Prints one list of objects, of the estimators, backbones, experiments, metrics, risk estimators and
 * predictors, or keys; of all of them where `list` is NULL. STATUS_USAGE for a list that there is not. */
Status list_json(const char *list, Message *message);
