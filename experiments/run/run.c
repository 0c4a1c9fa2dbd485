/* An experiment from its registration to its summaries. What workers do in between is in run_work.c; here is
 * how they store a unit, one worker at a time. */
#include "experiments/identity/version.h"
#include "experiments/run/log_memory.h"
#include "experiments/run/origin_check.h"
#include "experiments/run/risk_run.h"
#include "experiments/run/run_outside.h"
#include "experiments/spec/named_method.h"
#include "experiments/spec/outside_method.h"
#include "experiments/spec/spec_write.h"
#include "results/summary/summary.h"
#include "sim/base/clock.h"

#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int run_processors(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);
    return count > 0 ? count : 1;
}

void run_count(int units, void *context)
{
    RunState *run = context;
    run->progress.done += units;
    run->progress.seconds = clock_seconds() - run->start;
    if (run->options->progress)
        run->options->progress(&run->progress, run->options->context);
}

Status run_keep(RunState *run, const Task *task, const Setting *setting, const RunRow *unit, Message *message)
{
    RunRow row = *unit;
    char origin[SPEC_TEXT];
    row.experiment = setting->spec.name;
    row.setting = setting->text;
    row.world = task->world;
    row.replicate = task->replicate;
    const int first = settings_origin(&run->plan.settings, task->setting, row.estimator, (unsigned)row.asked);
    if (first != task->setting && !strcmp(row.status, "done")) { /* trained at the same time as there */
        settings_text(&run->plan.settings, first, origin);
        row.shared = origin;
        row.seconds = NAN;
    }
    pthread_mutex_lock(&run->lock);
    Status status = store_run(run->store, &row, message);
    store_release(run->store,
                  &(UnitKey){row.experiment, row.setting, row.estimator, row.world, row.replicate});
    if (!status) {
        run->progress.diverged += !strcmp(row.status, unit_state_name(UNIT_DIVERGED));
        run->progress.failed += !strcmp(row.status, unit_state_name(UNIT_FAILED)) ||
                                !strcmp(row.status, unit_state_name(UNIT_TIMEOUT));
        run->progress.skipped += !strcmp(row.status, unit_state_name(UNIT_SKIPPED));
        run_count(1, run);
    }
    pthread_mutex_unlock(&run->lock);
    return status;
}

void run_leave(RunState *run, const Task *task, const Setting *setting, const char *estimator)
{
    pthread_mutex_lock(&run->lock);
    store_release(run->store,
                  &(UnitKey){setting->spec.name, setting->text, estimator, task->world, task->replicate});
    run->progress.missing--;
    run->progress.outside++;
    pthread_mutex_unlock(&run->lock);
}

bool run_out_of_time(void *context)
{
    RunState *run = context;
    const double most = run->options->seconds;
    if (most > 0 && clock_seconds() - run->start + run->longest > most)
        run->progress.out_of_time = true;
    return run->progress.out_of_time;
}

bool run_stopping(RunState *run)
{
    pthread_mutex_lock(&run->lock);
    bool stop = run->status != STATUS_OK;
    pthread_mutex_unlock(&run->lock);
    return stop;
}

Status run_keep_failed(RunState *run, const Task *task, const Setting *setting, const char *estimator,
                       UnitState state, const Message *why, Message *message)
{
    const RunRow row = {
        .estimator = estimator, .status = unit_state_name(state), .message = why->text, .seconds = NAN};
    return run_keep(run, task, setting, &row, message);
}

/* The text that `write` makes of the spec; NULL when out of memory. free() it. */
static char *spec_text(const Spec *spec, void (*write)(const Spec *spec, FILE *file))
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    if (!file)
        return NULL;
    write(spec, file);
    if (fclose(file)) {
        free(text);
        return NULL;
    }
    return text;
}

static void write_words(const char (*word)[SPEC_WORD], int words, FILE *file)
{
    for (int i = 0; i < words; i++)
        fprintf(file, "%s%s", i ? "," : "", word[i]);
}

static void write_shown(const Spec *spec, FILE *file)
{
    write_words(spec->shown_measure, spec->shown, file);
}

static Status list_methods(const Spec *spec, MethodRow method[MAX_ESTIMATORS], Message *message)
{
    Status status = STATUS_OK;
    for (int i = 0; !status && i < spec->estimators; i++) {
        const char *name = spec->estimator[i];
        const NamedMethod *named = named_method_find(spec, name);
        const OutsideMethod *outside = outside_method_find(spec, name);
        unsigned needs = NEEDS_NOTHING;
        status = spec_method_needs(spec, name, &needs, message);
        method[i] = (MethodRow){.name = name,
                                .base = outside && outside->estimator ? outside->estimator->name
                                        : named                       ? named->base
                                                                      : NULL,
                                .label = spec_label(spec, name),
                                .unbiased = needs & NEEDS_UNBIASED};
    }
    return status;
}

