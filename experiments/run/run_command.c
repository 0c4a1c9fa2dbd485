/* A unit of a command is written as a folder by the worker that has drawn its data, and waits there with
 * others of its method. Whoever fills the batch makes the call, then scores and stores each of its units. The
 * first unit of a method goes alone, while the others wait: a command that cannot work is noticed before much
 * is done for it. */
#include "experiments/run/command_call.h"
#include "sim/base/directory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SHOWN_LINES = 20 /* of a log */ };

Status command_ready(const RunState *run, OutsideState *state, Message *message)
{
    const OutsideMethod *method = state->method;
    (void)arguments_split(method->command, &state->arguments); /* it was split when it was set */
    state->batch = names_unit(&state->arguments) ? 1 : method->batch;
    if (method->threads > run->options->jobs)
        return fail(message, STATUS_USAGE, "methods.%s.threads: %d; expected at most the %d of --jobs",
                    method->name, method->threads, run->options->jobs);
    if (method->gpu > 0 && run->options->devices == 0)
        return fail(message, STATUS_USAGE, "methods.%s.gpu: no devices to lend; expected --gpus, such as 0,1",
                    method->name);
    state->unit = calloc((size_t)state->batch, sizeof *state->unit);
    return state->unit ? STATUS_OK : fail_memory(message, "units of commands");
}

/* The file for what a call says, by its first unit; make_folders() has left room for the name. */
static void log_path(const RunState *run, const OutsideState *state, const Waiting *unit, char log[PATH_MAX])
{
    snprintf(log, PATH_MAX, "%.*s/%.*s-%.*s.log", PATH_MAX - 2 * ROOM, run->outside->logs, METHOD_NAME,
             state->method->name, ROOM - METHOD_NAME - 8, unit->label);
}

/* --- Units after their call */

/* Reads what a unit's folder has by now, and stores the unit where it is something. */
static Status take_unit(const Call *call, const Waiting *unit, PredictionState *state, Message *why,
                        Message *message)
{
    UnitResult *result = NULL;
    PredictionReport report;
    const size_t rows = source_test(unit->slot->source)->x->rows;
    Status status = unit_result_create(&result, rows, message);
    if (!status)
        status = predictions_read(&(PredictionPlace){.folder = unit->folder, .rows = rows},
                                  unit_result_cvr(result), unit_result_ctr(result), &report, state, why);
    if (!status && (*state == PREDICTIONS_DONE || *state == PREDICTIONS_DIVERGED))
        status = outside_keep(call->run, unit, call->state->method, result, &report,
                              *state == PREDICTIONS_DIVERGED ? why->text : NULL,
                              call->end.seconds / call->units, message);
    unit_result_free(result);
    return status;
}

static void remove_unit(Waiting *unit)
{
    directory_remove(unit->folder);
    slot_release(unit->slot);
}

/* Shows the end of a log, and where it is. */
static void show_log(const RunState *run, const char *name, const char *log)
{
    char tail[LOG_TAIL], text[LOG_TAIL + PATH_MAX + 100];
    log_tail(log, SHOWN_LINES, tail);
    snprintf(text, sizeof text, "%s: its output is in %s%s%s", name, log, tail[0] ? ", and ends with\n" : "",
             tail);
    if (run->options->note)
        run->options->note(text, run->options->context);
}

/* The first unit of a method has failed: nothing speaks for the others. */
static Status fail_first(const RunState *run, const OutsideState *state, const Waiting *unit, const char *log,
                         const Message *why, Message *message)
{
    show_log(run, state->method->name, log);
    return fail(message, STATUS_FAILED, "%s: its first unit, %s, has failed, so that no other was tried: %s",
                state->method->name, unit->label, why->text);
}

/* Takes what a call has made. Units that have nothing because an earlier one ended the call come first in
 * `unit`, for the next call; *units is how many. */
