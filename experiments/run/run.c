/* How a run is shared out: a task is taken by the first worker that is free, the data of a (setting, world)
 * are opened by the first task that needs them and closed after the last, and one worker at a time writes to
 * the store. Processes on one store share the work as well: units are claimed before they run, and what
 * others are at work on is looked at again in the end, when they have stored it or died. */
#include "estimators/nn/gemm.h"
#include "experiments/identity/version.h"
#include "experiments/run/origin_check.h"
#include "experiments/run/risk_run.h"
#include "experiments/run/run_outside.h"
#include "experiments/spec/named_method.h"
#include "experiments/spec/outside_method.h"
#include "experiments/spec/spec_write.h"
#include "results/summary/summary.h"
#include "sim/base/clock.h"
#include "sim/base/workers.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LOOK_AGAIN = 50000 /* microseconds until units of another process are looked at again */ };

int run_processors(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);
    return count > 0 ? count : 1;
}

static int slot_count(const RunState *run)
{
    return run->plan.settings.count * run->spec->worlds;
}

static Slot *slot_of(const RunState *run, const Task *task)
{
    return &run->slot[task->setting * run->spec->worlds + task->world];
}

static Status store_test(RunState *run, const Task *task, const Slot *slot, Message *message)
{
    pthread_mutex_lock(&run->lock);
    Status status = store_test_set(run->store, run->spec->name, slot->setting->text, task->world,
                                   &source_test_subset(slot->source)->set, message);
    pthread_mutex_unlock(&run->lock);
    return status;
}

static void slot_close(Slot *slot)
{
    source_close(slot->source);
    free(slot->setting);
    slot->source = NULL;
    slot->setting = NULL;
}

static Status slot_open(RunState *run, const Task *task, Slot *slot, Message *message)
{
    Setting *setting = slot->setting = malloc(sizeof *setting);
    if (!setting)
        return fail_memory(message, "a setting");
    Status status = settings_make(&run->plan.settings, task->setting, setting, message);
    if (!status)
        status = source_open(&slot->source, &setting->spec, setting->log, (uint32_t)task->world, message);
    if (!status)
        status = store_test(run, task, slot, message);
    if (status)
        slot_close(slot);
    return status;
}

/* The open slot of the task; to be released whether or not it opens. */
static Status acquire(RunState *run, const Task *task, Slot **slot, Message *message)
{
    *slot = slot_of(run, task);
    pthread_mutex_lock(&(*slot)->lock);
    Status status = (*slot)->source ? STATUS_OK : slot_open(run, task, *slot, message);
    pthread_mutex_unlock(&(*slot)->lock);
    return status;
}

void slot_hold(Slot *slot)
{
    pthread_mutex_lock(&slot->lock);
    slot->tasks++;
    pthread_mutex_unlock(&slot->lock);
}

void slot_release(Slot *slot)
{
    pthread_mutex_lock(&slot->lock);
    if (--slot->tasks == 0)
        slot_close(slot);
    pthread_mutex_unlock(&slot->lock);
}

/* Counts units that were stored and tells of them. */
static void count(int units, void *context)
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
        count(1, run);
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

bool run_stopping(RunState *run)
{
    pthread_mutex_lock(&run->lock);
    bool stop = run->status != STATUS_OK;
    pthread_mutex_unlock(&run->lock);
    return stop;
}

/* Copies a unit from the setting that has trained it, if there is one. */
static Status copy_unit(RunState *run, const Task *task, const UnitKey *unit, bool *copied, Message *message)
{
    const Settings *settings = &run->plan.settings;
    Status status = STATUS_OK;
    *copied = false;
    for (unsigned asked = 0; !status && !*copied && asked <= ASKED_BOTH; asked++) {
        char origin[SPEC_TEXT];
        const int first = settings_origin(settings, task->setting, unit->estimator, asked);
        settings_text(settings, first, origin);
        if (first != task->setting)
            status = store_copy_run(run->store, unit, origin, (int)asked, copied, message);
    }
    if (*copied) {
        store_release(run->store, unit);
        count(1, run);
    }
    return status;
}

/* Copies what units of the task it can, and leaves the others in it. */
static Status copy_units(RunState *run, Task *task, const Setting *setting, Message *message)
{
    Status status = STATUS_OK;
    const int missing = task->missing;
    task->missing = 0;
    for (int i = 0; !status && i < missing; i++) {
        const uint8_t place = task->estimator[i];
        const UnitKey unit = {setting->spec.name, setting->text, setting->spec.estimator[place], task->world,
                              task->replicate};
        bool copied;
        pthread_mutex_lock(&run->lock);
        status = copy_unit(run, task, &unit, &copied, message);
        pthread_mutex_unlock(&run->lock);
        if (!copied)
            task->estimator[task->missing++] = place;
    }
    return status;
}

/* Lack of memory says nothing of a unit, and no other one would fare better. */
static bool concerns_all(Status status)
{
    return status == STATUS_MEMORY;
}

