/* A unit is computed again in the one way that there is, and compared instead of stored. Estimators mostly
 * have the same first unit, whose data are kept from one to the next. */
#include "experiments/run/origin_check.h"

#include "experiments/identity/identity.h"
#include "experiments/run/risk_run.h"
#include "experiments/run/unit.h"
#include "experiments/spec/named_method.h"
#include "experiments/spec/outside_method.h"
#include "results/store/provenance.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool redoes(const RunOptions *options, const char *estimator)
{
    return options->redo_all || (options->redo.names > 0 && only_wants(&options->redo, estimator));
}

static bool wants_risk(const Spec *spec, const Only *only)
{
    bool wants = spec->risk_estimators > 0 && only_wants(only, origin_risk);
    for (int e = 0; !wants && e < spec->risk_estimators; e++)
        wants = only_wants(only, spec->risk_estimator[e]);
    return wants;
}

static Status list_model(RunOrigin *run, const Spec *spec, const OutsideMethod *method, Message *message)
{
    char *code = run->model[method - spec->outside];
    run->code[run->origin.codes++] =
        (CodeRow){.estimator = method->name, .own = code, .base = "", .outside = true};
    return model_code(spec, method, code, message);
}

/* A rating matrix is completed by naive, and the risk layer fits its propensities with ips: these are a part
 * of the base there. */
static Status list_code(RunOrigin *run, const Spec *spec, const RunOptions *options, Message *message)
{
    const bool completed = spec->layout && layout_is_completed(spec->layout);
    Origin *origin = &run->origin;
    Status status = STATUS_OK;
    snprintf(run->base, sizeof run->base, "%s%s%s", identity_base, completed ? "+" : "",
             completed ? identity_own("naive") : "");
    snprintf(run->risk_base, sizeof run->risk_base, "%s+%s", run->base, identity_own("ips"));
    origin->code = run->code;
    run->model = calloc((size_t)spec->outsides + 1, sizeof *run->model);
    if (!run->model)
        return fail_memory(message, "the files of methods");
    for (int e = 0; !status && e < spec->estimators; e++) {
        const char *name = spec->estimator[e];
        Method method;
        const OutsideMethod *outside = outside_method_find(spec, name);
        if (!only_wants(&options->only, name))
            continue;
        if (outside) {
            status = list_model(run, spec, outside, message);
            continue;
        }
        status = spec_find_method(spec, name, &method, message);
        if (!status)
            run->code[origin->codes++] =
                (CodeRow){.estimator = name, .own = identity_own(method.estimator->name), .base = run->base};
    }
    if (wants_risk(spec, &options->only))
        run->code[origin->codes++] =
            (CodeRow){.estimator = origin_risk, .own = identity_risk, .base = run->risk_base};
    for (int i = 0; i < origin->codes; i++)
        run->code[i].answer = options->keep ? ORIGIN_KEEP : ORIGIN_REFUSE;
    return status;
}

/* The files of every folder that a setting reads. */
static Status hash_data(RunOrigin *run, const Spec *spec, bool *several, Message *message)
{
    Settings settings;
    Setting *setting = malloc(sizeof *setting);
    char first[SPEC_TEXT] = "";
    Status status = setting ? settings_create(&settings, spec, message) : fail_memory(message, "a setting");
    *several = false;
    for (int i = 0; !status && i < settings.count; i++) {
        status = settings_make(&settings, i, setting, message);
        if (status || !setting->spec.layout)
            continue;
        if (i == 0)
            snprintf(first, sizeof first, "%s", setting->spec.data);
        else if (!strcmp(first, setting->spec.data))
            continue;
        *several |= i > 0;
        status = data_files_add(&run->files, setting->spec.layout, setting->spec.data, &setting->spec.reader,
                                message);
    }
    free(setting);
    return status;
}

static Status list_files(RunOrigin *run, const Spec *spec, Message *message)
{
    bool several;
    Status status = hash_data(run, spec, &several, message);
    if (status || !run->files.files)
        return status;
    run->file = calloc((size_t)run->files.files, sizeof *run->file);
    if (!run->file)
        return fail_memory(message, "the names of files");
    for (int i = 0; i < run->files.files; i++) {
        const DataFile *file = &run->files.file[i];
        const char *slash = strrchr(file->path, '/');
        run->file[i] = (FileRow){.file = slash && !several ? slash + 1 : file->path,
                                 .path = file->path,
                                 .hash = file->hash,
                                 .bytes = file->bytes};
    }
    run->origin.file = run->file;
    run->origin.files = run->files.files;
    return STATUS_OK;
}