static Status take_units(Call *call, Waiting *unit, int *units, bool first, bool *failed, Message *message)
{
    RunState *run = call->run;
    const OutsideMethod *method = call->state->method;
    const int given = *units;
    bool blamed = ended_well(&call->end); /* the call's end is explained */
    Status status = STATUS_OK;
    *units = 0;
    for (int i = 0; !status && i < given; i++) {
        PredictionState state;
        UnitState outcome = UNIT_FAILED;
        Message why;
        status = take_unit(call, &unit[i], &state, &why, message);
        if (status)
            break;
        if (state == PREDICTIONS_NONE || (state == PREDICTIONS_WRONG && !blamed)) {
            if (blamed && !ended_well(&call->end)) {
                const Waiting again = unit[i];
                unit[i] = unit[*units];
                unit[(*units)++] = again;
                continue;
            }
            if (!blamed)
                outcome = say_ending(call, &why);
            blamed = true;
        }
        if (state == PREDICTIONS_NONE || state == PREDICTIONS_WRONG) {
            *failed |= outcome != UNIT_SKIPPED;
            status = run_keep_failed(run, &unit[i].task, unit[i].slot->setting, method->name, outcome, &why,
                                     message);
            if (!status && first && outcome != UNIT_SKIPPED)
                status = fail_first(run, call->state, &unit[i], call->log, &why, message);
        }
        remove_unit(&unit[i]);
    }
    return status;
}

/* Calls the command until every unit has an end, and frees their weights. The log is kept where a unit has
 * failed. */
static Status run_call(RunState *run, OutsideState *state, Waiting *unit, int units, bool first,
                       Message *message)
{
    const int given = units;
    const char **folder = calloc((size_t)units, sizeof *folder);
    char log[PATH_MAX];
    bool failed = false;
    Status status = folder ? STATUS_OK : fail_memory(message, "a call");
    log_path(run, state, unit, log);
    (void)unlink(log); /* of an earlier run */
    while (!status && units > 0 && !run_stopping(run)) {
        for (int i = 0; i < units; i++)
            folder[i] = unit[i].folder;
        Call call = {
            .run = run, .state = state, .folder = folder, .units = units, .seed = unit[0].seed, .log = log};
        status = call_command(&call, message);
        if (!status)
            status = take_units(&call, unit, &units, first, &failed, message);
    }
    for (int i = 0; i < given; i++) {
        free(unit[i].weight);
        unit[i].weight = NULL;
    }
    if (!failed)
        (void)unlink(log);
    free(folder);
    return status;
}

/* --- The first unit, and batches */

/* Runs the first unit of a method, while others of it wait. */
static Status test_first(RunState *run, OutsideState *state, Waiting *unit, Message *message)
{
    Outside *o = run->outside;
    Status status = run_call(run, state, unit, 1, true, message);
    pthread_mutex_lock(&o->lock);
    state->testing = false;
    state->tested = true;
    state->broken = status != STATUS_OK;
    pthread_cond_broadcast(&o->changed);
    pthread_mutex_unlock(&o->lock);
    return status;
}

/* Whether this unit is to be the first: then the caller runs it. Else waits until the first one has run, with
 * its thread given back, for the first may need several. */
static bool is_first(RunState *run, OutsideState *state)
{
    Outside *o = run->outside;
    return_threads(run, 1);
    pthread_mutex_lock(&o->lock);
    while (state->testing)
        pthread_cond_wait(&o->changed, &o->lock);
    const bool first = !state->tested;
    state->testing = first;
    pthread_mutex_unlock(&o->lock);
    lend_threads(run, 1);
    return first;
}

/* Adds the unit to those that wait; where that fills a batch, takes them all out: *taken of *units. */
static Status wait_for_batch(Outside *o, OutsideState *state, Waiting *unit, Waiting **taken, int *units,
                             Message *message)
{
    Status status = STATUS_OK;
    *taken = NULL;
    pthread_mutex_lock(&o->lock);
    if (unit) {
        state->unit[state->waiting++] = *unit;
        unit->weight = NULL; /* which the one that waits has now */
    }
    if (state->waiting == state->batch || (!unit && state->waiting > 0)) {
        *units = state->waiting;
        *taken = calloc((size_t)*units, sizeof **taken);
        if (*taken) {
            memcpy(*taken, state->unit, (size_t)*units * sizeof **taken);
            state->waiting = 0;
        } else {
            status = fail_memory(message, "units of a call");
        }
    }
    pthread_mutex_unlock(&o->lock);
    return status;
}

static Status run_batch(RunState *run, OutsideState *state, Waiting *unit, Message *message)
{
    Waiting *taken;
    int units;
    Status status = wait_for_batch(run->outside, state, unit, &taken, &units, message);
    if (!status && taken)
        status = run_call(run, state, taken, units, false, message);
    free(taken);
    return status;
}

/* --- Tuning */

/* A trial of a method: the rows that tuning is scored on take the place of the test exposures. */
typedef struct OutsideTrial {
    RunState *run;
    OutsideState *state;
    const Sample *sample;
    Propensities *propensities;
    const char *folder, *log;
    int number;
} OutsideTrial;

