/* cvrlab help: what --help says of a command, with examples; and, for installing, the same in other forms. */
#include "experiments/cli/help_forms.h"

#include <stdio.h>
#include <string.h>

void help_by(const Command *command, UsagePrinter *print, void *context)
{
    char name[32], option[] = "--help";
    char *argv[] = {name, option, NULL};
    snprintf(name, sizeof name, "%s", command->name);
    cli_print_help_by(print, context);
    (void)command->run(2, argv); /* prints its help, and ends */
}

static void print_text(const Usage *usage, void *context)
{
    const Command *command = context;
    cli_print_usage(usage, stdout);
    if (!command->examples)
        return;
    fputs("\nexamples:\n", stdout);
    for (const char *line = command->examples; *line; line += strcspn(line, "\n"), line += *line == '\n')
        printf("  %.*s\n", (int)strcspn(line, "\n"), line);
}

int cmd_help(int argc, char **argv)
{
    static const char summary[] =
        "Prints what COMMAND does, its options and examples; without a COMMAND, the "
        "commands.";
    enum { BASH, ZSH, NONE };
    static const char *const shells[] = {"bash", "zsh"};
    bool manual = false;
    int shell = NONE, first;
    const Option options[] = {
        {"man", 0, OPTION_SWITCH, NULL, "as a manual page, for man(1)", &manual},
        {"completion", 0, OPTION_CHOICE, "bash|zsh", "a script that completes command lines", &shell},
        {0},
    };
    const Usage usage = {argv[0], "[COMMAND]", summary, options, 0, 1};
    CliNext next = cli_options(&usage, argc, argv, &first);
    if (next)
        return cli_exit(next);

    const Command *command = NULL;
    Message message = {{0}};
    if (first < argc) {
        Status status = cli_command(&command, argv[first], &message);
        if (status)
            return cli_report(status, &message);
    }
    if (shell != NONE)
        completion_print(shells[shell], stdout);
    else if (manual)
        manual_print(command, stdout);
    else if (command)
        help_by(command, print_text, (void *)command);
    else
        cli_print_commands(stdout);
    return STATUS_OK;
}
