/* A unit of a command is written as a folder by the worker that has drawn its data, and waits there with
 * others of its method. Whoever fills the batch makes the call, then scores and stores each of its units. The
 * first unit of a method goes alone, while the others wait: a command that cannot work is noticed before much
 * is done for it. */
#include "experiments/run/run_outside.h"

#include "experiments/outside/plugins.h"
#include "experiments/outside/predictions.h"
#include "experiments/outside/process.h"
#include "experiments/outside/unit_folder.h"
#include "experiments/run/tune.h"
#include "experiments/spec/fields.h"
#include "experiments/spec/outside_method.h"
#include "sim/base/clock.h"
#include "sim/base/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum {
    EXIT_SKIP = 77, /* as in automake: the model says that it does not apply */
    MAX_DEVICES = 64,
    LOG_TAIL = 4096,
    SHOWN_LINES = 20, /* of a log */
    NAME = 64
};

static const double grace = 10; /* seconds between the two signals that end a command */

/* A unit that is written down. */
typedef struct Waiting {
    Task task;
    Slot *slot; /* held */
    char label[UNIT_LABEL], folder[PATH_MAX];
    char tuned[TUNED_TEXT];
    uint32_t seed;
} Waiting;

/* A method from outside in this run. */
typedef struct OutsideState {
    const OutsideMethod *method;
    Arguments arguments;
    int batch;
    bool tested, testing; /* its first unit; `testing`: one worker is at it, the others wait */
    bool broken;          /* that has failed, and ends the run */
    Waiting *unit;        /* `batch` at most */
    int waiting;
} OutsideState;

struct Outside {
    char work[PATH_MAX], own[PATH_MAX], logs[PATH_MAX]; /* folders; "" where there are none */
    int own_lock;
    ProcessStarter *starter; /* NULL without commands */
    pthread_mutex_t lock;    /* of what follows */
    pthread_cond_t changed;
    int threads;                /* of --jobs that nobody holds */
    bool gathering;             /* somebody waits for several: nobody else takes any before */
    double device[MAX_DEVICES]; /* shares of them that are free */
    OutsideState state[MAX_OUTSIDE];
};

/* --- Threads and devices */

static void take_threads(RunState *run, int count)
{
    Outside *o = run->outside;
    pthread_mutex_lock(&o->lock);
    while (o->gathering)
        pthread_cond_wait(&o->changed, &o->lock);
    o->gathering = true;
    while (o->threads < count)
        pthread_cond_wait(&o->changed, &o->lock);
    o->gathering = false;
    o->threads -= count;
    pthread_cond_broadcast(&o->changed);
    pthread_mutex_unlock(&o->lock);
}

static void give_threads(RunState *run, int count)
{
    Outside *o = run->outside;
    pthread_mutex_lock(&o->lock);
    o->threads += count;
    pthread_cond_broadcast(&o->changed);
    pthread_mutex_unlock(&o->lock);
}

void outside_enter(RunState *run)
{
    take_threads(run, 1);
}

void outside_leave(RunState *run)
{
    give_threads(run, 1);
}

/* The place among the devices of the first that has so much of itself free. */
static int take_device(RunState *run, double share)
{
    static const double rounding = 1e-9; /* of shares such as .1 */
    Outside *o = run->outside;
    int found = -1;
    pthread_mutex_lock(&o->lock);
    for (;;) {
        for (int i = 0; found < 0 && i < run->options->devices; i++)
            if (o->device[i] + rounding >= share)
                found = i;
        if (found >= 0)
            break;
        pthread_cond_wait(&o->changed, &o->lock);
    }
    o->device[found] -= share;
    pthread_mutex_unlock(&o->lock);
    return found;
}

static void give_device(RunState *run, int place, double share)
{
    Outside *o = run->outside;
    pthread_mutex_lock(&o->lock);
    o->device[place] += share;
    pthread_cond_broadcast(&o->changed);
    pthread_mutex_unlock(&o->lock);
}

/* --- Folders */

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
    if (snprintf(o->work, sizeof o->work, "%s.work", store) >= PATH_MAX - 2 * NAME ||
        snprintf(o->own, sizeof o->own, "%s/%ld", o->work, (long)getpid()) >= PATH_MAX - 2 * NAME ||
        snprintf(o->logs, sizeof o->logs, "%s.logs", store) >= PATH_MAX - 2 * NAME)
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

/* --- Making ready */

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

/* Whether the command wants the folder of a unit at a place of its own. */
static bool names_unit(const Arguments *arguments)
{
    for (int i = 0; i < arguments->count; i++)
        if (strstr(arguments->word[i], "{unit}"))
            return true;
    return false;
}

