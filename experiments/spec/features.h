/* Names of the columns of x that a source of data has, known before there are any data. */
#pragma once

#include "experiments/spec/spec.h"

/* Categorical columns and groups of dense ones, in the order of the Schema; NULL ends the list. Not for
 * layouts of files, whose columns are known when they are read. */
const char *const *feature_names(DataSource source);

/* STATUS_USAGE for a comma-separated list with a name that the source does not have. */
Status features_check(DataSource source, const char *names, Message *message);

/* Likewise of data that were read. */
Status features_check_schema(const Schema *schema, const char *names, Message *message);
