/* cvrlab run: experiment files into a store. All files are read and checked before the first of them runs. */
#include "experiments/cli/cli.h"
#include "experiments/cli/run_display.h"
#include "experiments/cli/spec_options.h"
#include "experiments/cli/time_limit.h"
#include "experiments/outside/plugins.h"

#include "sim/base/clock.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct RunCommand {
    SpecOptions spec;
    RunPlace place;
    OptionList only, redo, gpus;
    bool redo_all, redo_failed, keep;
    int jobs;
    const char *shard_text, *time_text, *merged;
    Store *decided; /* the one at `merged` */
    Shard shard;
    double seconds; /* 0: no limit */
    int device[MAX_OPTION_VALUES], devices;
} RunCommand;

/* Names of --only and --redo are those of each experiment. */
static Status read_spec(Spec *spec, const char *operand, const RunCommand *command, Message *message)
{
    Status status = spec_options_read(spec, operand, &command->spec, message);
    if (!status)
        status = only_check(&(Only){.names = command->only.values, .name = command->only.value}, "--only",
                            spec, message);
    return status ? status
                  : only_check(&(Only){.names = command->redo.values, .name = command->redo.value}, "--redo",
                               spec, message);
}

/* `start`: of the command; what other experiments have taken is gone from the time limit. */
static Status run_spec(const Spec *spec, const RunCommand *command, double start, Message *message)
{
    const double left = command->seconds - (clock_seconds() - start);
    const RunOptions options = {.jobs = command->jobs,
                                .only = {.shard = command->shard,
                                         .names = command->only.values,
                                         .name = command->only.value,
                                         .failed = command->redo_failed},
                                .seconds = command->seconds > 0 ? fmax(left, 1e-9) : 0,
                                .redo = {.names = command->redo.values, .name = command->redo.value},
                                .redo_all = command->redo_all,
                                .keep = command->keep,
                                .decided = command->decided,
                                .device = command->device,
                                .devices = command->devices};
    return run_display(spec, &command->place, &options, message);
}

static Status open_merged(RunCommand *command, const Spec *spec, int count, Message *message)
{
    bool wanted = false;
    for (int i = 0; i < count; i++)
        wanted |= spec[i].precision.bounds > 0;
    if (!wanted)
        return fail(message, STATUS_USAGE, "--merged: expected an experiment with `precision`");
    return store_open(&command->decided, command->merged, STORE_READ, message);
}

/* All files are read before any runs. Units that fail in one experiment do not keep the next from running. */
static Status run_all(char **path, int count, RunCommand *command, Message *message)
{
    Spec *spec = calloc((size_t)count, sizeof *spec);
    Status status = spec ? STATUS_OK : fail_memory(message, "the experiments");
    for (int i = 0; !status && i < count; i++)
        status = read_spec(&spec[i], path[i], command, message);
    if (!status && command->merged)
        status = open_merged(command, spec, count, message);
    bool failed = false;
    const double start = clock_seconds();
    for (int i = 0; !status && i < count; i++) {
        status = run_spec(&spec[i], command, start, message);
        failed |= status == STATUS_UNITS_FAILED;
        if (status == STATUS_UNITS_FAILED)
            status = STATUS_OK;
    }
    for (int i = 0; spec && i < count; i++)
        plugins_close(&spec[i]);
    free(spec);
    store_close(command->decided);
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

/* --gpus 0,1: numbers of devices. */
static Status take_devices(RunCommand *command, Message *message)
{
    NameOption list = {.option = "--gpus", .given = command->gpus};
    OptionList words = {.values = 0};
    Status status = split_names(&list, &words, message);
    for (int i = 0; !status && i < words.values; i++) {
        char *end, found[SHOWN_TEXT];
        const long number = strtol(words.value[i], &end, 10);
        if (end == words.value[i] || *end || number < 0 || number > 1023)
            status =
                fail(message, STATUS_USAGE, "--gpus: found '%s'; expected numbers of devices, such as 0,1",
                     shown(words.value[i], found));
        command->device[command->devices++] = (int)number;
    }
    return status;
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
        {"db", 'o', OPTION_TEXT, "FILE", "store to write to (default results/NAME.db)", &command.place.db},
        {"set", 's', OPTION_LIST, "KEY=VALUE", "set a key of the experiments; may be repeated",
         &command.spec.set},
        {"only", 0, OPTION_LIST, "EST,...", "run only these estimators", &only.given},
        {"redo", 0, OPTION_LIST, "EST,...|all|failed",
         "delete the stored units of these, or those that failed, and run them again", &redo.given},
        {"keep", 0, OPTION_SWITCH, NULL, "keep stored units of other code or data; `cvrlab show` tells of it",
         &command.keep},
        {"replicates", 'n', OPTION_COUNT, "N", "number of logs in each world, as --set replicates=N",
         &command.spec.replicates},
        {"jobs", 'j', OPTION_COUNT, "N", "number of worker threads (default: all processors)", &command.jobs},
        {"data", 0, OPTION_TEXT, "DIR", "folder of real data, as --set data.path=DIR", &command.spec.data},
        {"shard", 0, OPTION_TEXT, "I/N|auto/N",
         "run part I of N of the units, into results/NAME.I-of-N.db; auto: the scheduler says I",
         &command.shard_text},
        {"merged", 0, OPTION_TEXT, "DB",
         "of shards with `precision`: the store that they were merged into, which says what it still needs",
         &command.merged},
        {"max-time", 0, OPTION_TEXT, "TIME|auto",
         "begin no unit that may end later than this: 90s, 50m, 2h; auto: the job's end", &command.time_text},
        {"scratch", 0, OPTION_TEXT, "DIR",
         "write the store in this folder, of the machine's own disk, and move it to its place at the end",
         &command.place.scratch},
        {"gpus", 0, OPTION_LIST, "N,...", "devices to lend to commands that ask for one (default none)",
         &command.gpus},
        {0},
    };
    const Usage usage = {argv[0], "SPEC...", summary, options, 1, INT_MAX};
    CliNext next = cli_options(&usage, argc, argv, &first);
    if (next)
        return cli_exit(next);

    run_take_stops();
    Message message = {{0}};
    Status status = split_names(&only, &command.only, &message);
    if (!status && command.shard_text)
        status = shard_read(&command.shard, command.shard_text, &message);
    if (!status && command.time_text)
        status = time_limit_read(&command.seconds, command.time_text, &message);
    if (!status)
        status = take_devices(&command, &message);
    if (!status)
        status = take_redo(&redo, &command, &message);
    if (!status)
        status = run_all(argv + first, argc - first, &command, &message);
    if (status == STATUS_UNITS_FAILED || status == STATUS_UNFINISHED) /* told with the experiment */
        return (int)status;
    return cli_report(status, &message);
}