Status run_origin_create(RunOrigin *run, const Spec *spec, const RunOptions *options, Message *message)
{
    *run = (RunOrigin){.origin = {.keep_data = options->keep,
                                  .redo = options->redo.name,
                                  .redos = options->redo.names,
                                  .redo_all = options->redo_all,
                                  .commit = identity_commit,
                                  .compiler = identity_compiler,
                                  .flags = identity_flags}};
    identity_cpu(run->cpu);
    run->origin.cpu = run->cpu;
    Status status = list_code(run, spec, options, message);
    return status ? status : list_files(run, spec, message);
}

void run_origin_clear(RunOrigin *run)
{
    data_files_clear(&run->files);
    free(run->file);
    free(run->model);
    *run = (RunOrigin){.file = NULL};
}

/* The unit that is computed again, and what it is made of. */
typedef struct UnitAgain {
    Store *store;
    const RunOptions *options;
    Settings settings;
    Setting *setting; /* with what follows, of `number`, `world` and `replicate`; NULL for none yet */
    int number, world, replicate;
    Source *source;
    Sample sample;
    Propensities *propensities;
    UnitResult *result;
} UnitAgain;

static void close_inputs(UnitAgain *again)
{
    unit_result_free(again->result);
    propensities_free(again->propensities);
    sample_free(&again->sample);
    source_close(again->source);
    free(again->setting);
    again->result = NULL;
    again->propensities = NULL;
    again->sample = (Sample){0};
    again->source = NULL;
    again->setting = NULL;
}

static Status open_inputs(UnitAgain *again, int number, const UnitKey *unit, Message *message)
{
    if (again->setting && again->number == number && again->world == unit->world &&
        again->replicate == unit->replicate)
        return STATUS_OK;
    close_inputs(again);
    again->number = number;
    again->world = unit->world;
    again->replicate = unit->replicate;
    again->setting = malloc(sizeof *again->setting);
    if (!again->setting)
        return fail_memory(message, "a setting");
    Status status = settings_make(&again->settings, number, again->setting, message);
    const Spec *spec = &again->setting->spec;
    if (!status)
        status = source_open(&again->source, spec, again->setting->log, (uint32_t)unit->world, NULL, message);
    if (!status)
        status = source_draw(again->source, (uint32_t)unit->replicate, &again->sample, message);
    if (!status)
        status = propensities_create(&again->propensities, spec, &again->sample, message);
    if (!status)
        status = unit_result_create(&again->result, source_test(again->source)->x->rows, message);
    return status;
}

static Status compute_unit(UnitAgain *again, const UnitKey *unit, bool *same, Message *message)
{
    const UnitInputs inputs = {again->source, &again->sample, again->propensities, &again->setting->spec};
    RunRow row;
    Status status = unit_run(&inputs, unit->estimator, again->result, &row, message);
    if (status)
        return status;
    row.experiment = unit->experiment;
    row.setting = unit->setting;
    row.world = unit->world;
    row.replicate = unit->replicate;
    return origin_same_run(again->store, &row, same, message);
}

/* The first unit of the estimator that the store has, by setting. */
static Status check_trained(UnitAgain *again, CodeRow *code, bool *same, Message *message)
{
    char text[SPEC_TEXT];
    UnitKey unit = {again->settings.spec->name, text, code->estimator, 0, 0};
    int number = 0;
    bool there = false;
    Status status = STATUS_OK;
    for (; !status && number < again->settings.count; number++) {
        settings_text(&again->settings, number, text);
        status = origin_unit(again->store, &unit, &there, message);
        if (there)
            break;
    }
    if (status || !there)
        return status;
    code->computed = true;
    status = open_inputs(again, number, &unit, message);
    return status ? status : compute_unit(again, &unit, same, message);
}

/* Of one predictor in one world, all estimators that the store has there. */
static Status check_risk(UnitAgain *again, CodeRow *code, bool *same, Message *message)
{
    const Spec *spec = again->settings.spec;
    char text[SPEC_TEXT];
    RiskTask task = {.missing = 0};
    Status status = STATUS_OK;
    for (int s = 0; !task.missing && s < again->settings.count; s++) {
        settings_text(&again->settings, s, text);
        for (int p = 0; !task.missing && p < spec->risk_predictors; p++) {
            task = (RiskTask){.setting = s, .predictor = p};
            for (int e = 0; !status && e < spec->risk_estimators; e++) {
                const RiskKey key = {spec->name, text, spec->risk_predictor[p], spec->risk_estimator[e], 0};
                int redraws = 0;
                status = store_risk_redraws(again->store, &key, &redraws, message);
                if (redraws > 0)
                    task.estimator[task.missing++] = (uint8_t)e;
            }
        }
    }
    if (status || !task.missing)
        return status;
    code->computed = true;
    const Plan plan = {.settings = again->settings, .risk_task = &task, .risk_tasks = 1};
    return risk_run(
        &(RiskRun){.store = again->store, .plan = &plan, .jobs = again->options->jobs, .same = same},
        message);
}