static Status ready_command(const RunState *run, OutsideState *state, Message *message)
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
        status = ready_command(run, state, message);
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
    for (int i = 0; i < MAX_OUTSIDE; i++)
        free(o->state[i].unit);
    pthread_cond_destroy(&o->changed);
    pthread_mutex_destroy(&o->lock);
    free(o);
    run->outside = NULL;
}

/* --- What a command has said */

/* The file for what a call says, by its first unit; make_folders() has left room for the name. */
static void log_path(const RunState *run, const OutsideState *state, const Waiting *unit, char log[PATH_MAX])
{
    snprintf(log, PATH_MAX, "%.*s/%.*s-%.*s.log", PATH_MAX - 2 * NAME, run->outside->logs, METHOD_NAME,
             state->method->name, NAME - METHOD_NAME - 8, unit->label);
}

/* The last lines of a log, at most `lines` of them; the text is clean but for its line breaks. */
static void log_tail(const char *path, int lines, char tail[LOG_TAIL])
{
    FILE *file = fopen(path, "rbe");
    size_t length = 0;
    tail[0] = 0;
    if (!file)
        return;
    if (!fseek(file, 0, SEEK_END)) {
        const long size = ftell(file);
        if (!fseek(file, size < LOG_TAIL ? 0 : size - LOG_TAIL + 1, SEEK_SET))
            length = fread(tail, 1, LOG_TAIL - 1, file);
    }
    (void)fclose(file);
    tail[length] = 0;
    while (length > 0 && strchr("\r\n ", tail[length - 1]))
        tail[--length] = 0;
    char *start = tail + length;
    for (int found = 0; start > tail; start--) {
        found += start[-1] == '\n';
        if (found == lines)
            break;
    }
    memmove(tail, start, strlen(start) + 1);
    text_clean(tail, "\n");
}

/* How a call ended that did not end well, for a unit that has no predictions. */
static UnitState say_ending(const OutsideMethod *method, const ProcessEnd *end, const char *log, int units,
                            Message *why)
{
    char tail[LOG_TAIL];
    UnitState state = UNIT_FAILED;
    log_tail(log, 1, tail);
    const char *said = tail[0] ? ": " : "";
    if (end->ending == PROCESS_EXITED && end->code == EXIT_SKIP)
        return (void)fail(why, STATUS_OK, "%.300s",
                          tail[0] ? tail : "it does not apply, and gives no reason"),
               UNIT_SKIPPED;
    switch (end->ending) {
    case PROCESS_EXITED:
        (void)fail(why, STATUS_OK, "exit status %d%s%.300s", end->code, said, tail);
        break;
    case PROCESS_KILLED:
        (void)fail(why, STATUS_OK, "killed by signal %d (%s)%s%.300s", end->code, strsignal(end->code), said,
                   tail);
        break;
    case PROCESS_TIMED_OUT:
        state = UNIT_TIMEOUT;
        (void)fail(why, STATUS_OK, "not done in %g s (start %g, timeout %g a unit)%s%.300s",
                   method->start + units * method->timeout, method->start, method->timeout, said, tail);
        break;
    case PROCESS_NOT_STARTED:
        (void)fail(why, STATUS_OK, "cannot be started: %s", strerror(end->code));
        break;
    }
    return state;
}

/* Whether a call ended as it should. */
static bool ended_well(const ProcessEnd *end)
{
    return end->ending == PROCESS_EXITED && end->code == 0;
}

/* --- Calls */

/* A call of a command for some units. */
typedef struct Call {
    RunState *run;
    OutsideState *state;
    const char *const *folder; /* of the units */
    int units;
    uint32_t seed;   /* of the first, for {seed} */
    const char *log; /* file */
    ProcessEnd end;
} Call;

/* The word with {unit}, {threads} and {seed} replaced. */
static Status fill_word(const Call *call, const char *word, char *text, size_t size, Message *message)
{
    char threads[16], seed[16];
    snprintf(threads, sizeof threads, "%d", call->state->method->threads);
    snprintf(seed, sizeof seed, "%u", call->seed);
    const struct {
        const char *mark, *value;
    } marks[] = {{"{unit}", call->folder[0]}, {"{threads}", threads}, {"{seed}", seed}};
    size_t used = 0;
    while (*word && used < size) {
        size_t m = 0;
        while (m < 3 && strncmp(word, marks[m].mark, strlen(marks[m].mark)) != 0)
            m++;
        used += (size_t)(m < 3 ? snprintf(text + used, size - used, "%s", marks[m].value)
                               : snprintf(text + used, size - used, "%c", *word));
        word += m < 3 ? strlen(marks[m].mark) : 1;
    }
    if (used >= size)
        return fail(message, STATUS_USAGE, "methods.%s.command: a word of it is too long",
                    call->state->method->name);
    text[used] = 0;
    return STATUS_OK;
}

