/* The methods from outside of a run: what they need is made ready, each unit goes to the file that knows its
 * kind, and what comes back is scored in the one way that there is. */
#include "experiments/run/run_outside_internal.h"

#include "sim/base/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* Removes what processes have left that were killed: each holds a lock on its own folder. */
static void remove_stale(const char *work)
{
    DIR *folder = opendir(work);
    const struct dirent *entry;
    while (folder && (entry = readdir(folder))) {
        char path[PATH_MAX];
        if (entry->d_name[0] == '.' || snprintf(path, sizeof path, "%s/%s", work, entry->d_name) >= PATH_MAX)
            continue;
        const int lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (lock >= 0 && !flock(lock, LOCK_EX | LOCK_NB))
            directory_remove(path);
        if (lock >= 0)
            close(lock);
    }
    if (folder)
        closedir(folder);
}

/* STORE.work/PID for units, STORE.logs for what commands say; whole paths, since commands run elsewhere. */
static Status make_folders(RunState *run, Message *message)
{
    Outside *o = run->outside;
    char store[PATH_MAX];
    if (!realpath(store_path(run->store), store))
        return fail(message, STATUS_FAILED, "%s: %s", store_path(run->store), strerror(errno));
    if (snprintf(o->work, sizeof o->work, "%s.work", store) >= PATH_MAX - 2 * ROOM ||
        snprintf(o->own, sizeof o->own, "%s/%ld", o->work, (long)getpid()) >= PATH_MAX - 2 * ROOM ||
        snprintf(o->logs, sizeof o->logs, "%s.logs", store) >= PATH_MAX - 2 * ROOM)
        return fail(message, STATUS_USAGE, "%s: the path is too long", store);
    remove_stale(o->work);
    Status status = directory_make(o->own, NULL, message);
    if (status)
        return status;
    o->own_lock = open(o->own, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (o->own_lock < 0 || flock(o->own_lock, LOCK_EX | LOCK_NB))
        return fail(message, STATUS_FAILED, "%s: cannot be locked: %s", o->own, strerror(errno));
    return directory_make(o->logs, NULL, message);
}

static void remove_folders(Outside *o)
{
    if (!o->own[0])
        return;
    directory_remove(o->own);
    if (o->own_lock >= 0)
        close(o->own_lock);
    rmdir(o->work); /* both stay where something else is in them: another run, or logs of failures */
    rmdir(o->logs);
}

/* Whether the run has units of the method to do; whether the store has a finished one, which shows that the
 * command works. */
static Status look_at_units(const RunState *run, OutsideState *state, bool *asked, Message *message)
{
    const Spec *spec = run->spec;
    int place = 0;
    *asked = false;
    while (strcmp(spec->estimator[place], state->method->name) != 0)
        place++;
    for (int t = 0; !*asked && t < run->plan.tasks; t++)
        for (int i = 0; !*asked && i < run->plan.task[t].missing; i++)
            *asked = run->plan.task[t].estimator[i] == place;
    for (int s = 0; *asked && !state->tested && s < run->plan.settings.count; s++) {
        char text[SPEC_TEXT];
        UnitState there;
        settings_text(&run->plan.settings, s, text);
        for (int r = 0; !state->tested && r < spec->replicates; r++) {
            Status status = store_unit_state(
                run->store, &(UnitKey){spec->name, text, state->method->name, 0, r}, &there, message);
            if (status)
                return status;
            state->tested = there == UNIT_DONE;
        }
    }
    return STATUS_OK;
}

static Status ready_methods(RunState *run, bool *commands, Message *message)
{
    const Spec *spec = run->spec;
    Status status = STATUS_OK;
    for (int i = 0; !status && i < spec->outsides; i++) {
        OutsideState *state = &run->outside->state[i];
        bool asked;
        state->method = &spec->outside[i];
        status = look_at_units(run, state, &asked, message);
        if (status || !asked || state->method->kind != OUTSIDE_COMMAND || run->options->offered)
            continue;
        status = command_ready(run, state, message);
        *commands = true;
    }
    return status;
}

Status outside_create(RunState *run, Message *message)
{
    bool commands = false;
    Outside *o = run->outside = calloc(1, sizeof *o);
    if (!o)
        return fail_memory(message, "methods from outside");
    pthread_mutex_init(&o->lock, NULL);
    pthread_cond_init(&o->changed, NULL);
    o->own_lock = -1;
    o->threads = run->options->jobs;
    for (int i = 0; i < MAX_DEVICES; i++)
        o->device[i] = 1;
    Status status = ready_methods(run, &commands, message);
    if (!status && commands)
        status = process_starter_create(&o->starter, message);
    return status || !commands ? status : make_folders(run, message);
}

void outside_free(RunState *run)
{
    Outside *o = run->outside;
    if (!o)
        return;
    process_starter_free(o->starter);
    remove_folders(o);
    for (int i = 0; i < MAX_OUTSIDE; i++) {
        for (int k = 0; k < o->state[i].waiting; k++)
            free(o->state[i].unit[k].weight);
        free(o->state[i].unit);
    }
    pthread_cond_destroy(&o->changed);
    pthread_mutex_destroy(&o->lock);
    free(o);
    run->outside = NULL;
}

Status outside_weigh(Waiting *unit, const Sample *sample, Propensities *propensities, Message *message)
{
    const Slot *slot = unit->slot;
    return unit_weights(&(UnitInputs){slot->source, sample, propensities, &slot->setting->spec},
                        &unit->weight, message);
}

Status outside_keep(RunState *run, const Waiting *unit, const OutsideMethod *method, UnitResult *result,
                    const PredictionReport *report, const char *diverged, double seconds, Message *message)
{
    const Slot *slot = unit->slot;
    const UnitTraining training = {.diverged = diverged != NULL,
                                   .message = diverged,
                                   .seconds = isnan(report->seconds) ? seconds : report->seconds,
                                   .steps = report->steps,
                                   .parameters = report->parameters,
                                   .tuned = unit->tuned,
                                   .weight = unit->weight};
    RunRow row;
    Message why;
    Status status =
        unit_score(slot->source, &slot->setting->spec, method->name, &training, result, &row, &why);
    if (status == STATUS_MEMORY)
        return fail(message, status, "%s", why.text);
    return status ? run_keep_failed(run, &unit->task, slot->setting, method->name, UNIT_FAILED, &why, message)
                  : run_keep(run, &unit->task, slot->setting, &row, message);
}

/* Searches the options of a unit, and sets them in a copy of its setting; *tuned is NULL without a search. */
Status outside_search(const OptionSearch *search, Waiting *unit, Spec **tuned, Message *message)
{
    const Spec *setting = &unit->slot->setting->spec;
    const Sample *sample = search->sample;
    *tuned = NULL;
    if (setting->tune.trials == 0)
        return STATUS_OK;
    const TrainingData data = {.log = sample->log, .unbiased = sample->unbiased};
    const Method towers = {.estimator = &(Estimator){.name = "outside"}, .backbone = backbone_find("towers")};
    TuneInputs inputs = {.spec = setting,
                         .estimator = search->method,
                         .data = &data,
                         .key = &sample->key,
                         .held = &sample->held,
                         .held_truth = sample->held_truth.p_r,
                         .trial = search->trial,
                         .context = search->context};
    Tuned *found = malloc(sizeof *found);
    *tuned = malloc(sizeof **tuned);
    Status status = found && *tuned ? STATUS_OK : fail_memory(message, "a search of options");
    if (!status && !strcmp(setting->tune.metric, snips_log_loss))
        status = propensities_of_held(search->propensities, &towers, &inputs.held_propensity, message);
    if (!status)
        status = tune(&inputs, found, message);
    if (!status) {
        **tuned = *setting;
        snprintf(unit->tuned, sizeof unit->tuned, "%s", found->text);
        status = tuned_set(found, *tuned, message);
    }
    free(found);
    return status;
}

/* Whether the folder's unit is the one that this program draws. */
static Status check_digest(const RunState *run, const char *folder, const UnitContent *content,
                           Message *message)
{
    UnitDigest stated, here;
    Status status = unit_folder_digest(folder, &stated, message);
    if (status)
        return status;
    unit_digest(content, &here);
    if (!strcmp(stated.all, here.all))
        return STATUS_OK;
    if (strcmp(stated.labels, here.labels) != 0)
        return fail(message, STATUS_USAGE,
                    "%s: is not this unit: ids, clicks or conversions differ; expected one that `cvrlab "
                    "export` wrote of this experiment",
                    folder);
    return run->options->trust_labels
               ? STATUS_OK
               : fail(message, STATUS_USAGE,
                      "%s: ids and labels are this unit's, but dense columns differ: it was exported by "
                      "another version, on another processor or with other options; --trust-digest scores it "
                      "nevertheless",
                      folder);
}

/* Scores predictions that are at hand; a unit without any is left out. */
static Status score_unit(RunState *run, Waiting *unit, const OutsideMethod *method, const Sample *sample,
                         Propensities *propensities, UnitResult *result, Message *message)
{
    const Slot *slot = unit->slot;
    const Setting *setting = slot->setting;
    const Features *test = source_test(slot->source)->x;
    UnitContent content;
    PredictionReport report;
    PredictionState state;
    Message why;
    bool diverged;
    Status status = predictions_read(&(PredictionPlace){unit->folder, run->options->offered_file, test->rows},
                                     unit_result_cvr(result), unit_result_ctr(result), &report, &state, &why);
    if (status)
        return fail(message, status, "%s", why.text);
    if (state == PREDICTIONS_NONE)
        return run_leave(run, &unit->task, setting, method->name), STATUS_OK;
    status = unit_content(sample, propensities, test, &setting->spec, NULL, &content, &diverged, message);
    if (!status)
        status = check_digest(run, unit->folder, &content, message);
    if (status)
        return status;
    if (state == PREDICTIONS_DONE)
        status = outside_weigh(unit, sample, propensities, &why);
    if (status == STATUS_MEMORY)
        return fail(message, status, "%s", why.text);
    if (!status && state != PREDICTIONS_WRONG)
        return outside_keep(run, unit, method, result, &report,
                            state == PREDICTIONS_DIVERGED ? why.text : NULL, (double)NAN, message);
    if (run->options->note)
        run->options->note(why.text, run->options->context);
    return run_keep_failed(run, &unit->task, setting, method->name, UNIT_FAILED, &why, message);
}

Status outside_unit(RunState *run, const Task *task, Slot *slot, const Sample *sample,
                    Propensities *propensities, const char *method, UnitResult *result, Message *message)
{
    OutsideState *state = &run->outside->state[outside_method_find(run->spec, method) - run->spec->outside];
    Waiting *unit = calloc(1, sizeof *unit);
    if (!unit)
        return fail_memory(message, "a unit");
    unit->task = *task;
    unit->slot = slot;
    unit_label(&(UnitPlace){task->setting, task->world, task->replicate}, unit->label);
    Status status = STATUS_OK;
    if (state->method->loaded)
        status = plugin_unit(run, state, unit, sample, propensities, result, message);
    else if (!run->options->offered)
        status = command_unit(run, state, unit, sample, propensities, message);
    else if (snprintf(unit->folder, sizeof unit->folder, "%s/%s", run->options->offered, unit->label) <
             PATH_MAX)
        status = score_unit(run, unit, state->method, sample, propensities, result, message);
    free(unit->weight);
    free(unit);
    return status;
}

Status outside_finish(RunState *run, Message *message)
{
    Status status = STATUS_OK;
    for (int i = 0; !status && i < run->spec->outsides; i++)
        if (run->outside->state[i].unit)
            status = command_finish(run, &run->outside->state[i], message);
    return status;
}
