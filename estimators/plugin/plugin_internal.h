/* A loaded library, and the checks of what it says of itself. */
#pragma once

#include "estimators/plugin/cvrlab_plugin.h"
#include "estimators/plugin/native_estimator.h"
#include "estimators/plugin/plugin.h"

struct Plugin {
    char *path;
    const Estimator *estimator; /* NULL for a plug-in of cvrlab_plugin.h, which fills the next: */
    CvrlabPlugin calls;         /* members that it did not know of are 0 */
    unsigned needs;
    Constant option[MAX_CONSTANTS + 1]; /* a copy, whose last has a NULL key */
};

/* Puts a descriptor, as cvrlab_plugin() has returned it, into plugin->calls, needs and option. STATUS_USAGE,
 * with a message that begins with the path, where something about it is wrong. */
Status plugin_take_calls(Plugin *plugin, const CvrlabPlugin *found, Message *message);

/* The same of the symbol cvrlab_estimator, for plugin->estimator. */
Status plugin_take_estimator(Plugin *plugin, const NativeEstimator *found, Message *message);

/* A name or key: 1 to WORD_SIZE - 1 letters, digits and _. */
bool is_identifier(const char *text);

/* Copies options into plugin->option one by one: each at its place, in a row. STATUS_USAGE for one too many,
 * and for a key, a range or a default that cannot be. */
Status plugin_add_option(Plugin *plugin, int place, const Constant *option, Message *message);
