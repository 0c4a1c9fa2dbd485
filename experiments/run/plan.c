#include "experiments/run/plan.h"

#include "sim/base/suggest.h"

#include <stdlib.h>
#include <string.h>

Status only_check(const Only *only, const Spec *spec, Message *message)
{
    const char *known[MAX_ESTIMATORS + MAX_RISK];
    int count = 0;
    for (int e = 0; e < spec->estimators; e++)
        known[count++] = spec->estimator[e];
    for (int e = 0; e < spec->risk_estimators; e++)
        known[count++] = spec->risk_estimator[e];
    for (int i = 0; i < only->names; i++) {
        bool found = false;
        for (int e = 0; !found && e < count; e++)
            found = !strcmp(only->name[i], known[e]);
        if (found)
            continue;
        const char *nearest = nearest_name(only->name[i], known, count);
        return fail(message, STATUS_USAGE, "--only: '%s' is not an estimator of experiment '%s'%s%s%s",
                    only->name[i], spec->name, nearest ? "; did you mean '" : "", nearest ? nearest : "",
                    nearest ? "'?" : "");
    }
    return STATUS_OK;
}

static bool wanted(const Only *only, const char *estimator)
{
    for (int i = 0; i < only->names; i++)
        if (!strcmp(only->name[i], estimator))
            return true;
    return only->names == 0;
}

/* Counts a unit; whether it is to run. */
static bool to_run(Plan *plan, bool there, const char *estimator, const Only *only)
{
    bool asked = wanted(only, estimator), missing = !there && asked;
    plan->missing += missing;
    plan->there += there && asked;
    plan->complete &= there || missing;
    return missing;
}

static Status plan_settings(Plan *plan, const Spec *spec, Message *message)
{
    plan->settings = spec_settings(spec);
    plan->setting = calloc((size_t)plan->settings, sizeof *plan->setting);
    if (!plan->setting)
        return fail_memory(message, "the settings of the experiment");
    for (int i = 0; i < plan->settings; i++) {
        Status status = spec_setting(spec, i, &plan->setting[i].spec, plan->setting[i].text, message);
        if (status)
            return status;
    }
    return STATUS_OK;
}

/* Adds the task when a unit of it is missing. */
static Status plan_task(Plan *plan, Task task, const Only *only, Store *store, Message *message)
{
    const PlannedSetting *setting = &plan->setting[task.setting];
    const Spec *spec = &setting->spec;
    for (int e = 0; e < spec->estimators; e++) {
        const char *estimator = spec->estimator[e];
        const UnitKey unit = {spec->name, setting->text, estimator, task.world, task.replicate};
        bool there;
        Status status = store_has_run(store, &unit, &there, message);
        if (status)
            return status;
        if (to_run(plan, there, estimator, only))
            task.estimator[task.missing++] = (uint8_t)e;
    }
    if (task.missing)
        plan->task[plan->tasks++] = task;
    return STATUS_OK;
}

static Status plan_risk_task(Plan *plan, RiskTask task, const Only *only, Store *store, Message *message)
{
    const PlannedSetting *setting = &plan->setting[task.setting];
    const Spec *spec = &setting->spec;
    for (int e = 0; e < spec->risk_estimators; e++) {
        const char *estimator = spec->risk_estimator[e];
        const RiskKey key = {spec->name, setting->text, spec->risk_predictor[task.predictor], estimator,
                             task.world};
        int redraws;
        Status status = store_risk_redraws(store, &key, &redraws, message);
        if (status)
            return status;
        if (to_run(plan, redraws >= spec->risk_redraws, estimator, only))
            task.estimator[task.missing++] = (uint8_t)e;
    }
    if (task.missing)
        plan->risk_task[plan->risk_tasks++] = task;
    return STATUS_OK;
}

static Status plan_risk(Plan *plan, const Spec *spec, const Only *only, Store *store, Message *message)
{
    Status status = STATUS_OK;
    size_t most = (size_t)plan->settings * (size_t)spec->worlds * (size_t)spec->risk_predictors;
    if (!spec->risk_estimators)
        return STATUS_OK;
    plan->risk_task = calloc(most, sizeof *plan->risk_task);
    if (!plan->risk_task)
        return fail_memory(message, "the plan of the experiment");
    for (int s = 0; !status && s < plan->settings; s++)
        for (int w = 0; !status && w < spec->worlds; w++)
            for (int p = 0; !status && p < spec->risk_predictors; p++)
                status = plan_risk_task(plan, (RiskTask){.setting = s, .world = w, .predictor = p}, only,
                                        store, message);
    return status;
}

Status plan_create(Plan *plan, const Spec *spec, const Only *only, Store *store, Message *message)
{
    *plan = (Plan){.complete = true};
    Status status = plan_settings(plan, spec, message);
    size_t most = (size_t)plan->settings * (size_t)spec->worlds * (size_t)spec->replicates;
    if (!status && !(plan->task = calloc(most, sizeof *plan->task)))
        status = fail_memory(message, "the plan of the experiment");
    for (int s = 0; !status && s < plan->settings; s++)
        for (int w = 0; !status && w < spec->worlds; w++)
            for (int r = 0; !status && r < spec->replicates; r++)
                status =
                    plan_task(plan, (Task){.setting = s, .world = w, .replicate = r}, only, store, message);
    if (!status)
        status = plan_risk(plan, spec, only, store, message);
    if (status)
        plan_free(plan);
    return status;
}

void plan_free(Plan *plan)
{
    free(plan->setting);
    free(plan->task);
    free(plan->risk_task);
    *plan = (Plan){0};
}
