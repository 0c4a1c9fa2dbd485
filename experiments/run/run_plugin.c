/* Units of plug-ins: learned in this process, by the worker that has drawn them. */
#include "experiments/outside/plugins.h"
#include "experiments/run/run_outside_internal.h"

#include <math.h>
#include <stdlib.h>

static bool plugin_stops(void *context)
{
    return run_stopping(context);
}

static void plugin_says(void *context, const char *text)
{
    const RunState *run = context;
    if (run->options->note)
        run->options->note(text, run->options->context);
}

/* What plug-ins of a unit are called with. */
typedef struct PluginUnit {
    RunState *run;
    const OutsideMethod *method;
    const Sample *sample;
    Propensities *propensities;
} PluginUnit;

/* Learns a unit in this process, and predicts `test` into cvr and ctr. */
static Status call_plugin(const PluginUnit *call, const Spec *setting, const Features *test, float *cvr,
                          float *ctr, PluginReport *report, Message *message)
{
    UnitContent content;
    double value[MAX_CONSTANTS];
    bool diverged;
    Status status = unit_content(call->sample, call->propensities, test, setting, call->method->name,
                                 &content, &diverged, message);
    if (status)
        return status;
    *report = (PluginReport){.diverged = diverged};
    if (diverged)
        return STATUS_OK;
    plugin_values(setting, call->method, value);
    const TrainingData data = {.log = &content.log, .unbiased = content.unbiased};
    const PluginInputs inputs = {.data = &data,
                                 .test = test,
                                 .seed = content.seed,
                                 .threads = call->method->threads,
                                 .clip = content.clip,
                                 .option = value,
                                 .stop = plugin_stops,
                                 .say = plugin_says,
                                 .context = call->run};
    return plugin_fit_predict(call->method->loaded, &inputs, cvr, ctr, report, message);
}

static Status try_plugin(const Spec *setting, float *cvr, bool *diverged, void *context, Message *message)
{
    const PluginUnit *call = context;
    const Features *held = &call->sample->held.x;
    PluginReport report = {.diverged = false};
    float *ctr = calloc(held->rows + 1, sizeof *ctr);
    Status status =
        ctr ? call_plugin(call, setting, held, cvr, ctr, &report, message) : fail_memory(message, "a trial");
    *diverged = report.diverged || report.skipped;
    free(ctr);
    return status;
}

/* A unit of a plug-in: searched, learned, scored and stored at once. */
Status plugin_unit(RunState *run, const OutsideState *state, Waiting *unit, const Sample *sample,
                   Propensities *propensities, UnitResult *result, Message *message)
{
    const OutsideMethod *method = state->method;
    const Setting *setting = unit->slot->setting;
    PluginUnit call = {run, method, sample, propensities};
    PluginReport report = {.diverged = false};
    Message why;
    Spec *tuned;
    if (method->threads > 1) {
        return_threads(run, 1);
        lend_threads(run, method->threads);
    }
    Status status = outside_search(&(OptionSearch){sample, propensities, method->name, try_plugin, &call},
                                   unit, &tuned, &why);
    if (!status)
        status = call_plugin(&call, tuned ? tuned : &setting->spec, source_test(unit->slot->source)->x,
                             unit_result_cvr(result), unit_result_ctr(result), &report, &why);
    if (method->threads > 1) {
        return_threads(run, method->threads);
        lend_threads(run, 1);
    }
    free(tuned);
    if (!status && !report.skipped && !report.diverged)
        status = outside_weigh(unit, sample, propensities, &why);
    if (status == STATUS_MEMORY)
        return fail(message, status, "%s", why.text);
    if (!status && !report.skipped)
        return outside_keep(run, unit, method, result, &(PredictionReport){.seconds = (double)NAN},
                            report.diverged ? report.reason : NULL, report.seconds, message);
    if (!status)
        (void)fail(&why, STATUS_OK, "%s", report.reason);
    return run_keep_failed(run, &unit->task, setting, method->name, status ? UNIT_FAILED : UNIT_SKIPPED, &why,
                           message);
}
