/* Units one by one, each in its shard as a run has it. */
#include "experiments/report/missing.h"

#include "experiments/spec/settings.h"
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

Status missing_shards(Store *store, const Spec *spec, int parts, bool *missing, Message *message)
{
    Settings settings;
    Status status = settings_create(&settings, spec, message);
    for (int s = 0; !status && s < settings.count; s++) {
        char text[SPEC_TEXT], log[SPEC_TEXT];
        settings_text(&settings, s, text);
        settings_log(&settings, s, log);
        for (int w = 0; !status && w < spec->worlds; w++) {
            UnitKey unit = {.experiment = spec->name, .setting = text, .world = w};
            for (int r = 0; !status && r < spec->replicates; r++) {
                unit.replicate = r;
                status = look_at_log(store, spec, &unit, log, parts, missing, message);
            }
            if (!status)
                status = look_at_risk(store, spec, &unit, log, parts, missing, message);
        }
    }
    return status;
}
