/* cvrlab run: experiment files into a store. All files are read and checked before the first of them runs. */
#include "experiments/cli/cli.h"
#include "experiments/cli/program_files.h"
#include "experiments/inputs/source.h"
#include "experiments/run/run.h"
#include "experiments/spec/assign.h"
#include "experiments/spec/spec_check.h"
#include "experiments/spec/spec_read.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct RunCommand {
    const char *db, *data;
    OptionList set, only, redo;
    bool redo_all, redo_failed, keep;
    int replicates, jobs;
} RunCommand;

static Status assign(Spec *spec, const char *key, const char *value, const char *where, Message *message)
{
    return value ? spec_set(spec, key, value, where, message) : STATUS_OK;
}

/* As clean a line as a failure's, for what is none. */
__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
    char text[sizeof(Message)];
    Message message;
    va_list values;
    va_start(values, format);
    (void)vsnprintf(text, sizeof text, format, values);
    va_end(values);
    Status status = fail(&message, STATUS_OK, "%s", text);
    (void)status; /* nothing has failed */
    (void)fprintf(stderr, "cvrlab: note: %s\n", message.text);
}

static Status read_spec(Spec *spec, const char *operand, const RunCommand *command, Message *message)
{
    char replicates[16];
    snprintf(replicates, sizeof replicates, "%d", command->replicates);
    SpecLines lines;
    char path[PATH_MAX];
    Status status = program_spec(path, operand, message);
    if (!status)
        status = spec_read(spec, &lines, path, message);
    for (int i = 0; !status && i < command->set.values; i++) {
        status = spec_assign(spec, command->set.value[i], "--set", message);
        spec_lines_forget(&lines, command->set.value[i]);
    }
    if (!status)
        status = assign(spec, "replicates", command->replicates ? replicates : NULL, "--replicates", message);
    if (!status)
        status = assign(spec, "data.path", command->data, "--data", message);
    if (!status)
        status = only_check(&(Only){.names = command->only.values, .name = command->only.value}, "--only",
                            spec, message);
    if (!status)
        status = only_check(&(Only){.names = command->redo.values, .name = command->redo.value}, "--redo",
                            spec, message);
    Message why;
    char place[PATH_MAX + 16];
    if (!status && ((status = spec_check(spec, &why)) || (status = source_check(spec, &why)))) {
        spec_fault_place(&lines, path, why.text, place, sizeof place);
        return fail(message, status, "%s: %s", place, why.text);
    }
    char unlisted[SPEC_WORD];
    if (!status && spec_unlisted(spec, unlisted))
        note("%s: estimator.%s: not in the experiment, so its options have no effect", path, unlisted);
    char idle[SPEC_TEXT];
    if (!status && spec_idle(spec, idle))
        note("%s: %s: no effect on %s", path, idle, spec->layout ? "real data" : "a simulated world");
    return status;
}

/* Whether progress stands in a line that is not ended. */
static bool on_terminal;

/* What was stored stays, as after a kill at any other instant, so there is nothing to wait for. */
static void stop(int number)
{
    static const char line[] = "\ncvrlab: stopped; run again to go on\n";
    const int from = on_terminal ? 0 : 1;
    (void)number;
    if (write(STDERR_FILENO, line + from, sizeof line - 1 - (size_t)from) < 0)
        _exit(STATUS_FAILED);
    _exit(STATUS_UNFINISHED);
}

/* Ctrl-C, and the signal of a scheduler whose time is up; unless whoever started the program has them
 * ignored.
 */
static void take_stops(void)
{
    static const int number[] = {SIGINT, SIGTERM};
    on_terminal = isatty(STDERR_FILENO);
    for (size_t i = 0; i < sizeof number / sizeof *number; i++) {
        struct sigaction old, taken = {.sa_handler = stop};
        if (!sigaction(number[i], NULL, &old) && old.sa_handler == SIG_DFL)
            (void)sigaction(number[i], &taken, NULL);
    }
}

/* The default store is below results/, which a user's own folder may not have yet. */
static Status store_path_of(const Spec *spec, const RunCommand *command, char path[PATH_MAX],
                            Message *message)
{
    if (command->db) {
        snprintf(path, PATH_MAX, "%s", command->db);
        return STATUS_OK;
    }
    if (mkdir("results", 0777) && errno != EEXIST)
        return fail(message, STATUS_FAILED, "results: cannot create the folder: %s", strerror(errno));
    snprintf(path, PATH_MAX, "results/%s.db", spec->name);
    return STATUS_OK;
}

