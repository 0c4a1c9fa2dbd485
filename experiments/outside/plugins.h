/* The plug-ins of an experiment: loaded, and called for its units. */
#pragma once

#include "estimators/plugin/plugin.h"
#include "experiments/spec/spec.h"

/* Loads every plug-in that the experiment names, from beside its file, and checks the options that it sets:
 * from then on its methods have the needs and options of what was loaded. STATUS_USAGE for a file that is no
 * plug-in for this program, and for an option that it does not have or whose value it does not take. */
Status plugins_open(Spec *spec, Message *message);

/* The values of a plug-in's options in a setting, in the order of plugin_options(). */
void plugin_values(const Spec *setting, const OutsideMethod *method, double value[MAX_CONSTANTS]);