enum { VARIABLES = 12, VARIABLE = 64 };

/* What commands find in their environment. A GPU is theirs only where one is lent. */
static void make_environment(const Call *call, int device, char text[VARIABLES][VARIABLE],
                             const char *variable[VARIABLES + 1])
{
    static const char *const of_threads[] = {"CVRLAB_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
                                             "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"};
    int count = 0;
    for (size_t i = 0; i < sizeof of_threads / sizeof *of_threads; i++)
        snprintf(text[count++], VARIABLE, "%s=%d", of_threads[i], call->state->method->threads);
    if (device >= 0)
        snprintf(text[count++], VARIABLE, "CUDA_VISIBLE_DEVICES=%d", call->run->options->device[device]);
    else
        snprintf(text[count++], VARIABLE, "CUDA_VISIBLE_DEVICES=");
    snprintf(text[count++], VARIABLE, "PYTHONHASHSEED=0");
    snprintf(text[count++], VARIABLE, "CUBLAS_WORKSPACE_CONFIG=:4096:8");
    snprintf(text[count++], VARIABLE, "TF_DETERMINISTIC_OPS=1");
    for (int i = 0; i < count; i++)
        variable[i] = text[i];
    variable[count] = NULL;
}

/* Runs the command; the worker gives its thread back for as many as the command takes. */
static Status run_command(Call *call, char *const *argument, Message *message)
{
    RunState *run = call->run;
    const OutsideMethod *method = call->state->method;
    char text[VARIABLES][VARIABLE];
    const char *variable[VARIABLES + 1];
    if (method->threads > 1) {
        give_threads(run, 1);
        take_threads(run, method->threads);
    }
    const int device = method->gpu > 0 ? take_device(run, method->gpu) : -1;
    make_environment(call, device, text, variable);
    Status status = process_run(run->outside->starter,
                                &(ProcessCall){.argument = argument,
                                               .environment = variable,
                                               .folder = run->spec->folder,
                                               .log = call->log,
                                               .seconds = method->start + call->units * method->timeout,
                                               .grace = grace},
                                &call->end, message);
    if (device >= 0)
        give_device(run, device, method->gpu);
    if (method->threads > 1) {
        give_threads(run, method->threads);
        take_threads(run, 1);
    }
    return status;
}

/* Folders are appended, unless {unit} says where they go. */
static Status call_command(Call *call, Message *message)
{
    const Arguments *given = &call->state->arguments;
    const size_t words = (size_t)given->count + (size_t)call->units + 1;
    const size_t room = PATH_MAX + SPEC_TEXT;
    char **argument = calloc(words, sizeof *argument);
    char *text = calloc((size_t)given->count, room);
    Status status = argument && text ? STATUS_OK : fail_memory(message, "a command");
    int count = 0;
    for (; !status && count < given->count; count++) {
        argument[count] = text + (size_t)count * room;
        status = fill_word(call, given->word[count], argument[count], room, message);
    }
    if (!status && !names_unit(given))
        for (int i = 0; i < call->units; i++)
            argument[count++] = (char *)call->folder[i];
    if (!status)
        status = run_command(call, argument, message);
    free(argument);
    free(text);
    return status;
}

/* --- Units after their call */

static Status keep_predictions(RunState *run, const Waiting *unit, const OutsideMethod *method,
                               UnitResult *result, const PredictionReport *report, const char *diverged,
                               double seconds, Message *message)
{
    const Slot *slot = unit->slot;
    const UnitTraining training = {.diverged = diverged != NULL,
                                   .message = diverged,
                                   .seconds = isnan(report->seconds) ? seconds : report->seconds,
                                   .steps = report->steps,
                                   .parameters = report->parameters,
                                   .tuned = unit->tuned};
    RunRow row;
    Message why;
    Status status =
        unit_score(slot->source, &slot->setting->spec, method->name, &training, result, &row, &why);
    if (status == STATUS_MEMORY)
        return fail(message, status, "%s", why.text);
    return status ? run_keep_failed(run, &unit->task, slot->setting, method->name, UNIT_FAILED, &why, message)
                  : run_keep(run, &unit->task, slot->setting, &row, message);
}

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
        status = keep_predictions(call->run, unit, call->state->method, result, &report,
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

/* Takes what a call has made. Units that have nothing because an earlier one ended the call stay in `unit`,
 * for the next call; *units is how many. */
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
                unit[(*units)++] = unit[i];
                continue;
            }
            if (!blamed)
                outcome = say_ending(method, &call->end, call->log, call->units, &why);
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

