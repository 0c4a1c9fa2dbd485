/* Units one by one, each in its shard as a run has it. */
#include "experiments/report/missing.h"

#include "experiments/run/stages.h"
#include "experiments/spec/shard.h"

/* The units of one log. */
static Status look_at_log(Store *store, const Spec *spec, const UnitKey *of, const char *log, int parts,
                          bool *missing, Message *message)
{
    Status status = STATUS_OK;
    for (int e = 0; !status && e < spec->estimators; e++) {
        UnitKey unit = *of;
        UnitState state;
        unit.estimator = spec->estimator[e];
        status = store_unit_state(store, &unit, &state, message);
        if (!status && state == UNIT_MISSING)
            missing[shard_of(parts, log, unit.world, unit.replicate, unit.estimator) - 1] = true;
    }
    return status;
}

static Status look_at_risk(Store *store, const Spec *spec, const UnitKey *of, const char *log, int parts,
                           bool *missing, Message *message)
{
    Status status = STATUS_OK;
    for (int p = 0; !status && p < spec->risk_predictors; p++)
        for (int e = 0; !status && e < spec->risk_estimators; e++) {
            const RiskKey key = {of->experiment, of->setting, spec->risk_predictor[p],
                                 spec->risk_estimator[e], of->world};
            int redraws;
            status = store_risk_redraws(store, &key, &redraws, message);
            if (!status && redraws < spec->risk_redraws)
                missing[shard_of(parts, log, of->world, 0, spec->risk_predictor[p]) - 1] = true;
        }
    return status;
}

static Status look_at_setting(Store *store, const Settings *settings, int setting, const SettingUnits *units,
                              int parts, bool *missing, Message *message)
{
    const Spec *spec = settings->spec;
    char text[SPEC_TEXT], log[SPEC_TEXT];
    Status status = STATUS_OK;
    settings_text(settings, setting, text);
    settings_log(settings, setting, log);
    for (int w = 0; !status && w < units->worlds; w++) {
        UnitKey unit = {.experiment = spec->name, .setting = text, .world = w};
        for (int r = 0; !status && r < units->replicates; r++) {
            unit.replicate = r;
            status = look_at_log(store, spec, &unit, log, parts, missing, message);
        }
        if (!status)
            status = look_at_risk(store, spec, &unit, log, parts, missing, message);
    }
    return status;
}

Status missing_shards(Store *store, const Spec *spec, int parts, bool *missing, Message *message)
{
    Settings settings;
    Stages stages = {0};
    Status status = settings_create(&settings, spec, message);
    if (!status)
        status = stages_create(&stages, &settings, store, message);
    for (int s = 0; !status && s < settings.count; s++)
        status = look_at_setting(store, &settings, s, &stages.setting[s], parts, missing, message);
    stages_clear(&stages);
    return status;
}
