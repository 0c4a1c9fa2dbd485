/* What a spec says between the lines. */
#include "experiments/spec/spec.h"

#include <string.h>

uint32_t spec_world_number(const Spec *spec, uint32_t world)
{
    return spec->world_numbers ? (uint32_t)spec->world_number[world] : world;
}

bool spec_has_truth(const Spec *spec)
{
    return !spec->layout || layout_is_completed(spec->layout) || spec_is_plasmode(spec);
}

bool spec_is_plasmode(const Spec *spec)
{
    return spec->layout && !layout_is_completed(spec->layout) && spec->outcomes == OUTCOMES_FITTED;
}

bool spec_has_unbiased(const Spec *spec)
{
    return spec_has_truth(spec) ? spec->unbiased_size > 0 : spec->unbiased_share > 0;
}

const char *spec_unbiased_key(const Spec *spec)
{
    return spec_has_truth(spec) ? "unbiased.size" : "data.unbiased_share";
}

bool spec_has_estimator(const Spec *spec, const char *name)
{
    for (int e = 0; e < spec->estimators; e++)
        if (!strcmp(spec->estimator[e], name))
            return true;
    return false;
}

const char *spec_baseline(const Spec *spec)
{
    return spec->baseline[0] ? spec->baseline : spec->estimator[0];
}

bool spec_grows_worlds(const Spec *spec)
{
    return spec->worlds > 1;
}

int spec_pilot(const Spec *spec)
{
    const int counted = spec_grows_worlds(spec) ? spec->worlds : spec->replicates;
    return counted > PILOT_SIZE ? counted : PILOT_SIZE;
}

int spec_settings(const Spec *spec)
{
    int settings = spec->joint.settings ? spec->joint.settings : 1;
    for (int i = 0; i < spec->sweeps; i++)
        settings *= spec->sweep[i].values;
    return settings;
}