/* Calls the command until every unit has an end. The log is kept where a unit has failed. */
static Status run_call(RunState *run, OutsideState *state, Waiting *unit, int units, bool first,
                       Message *message)
{
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
    if (!failed)
        (void)unlink(log);
    free(folder);
    return status;
}

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
    give_threads(run, 1);
    pthread_mutex_lock(&o->lock);
    while (state->testing)
        pthread_cond_wait(&o->changed, &o->lock);
    const bool first = !state->tested;
    state->testing = first;
    pthread_mutex_unlock(&o->lock);
    take_threads(run, 1);
    return first;
}

/* Adds the unit to those that wait; where that fills a batch, takes them all out: *taken of *units. */
static Status wait_for_batch(Outside *o, OutsideState *state, const Waiting *unit, Waiting **taken,
                             int *units, Message *message)
{
    Status status = STATUS_OK;
    *taken = NULL;
    pthread_mutex_lock(&o->lock);
    if (unit)
        state->unit[state->waiting++] = *unit;
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

static Status run_batch(RunState *run, OutsideState *state, const Waiting *unit, Message *message)
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
        (void)say_ending(trial->state->method, &call.end, trial->log, 1, message);
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

/* How a unit's options are searched. */
typedef struct OptionSearch {
    const Sample *sample;
    Propensities *propensities;
    const char *method;
    TuneTrial *trial;
    void *context;
} OptionSearch;

/* Searches the options of a unit, and sets them in a copy of its setting; *tuned is NULL without a search. */
static Status search_options(const OptionSearch *search, Waiting *unit, Spec **tuned, Message *message)
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

/* --- The units of the three kinds */

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
        search_options(&(OptionSearch){sample, propensities, state->method->name, try_values, &trial}, unit,
                       &tuned, message);
    if (!status)
        (void)unlink(log); /* what trials have said */
    if (!status)
        status = unit_content(sample, propensities, source_test(slot->source)->x,
                              tuned ? tuned : &slot->setting->spec, state->method->name, &content, diverged,
                              message);
    if (!status && !*diverged)
        status = unit_folder_write(unit->folder, &content, UNIT_NPY, NULL, message);
    unit->seed = content.seed;
    free(tuned);
    return status;
}

static Status run_command_unit(RunState *run, OutsideState *state, Waiting *unit, const Sample *sample,
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
static Status run_plugin_unit(RunState *run, const OutsideState *state, Waiting *unit, const Sample *sample,
                              Propensities *propensities, UnitResult *result, Message *message)
{
    const OutsideMethod *method = state->method;
    const Setting *setting = unit->slot->setting;
    PluginUnit call = {run, method, sample, propensities};
    PluginReport report = {.diverged = false};
    Message why;
    Spec *tuned;
    if (method->threads > 1) {
        give_threads(run, 1);
        take_threads(run, method->threads);
    }
    Status status = search_options(&(OptionSearch){sample, propensities, method->name, try_plugin, &call},
                                   unit, &tuned, &why);
    if (!status)
        status = call_plugin(&call, tuned ? tuned : &setting->spec, source_test(unit->slot->source)->x,
                             unit_result_cvr(result), unit_result_ctr(result), &report, &why);
    if (method->threads > 1) {
        give_threads(run, method->threads);
        take_threads(run, 1);
    }
    free(tuned);
    if (status == STATUS_MEMORY)
        return fail(message, status, "%s", why.text);
    if (!status && !report.skipped)
        return keep_predictions(run, unit, method, result, &(PredictionReport){.seconds = (double)NAN},
                                report.diverged ? report.reason : NULL, report.seconds, message);
    if (!status)
        (void)fail(&why, STATUS_OK, "%s", report.reason);
    return run_keep_failed(run, &unit->task, setting, method->name, status ? UNIT_FAILED : UNIT_SKIPPED, &why,
                           message);
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
static Status score_unit(RunState *run, const Waiting *unit, const OutsideMethod *method,
                         const Sample *sample, Propensities *propensities, UnitResult *result,
                         Message *message)
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
    if (state != PREDICTIONS_WRONG)
        return keep_predictions(run, unit, method, result, &report,
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
        status = run_plugin_unit(run, state, unit, sample, propensities, result, message);
    else if (!run->options->offered)
        status = run_command_unit(run, state, unit, sample, propensities, message);
    else if (snprintf(unit->folder, sizeof unit->folder, "%s/%s", run->options->offered, unit->label) <
             PATH_MAX)
        status = score_unit(run, unit, state->method, sample, propensities, result, message);
    free(unit);
    return status;
}

Status outside_finish(RunState *run, Message *message)
{
    Status status = STATUS_OK;
    for (int i = 0; !status && i < run->spec->outsides; i++)
        if (run->outside->state[i].unit)
            status = run_batch(run, &run->outside->state[i], NULL, message);
    return status;
}