static Status call_trial(OutsideTrial *trial, const Spec *setting, const char *folder, float *cvr,
                         bool *diverged, Message *message)
{
    UnitContent content;
    PredictionReport report;
    PredictionState state;
    const Features *held = &trial->sample->held.x;
    Call call = {.run = trial->run, .state = trial->state, .folder = &folder, .units = 1, .log = trial->log};
    Status status = unit_content(trial->sample, trial->propensities, held, setting,
                                 trial->state->method->name, &content, diverged, message);
    if (status || *diverged)
        return status;
    call.seed = content.seed;
    float *ctr = calloc(held->rows + 1, sizeof *ctr);
    status =
        ctr ? unit_folder_write(folder, &content, UNIT_NPY, NULL, message) : fail_memory(message, "a trial");
    if (!status)
        status = call_command(&call, message);
    if (!status)
        status = predictions_read(&(PredictionPlace){.folder = folder, .rows = held->rows}, cvr, ctr, &report,
                                  &state, message);
    if (!status && state == PREDICTIONS_NONE && !ended_well(&call.end))
        (void)say_ending(&call, message);
    if (!status && (state == PREDICTIONS_NONE || state == PREDICTIONS_WRONG))
        status = STATUS_FAILED; /* the message says why */
    *diverged = !status && state == PREDICTIONS_DIVERGED;
    free(ctr);
    return status;
}

static Status try_values(const Spec *setting, float *cvr, bool *diverged, void *context, Message *message)
{
    OutsideTrial *trial = context;
    char folder[PATH_MAX];
    if (snprintf(folder, sizeof folder, "%s-t%d", trial->folder, trial->number++) >= PATH_MAX)
        return fail(message, STATUS_USAGE, "%s: the path is too long", trial->folder);
    Status status = call_trial(trial, setting, folder, cvr, diverged, message);
    directory_remove(folder);
    return status;
}

/* --- A unit */

/* Writes the unit down. *diverged: what it is lent could not be made. */
static Status write_unit(RunState *run, OutsideState *state, const Sample *sample, Propensities *propensities,
                         Waiting *unit, bool *diverged, Message *message)
{
    const Slot *slot = unit->slot;
    char log[PATH_MAX];
    Spec *tuned;
    UnitContent content = {.seed = 0};
    OutsideTrial trial = {.run = run,
                          .state = state,
                          .sample = sample,
                          .propensities = propensities,
                          .folder = unit->folder,
                          .log = log};
    *diverged = false;
    log_path(run, state, unit, log);
    Status status =
        outside_search(&(OptionSearch){sample, propensities, state->method->name, try_values, &trial}, unit,
                       &tuned, message);
    if (!status)
        (void)unlink(log); /* what trials have said */
    if (!status)
        status = unit_content(sample, propensities, source_test(slot->source)->x,
                              tuned ? tuned : &slot->setting->spec, state->method->name, &content, diverged,
                              message);
    if (!status && !*diverged)
        status = unit_folder_write(unit->folder, &content, UNIT_NPY, NULL, message);
    if (!status && !*diverged)
        status = outside_weigh(unit, sample, propensities, message);
    unit->seed = content.seed;
    free(tuned);
    return status;
}

Status command_unit(RunState *run, OutsideState *state, Waiting *unit, const Sample *sample,
                    Propensities *propensities, Message *message)
{
    Outside *o = run->outside;
    const char *name = state->method->name;
    bool diverged;
    Message why;
    if (snprintf(unit->folder, sizeof unit->folder, "%s/%s/%s", o->own, name, unit->label) >= PATH_MAX)
        return fail(message, STATUS_USAGE, "%s: the path is too long", o->own);
    const bool first = is_first(run, state);
    if (state->broken)
        return STATUS_OK;
    Status status = write_unit(run, state, sample, propensities, unit, &diverged, &why);
    if (status && status != STATUS_MEMORY) {
        status = run_keep_failed(run, &unit->task, unit->slot->setting, name, UNIT_FAILED, &why, message);
        return status || !first ? status : fail(message, STATUS_FAILED, "%s: %s", name, why.text);
    }
    if (status)
        return fail(message, status, "%s", why.text);
    if (diverged) {
        (void)fail(&why, STATUS_OK, "the propensities that it is lent diverged");
        return run_keep_failed(run, &unit->task, unit->slot->setting, name, UNIT_DIVERGED, &why, message);
    }
    slot_hold(unit->slot);
    return first ? test_first(run, state, unit, message) : run_batch(run, state, unit, message);
}

Status command_finish(RunState *run, OutsideState *state, Message *message)
{
    return run_batch(run, state, NULL, message);
}
