/* Stages are found by going through them: how many units each asked for, from those of the stages before. */
#include "experiments/run/stages.h"

#include "results/summary/metric_group.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A setting whose stages are looked at. */
typedef struct SettingLook {
    const Spec *spec;
    Store *store;
    char text[SPEC_TEXT]; /* of the setting */
} SettingLook;

static SettingUnits units_of(const Spec *spec, int counted)
{
    const bool worlds = spec_grows_worlds(spec);
    return (SettingUnits){.worlds = worlds ? counted : spec->worlds,
                          .replicates = worlds ? spec->replicates : counted};
}

/* Whether the store has all units from `from` on, counted in worlds or replicates, up to `to`. */
static Status look_for_units(const SettingLook *look, int from, int to, bool *full, Message *message)
{
    const Spec *spec = look->spec;
    const SettingUnits all = units_of(spec, to);
    const bool worlds = spec_grows_worlds(spec);
    Status status = STATUS_OK;
    *full = true;
    for (int w = worlds ? from : 0; w < all.worlds; w++)
        for (int r = worlds ? 0 : from; r < all.replicates; r++)
            for (int e = 0; e < spec->estimators; e++) {
                const UnitKey unit = {spec->name, look->text, spec->estimator[e], w, r};
                UnitState state;
                if (!*full)
                    return STATUS_OK;
                status = store_unit_state(look->store, &unit, &state, message);
                *full = state != UNIT_MISSING;
                if (status)
                    return status;
            }
    return STATUS_OK;
}

/* The values of the first `counted` worlds or replicates. */
static UnitMean mean_of_first(const UnitValues *values, bool worlds, int counted, UnitValue *room)
{
    UnitValues first = {.unit = room};
    for (int i = 0; i < values->units; i++)
        if ((worlds ? values->unit[i].world : values->unit[i].replicate) < counted)
            room[first.units++] = values->unit[i];
    return first.units ? unit_mean(&first) : (UnitMean){0};
}

/* How many units the bound asks for after `counted` of them, in *asked where these are not enough for every
 * estimator. */
static Status ask_group(const SettingLook *look, const PrecisionBound *bound, int counted,
                        const MetricGroup *group, double *asked, Message *message)
{
    UnitValue *room = calloc((size_t)group->units + 1, sizeof *room);
    bool known = false;
    if (!room)
        return fail_memory(message, "the values of the units");
    for (int i = 0; i < group->count; i++) {
        const UnitMean mean =
            mean_of_first(&group->series[i].values, spec_grows_worlds(look->spec), counted, room);
        const SampleSpread spread = {mean.sample, mean.sd};
        const double most = precision_most(bound, mean.mean);
        known |= mean.sample > 0;
        /* Diverged units have no value: as many again are expected among those to come. */
        if (mean.sample > 1 && most > 0 && !sample_suffices(spread, most))
            *asked = fmax(*asked, ceil(sample_size(spread, most) * counted / mean.sample));
    }
    free(room);
    return known ? STATUS_OK
                 : fail(message, STATUS_USAGE,
                        "%s: precision.%s: none of the units has it; expected a metric that these data have",
                        look->spec->name, bound->measure);
}

static Status ask(const SettingLook *look, const PrecisionBound *bound, int counted, double *asked,
                  Message *message)
{
    Measure measure;
    MetricGroup group = {0};
    Status status = measure_parse(bound->measure, &measure, message);
    if (status)
        return status;
    status = metric_group_read(&group, look->store, look->spec->name, look->text, measure_metric(&measure),
                               message);
    if (!status)
        status = ask_group(look, bound, counted, &group, asked, message);
    metric_group_clear(&group);
    return status;
}

static Status look_at_setting(const SettingLook *look, SettingUnits *units, Message *message)
{
    const Spec *spec = look->spec;
    const int max = spec->precision.max;
    int before = 0, counted = spec_pilot(spec);
    for (int stage = 0;; stage++) {
        bool full;
        double asked = 0;
        Status status = look_for_units(look, before, counted, &full, message);
        *units = units_of(spec, counted);
        units->stage = stage;
        units->final = counted >= max || stage == SAMPLE_STAGES - 1;
        if (status || !full || units->final)
            return status;
        for (int b = 0; !status && b < spec->precision.bounds; b++)
            status = ask(look, &spec->precision.bound[b], counted, &asked, message);
        units->final = asked <= counted;
        if (status || units->final)
            return status;
        before = counted;
        counted = asked < max ? (int)asked : max;
    }
}

Status stages_create(Stages *stages, const Settings *settings, Store *store, Message *message)
{
    const Spec *spec = settings->spec;
    SettingLook look = {.spec = spec, .store = store};
    Status status = STATUS_OK;
    *stages = (Stages){.setting = calloc((size_t)settings->count, sizeof *stages->setting),
                       .settings = settings->count,
                       .final = true};
    if (!stages->setting)
        return fail_memory(message, "the settings");
    for (int s = 0; !status && s < settings->count; s++) {
        SettingUnits *units = &stages->setting[s];
        *units = (SettingUnits){.worlds = spec->worlds, .replicates = spec->replicates, .final = true};
        settings_text(settings, s, look.text);
        if (spec->precision.bounds)
            status = look_at_setting(&look, units, message);
        stages->worlds = units->worlds > stages->worlds ? units->worlds : stages->worlds;
        stages->replicates = units->replicates > stages->replicates ? units->replicates : stages->replicates;
        stages->final &= units->final;
    }
    return status;
}

void stages_clear(Stages *stages)
{
    free(stages->setting);
    *stages = (Stages){0};
}