Status run_keep_failed(RunState *run, const Task *task, const Setting *setting, const char *estimator,
                       UnitState state, const Message *why, Message *message)
{
    const RunRow row = {
        .estimator = estimator, .status = unit_state_name(state), .message = why->text, .seconds = NAN};
    return run_keep(run, task, setting, &row, message);
}

/* The units of a replicate whose data cannot be had. */
static Status fail_units(RunState *run, const Task *task, const Setting *setting, const Message *why,
                         Message *message)
{
    Status status = STATUS_OK;
    for (int i = 0; !status && i < task->missing; i++)
        status = run_keep_failed(run, task, setting, setting->spec.estimator[task->estimator[i]], UNIT_FAILED,
                                 why, message);
    return status;
}

/* A unit of the program's own methods, and of estimators in plug-ins. */
static Status run_own(RunState *run, const Task *task, const UnitInputs *inputs, const Setting *setting,
                      const char *estimator, UnitResult *result, Message *message)
{
    Message why;
    RunRow row;
    Status status = unit_run(inputs, estimator, result, &row, &why);
    if (concerns_all(status))
        return fail(message, status, "%s: %s", estimator, why.text);
    return status ? run_keep_failed(run, task, setting, estimator, UNIT_FAILED, &why, message)
                  : run_keep(run, task, setting, &row, message);
}

/* Models from outside come first: what is wrong with them shows at once. */
static Status run_units(RunState *run, const Task *task, Slot *slot, const Sample *sample,
                        Propensities *propensities, Message *message)
{
    const Setting *setting = slot->setting;
    const UnitInputs inputs = {slot->source, sample, propensities, &setting->spec};
    UnitResult *result;
    Status status = unit_result_create(&result, source_test(slot->source)->x->rows, message);
    for (int outside = 1; outside >= 0; outside--)
        for (int i = 0; !status && i < task->missing && !run_stopping(run); i++) {
            const char *estimator = setting->spec.estimator[task->estimator[i]];
            const OutsideMethod *method = outside_method_find(&setting->spec, estimator);
            if ((method && !method->estimator) != outside)
                continue;
            status = outside ? outside_unit(run, task, slot, sample, propensities, estimator, result, message)
                             : run_own(run, task, &inputs, setting, estimator, result, message);
        }
    unit_result_free(result);
    return status;
}

static Status run_task(RunState *run, Task *task, Message *message)
{
    Slot *slot;
    Sample sample = {0};
    Propensities *propensities = NULL;
    Message why;
    Status status = acquire(run, task, &slot, message), data = STATUS_OK;
    if (!status)
        status = copy_units(run, task, slot->setting, message);
    if (!status && task->missing > 0)
        data = source_draw(slot->source, (uint32_t)task->replicate, &sample, &why);
    if (!status && !data && task->missing > 0)
        data = propensities_create(&propensities, &slot->setting->spec, &sample, &why);
    if (concerns_all(data))
        status = fail(message, data, "%s", why.text);
    else if (data)
        status = fail_units(run, task, slot->setting, &why, message);
    else if (!status && task->missing > 0)
        status = run_units(run, task, slot, &sample, propensities, message);
    propensities_free(propensities);
    sample_free(&sample);
    slot_release(slot);
    return status;
}

/* The first failure is the run's, with the place where it happened; NULL for none. */
static void give_up(RunState *run, const Task *task, Status status, const Message *why)
{
    char setting[SPEC_TEXT];
    if (task)
        settings_text(&run->plan.settings, task->setting, setting);
    pthread_mutex_lock(&run->lock);
    if (!run->status && task)
        run->status = fail(run->message, status, "%s: %s%sworld %d, replicate %d: %s", run->spec->name,
                           setting, *setting ? ": " : "", task->world, task->replicate, why->text);
    else if (!run->status)
        run->status = fail(run->message, status, "%s: %s", run->spec->name, why->text);
    pthread_mutex_unlock(&run->lock);
}

/* The next task, or one whose units another process was at work on; false when the run is over. */
static bool take_task(RunState *run, Task *task)
{
    pthread_mutex_lock(&run->lock);
    const bool left = !run->status && (run->next < run->plan.tasks || run->laters > 0);
    if (left)
        *task = run->next < run->plan.tasks ? run->plan.task[run->next++] : run->later[--run->laters];
    pthread_mutex_unlock(&run->lock);
    return left;
}

/* Splits a task: `mine` gets the units that this process is to run, `others` those that another process is at
 * work on. Units that another process has stored since they were planned are in neither. */
