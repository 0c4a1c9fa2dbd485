/* The program around its commands: finding the command, its exit code, and what it prints. */
#include "experiments/cli/cli.h"
#include "experiments/cli/terminal.h"
#include "experiments/identity/version.h"
#include "results/store/store.h"
#include "sim/base/suggest.h"
#include "sim/base/text.h"

#include <errno.h>
#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int cli_report(Status status, const Message *message)
{
    const bool red = terminal_colour(stderr);
    if (status)
        (void)fprintf(stderr, "%scvrlab:%s %s\n", red ? "\033[31m" : "", red ? "\033[0m" : "", message->text);
    return (int)(status == STATUS_MEMORY ? STATUS_FAILED : status);
}

Status cli_print(Status (*print)(const void *context, FILE *file, Message *message), const void *context,
                 const GridFormat *format, Message *message)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (!file)
        return fail_memory(message, "the tables");
    const GridTerminal terminal = {terminal_width(stdout), terminal_colour(stdout)};
    grid_text_terminal(&terminal);
    Status status = print(context, file, message);
    if (fclose(file) && !status)
        status = fail_memory(message, "the tables");
    if (!status) {
        /* What is printed of a store is somebody's text. Grids have cleaned theirs, and may add colours. */
        const bool colours = terminal.colour && format == &grid_text;
        text_clean(text, colours ? "\n\t\033" : "\n\t");
        if (format && format->document)
            format->document(text, stdout);
        else
            (void)fputs(text, stdout);
    }
    free(text);
    return status;
}

void cli_print_commands(FILE *file)
{
    fprintf(file,
            "usage: cvrlab COMMAND [OPTION...] [OPERAND...]\n\n"
            "cvrlab compares methods that debias estimates of post-click conversion rates (CVR): it "
            "simulates logs\n"
            "whose truth is known, trains every estimator on them, and says how biased and how variable "
            "each one is.\n\n"
            "commands:\n");
    for (const Command *c = cli_commands; c->name; c++)
        fprintf(file, "  %-8s %s\n", c->name, c->help);
    fprintf(
        file,
        "\n`cvrlab help COMMAND` says what a command does and lists its options, `cvrlab list` the names "
        "that "
        "options\n"
        "and files can take.\n"
        "To begin: cvrlab run compare, then cvrlab table results/compare.db.\n"
        "Exit codes: 0 success, 1 a failure at run time, 2 wrong use, 3 done, but some units have failed,\n"
        "4 stopped before the end.\n");
}

Status cli_command(const Command **command, const char *name, Message *message)
{
    const char *known[32];
    int count = 0;
    for (*command = cli_commands; (*command)->name; ++*command) {
        if (!strcmp(name, (*command)->name))
            return STATUS_OK;
        known[count++] = (*command)->name;
    }
    return fail_unknown(message, NULL, "command", name, &(KnownNames){known, count, NULL});
}

static int run_command(int argc, char **argv)
{
    static char version[] = "version";
    char *versions[] = {version, NULL};
    Message message;
    if (argc < 2) {
        cli_print_commands(stderr);
        return STATUS_USAGE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
        cli_print_commands(stdout);
        return STATUS_OK;
    }
    if (!strcmp(argv[1], "--version"))
        return cmd_version(1, versions);
    if (argv[1][0] == '-') {
        static const char *const option[] = {"--help", "--version"};
        return cli_report(fail_unknown(&message, NULL, "option", argv[1], &(KnownNames){option, 2, NULL}),
                          &message);
    }
    const Command *command;
    Status status = cli_command(&command, argv[1], &message);
    return status ? cli_report(status, &message) : command->run(argc - 1, argv + 1);
}

static void tell_waiting(const char *path)
{
    (void)fprintf(stderr, "cvrlab: waiting for another process that writes to %s\n", path);
}

int cli_main(int argc, char **argv)
{
    (void)gsl_set_error_handler_off();
    store_when_waiting(tell_waiting);
    int code = run_command(argc, argv);
    if ((fflush(stdout) || ferror(stdout)) && code == STATUS_OK) {
        (void)fprintf(stderr, "cvrlab: cannot write to standard output: %s\n", strerror(errno));
        return STATUS_FAILED;
    }
    return code;
}