/* `origin` is checked against the store first. */
static Status register_experiment(Store *store, const Spec *spec, const RunOptions *options,
                                  RunOrigin *origin, Message *message)
{
    char libraries[LIBRARIES_TEXT], host[256] = "";
    Fingerprint fingerprint;
    char *text = spec_text(spec, spec_write);
    char *shown = spec_text(spec, write_shown);
    char precision[PRECISION_TEXT];
    ClaimRow claim[MAX_CLAIMS];
    MethodRow method[MAX_ESTIMATORS];
    precision_write(&spec->precision, precision);
    for (int i = 0; i < spec->claims; i++)
        claim[i] = (ClaimRow){spec->claim[i].says, spec->claim[i].that};
    Status status = spec_fingerprint(spec, &fingerprint, message);
    if (!status)
        status = list_methods(spec, method, message);
    if (!status && (!text || !shown))
        status = fail_memory(message, "the experiment");
    if (!status)
        status = run_origin_check(origin, store, spec, &fingerprint, options, message);
    library_versions(libraries);
    gethostname(host, sizeof host - 1);
    if (!status)
        status = store_experiment(store,
                                  &(ExperimentRow){.name = spec->name,
                                                   .question = spec->question,
                                                   .spec = text,
                                                   .fingerprint = &fingerprint,
                                                   .baseline = spec_baseline(spec),
                                                   .method = method,
                                                   .methods = spec->estimators,
                                                   .seed = spec->seed,
                                                   .top_k = spec->top_k,
                                                   .shown = shown,
                                                   .precision = precision,
                                                   .version = CVRLAB_VERSION,
                                                   .libraries = libraries,
                                                   .host = host,
                                                   .claim = claim,
                                                   .claims = spec->claims,
                                                   .origin = &origin->origin},
                                  message);
    free(text);
    fingerprint_clear(&fingerprint);
    free(shown);
    return status;
}

static Status register_settings(RunState *run)
{
    KeyValue key[MAX_PAIRS];
    Status status = STATUS_OK;
    for (int i = 0; !status && i < run->plan.settings.count; i++) {
        char text[SPEC_TEXT], log[SPEC_TEXT];
        int keys = settings_pairs(&run->plan.settings, i, key);
        settings_text(&run->plan.settings, i, text);
        settings_log(&run->plan.settings, i, log);
        status = store_setting(run->store,
                               &(SettingRow){.experiment = run->spec->name,
                                             .setting = text,
                                             .log = log,
                                             .position = i,
                                             .key = key,
                                             .keys = keys},
                               run->message);
    }
    return status;
}

/* Says how far settings have grown beyond the pilot. */
static void note_stage(const RunState *run)
{
    const Stages *stages = &run->plan.stages;
    const bool worlds = spec_grows_worlds(run->spec);
    int grown = 0, least = INT_MAX, most = 0;
    char text[256], from[16] = "";
    for (int s = 0; s < stages->settings; s++) {
        const SettingUnits *units = &stages->setting[s];
        const int counted = worlds ? units->worlds : units->replicates;
        if (units->stage == 0)
            continue;
        grown++;
        least = counted < least ? counted : least;
        most = counted > most ? counted : most;
    }
    if (grown == 0 || !run->options->note)
        return;
    if (least < most)
        snprintf(from, sizeof from, "%d to ", least);
    snprintf(text, sizeof text, "%s: precision asks for %s%d %s in place of %d, in %d of %d setting%s",
             run->spec->name, from, most, worlds ? "worlds" : "replicates", spec_pilot(run->spec), grown,
             stages->settings, stages->settings == 1 ? "" : "s");
    run->options->note(text, run->options->context);
}

/* Plans what is left, beside what this run has done already. */
static Status plan_stage(RunState *run, Message *message)
{
    const RunOptions *options = run->options;
    Status status = plan_create(&run->plan, run->spec, &options->only, run->store,
                                options->decided ? options->decided : run->store, message);
    if (status)
        return status;
    run->next = 0;
    run->progress.missing = run->progress.done + run->plan.missing;
    run->progress.before = run->plan.there - run->progress.done;
    run->progress.failed = run->plan.failed;
    run->progress.outside = run->plan.outside;
    run->progress.elsewhere = run->plan.elsewhere;
    run->progress.to_decide = !run->plan.stages.final;
    return STATUS_OK;
}

static Status run_stage(RunState *run, Message *message)
{
    Status status = risk_run(&(RiskRun){.store = run->store,
                                        .plan = &run->plan,
                                        .jobs = run->options->jobs,
                                        .stored = run_count,
                                        .ends = run_out_of_time,
                                        .context = run},
                             message);
    if (!status)
        status = outside_create(run, message);
    if (!status)
        status = run_work(run);
    outside_free(run);
    return status;
}

/* A setting that has gone on to its next stage leaves another number of units. */
static int64_t stages_so_far(const Stages *stages)
{
    int64_t sum = 0;
    for (int s = 0; s < stages->settings; s++)
        sum += stages->setting[s].stage;
    return sum;
}

/* Stages follow each other as long as a setting goes on to its next. */
static Status run_stages(RunState *run, Message *message)
{
    int64_t before = -1, now = 0;
    Status status = plan_stage(run, message);
    if (!status)
        status = register_settings(run);
    while (!status && !run->progress.out_of_time && (now = stages_so_far(&run->plan.stages)) > before) {
        before = now;
        if (run->plan.missing)
            note_stage(run);
        status = run_stage(run, message);
        if (status || run->plan.stages.final)
            break;
        plan_free(&run->plan);
        status = plan_stage(run, message);
    }
    return status;
}

Status run_experiment(Store *store, const Spec *spec, const RunOptions *options, RunProgress *progress,
                      Message *message)
{
    RunState run = {
        .spec = spec, .options = options, .store = store, .message = message, .start = clock_seconds()};
    RunOrigin origin;
    *progress = (RunProgress){0};
    Status status = log_memory_check(spec, options->jobs, log_memory_available(), message);
    if (status)
        return status;
    status = run_origin_create(&origin, spec, options, message);
    if (!status)
        status = register_experiment(store, spec, options, &origin, message);
    run_origin_clear(&origin);
    if (status)
        return status;
    pthread_mutex_init(&run.lock, NULL);
    status = run_stages(&run, message);
    pthread_mutex_destroy(&run.lock);
    if (!status && run.plan.complete && run.progress.outside == 0 && !run.progress.out_of_time)
        status = store_finish(store, spec->name, message);
    if (!status)
        status = summary_refresh(store, message);
    plan_free(&run.plan);
    run.progress.seconds = clock_seconds() - run.start;
    *progress = run.progress;
    return status;
}
