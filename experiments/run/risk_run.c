#include "experiments/run/risk_run.h"

#include "experiments/run/risk_layer.h"

#include <stdlib.h>

static int table_place(const void *row, const void *table, size_t size)
{
    return (int)((size_t)((const char *)row - (const char *)table) / size);
}

static Status store_estimates(Store *store, const PlannedSetting *setting, const RiskTask *task,
                              const RiskPredictor *predictor, const RiskEstimator *const *estimator,
                              const RiskCase *c, const double *estimate, Message *message)
{
    RiskRow row[MAX_RISK];
    for (int e = 0; e < task->missing; e++) {
        RiskTheory theory = risk_theory(estimator[e], c);
        row[e] =
            (RiskRow){.experiment = setting->spec.name,
                      .setting = setting->text,
                      .world = task->world,
                      .predictor = predictor->name,
                      .estimator = estimator[e]->name,
                      .predictor_position = table_place(predictor, risk_predictor_table, sizeof *predictor),
                      .estimator_position = table_place(estimator[e], risk_table, sizeof *estimator[e]),
                      .ideal = risk_ideal(c),
                      .bias_theory = theory.bias,
                      .sd_theory = theory.sd,
                      .redraws = setting->spec.risk_redraws,
                      .estimate = estimate + (size_t)e * (size_t)setting->spec.risk_redraws};
    }
    return store_risk(store, row, task->missing, message);
}

static Status run_task(Store *store, const PlannedSetting *setting, const RiskTask *task, RiskLayer *layer,
                       int jobs, Message *message)
{
    const Spec *spec = &setting->spec;
    const RiskPredictor *predictor = risk_predictor_find(spec->risk_predictor[task->predictor]);
    const RiskEstimator *estimator[MAX_RISK];
    for (int e = 0; e < task->missing; e++)
        estimator[e] = risk_find(spec->risk_estimator[task->estimator[e]]);
    double *estimate = calloc((size_t)task->missing * (size_t)spec->risk_redraws, sizeof *estimate);
    if (!estimate)
        return fail_memory(message, "the estimates of the risk layer");
    RiskCase c;
    Status status = risk_layer_predict(layer, predictor, &c, message);
    if (!status)
        status = risk_redraw(&c, estimator, task->missing, risk_layer_key(layer), spec->risk_redraws, jobs,
                             estimate, message);
    if (!status)
        status = store_estimates(store, setting, task, predictor, estimator, &c, estimate, message);
    free(estimate);
    return status;
}

static bool same_layer(const RiskTask *a, const RiskTask *b)
{
    return a->setting == b->setting && a->world == b->world;
}

Status risk_run(Store *store, const Plan *plan, int jobs, void (*stored)(int units, void *context),
                void *context, Message *message)
{
    Status status = STATUS_OK;
    RiskLayer *layer = NULL;
    Message why = {""};
    for (int i = 0; !status && i < plan->risk_tasks; i++) {
        const RiskTask *task = &plan->risk_task[i];
        const PlannedSetting *setting = &plan->setting[task->setting];
        if (i == 0 || !same_layer(task, task - 1)) {
            risk_layer_close(layer);
            status = risk_layer_open(&layer, &setting->spec, setting->text, (uint32_t)task->world, &why);
        }
        if (!status)
            status = run_task(store, setting, task, layer, jobs, &why);
        if (status)
            (void)fail(message, status, "%s: %s%sworld %d, risk layer: %s", setting->spec.name, setting->text,
                       *setting->text ? ": " : "", task->world, why.text);
        else
            stored(task->missing, context);
    }
    risk_layer_close(layer);
    return status;
}
