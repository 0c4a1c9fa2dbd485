/* Loading a library and finding out which kind it is. What it says of itself is checked elsewhere, a file for
 * each kind. Loading runs code of the library, so the floating-point state is kept over it. */
#include "estimators/plugin/plugin.h"

#include "estimators/plugin/float_state.h"
#include "estimators/plugin/plugin_internal.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef const CvrlabPlugin *PluginEntry(uint32_t host_abi);

/* The linker's own words; what they mostly mean for a native estimator, when a function of ours is missing.
 */
static Status fail_to_load(const char *path, Message *message)
{
    const char *error = dlerror();
    const size_t length = strlen(path);
    if (!error)
        error = "unknown error";
    if (!strncmp(error, path, length) && !strncmp(error + length, ": ", 2))
        error += length + 2;
    return fail(
        message, STATUS_USAGE, "%s: cannot be loaded as a plug-in: %s%s", path, error,
        strstr(error, "undefined symbol")
            ? " (a native estimator includes cvrlab_estimator.h first, and is compiled for this cvrlab)"
            : "");
}

/* RTLD_NODELETE: threads that a library has started, such as OpenMP's, outlive every call. */
static Status load(Plugin *plugin, Message *message)
{
    void *library = dlopen(plugin->path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library)
        return fail_to_load(plugin->path, message);
    const NativeEstimator *native = dlsym(library, "cvrlab_estimator");
    PluginEntry *entry = NULL;
    *(void **)&entry = dlsym(library, "cvrlab_plugin");
    Status status;
    if (native && entry)
        status = fail(message, STATUS_USAGE,
                      "%s: has both cvrlab_plugin() and CVRLAB_ESTIMATOR(); expected one", plugin->path);
    else if (native)
        status = plugin_take_estimator(plugin, native, message);
    else if (entry)
        status = plugin_take_calls(plugin, entry(CVRLAB_PLUGIN_ABI), message);
    else
        status = fail(message, STATUS_USAGE,
                      "%s: is no plug-in: expected a function cvrlab_plugin(), see cvrlab_plugin.h, or "
                      "CVRLAB_ESTIMATOR(), see cvrlab_estimator.h",
                      plugin->path);
    dlclose(library);
    return status;
}

Status plugin_open(Plugin **plugin, const char *path, Message *message)
{
    FloatState state;
    *plugin = NULL;
    if (!strchr(path, '/'))
        return fail(message, STATUS_USAGE, "%s: expected a path with a slash, such as ./%s", path, path);
    if (access(path, R_OK))
        return fail(message, STATUS_FAILED, "%s: cannot read the plug-in: %s", path, strerror(errno));
    Plugin *new = calloc(1, sizeof *new);
    if (!new || !(new->path = strdup(path))) {
        plugin_close(new);
        return fail_memory(message, "a plug-in");
    }
    float_state_save(&state);
    Status status = load(new, message);
    float_state_restore(&state);
    if (status)
        plugin_close(new);
    else
        *plugin = new;
    return status;
}

void plugin_close(Plugin *plugin)
{
    if (plugin)
        free(plugin->path);
    free(plugin);
}

const char *plugin_name(const Plugin *plugin)
{
    return plugin->estimator ? plugin->estimator->name : plugin->calls.name;
}

const char *plugin_version(const Plugin *plugin)
{
    return plugin->estimator ? "" : plugin->calls.version;
}

const char *plugin_summary(const Plugin *plugin)
{
    return plugin->estimator ? plugin->estimator->summary : plugin->calls.summary;
}

const char *plugin_cite(const Plugin *plugin)
{
    return plugin->estimator ? plugin->estimator->cite : plugin->calls.cite;
}

unsigned plugin_needs(const Plugin *plugin)
{
    return plugin->needs;
}

const Constant *plugin_options(const Plugin *plugin)
{
    return plugin->option;
}

bool plugin_serial(const Plugin *plugin)
{
    return plugin->calls.flags & CVRLAB_SERIAL;
}

const Estimator *plugin_estimator(const Plugin *plugin)
{
    return plugin->estimator;
}