/* What is shown while an experiment runs: a bar on a terminal, a line for every tenth elsewhere. */
typedef struct ProgressDisplay {
    const char *name;
    bool terminal;
    int tenths; /* shown so far */
} ProgressDisplay;

static void show_bar(const ProgressDisplay *display, const RunProgress *p, int left)
{
    enum { WIDTH = 30 };
    char bar[WIDTH + 1];
    int full = (int)(p->done * WIDTH / p->missing);
    memset(bar, '#', (size_t)full);
    memset(bar + full, '.', (size_t)(WIDTH - full));
    bar[WIDTH] = 0;
    (void)fprintf(stderr, "\r%s [%s] %lld/%lld units, %d:%02d left \033[K", display->name, bar,
                  (long long)p->done, (long long)p->missing, left / 60, left % 60);
    if (p->done == p->missing)
        (void)fputs("\r\033[K", stderr);
}

static void show_progress(const RunProgress *p, void *context)
{
    ProgressDisplay *display = context;
    int left = (int)(p->seconds / (double)p->done * (double)(p->missing - p->done) + 0.5);
    int tenths = (int)(p->done * 10 / p->missing);
    if (display->terminal)
        show_bar(display, p, left);
    else if (tenths > display->tenths)
        (void)fprintf(stderr, "%s: %lld of %lld units, %d:%02d left\n", display->name, (long long)p->done,
                      (long long)p->missing, left / 60, left % 60);
    display->tenths = tenths;
}

static void show_note(const char *text, void *context)
{
    (void)context;
    (void)fprintf(stderr, "cvrlab: note: %s\n", text);
}

static void show_end(const Spec *spec, const RunProgress *p, const char *db)
{
    (void)fprintf(stderr, "%s: %lld units run in %.1f s, %lld were there already", spec->name,
                  (long long)p->done, p->seconds, (long long)p->before);
    if (p->diverged)
        (void)fprintf(stderr, ", %lld diverged", (long long)p->diverged);
    if (p->failed)
        (void)fprintf(stderr, ", %lld failed", (long long)p->failed);
    (void)fprintf(stderr, "; see `cvrlab table %s`\n", db);
    if (p->failed)
        (void)fprintf(
            stderr,
            "cvrlab: note: %s: `cvrlab show %s` says why units have failed; --redo failed runs them "
            "again\n",
            spec->name, db);
}

static Status run_spec(const Spec *spec, const RunCommand *command, Message *message)
{
    char path[PATH_MAX];
    Store *store = NULL;
    ProgressDisplay display = {.name = spec->name, .terminal = isatty(STDERR_FILENO)};
    RunOptions options = {.jobs = command->jobs,
                          .only = {command->only.values, command->only.value, command->redo_failed},
                          .redo = {.names = command->redo.values, .name = command->redo.value},
                          .redo_all = command->redo_all,
                          .keep = command->keep,
                          .note = show_note,
                          .progress = show_progress,
                          .context = &display};
    RunProgress progress = {0};
    Status status = store_path_of(spec, command, path, message);
    if (!status)
        status = store_open(&store, path, STORE_WRITE, message);
    if (!status)
        status = run_experiment(store, spec, &options, &progress, message);
    if (status && display.terminal && progress.done)
        (void)fputc('\n', stderr);
    if (!status)
        show_end(spec, &progress, path);
    store_close(store);
    return status ? status : progress.failed > 0 ? STATUS_UNITS_FAILED : STATUS_OK;
}

/* All files are read before any runs. Units that fail in one experiment do not keep the next from running. */
static Status run_all(char **path, int count, const RunCommand *command, Message *message)
{
    Spec *spec = calloc((size_t)count, sizeof *spec);
    Status status = spec ? STATUS_OK : fail_memory(message, "the experiments");
    for (int i = 0; !status && i < count; i++)
        status = read_spec(&spec[i], path[i], command, message);
    bool failed = false;
    for (int i = 0; !status && i < count; i++) {
        status = run_spec(&spec[i], command, message);
        failed |= status == STATUS_UNITS_FAILED;
        if (status == STATUS_UNITS_FAILED)
            status = STATUS_OK;
    }
    free(spec);
    return status ? status : failed ? STATUS_UNITS_FAILED : STATUS_OK;
}

/* Names of --only or --redo, as they were given and one by one. */
typedef struct NameOption {
    const char *option; /* "--only" */
    OptionList given;
    char words[MAX_OPTION_VALUES * SPEC_WORD]; /* the memory of the names */
} NameOption;

