/* Commands are started without a shell: words are handed on as they are. */
#include "experiments/run/command_call.h"

#include "sim/base/text.h"

#include <stdlib.h>
#include <string.h>

enum { EXIT_SKIP = 77 /* as in automake: the model says that it does not apply */ };

static const double grace = 10; /* seconds between the two signals that end a command */

/* Whether the command wants the folder of a unit at a place of its own. */
bool names_unit(const Arguments *arguments)
{
    for (int i = 0; i < arguments->count; i++)
        if (strstr(arguments->word[i], "{unit}"))
            return true;
    return false;
}

/* The last lines of a log, at most `lines` of them; the text is clean but for its line breaks. */
void log_tail(const char *path, int lines, char tail[LOG_TAIL])
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
UnitState say_ending(const Call *call, Message *why)
{
    const OutsideMethod *method = call->state->method;
    const ProcessEnd *end = &call->end;
    char tail[LOG_TAIL];
    UnitState state = UNIT_FAILED;
    log_tail(call->log, 1, tail);
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
                   method->start + call->units * method->timeout, method->start, method->timeout, said, tail);
        break;
    case PROCESS_NOT_STARTED:
        (void)fail(why, STATUS_OK, "cannot be started: %s", strerror(end->code));
        break;
    }
    return state;
}

/* Whether a call ended as it should. */
bool ended_well(const ProcessEnd *end)
{
    return end->ending == PROCESS_EXITED && end->code == 0;
}

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
        return_threads(run, 1);
        lend_threads(run, method->threads);
    }
    const int device = method->gpu > 0 ? lend_device(run, method->gpu) : -1;
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
        return_device(run, device, method->gpu);
    if (method->threads > 1) {
        return_threads(run, method->threads);
        lend_threads(run, 1);
    }
    return status;
}

/* Folders are appended, unless {unit} says where they go. */
Status call_command(Call *call, Message *message)
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
