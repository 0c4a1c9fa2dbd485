/* Which units an experiment has, and which of them are left to run. Estimators and redraws are the same in
 * every setting, and worlds and replicates are those of its stage, so that a plan is made without making the
 * settings. */
#include "experiments/run/plan.h"

#include "experiments/spec/outside_method.h"
#include "results/store/origin.h"
#include "sim/base/suggest.h"

#include <stdlib.h>
#include <string.h>

Status only_check(const Only *only, const char *option, const Spec *spec, Message *message)
{
    const char *known[MAX_ESTIMATORS + MAX_RISK + 1];
    int count = 0;
    for (int e = 0; e < spec->estimators; e++)
        known[count++] = spec->estimator[e];
    for (int e = 0; e < spec->risk_estimators; e++)
        known[count++] = spec->risk_estimator[e];
    if (spec->risk_estimators)
        known[count++] = origin_risk;
    for (int i = 0; i < only->names; i++) {
        bool found = false;
        for (int e = 0; !found && e < count; e++)
            found = !strcmp(only->name[i], known[e]);
        if (found)
            continue;
        char where[SPEC_WORD + 16];
        snprintf(where, sizeof where, "%s: %s", spec->name, option);
        return fail_unknown(message, where, "estimator", only->name[i], &(KnownNames){known, count, NULL});
    }
    return STATUS_OK;
}

bool only_wants(const Only *only, const char *estimator)
{
    for (int i = 0; i < only->names; i++)
        if (!strcmp(only->name[i], estimator))
            return true;
    return only->names == 0;
}

bool only_runs_again(const Only *only, const Spec *spec, const char *estimator, UnitState state)
{
    const bool interrupted = state == UNIT_FAILED || state == UNIT_TIMEOUT;
    return (interrupted && outside_method_find(spec, estimator)) ||
           (only->failed && (interrupted || state == UNIT_SKIPPED));
}

/* Whether nothing of this process can make the predictions. */
static bool is_elsewhere(const Spec *spec, const char *estimator, const Only *only)
{
    const OutsideMethod *method = outside_method_find(spec, estimator);
    return method && method->kind == OUTSIDE_SCORED && !only->offered;
}

/* Counts a unit; whether it is to run, where it is asked for. */
static bool to_run(Plan *plan, bool there, bool asked)
{
    bool missing = !there && asked;
    plan->missing += missing;
    plan->there += there && asked;
    plan->complete &= there || missing;
    return missing;
}

/* Adds the task when a unit of it is missing. */
static Status plan_task(Plan *plan, Task task, const char *setting, const Only *only, Store *store,
                        Message *message)
{
    const Spec *spec = plan->settings.spec;
    char log[SPEC_TEXT];
    settings_log(&plan->settings, task.setting, log);
    for (int e = 0; e < spec->estimators; e++) {
        const char *estimator = spec->estimator[e];
        const UnitKey unit = {spec->name, setting, estimator, task.world, task.replicate};
        UnitState state;
        Status status = store_unit_state(store, &unit, &state, message);
        if (status)
            return status;
        const bool there = state != UNIT_MISSING, elsewhere = is_elsewhere(spec, estimator, only),
                   here = shard_has(&only->shard, log, task.world, task.replicate, estimator),
                   asked = here && only_wants(only, estimator) && !elsewhere,
                   again = only_runs_again(only, spec, estimator, state);
        plan->failed += state > UNIT_DIVERGED && asked && !again;
        plan->outside += here && elsewhere && (!there || again);
        plan->elsewhere += !here && !there;
        if (to_run(plan, there && !(again && asked), asked))
            task.estimator[task.missing++] = (uint8_t)e;
    }
    if (task.missing)
        plan->task[plan->tasks++] = task;
    return STATUS_OK;
}

/* The tasks of one world. A store that was damaged, or written by a program that could be stopped in between,
 * may have its runs and lack its test exposures; then a task without units stores these. */
