/* One name explained: what `cvrlab list NAME` prints. */
#pragma once

#include "sim/base/status.h"

/* Prints what the name is: an estimator, backbone, metric, key, group of keys ("world"), figure, or an
 * estimator or predictor of the risk layer; a name of several kinds is explained as each. STATUS_USAGE for an
 * unknown one, with the nearest of all. */
Status explain_name(const char *name, Message *message);

/* Prints every key with its meaning, in lines that fit the terminal. */
void explain_all_keys(void);

/* Prints what is said of one estimator, which may have a backbone before it. STATUS_USAGE for an unknown one.
 */
Status explain_estimators(const char *name, Message *message);

/* Prints the keys that `name` names: one, or those of a group. STATUS_USAGE for an unknown one. */
Status explain_keys(const char *name, Message *message);
