/* A library is loaded by its path alone, and stays loaded, so that a Spec can point into it. */
#include "experiments/outside/plugins.h"

#include "experiments/outside/model_code.h"
#include "experiments/spec/key.h"
#include "experiments/spec/override.h"
#include "sim/base/suggest.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* The place of an option, or -1. */
static int option_place(const Plugin *plugin, const char *key)
{
    const Constant *option = plugin_options(plugin);
    for (int i = 0; option[i].key; i++)
        if (!strcmp(option[i].key, key))
            return i;
    return -1;
}

static Status check_value(const OutsideMethod *method, const Override *override, Message *message)
{
    const Constant *option = plugin_options(method->loaded);
    const int i = option_place(method->loaded, override->key);
    const char *known[MAX_CONSTANTS];
    char where[2 * SPEC_WORD];
    int count = 0;
    snprintf(where, sizeof where, "methods.%s", method->name);
    while (option[count].key) {
        known[count] = option[count].key;
        count++;
    }
    if (i < 0)
        return fail_unknown(message, where, "key", override->key,
                            &(KnownNames){known, count,
                                          "one of the plug-in's options, or a train or model key "
                                          "in full"});
    char *end;
    const double value = strtod(override->value, &end);
    return *end || !(value >= option[i].low && value <= option[i].high)
               ? fail(message, STATUS_USAGE, "%s.%s: found '%s'; expected a real number in [%.16g, %.16g]",
                      where, override->key, override->value, option[i].low, option[i].high)
               : STATUS_OK;
}

/* What is set of a method, now that it is known what can be. */
static Status check_options(const Spec *spec, const OutsideMethod *method, Message *message)
{
    EstimatorOptions options;
    if (method->estimator)
        return override_options(spec, method->name, &options, message);
    Status status = STATUS_OK;
    for (int i = 0; !status && i < spec->overrides; i++) {
        const Override *override = &spec->override[i];
        if (!strcmp(override->estimator, method->name) && !strchr(override->key, '.'))
            status = check_value(method, override, message);
    }
    return status;
}

static Status open_plugin(const Spec *spec, OutsideMethod *method, Message *message)
{
    char path[PATH_MAX], whole[PATH_MAX + 2];
    Plugin *plugin;
    Message why;
    Status status = model_path(spec, method->plugin, path, sizeof path, message);
    if (status)
        return status;
    snprintf(whole, sizeof whole, "%s%s", strchr(path, '/') ? "" : "./", path);
    status = plugin_open(&plugin, whole, &why);
    if (status)
        return fail(message, status, "methods.%s: %s", method->name, why.text);
    method->loaded = plugin;
    method->loaded_needs = plugin_needs(plugin);
    method->estimator = plugin_estimator(plugin);
    return check_options(spec, method, message);
}

Status plugins_open(Spec *spec, Message *message)
{
    Status status = STATUS_OK;
    for (int i = 0; !status && i < spec->outsides; i++)
        if (spec->outside[i].kind == OUTSIDE_PLUGIN)
            status = open_plugin(spec, &spec->outside[i], message);
    return status;
}

void plugin_values(const Spec *setting, const OutsideMethod *method, double value[MAX_CONSTANTS])
{
    const Constant *option = plugin_options(method->loaded);
    for (int i = 0; option[i].key; i++)
        value[i] = option[i].value;
    for (int i = 0; i < setting->overrides; i++) {
        const Override *override = &setting->override[i];
        const int place =
            strcmp(override->estimator, method->name) != 0 ? -1 : option_place(method->loaded, override->key);
        if (place >= 0)
            value[place] = strtod(override->value, NULL);
    }
}
