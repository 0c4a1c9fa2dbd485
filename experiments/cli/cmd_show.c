/* cvrlab show: what a store holds, and where it comes from. */
#include "experiments/cli/cli.h"
#include "experiments/report/coverage.h"

#include <stdio.h>
#include <string.h>

typedef struct ShowCommand {
    Store *store;
    ProvenanceList list;
    const GridFormat *format;
    const char *experiment; /* NULL: all */
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

int cmd_show(int argc, char **argv)
{
    static const char summary[] =
        "Says what the store DB holds: of each experiment, where it comes from, and how many of the units\n"
        "that its spec asks for are done, diverged, failed, with the reasons, and missing.\n"
        "`cvrlab show DB --spec > again.yaml` gives the file that runs it again.";
    char formats[FORMAT_NAMES_TEXT];
    int format = 0, first;
    bool spec = false;
    ShowCommand command = {0};
    const Option options[] = {
        {"format", 'f', OPTION_CHOICE, grid_format_names(formats), "how tables are written (default text)",
         &format},
        {"experiment", 'e', OPTION_TEXT, "NAME", "show only this experiment", &command.experiment},
        {"spec", 0, OPTION_SWITCH, NULL, "print the stored spec, and nothing else", &spec},
        {0},
    };
    const Usage usage = {argv[0], "DB", summary, options, 1, 1};
    CliNext next = cli_options(&usage, argc, argv, &first);
    if (next)
        return cli_exit(next);

    command.format = grid_formats[format];
    Message message = {{0}};
    Status status = store_open(&command.store, argv[first], STORE_READ, &message);
    if (!status)
        status = provenance_read(&command.list, command.store, &message);
    if (!status)
        status = check_choice(&command, spec, &message);
    if (!status)
        status = cli_print(
            &(Printout){argv[0], spec ? NULL : grid_formats[format], spec ? print_spec : print, &command},
            &message);
    provenance_clear(&command.list);
    store_close(command.store);
    return cli_report(status, &message);
}
