/* Calling a plug-in: our tables in its words, its results judged. Every call of its code goes between saving
 * and restoring the floating-point state. */
#include "estimators/plugin/float_state.h"
#include "estimators/plugin/plugin_internal.h"

#include "sim/base/clock.h"
#include "sim/base/text.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* One for all serial plug-ins: what makes one of them serial, a library that it uses, may be another's too.
 */
static pthread_mutex_t serial = PTHREAD_MUTEX_INITIALIZER;

/* A table of exposures with what it points to. */
typedef struct PluginRows {
    CvrlabRows rows;
    CvrlabStream stream;
} PluginRows;

/* All that a plug-in is shown. */
typedef struct PluginCall {
    const Plugin *plugin;
    const PluginInputs *inputs;
    PluginReport *report;
    CvrlabColumns columns;
    const char *group[MAX_DENSE_GROUPS];
    int32_t group_columns[MAX_DENSE_GROUPS];
    PluginRows log_rows, unbiased_rows, test_rows;
    CvrlabLog log, unbiased;
    CvrlabHost host;
    void *model;
    char error[PLUGIN_TEXT];
} PluginCall;

static int host_stop(void *context)
{
    const PluginInputs *inputs = ((const PluginCall *)context)->inputs;
    return inputs->stop && inputs->stop(inputs->context);
}

static void host_say(void *context, const char *text)
{
    const PluginInputs *inputs = ((const PluginCall *)context)->inputs;
    char line[PLUGIN_TEXT];
    if (!inputs->say)
        return;
    snprintf(line, sizeof line, "%s", text);
    text_clean(line, "");
    inputs->say(inputs->context, line);
}

static double host_option(void *context, const char *key)
{
    const PluginCall *call = context;
    const Constant *option = call->plugin->option;
    for (int k = 0; option[k].key; k++)
        if (!strcmp(option[k].key, key))
            return call->inputs->option ? call->inputs->option[k] : option[k].value;
    return NAN;
}

static void show_columns(PluginCall *call, const Schema *schema)
{
    for (int k = 0; k < schema->groups; k++) {
        call->group[k] = schema->group[k].name;
        call->group_columns[k] = schema->group[k].columns;
    }
    call->columns = (CvrlabColumns){.size = sizeof call->columns,
                                    .categorical = schema->categorical,
                                    .name = schema->name,
                                    .cardinality = schema->cardinality,
                                    .dense = schema->dense,
                                    .groups = schema->groups,
                                    .group = call->group,
                                    .group_columns = call->group_columns};
}

static void show_rows(PluginCall *call, PluginRows *to, const Features *x)
{
    const ActivityStream *stream = x->schema.events ? x->stream : NULL;
    to->rows = (CvrlabRows){.size = sizeof to->rows,
                            .rows = x->rows,
                            .columns = &call->columns,
                            .id = x->id,
                            .dense = x->dense,
                            .stream = stream ? &to->stream : NULL};
    if (stream)
        to->stream = (CvrlabStream){.size = sizeof to->stream,
                                    .events = x->schema.events,
                                    .item = stream->item,
                                    .action = stream->action,
                                    .gap = stream->gap};
}

static void show_log(PluginCall *call, CvrlabLog *to, PluginRows *rows, const Log *log)
{
    show_rows(call, rows, &log->x);
    *to = (CvrlabLog){.size = sizeof *to,
                      .x = &rows->rows,
                      .click = log->click,
                      .conversion = log->conversion,
                      .action = log->behaviour ? log->behaviour->action : NULL,
                      .propensity = log->propensity,
                      .imputation = log->imputation,
                      .weight = log->weight};
}

/* Points into `call` and the inputs, which stay where they are. */
static void show(PluginCall *call, const Plugin *plugin, const PluginInputs *inputs, PluginReport *report)
{
    *call = (PluginCall){.plugin = plugin, .inputs = inputs, .report = report};
    show_columns(call, &inputs->data->log->x.schema);
    show_log(call, &call->log, &call->log_rows, inputs->data->log);
    if (inputs->data->unbiased)
        show_log(call, &call->unbiased, &call->unbiased_rows, inputs->data->unbiased);
    show_rows(call, &call->test_rows, inputs->test);
    call->host = (CvrlabHost){.size = sizeof call->host,
                              .threads = inputs->threads,
                              .seed = inputs->seed,
                              .clip = inputs->clip,
                              .context = call,
                              .stop = host_stop,
                              .say = host_say,
                              .option = host_option};
}

