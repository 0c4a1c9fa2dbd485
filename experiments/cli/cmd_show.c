/* cvrlab show: what a store holds, and where it comes from. */
#include "experiments/cli/cli.h"
#include "experiments/report/coverage.h"
#include "experiments/report/missing.h"
#include "experiments/report/shard_progress.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct ShowCommand {
    Store *store;
    ProvenanceList list;
    const GridFormat *format;
    const char *experiment; /* NULL: all */
    char **path;            /* of several stores */
    int paths;
    int parts; /* of shards */
} ShowCommand;

static Status print(const void *context, FILE *file, Message *message)
{
    const ShowCommand *command = context;
    Status status = STATUS_OK;
    for (int i = 0; !status && i < command->list.experiments; i++) {
        const Provenance *p = &command->list.experiment[i];
        if (command->experiment && strcmp(command->experiment, p->name) != 0)
            continue;
        if (i > 0 && !command->experiment && command->format->data)
            fputc('\n', file);
        grid_heading(command->format, p->name, p->question, file);
        status = coverage_print(command->store, p, COVERAGE_ALL, command->format, file, message);
    }
    return status;
}

/* "a, b" */
static void join_names(const ProvenanceList *list, char *text, size_t size)
{
    size_t used = 0;
    text[0] = 0;
    for (int i = 0; i < list->experiments && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "", list->experiment[i].name);
}

/* `one`: a single experiment is needed. */
static Status check_choice(const ShowCommand *command, bool one, Message *message)
{
    char names[512];
    join_names(&command->list, names, sizeof names);
    if (command->experiment && !provenance_find(&command->list, command->experiment))
        return fail(message, STATUS_USAGE, "%s: has no experiment '%s'; expected one of %s",
                    store_path(command->store), command->experiment, names);
    if (one && !command->experiment && command->list.experiments > 1)
        return fail(message, STATUS_USAGE, "%s: has several experiments; expected --experiment, one of %s",
                    store_path(command->store), names);
    return STATUS_OK;
}

static Status print_spec(const void *context, FILE *file, Message *message)
{
    const ShowCommand *command = context;
    const Provenance *p = command->experiment ? provenance_find(&command->list, command->experiment)
                                              : &command->list.experiment[0];
    (void)message;
    fputs(p->spec, file);
    return STATUS_OK;
}

/* The estimators with missing units, as --only takes them, of one experiment. */
static void print_only(const Coverage *coverage, FILE *file)
{
    int names = 0;
    for (int i = 0; i < coverage->counts; i++) {
        const UnitCount *count = &coverage->count[i];
        bool told = count->missing == 0;
        for (int k = 0; !told && k < i; k++)
            told = coverage->count[k].missing && !strcmp(coverage->count[k].estimator, count->estimator);
        if (!told)
            fprintf(file, "%s%s", names++ ? "," : "", count->estimator);
    }
}

/* Numbers of shards, as --shard takes one and an array job's option all of them. */
static Status print_shards(const ShowCommand *command, const Spec *spec, FILE *file, Message *message)
{
    int numbers = 0;
    bool *missing = calloc((size_t)command->parts, sizeof *missing);
    Status status = missing ? missing_shards(command->store, spec, command->parts, missing, message)
                            : fail_memory(message, "the shards");
    for (int i = 0; !status && i < command->parts; i++)
        if (missing[i])
            fprintf(file, "%s%d", numbers++ ? "," : "", i + 1);
    free(missing);
    return status;
}

/* A line for an experiment, which is empty where nothing is missing. */
static Status print_missing(const void *context, FILE *file, Message *message)
{
    const ShowCommand *command = context;
    Status status = STATUS_OK;
    for (int i = 0; !status && i < command->list.experiments; i++) {
        const Provenance *p = &command->list.experiment[i];
        Coverage coverage;
        if (command->experiment && strcmp(command->experiment, p->name) != 0)
            continue;
        status = coverage_read(&coverage, command->store, p, message);
        if (!status && command->parts)
            status = print_shards(command, coverage.spec, file, message);
        else if (!status)
            print_only(&coverage, file);
        if (!status)
            fputc('\n', file);
        coverage_free(&coverage);
    }
    return status;
}

static Status print_several(const void *context, FILE *file, Message *message)
{
    const ShowCommand *command = context;
    return shard_progress_print((const char *const *)command->path, command->paths, command->format, file,
                                message);
}

int cmd_show(int argc, char **argv)
{
    static const char summary[] =
        "Says what the store DB holds: of each experiment, where it comes from, and how many of the units\n"
        "that its spec asks for are done, diverged, failed, with the reasons, and missing.\n"
        "`cvrlab show DB --spec > again.yaml` gives the file that runs it again. Of several stores, shards "
        "of "
        "an\nexperiment, it adds up how far they have come.";
    char formats[FORMAT_NAMES_TEXT];
    int format = 0, first;
    bool spec = false, missing = false;
    ShowCommand command = {0};
    const Option options[] = {
        {"format", 'f', OPTION_CHOICE, grid_format_names(formats), "how tables are written (default text)",
         &format},
        {"experiment", 'e', OPTION_TEXT, "NAME", "show only this experiment", &command.experiment},
        {"missing", 0, OPTION_SWITCH, NULL,
         "print the estimators with missing units, as --only of `run` takes them", &missing},
        {"shards", 0, OPTION_COUNT, "N",
         "with --missing: print which of N shards have missing units, such as 3,7", &command.parts},
        {"spec", 0, OPTION_SWITCH, NULL, "print the stored spec, and nothing else", &spec},
        {0},
    };
    const Usage usage = {argv[0], "DB...", summary, options, 1, INT_MAX};
    CliNext next = cli_options(&usage, argc, argv, &first);
    if (next)
        return cli_exit(next);

    command.format = grid_formats[format];
    command.path = argv + first;
    command.paths = argc - first;
    Message message = {{0}};
    if (command.paths > 1) {
        const bool one = spec || missing || command.experiment;
        const Status status =
            one ? fail(&message, STATUS_USAGE, "--spec, --missing and --experiment: expected one store")
                : cli_print(print_several, &command, command.format, &message);
        return cli_report(status, &message);
    }
    Status status = store_open(&command.store, argv[first], STORE_READ, &message);
    if (!status)
        status = provenance_read(&command.list, command.store, &message);
    if (!status)
        status = check_choice(&command, spec, &message);
    if (!status)
        status = cli_print(spec      ? print_spec
                           : missing ? print_missing
                                     : print,
                           &command, spec || missing ? NULL : command.format, &message);
    provenance_clear(&command.list);
    store_close(command.store);
    return cli_report(status, &message);
}