/* EST,...: a list in one word, and the option may be repeated. */
static Status split_names(NameOption *names, OptionList *only, Message *message)
{
    const OptionList *given = &names->given;
    char *words = names->words;
    const size_t size = sizeof names->words;
    size_t used = 0;
    for (int i = 0; i < given->values; i++) {
        int length = snprintf(words + used, size - used, "%s", given->value[i]);
        if ((size_t)length >= size - used)
            return fail(message, STATUS_USAGE, "%s: too many names", names->option);
        char *rest = words + used;
        for (char *name = strsep(&rest, ","); name; name = strsep(&rest, ",")) {
            if (only->values == MAX_OPTION_VALUES)
                return fail(message, STATUS_USAGE, "%s: expected at most %d names", names->option,
                            MAX_OPTION_VALUES);
            only->value[only->values++] = name;
        }
        used += (size_t)length + 1;
    }
    return STATUS_OK;
}

/* `all` and `failed` are no names. Units that --only leaves out could not be run again. */
static Status take_redo(NameOption *names, RunCommand *command, Message *message)
{
    Status status = split_names(names, &command->redo, message);
    if (status || command->redo.values == 0)
        return status;
    if (command->redo.values == 1 && !strcmp(command->redo.value[0], "failed")) {
        command->redo_failed = true;
        command->redo.values = 0;
        return STATUS_OK;
    }
    if (command->only.values > 0)
        return fail(message, STATUS_USAGE, "--redo: expected no --only beside it");
    if (command->redo.values == 1 && !strcmp(command->redo.value[0], "all")) {
        command->redo_all = true;
        command->redo.values = 0;
    }
    return STATUS_OK;
}

int cmd_run(int argc, char **argv)
{
    static const char summary[] =
        "Runs each experiment SPEC, a file or the name of one that comes with the program: draws its logs, "
        "trains\n"
        "its estimators on them and stores what they predict. What is in the store already is not run again, "
        "so a\n"
        "run that was stopped, at any instant, goes on where it was. `cvrlab list experiments` prints the "
        "names\n"
        "that come with the program, `cvrlab list keys` the keys of a file.\n"
        "A unit that cannot be run, such as one whose log has no clicks, is stored with status failed and "
        "the reason,\nand the others go on. Exit codes: 0 all done, 1 a failure at run time, 2 wrong use, 3 "
        "done but for units\nthat have failed, 4 stopped before the end: run again to go on.\n"
        "Where the code of an estimator or a file of data is not what stored units were made of, nothing is "
        "run until\n--redo or --keep says what becomes of them. A unit is computed again first: code that "
        "gives the same\nnumbers goes on.";
    RunCommand command = {.jobs = run_processors()};
    NameOption only = {.option = "--only"}, redo = {.option = "--redo"};
    int first;
    const Option options[] = {
        {"db", 'o', OPTION_TEXT, "FILE", "store to write to (default results/NAME.db)", &command.db},
        {"set", 's', OPTION_LIST, "KEY=VALUE", "set a key of the experiments; may be repeated", &command.set},
        {"only", 0, OPTION_LIST, "EST,...", "run only these estimators", &only.given},
        {"redo", 0, OPTION_LIST, "EST,...|all|failed",
         "delete the stored units of these, or those that failed, and run them again", &redo.given},
        {"keep", 0, OPTION_SWITCH, NULL, "keep stored units of other code or data; `cvrlab show` tells of it",
         &command.keep},
        {"replicates", 'n', OPTION_COUNT, "N", "number of logs in each world, as --set replicates=N",
         &command.replicates},
        {"jobs", 'j', OPTION_COUNT, "N", "number of worker threads (default: all processors)", &command.jobs},
        {"data", 0, OPTION_TEXT, "DIR", "folder of real data, as --set data.path=DIR", &command.data},
        {0},
    };
    const Usage usage = {argv[0], "SPEC...", summary, options, 1, INT_MAX};
    CliNext next = cli_options(&usage, argc, argv, &first);
    if (next)
        return cli_exit(next);

    take_stops();
    Message message = {{0}};
    Status status = split_names(&only, &command.only, &message);
    if (!status)
        status = take_redo(&redo, &command, &message);
    if (!status)
        status = run_all(argv + first, argc - first, &command, &message);
    if (status == STATUS_UNITS_FAILED) /* told with the experiment */
        return (int)status;
    return cli_report(status, &message);
}
