/* The fits of an audit, and one call of each section. */
#include "experiments/audit/audit_results.h"

#include "experiments/spec/assign.h"
#include "experiments/spec/named_method.h"
#include "experiments/spec/outside_method.h"
#include "experiments/spec/override.h"

#include <math.h>
#include <stdlib.h>

/* --- 7. */

static Status add_method(AuditResults *r, const Spec *spec, const char *name, const StreamKey *key,
                         Message *message)
{
    Method method;
    EstimatorOptions options;
    const AuditFit fit = {&method, &options, key};
    float *logit = calloc(r->log.data->log.x.rows + 1, sizeof *logit);
    Status status = logit ? spec_find_method(spec, name, &method, message)
                          : fail_memory(message, "the predictions of an audit");
    if (!status)
        status = override_options(spec, name, &options, message);
    if (!status)
        status = audit_cross_fit(&r->log, &fit, &(AuditPredictions){.conversion = logit}, message);
    if (!status) {
        AuditMethod *to = &r->method[r->methods++];
        to->name = name;
        status = audit_predicted(&to->predicted, &r->log, logit, message);
    }
    free(logit);
    return status;
}

static Status add_methods(AuditResults *r, const Spec *spec, const StreamKey *key, Message *message)
{
    Status status = STATUS_OK;
    for (int i = 0; i < spec->estimators && r->methods < AUDIT_METHODS && !status; i++) {
        unsigned needs;
        if (outside_method_find(spec, spec->estimator[i]))
            continue;
        status = spec_method_needs(spec, spec->estimator[i], &needs, message);
        if (!status && needs == NEEDS_NOTHING)
            status = add_method(r, spec, spec->estimator[i], key, message);
    }
    return status;
}

/* --- 6. */

static Status add_benchmark(AuditResults *r, const AuditFit *fit, const char *column, float *logit,
                            Message *message)
{
    EstimatorOptions options = *fit->options;
    const AuditFit without = {fit->method, &options, fit->key};
    AuditBenchmark *to = &r->benchmark[r->benchmarks];
    snprintf(options.model.omit, sizeof options.model.omit, "%s", column);
    AuditEpochs epochs;
    Status status =
        audit_cross_fit_best(&r->log, &without, &(AuditPredictions){.conversion = logit}, &epochs, message);
    if (status)
        return status;
    snprintf(to->column, sizeof to->column, "%s", column);
    to->gamma = audit_benchmark(&r->log, logit);
    r->benchmarks++;
    return STATUS_OK;
}

static Status add_benchmarks(AuditResults *r, const AuditFit *fit, Message *message)
{
    const Schema *schema = &r->log.data->log.x.schema;
    const int columns = schema->categorical + schema->groups;
    float *logit = calloc(r->log.data->log.x.rows + 1, sizeof *logit);
    r->benchmark = calloc((size_t)columns, sizeof *r->benchmark);
    Status status = logit && r->benchmark ? STATUS_OK : fail_memory(message, "the benchmarks of an audit");
    for (int j = FIELD_ITEM; j < columns && !status; j++) { /* models do not see the user */
        const int group = j - schema->categorical;
        status =
            add_benchmark(r, fit, group < 0 ? schema->name[j] : schema->group[group].name, logit, message);
    }
    free(logit);
    return status;
}

/* --- The whole */

/* Logs of an experiment are large, or drawn many times; this is one, from which much is wanted: it is trained
 * for longer, and stops by itself. In simulated worlds narrow embeddings and wide layers predicted unseen
 * users better than the defaults, which learn by heart which of the few clicks of an item converted. */
Status audit_preset(Spec *spec, Message *message)
{
    static const char *const preset[] = {"estimators=[naive, esmm]", "model.embedding=4",
                                         "model.layers=[128, 64]",   "train.batch=256",
                                         "train.epochs=20",          "train.patience=3"};
    Status status = STATUS_OK;
    for (size_t i = 0; i < sizeof preset / sizeof *preset && !status; i++)
        status = spec_assign(spec, preset[i], "LOG", message);
    return status;
}

static Status compute_fitted(AuditResults *r, const Spec *spec, const AuditFit *fit,
                             const AuditOptions *options, Message *message)
{
    Status status = r->log.data->random.x.rows ? audit_gap(&r->gap, &r->log, message) : STATUS_OK;
    if (!status)
        status = audit_overlap(&r->overlap, &r->log, message);
    if (!status)
        status = audit_items(r->item, &r->log, message);
    if (!status)
        status = audit_calibration(&r->calibration, &r->log, message);
    if (!status)
        status = audit_balance(r->balance, &r->log, message);
    if (status)
        return status;
    audit_sensitivity(&r->sensitivity, &r->log, AUDIT_ODDS);
    r->has_tan = options->model == AUDIT_TAN;
    if (r->has_tan)
        audit_sensitivity(&r->tan, &r->log, AUDIT_TAN);
    if (!isnan(options->break_even))
        r->tipping = audit_tipping(&r->log, options->break_even);
    if (r->other)
        status = audit_seen(&r->seen, &r->log, fit, r->other, message);
    if (!status && options->benchmarks)
        status = add_benchmarks(r, fit, message);
    return status ? status : add_methods(r, spec, fit->key, message);
}

static Status compute_plain(AuditResults *r, Message *message)
{
    const AuditData *data = r->log.data;
    r->columns = audit_columns(&data->log.x.schema);
    r->balance = calloc((size_t)r->columns, sizeof *r->balance);
    r->leak = calloc((size_t)r->columns, sizeof *r->leak);
    r->other = data->random.x.rows ? &data->random : data->test.x.rows ? &data->test : NULL;
    if (r->other) {
        r->drift = calloc((size_t)r->columns, sizeof *r->drift);
        r->classifier.column_auc = calloc((size_t)r->columns, sizeof *r->classifier.column_auc);
    }
    if (!r->balance || !r->leak || (r->other && (!r->drift || !r->classifier.column_auc)))
        return fail_memory(message, "an audit");
    Status status = audit_counts(&r->counts, &r->log, message);
    if (!status)
        status = audit_leaks(r->leak, &r->log, message);
    if (!status && r->other)
        status = audit_drift(r->drift, &r->log, r->other, message);
    if (!status && r->other)
        status = audit_classifier(&r->classifier, &r->log, r->other, message);
    return status;
}

Status audit_compute(AuditResults *results, const Spec *spec, const AuditData *data, const StreamKey *key,
                     const AuditOptions *options, Message *message)
{
    Method method;
    EstimatorOptions fitted = {.model = spec->model, .train = spec->train};
    const AuditFit fit = {&method, &fitted, key};
    *results = (AuditResults){.name = options->name, .break_even = options->break_even, .tipping = NAN};
    fitted.model.omit[0] = '\0';
    Status status = method_find("shared_bottom", &method, message);
    if (!status)
        status = audit_log_create(&results->log, data, &fit, message);
    if (!status)
        status = audit_refit_halves(&results->log, &fit, options->refits, message);
    if (!status)
        status = compute_plain(results, message);
    if (!status && results->log.fitted)
        status = compute_fitted(results, spec, &fit, options, message);
    return status;
}

void audit_results_free(AuditResults *results)
{
    audit_log_free(&results->log);
    free(results->balance);
    free(results->leak);
    free(results->drift);
    free(results->classifier.column_auc);
    free(results->benchmark);
}

int audit_count_leaks(const AuditResults *results)
{
    int leaks = 0;
    for (int j = 0; j < results->columns; j++)
        leaks += results->leak[j].leaks;
    return leaks;
}