/* What a call of the plug-in's returned, as a status and as the report has it. */
static Status judge_result(PluginCall *call, const char *function, int result, Message *message)
{
    const char *name = call->plugin->calls.name;
    PluginReport *report = call->report;
    call->error[sizeof call->error - 1] = 0;
    text_clean(call->error, "");
    if (result == CVRLAB_DONE)
        return STATUS_OK;
    if (result == CVRLAB_FAILED)
        return fail(message, STATUS_FAILED, "plug-in %s: %s failed%s%s", name, function,
                    call->error[0] ? ": " : "", call->error);
    if (result != CVRLAB_DIVERGED && result != CVRLAB_SKIP)
        return fail(message, STATUS_FAILED,
                    "plug-in %s: %s returned %d; expected one of CVRLAB_DONE and its kin", name, function,
                    result);
    report->diverged = result == CVRLAB_DIVERGED;
    report->skipped = result == CVRLAB_SKIP;
    memcpy(report->reason, call->error, sizeof report->reason);
    return STATUS_OK;
}

static Status fit(PluginCall *call, Message *message)
{
    FloatState state;
    const double start = clock_seconds();
    float_state_save(&state);
    const int result = call->plugin->calls.fit(&call->model, &call->log,
                                               call->inputs->data->unbiased ? &call->unbiased : NULL,
                                               &call->host, call->error, sizeof call->error);
    call->report->changed_float_state |= float_state_restore(&state);
    call->report->seconds = clock_seconds() - start;
    return judge_result(call, "fit", result, message);
}

static Status predict(PluginCall *call, float *cvr, float *ctr, Message *message)
{
    FloatState state;
    call->error[0] = 0;
    float_state_save(&state);
    const int result = call->plugin->calls.predict(call->model, &call->test_rows.rows, cvr, ctr, call->error,
                                                   sizeof call->error);
    call->report->changed_float_state |= float_state_restore(&state);
    return judge_result(call, "predict", result, message);
}

static void destroy(PluginCall *call)
{
    FloatState state;
    if (!call->model || !call->plugin->calls.destroy)
        return;
    float_state_save(&state);
    call->plugin->calls.destroy(call->model);
    call->report->changed_float_state |= float_state_restore(&state);
}

static void forget(float *prediction, size_t rows)
{
    for (size_t i = 0; i < rows; i++)
        prediction[i] = NAN;
}

/* Probabilities, else the unit has diverged or failed. */
static Status judge_predictions(const PluginCall *call, const char *what, const float *prediction,
                                Message *message)
{
    const size_t rows = call->inputs->test->rows;
    PluginReport *report = call->report;
    size_t infinite = 0;
    float low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < rows; i++) {
        infinite += isfinite(prediction[i]) ? 0 : 1;
        low = fminf(low, prediction[i]);
        high = fmaxf(high, prediction[i]);
    }
    if (infinite) {
        report->diverged = true;
        snprintf(report->reason, sizeof report->reason, "%zu of %zu predictions of %s are not finite",
                 infinite, rows, what);
        return STATUS_OK;
    }
    if (low < 0 || high > 1)
        return fail(message, STATUS_FAILED,
                    "plug-in %s: predictions of %s go from %g to %g: are they logits? Expected probabilities",
                    call->plugin->calls.name, what, (double)low, (double)high);
    return STATUS_OK;
}

/* Whether a plug-in has left it as it was. */
static bool is_forgotten(const float *prediction, size_t rows)
{
    for (size_t i = 0; i < rows; i++)
        if (!isnan(prediction[i]))
            return false;
    return true;
}

static Status run(PluginCall *call, float *cvr, float *ctr, Message *message)
{
    const PluginReport *report = call->report;
    Status status = fit(call, message);
    if (!status && !report->diverged && !report->skipped)
        status = predict(call, cvr, ctr, message);
    destroy(call);
    if (status || report->diverged || report->skipped)
        return status;
    status = judge_predictions(call, "the CVR", cvr, message);
    if (!status && !report->diverged && !is_forgotten(ctr, call->inputs->test->rows))
        status = judge_predictions(call, "the CTR", ctr, message);
    return status;
}

Status plugin_fit_predict(const Plugin *plugin, const PluginInputs *inputs, float *cvr, float *ctr,
                          PluginReport *report, Message *message)
{
    const size_t rows = inputs->test->rows;
    assert(!plugin->estimator);
    *report = (PluginReport){.diverged = false};
    forget(cvr, rows);
    forget(ctr, rows);
    PluginCall *call = malloc(sizeof *call);
    if (!call)
        return fail_memory(message, "a plug-in's inputs");
    show(call, plugin, inputs, report);
    if (plugin_serial(plugin))
        pthread_mutex_lock(&serial);
    Status status = run(call, cvr, ctr, message);
    if (plugin_serial(plugin))
        pthread_mutex_unlock(&serial);
    free(call);
    if (status || report->diverged || report->skipped) {
        forget(cvr, rows);
        forget(ctr, rows);
    }
    return status;
}
