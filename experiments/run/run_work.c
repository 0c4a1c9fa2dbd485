/* How a run is shared out. A worker takes a unit of a replicate that is open, so that the workers share its
 * log; where there is none to take, it opens the next one: claims its units, draws its data. The data are
 * freed after the last unit. Processes on one store share the work as well: units are claimed before they
 * run, and what others are at work on is looked at again in the end, when they have stored it or died. */
#include "experiments/run/run_outside.h"
#include "experiments/spec/outside_method.h"
#include "sim/base/clock.h"
#include "sim/base/workers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LOOK_AGAIN = 50000 /* microseconds until units of another process are looked at again */ };

/* A replicate that is open. What is drawn is only read. */
struct Replicate {
    Task task; /* its units that this process runs, models from outside first */
    Slot *slot;
    Sample sample;
    Propensities *propensities;
    int taken, at_work; /* units; workers */
};

/* What a worker does next. */
typedef struct Work {
    Task task;
    Replicate *replicate; /* NULL: the task is to be opened */
    int unit;             /* its place in the replicate's task */
} Work;

/* A worker's own room for results, kept from unit to unit. */
typedef struct Worker {
    UnitResult *result;
    size_t rows; /* that it is for */
} Worker;

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
        run_count(1, run);
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

static void replicate_close(Replicate *r)
{
    propensities_free(r->propensities);
    sample_free(&r->sample);
    slot_release(r->slot);
    free(r);
}

/* Models from outside come first: what is wrong with them shows at once. */
static void order_units(Task *task, const Spec *spec)
{
    uint8_t ordered[MAX_ESTIMATORS] = {0};
    int count = 0;
    for (int outside = 1; outside >= 0; outside--)
        for (int i = 0; i < task->missing; i++) {
            const OutsideMethod *method = outside_method_find(spec, spec->estimator[task->estimator[i]]);
            if ((method && !method->estimator) == outside)
                ordered[count++] = task->estimator[i];
        }
    memcpy(task->estimator, ordered, (size_t)count * sizeof *ordered);
}

/* Draws the data of the units that are left, where any are; *data is why that cannot be. */
static Status draw_replicate(RunState *run, Replicate *r, Status *data, Message *why, Message *message)
{
    const Slot *slot = r->slot;
    Status status = copy_units(run, &r->task, slot->setting, message);
    *data = STATUS_OK;
    if (status || r->task.missing == 0)
        return status;
    order_units(&r->task, &slot->setting->spec);
    *data = source_draw(slot->source, (uint32_t)r->task.replicate, &r->sample, why);
    if (!*data)
        *data = propensities_create(&r->propensities, &slot->setting->spec, &r->sample, why);
    return concerns_all(*data) ? fail(message, *data, "%s", why->text) : STATUS_OK;
}

/* Opens a replicate for all workers, unless nothing of it is left to do. */
static Status open_replicate(RunState *run, const Task *task, Message *message)
{
    Message why;
    Status data = STATUS_OK;
    Replicate *r = calloc(1, sizeof *r);
    if (!r)
        return slot_release(slot_of(run, task)), fail_memory(message, "a replicate");
    r->task = *task;
    Status status = slot_acquire(run, task, &r->slot, message);
    if (!status)
        status = draw_replicate(run, r, &data, &why, message);
    if (!status && data)
        status = fail_units(run, &r->task, r->slot->setting, &why, message);
    if (status || data || r->task.missing == 0)
        return replicate_close(r), status;
    pthread_mutex_lock(&run->lock);
    run->replicate[run->replicates++] = r;
    pthread_mutex_unlock(&run->lock);
    return STATUS_OK;
}

/* A unit of the program's own methods, and of estimators in plug-ins. */
static Status run_own(RunState *run, const Replicate *r, const char *estimator, UnitResult *result,
                      Message *message)
{
    const Setting *setting = r->slot->setting;
    const Task *task = &r->task;
    const UnitInputs inputs = {r->slot->source, &r->sample, r->propensities, &setting->spec};
    Message why;
    RunRow row;
    Status status = unit_run(&inputs, estimator, result, &row, &why);
    if (concerns_all(status))
        return fail(message, status, "%s: %s", estimator, why.text);
    return status ? run_keep_failed(run, task, setting, estimator, UNIT_FAILED, &why, message)
                  : run_keep(run, task, setting, &row, message);
}

static Status make_room(Worker *worker, size_t rows, Message *message)
{
    if (worker->result && worker->rows == rows)
        return STATUS_OK;
    unit_result_free(worker->result);
    worker->result = NULL;
    worker->rows = rows;
    return unit_result_create(&worker->result, rows, message);
}

static Status run_unit(RunState *run, const Replicate *r, int unit, Worker *worker, Message *message)
{
    const Spec *spec = &r->slot->setting->spec;
    const char *estimator = spec->estimator[r->task.estimator[unit]];
    const OutsideMethod *method = outside_method_find(spec, estimator);
    Status status = make_room(worker, source_test(r->slot->source)->x->rows, message);
    if (status)
        return status;
    return method && !method->estimator ? outside_unit(run, &r->task, r->slot, &r->sample, r->propensities,
                                                       estimator, worker->result, message)
                                        : run_own(run, r, estimator, worker->result, message);
}

