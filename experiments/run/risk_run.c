/* The risk tasks of a plan, in their order: those of one setting and world follow each other and share a
 * layer. */
#include "experiments/run/risk_run.h"

#include "experiments/run/risk_layer.h"
#include "results/store/origin.h"

#include <stdlib.h>

/* A task with its names looked up, and the case that its clicks are redrawn of. */
typedef struct RiskWork {
    const Setting *setting;
    const RiskTask *task;
    const RiskPredictor *predictor;
    const RiskEstimator *estimator[MAX_RISK];
    RiskCase c;
} RiskWork;

/* Stores the rows of a task, or compares them with those that are there. */
static Status take_estimates(const RiskRun *run, const RiskWork *work, const double *estimate,
                             Message *message)
{
    const Spec *spec = &work->setting->spec;
    RiskRow row[MAX_RISK];
    for (int e = 0; e < work->task->missing; e++) {
        RiskTheory theory = risk_theory(work->estimator[e], &work->c);
        row[e] = (RiskRow){.experiment = spec->name,
                           .setting = work->setting->text,
                           .world = work->task->world,
                           .predictor = work->predictor->name,
                           .estimator = work->estimator[e]->name,
                           .predictor_position = (int)(work->predictor - risk_predictor_table),
                           .estimator_position = (int)(work->estimator[e] - risk_estimator_table),
                           .ideal = risk_ideal(&work->c),
                           .bias_theory = theory.bias,
                           .sd_theory = theory.sd,
                           .left_out = risk_left_out(work->estimator[e], &work->c),
                           .redraws = spec->risk_redraws,
                           .estimate = estimate + (size_t)e * (size_t)spec->risk_redraws};
    }
    if (!run->same)
        return store_risk(run->store, row, work->task->missing, message);
    Status status = STATUS_OK;
    *run->same = true;
    for (int e = 0; !status && *run->same && e < work->task->missing; e++)
        status = origin_same_risk(run->store, &row[e], run->same, message);
    return status;
}

static Status run_task(const RiskRun *run, const Setting *setting, const RiskTask *task, RiskLayer *layer,
                       Message *message)
{
    const Spec *spec = &setting->spec;
    RiskWork work = {setting, task, .predictor = risk_predictor_find(spec->risk_predictor[task->predictor])};
    for (int e = 0; e < task->missing; e++)
        work.estimator[e] = risk_estimator_find(spec->risk_estimator[task->estimator[e]]);
    double *estimate = calloc((size_t)task->missing * (size_t)spec->risk_redraws, sizeof *estimate);
    if (!estimate)
        return fail_memory(message, "the estimates of the risk layer");
    Status status = risk_layer_predict(layer, work.predictor, &work.c, message);
    if (!status)
        status = risk_redraw(&(RiskRedraw){.c = &work.c,
                                           .estimator = work.estimator,
                                           .estimators = task->missing,
                                           .key = risk_layer_key(layer),
                                           .redraws = spec->risk_redraws,
                                           .jobs = run->jobs,
                                           .estimate = estimate},
                             message);
    if (!status)
        status = take_estimates(run, &work, estimate, message);
    free(estimate);
    return status;
}

static bool same_layer(const RiskTask *a, const RiskTask *b)
{
    return a->setting == b->setting && a->world == b->world;
}

static Status run_tasks(const RiskRun *run, Setting *setting, Message *message)
{
    const Plan *plan = run->plan;
    Status status = STATUS_OK;
    RiskLayer *layer = NULL;
    Message why = {""};
    for (int i = 0; !status && i < plan->risk_tasks && !(run->ends && run->ends(run->context)); i++) {
        const RiskTask *task = &plan->risk_task[i];
        if (i == 0 || !same_layer(task, task - 1)) {
            risk_layer_close(layer);
            layer = NULL;
            status = settings_make(&plan->settings, task->setting, setting, &why);
            if (!status)
                status = risk_layer_open(&layer, &setting->spec, setting->log, (uint32_t)task->world, &why);
        }
        if (!status)
            status = run_task(run, setting, task, layer, &why);
        if (status)
            (void)fail(message, status, "%s: %s%sworld %d, risk layer: %s", setting->spec.name, setting->text,
                       *setting->text ? ": " : "", task->world, why.text); /* returned below */
        else if (run->stored)
            run->stored(task->missing, run->context);
    }
    risk_layer_close(layer);
    return status;
}

Status risk_run(const RiskRun *run, Message *message)
{
    if (run->plan->risk_tasks == 0)
        return STATUS_OK;
    Setting *setting = malloc(sizeof *setting);
    Status status = setting ? run_tasks(run, setting, message) : fail_memory(message, "a setting");
    free(setting);
    return status;
}
