/* What one estimator does differently. A Spec holds overrides as text, the shortest form of each value, so
 * that equal specs are equal byte for byte. */
#include "experiments/spec/override.h"
#include "experiments/spec/named_method.h"

#include <string.h>

/* The place of the override, or the number of overrides. */
static int place(const Spec *spec, const Key *key)
{
    int i = 0;
    while (i < spec->overrides && (strcmp(spec->override[i].estimator, key->estimator) != 0 ||
                                   strcmp(spec->override[i].key, key->option) != 0))
        i++;
    return i;
}

Status override_set(Spec *spec, const Key *key, const char *value, const char *where, Message *message)
{
    Override override = {0};
    Status status = key_check(key, value, override.value, where, message);
    if (status)
        return status;
    int i = place(spec, key);
    if (i == MAX_OVERRIDES)
        return fail(message, STATUS_USAGE, "%s: %s: too many estimator keys; expected at most %d", where,
                    key->name, MAX_OVERRIDES);
    snprintf(override.estimator, sizeof override.estimator, "%s", key->estimator);
    snprintf(override.key, sizeof override.key, "%s", key->option);
    spec->override[i] = override;
    spec->overrides += i == spec->overrides;
    return STATUS_OK;
}

void override_remove(Spec *spec, const Key *key)
{
    int i = place(spec, key);
    if (i == spec->overrides)
        return;
    spec->overrides--;
    memmove(&spec->override[i], &spec->override[i + 1], (size_t)(spec->overrides - i) * sizeof(Override));
    memset(&spec->override[spec->overrides], 0, sizeof(Override));
}

Status override_options(const Spec *spec, const char *estimator, EstimatorOptions *options, Message *message)
{
    Method method;
    Status status = spec_find_method(spec, estimator, &method, message);
    if (status)
        return status;
    memset(options, 0, sizeof *options);
    options->model = spec->model;
    options->train = spec->train;
    for (int i = 0; i < constant_count(method.estimator); i++)
        options->constant[i] = method.estimator->constant[i].value;
    for (int i = 0; !status && i < spec->overrides; i++) {
        const Override *override = &spec->override[i];
        Key key;
        if (strcmp(override->estimator, estimator) != 0)
            continue;
        status = key_find_option(spec, estimator, override->key, &key, "estimator", message);
        if (!status && !key.free)
            status = key_set_option(&key, options, override->value, "estimator", message);
    }
    return status;
}