/* A worker is done with a unit; the last one closes the replicate. */
static void end_unit(RunState *run, Replicate *r)
{
    int place = 0;
    pthread_mutex_lock(&run->lock);
    const bool last = --r->at_work == 0 && r->taken == r->task.missing;
    while (last && run->replicate[place] != r)
        place++;
    if (last)
        run->replicate[place] = run->replicate[--run->replicates];
    pthread_mutex_unlock(&run->lock);
    if (last)
        replicate_close(r);
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

/* A unit of an open replicate, the one that was opened first. */
static bool take_unit(RunState *run, Work *work)
{
    for (int i = 0; i < run->replicates; i++) {
        Replicate *r = run->replicate[i];
        if (r->taken == r->task.missing)
            continue;
        *work = (Work){.task = r->task, .replicate = r, .unit = r->taken++};
        r->at_work++;
        return true;
    }
    return false;
}

/* What to do next: a unit, else a task, else one whose units another process was at work on. Waits where
 * another worker is about to open a replicate, which may have a unit for this one; false when the run is
 * over. */
static bool take_work(RunState *run, Work *work)
{
    bool found = false;
    pthread_mutex_lock(&run->lock);
    while (!found && !run->status && !run_out_of_time(run)) {
        found = take_unit(run, work);
        if (!found && (run->next < run->plan.tasks || run->laters > 0)) {
            *work = (Work){.task = run->next < run->plan.tasks ? run->plan.task[run->next++]
                                                               : run->later[--run->laters]};
            run->opening++;
            found = true;
        }
        if (!found && run->opening == 0)
            break;
        if (!found)
            pthread_cond_wait(&run->changed, &run->lock);
    }
    pthread_mutex_unlock(&run->lock);
    return found;
}

/* Tells the workers that wait for it that a task was opened, or is not going to be. */
static void end_opening(RunState *run)
{
    pthread_mutex_lock(&run->lock);
    run->opening--;
    pthread_cond_broadcast(&run->changed);
    pthread_mutex_unlock(&run->lock);
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

/* Opens a task as far as its units are this process's. */
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
        return open_replicate(run, &mine, message);
    if (others.missing > 0)
        usleep(LOOK_AGAIN);
    else
        slot_release(slot_of(run, task));
    return STATUS_OK;
}

/* A failure is told before anybody takes more. */
static void do_work(RunState *run, const Work *work, Worker *worker)
{
    Message why = {""};
    const double start = clock_seconds();
    Status status = work->replicate ? run_unit(run, work->replicate, work->unit, worker, &why)
                                    : share_task(run, &work->task, &why);
    pthread_mutex_lock(&run->lock);
    run->longest = fmax(run->longest, clock_seconds() - start);
    pthread_mutex_unlock(&run->lock);
    if (status)
        give_up(run, &work->task, status, &why);
    if (work->replicate)
        end_unit(run, work->replicate);
    else
        end_opening(run);
}

static void *work(void *argument)
{
    RunState *run = argument;
    Worker worker = {.result = NULL};
    Work next;
    Message why = {""};
    while (take_work(run, &next)) {
        outside_enter(run);
        do_work(run, &next, &worker);
        outside_leave(run);
    }
    outside_enter(run);
    Status status = run_stopping(run) || run->progress.out_of_time ? STATUS_OK : outside_finish(run, &why);
    outside_leave(run);
    if (status)
        give_up(run, NULL, status, &why);
    unit_result_free(worker.result);
    return NULL;
}

/* A worker for each unit or task, if there are so few. */
static Status run_workers(RunState *run)
{
    const int64_t most = run->plan.missing > run->plan.tasks ? run->plan.missing : run->plan.tasks;
    const int jobs = run->options->jobs < most ? run->options->jobs : (int)most;
    Status status = workers_run(jobs, work, run, run->message);
    return status ? status : run->status;
}

/* Settings are taken one after the other, each with all of its worlds: a sample that is asked for again is as
 * many worlds old. Without the cache, as when there is no memory for it, the run only takes longer. */
static SampleCache *create_samples(const RunState *run)
{
    enum { MOST_SAMPLES = 32 };
    const bool shared =
        run->plan.settings.count > 1 && !run->spec->layout && run->plan.stages.worlds <= MOST_SAMPLES;
    return shared ? sample_cache_create(run->plan.stages.worlds) : NULL;
}

Status run_work(RunState *run)
{
    const int slots = run->plan.settings.count * run->plan.stages.worlds;
    run->slot = calloc((size_t)slots + 1, sizeof *run->slot);
    run->later = calloc((size_t)run->plan.tasks + 1, sizeof *run->later);
    run->replicate = calloc((size_t)run->plan.tasks + 1, sizeof(Replicate *));
    if (!run->slot || !run->later || !run->replicate) {
        free(run->slot);
        free(run->later);
        free(run->replicate);
        return fail_memory(run->message, "the worlds");
    }
    for (int i = 0; i < slots; i++)
        pthread_mutex_init(&run->slot[i].lock, NULL);
    for (int i = 0; i < run->plan.tasks; i++)
        slot_of(run, &run->plan.task[i])->tasks++;
    pthread_cond_init(&run->changed, NULL);
    run->samples = create_samples(run);
    Status status = run_workers(run);
    pthread_cond_destroy(&run->changed);
    while (run->replicates > 0)
        replicate_close(run->replicate[--run->replicates]); /* still open after a failure */
    for (int i = 0; i < slots; i++) {
        slot_close(&run->slot[i]); /* still open after a failure */
        pthread_mutex_destroy(&run->slot[i].lock);
    }
    sample_cache_free(run->samples);
    free(run->slot);
    free(run->later);
    free(run->replicate);
    return status;
}