static Status plan_world(Plan *plan, int setting, int world, const char *text, const Only *only, Store *store,
                         Message *message)
{
    const Spec *spec = plan->settings.spec;
    const int before = plan->tasks;
    bool there;
    Status status = STATUS_OK;
    for (int r = 0; !status && r < plan->stages.setting[setting].replicates; r++)
        status = plan_task(plan, (Task){.setting = setting, .world = world, .replicate = r}, text, only,
                           store, message);
    if (status || plan->tasks > before || spec->estimators == 0)
        return status;
    status = store_has_test_set(store, spec->name, text, world, &there, message);
    if (!status && !there && plan->there > 0)
        plan->task[plan->tasks++] = (Task){.setting = setting, .world = world};
    return status;
}

static Status plan_setting(Plan *plan, int setting, const Only *only, Store *store, Message *message)
{
    char text[SPEC_TEXT];
    Status status = STATUS_OK;
    settings_text(&plan->settings, setting, text);
    for (int w = 0; !status && w < plan->stages.setting[setting].worlds; w++)
        status = plan_world(plan, setting, w, text, only, store, message);
    return status;
}

static Status plan_risk_task(Plan *plan, RiskTask task, const char *setting, const Only *only, Store *store,
                             Message *message)
{
    const Spec *spec = plan->settings.spec;
    const char *predictor = spec->risk_predictor[task.predictor];
    char log[SPEC_TEXT];
    settings_log(&plan->settings, task.setting, log);
    const bool here = shard_has(&only->shard, log, task.world, 0, predictor);
    for (int e = 0; e < spec->risk_estimators; e++) {
        const char *estimator = spec->risk_estimator[e];
        const RiskKey key = {spec->name, setting, predictor, estimator, task.world};
        int redraws;
        Status status = store_risk_redraws(store, &key, &redraws, message);
        if (status)
            return status;
        const bool there = redraws >= spec->risk_redraws;
        plan->elsewhere += !here && !there;
        if (to_run(plan, there, here && (only_wants(only, estimator) || only_wants(only, origin_risk))))
            task.estimator[task.missing++] = (uint8_t)e;
    }
    if (task.missing)
        plan->risk_task[plan->risk_tasks++] = task;
    return STATUS_OK;
}

static Status plan_risk_setting(Plan *plan, int setting, const Only *only, Store *store, Message *message)
{
    const Spec *spec = plan->settings.spec;
    char text[SPEC_TEXT];
    Status status = STATUS_OK;
    settings_text(&plan->settings, setting, text);
    for (int w = 0; !status && w < plan->stages.setting[setting].worlds; w++)
        for (int p = 0; !status && p < spec->risk_predictors; p++)
            status = plan_risk_task(plan, (RiskTask){.setting = setting, .world = w, .predictor = p}, text,
                                    only, store, message);
    return status;
}

/* Room for as many tasks as there can be. */
static Status create_tasks(Plan *plan, const Spec *spec, Message *message)
{
    const size_t worlds = (size_t)plan->settings.count * (size_t)plan->stages.worlds;
    plan->task = calloc(worlds * (size_t)plan->stages.replicates, sizeof *plan->task);
    if (spec->risk_estimators)
        plan->risk_task = calloc(worlds * (size_t)spec->risk_predictors, sizeof *plan->risk_task);
    return plan->task && (plan->risk_task || !spec->risk_estimators)
               ? STATUS_OK
               : fail_memory(message, "the plan of the experiment");
}

Status plan_create(Plan *plan, const Spec *spec, const Only *only, Store *store, Store *decided,
                   Message *message)
{
    *plan = (Plan){.complete = true};
    Status status = settings_create(&plan->settings, spec, message);
    if (!status)
        status = stages_create(&plan->stages, &plan->settings, decided, message);
    if (!status)
        status = create_tasks(plan, spec, message);
    plan->complete = plan->stages.final;
    for (int s = 0; !status && s < plan->settings.count; s++)
        status = plan_setting(plan, s, only, store, message);
    for (int s = 0; !status && spec->risk_estimators && s < plan->settings.count; s++)
        status = plan_risk_setting(plan, s, only, store, message);
    if (status)
        plan_free(plan);
    return status;
}

void plan_free(Plan *plan)
{
    stages_clear(&plan->stages);
    free(plan->task);
    free(plan->risk_task);
    *plan = (Plan){0};
}