/* A line of what there is to know, with the names of those that it is about. */
typedef struct OriginNote {
    char names[400];
    int count;
} OriginNote;

static void note_name(OriginNote *note, const char *name)
{
    const size_t used = strlen(note->names);
    note->count++;
    if (used + strlen(name) + 8 < sizeof note->names)
        snprintf(note->names + used, sizeof note->names - used, "%s%s", used ? ", " : "", name);
    else if (note->names[used - 1] != '.')
        snprintf(note->names + used, sizeof note->names - used, ", ...");
}

__attribute__((format(printf, 2, 3))) static void tell(const RunOptions *options, const char *format, ...)
{
    char text[800];
    va_list values;
    va_start(values, format);
    (void)vsnprintf(text, sizeof text, format, values);
    va_end(values);
    if (options->note)
        options->note(text, options->context);
}

static bool has_changed(const CodeRow *code, const RunOptions *options)
{
    return code->units && (code->own_new || code->base_new) && !redoes(options, code->estimator);
}

static Status check_code(RunOrigin *run, UnitAgain *again, Message *message)
{
    const RunOptions *options = again->options;
    const char *name = again->settings.spec->name;
    bool refused = false;
    OriginNote unknown = {.count = 0}, same = {.count = 0}, kept = {.count = 0};
    Status status = STATUS_OK;
    for (int i = 0; !status && i < run->origin.codes; i++) {
        CodeRow *code = &run->code[i];
        bool equal = false;
        if (code->unknown && !redoes(options, code->estimator))
            note_name(options->keep ? &kept : &unknown, code->estimator);
        if (!has_changed(code, options))
            continue;
        if (options->keep) {
            note_name(&kept, code->estimator);
            continue;
        }
        if (code->outside) { /* registering refuses it */
            refused = true;
            continue;
        }
        Message why;
        status = strcmp(code->estimator, origin_risk) != 0 ? check_trained(again, code, &equal, &why)
                                                           : check_risk(again, code, &equal, &why);
        if (status)
            return fail(message, status, "%s: %s, computed again since its code has changed: %s", name,
                        code->estimator, why.text);
        if (equal) {
            code->answer = ORIGIN_SAME;
            note_name(&same, code->estimator);
        }
        refused |= !equal;
    }
    if (status || refused)
        return status; /* registering says why */
    if (unknown.count)
        tell(options,
             "%s: units of %s are of a program that did not record its code; whether it is that of this "
             "program "
             "is not known",
             name, unknown.names);
    if (same.count)
        tell(options, "%s: code has changed; a unit computed again is the same bit for bit: %s", name,
             same.names);
    if (kept.count)
        tell(options, "%s: units of other code, or of none that was recorded, are kept: %s", name,
             kept.names);
    return status;
}

static Status check_all(RunOrigin *run, UnitAgain *again, Message *message)
{
    const Origin *origin = &run->origin;
    const char *name = again->settings.spec->name;
    Status status = origin_compare(again->store, name, &run->origin, message);
    if (status || again->options->redo_all)
        return status;
    if (origin->data_change[0] && !origin->keep_data)
        return STATUS_OK; /* registering refuses it */
    if (origin->data_change[0] || (origin->data_unknown && origin->keep_data))
        tell(again->options, "%s: units of other data are kept%s%s", name, origin->data_change[0] ? ": " : "",
             origin->data_change);
    else if (origin->data_unknown)
        tell(again->options,
             "%s: its units are of a program that did not record its data; whether the files are the same is "
             "not "
             "known",
             name);
    return check_code(run, again, message);
}

Status run_origin_check(RunOrigin *run, Store *store, const Spec *spec, const Fingerprint *fingerprint,
                        const RunOptions *options, Message *message)
{
    UnitAgain again = {.store = store, .options = options};
    Fingerprint stored;
    char difference[900];
    Status status = fingerprint_read(&stored, store, spec->name, message);
    const bool other = !status && fingerprint_difference(&stored, fingerprint, difference, sizeof difference);
    fingerprint_clear(&stored);
    if (status || other)
        return status;
    status = settings_create(&again.settings, spec, message);
    if (!status)
        status = check_all(run, &again, message);
    close_inputs(&again);
    return status;
}
