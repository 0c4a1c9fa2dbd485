/* The names of features that an experiment may speak of (propensity.omit, model.omit), checked against the
 * columns of its data. */
#pragma once

#include "experiments/spec/spec.h"

/* STATUS_USAGE for a comma-separated list with a name that is no column of the spec's data, as far as they
 * are known before they are read: those of a world always, those of a layout where it says so
 * (layout_features). */
Status features_check(const Spec *spec, const char *names, Message *message);

/* Likewise of data that were read. */
Status features_check_schema(const Schema *schema, const char *names, Message *message);