static Status claim_units(RunState *run, const Task *task, Task *mine, Task *others, Message *message)
{
    const Spec *spec = run->spec;
    char setting[SPEC_TEXT];
    Status status = STATUS_OK;
    settings_text(&run->plan.settings, task->setting, setting);
    *mine = *others = *task;
    mine->missing = others->missing = 0;
    for (int i = 0; !status && i < task->missing; i++) {
        const uint8_t place = task->estimator[i];
        const UnitKey unit = {spec->name, setting, spec->estimator[place], task->world, task->replicate};
        UnitState state;
        if (!store_claim(run->store, &unit)) {
            others->estimator[others->missing++] = place;
            continue;
        }
        status = store_unit_state(run->store, &unit, &state, message);
        if (status || state == UNIT_MISSING ||
            only_runs_again(&run->options->only, spec, unit.estimator, state)) {
            mine->estimator[mine->missing++] = place;
            continue;
        }
        store_release(run->store, &unit);
        run->progress.missing--;
        run->progress.before++;
        run->progress.failed += state > UNIT_DIVERGED;
    }
    return status;
}

/* Puts the units that others are at work on aside. The slot of a task waits for all of its units. */
static void put_aside(RunState *run, const Task *others, bool has_mine)
{
    Slot *slot = slot_of(run, others);
    run->later[run->laters++] = *others;
    if (has_mine)
        slot_hold(slot);
}

static Status share_task(RunState *run, const Task *task, Message *message)
{
    Task mine, others;
    pthread_mutex_lock(&run->lock);
    Status status = claim_units(run, task, &mine, &others, message);
    const bool runs = mine.missing > 0 || task->missing == 0;
    if (others.missing > 0)
        put_aside(run, &others, runs);
    pthread_mutex_unlock(&run->lock);
    if (status)
        return status;
    if (runs)
        return run_task(run, &mine, message);
    if (others.missing > 0)
        usleep(LOOK_AGAIN);
    else
        slot_release(slot_of(run, task));
    return STATUS_OK;
}

static void *work(void *argument)
{
    RunState *run = argument;
    Task task;
    Message why = {""};
    while (take_task(run, &task)) {
        outside_enter(run);
        Status status = share_task(run, &task, &why);
        outside_leave(run);
        if (status)
            give_up(run, &task, status, &why);
    }
    outside_enter(run);
    Status status = run_stopping(run) ? STATUS_OK : outside_finish(run, &why);
    outside_leave(run);
    if (status)
        give_up(run, NULL, status, &why);
    return NULL;
}

static Status run_workers(RunState *run)
{
    int jobs = run->options->jobs < run->plan.tasks ? run->options->jobs : run->plan.tasks;
    Status status = workers_run(jobs, work, run, run->message);
    return status ? status : run->status;
}

static Status run_plan(RunState *run)
{
    int slots = slot_count(run);
    run->slot = calloc((size_t)slots + 1, sizeof *run->slot);
    run->later = calloc((size_t)run->plan.tasks + 1, sizeof *run->later);
    if (!run->slot || !run->later) {
        free(run->slot);
        free(run->later);
        return fail_memory(run->message, "the worlds");
    }
    for (int i = 0; i < slots; i++)
        pthread_mutex_init(&run->slot[i].lock, NULL);
    for (int i = 0; i < run->plan.tasks; i++)
        slot_of(run, &run->plan.task[i])->tasks++;
    Status status = run_workers(run);
    for (int i = 0; i < slots; i++) {
        slot_close(&run->slot[i]); /* still open after a failure */
        pthread_mutex_destroy(&run->slot[i].lock);
    }
    free(run->slot);
    free(run->later);
    return status;
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
    ClaimRow claim[MAX_CLAIMS];
    MethodRow method[MAX_ESTIMATORS];
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
    KeyValue key[MAX_SWEEPS];
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

Status run_experiment(Store *store, const Spec *spec, const RunOptions *options, RunProgress *progress,
                      Message *message)
{
    RunState run = {
        .spec = spec, .options = options, .store = store, .message = message, .start = clock_seconds()};
    RunOrigin origin;
    *progress = (RunProgress){0};
    gemm_single_threaded();
    Status status = run_origin_create(&origin, spec, options, message);
    if (!status)
        status = register_experiment(store, spec, options, &origin, message);
    run_origin_clear(&origin);
    if (!status)
        status = plan_create(&run.plan, spec, &options->only, store, message);
    if (status)
        return status;
    run.progress.missing = run.plan.missing;
    run.progress.before = run.plan.there;
    run.progress.failed = run.plan.failed;
    run.progress.outside = run.plan.outside;
    pthread_mutex_init(&run.lock, NULL);
    status = register_settings(&run);
    if (!status)
        status = risk_run(
            &(RiskRun){
                .store = store, .plan = &run.plan, .jobs = options->jobs, .stored = count, .context = &run},
            message);
    if (!status)
        status = outside_create(&run, message);
    if (!status)
        status = run_plan(&run);
    outside_free(&run);
    pthread_mutex_destroy(&run.lock);
    if (!status && run.plan.complete && run.progress.outside == 0)
        status = store_finish(store, spec->name, message);
    if (!status)
        status = summary_refresh(store, message);
    plan_free(&run.plan);
    run.progress.seconds = clock_seconds() - run.start;
    *progress = run.progress;
    return status;
}
