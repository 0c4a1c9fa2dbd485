/* The program around its commands: finding the command, its exit code, what it prints and where its files
 * are. */
#include "experiments/cli/cli.h"
#include "experiments/run/version.h"
#include "results/store/store.h"
#include "sim/base/suggest.h"
#include "sim/base/text.h"

#include <errno.h>
#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef CVRLAB_ROOT
#define CVRLAB_ROOT "."
#endif

int cli_report(Status status, const Message *message)
{
    if (status)
        (void)fprintf(stderr, "cvrlab: %s\n", message->text);
    return (int)(status == STATUS_MEMORY ? STATUS_FAILED : status);
}

void cli_path(char path[PATH_MAX], const char *relative)
{
    const char *home = getenv("CVRLAB_HOME");
    snprintf(path, PATH_MAX, "%s/%s", home && home[0] ? home : CVRLAB_ROOT, relative);
}

Status cli_print(Status (*print)(const void *context, FILE *file, Message *message), const void *context,
                 Message *message)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (!file)
        return fail_memory(message, "the tables");
    Status status = print(context, file, message);
    if (fclose(file) && !status)
        status = fail_memory(message, "the tables");
    if (!status) {
        text_clean(text, "\n\t"); /* what is printed of a store is somebody's text */
        (void)fputs(text, stdout);
    }
    free(text);
    return status;
}

static void print_commands(const Command *commands, FILE *file)
{
    fprintf(file,
            "usage: cvrlab COMMAND [OPTION...] [OPERAND...]\n\n"
            "cvrlab compares methods that debias estimates of post-click conversion rates (CVR): it "
            "simulates logs\n"
            "whose truth is known, trains every estimator on them, and says how biased and how variable "
            "each one is.\n\n"
            "commands:\n");
    for (const Command *c = commands; c->name; c++)
        fprintf(file, "  %-8s %s\n", c->name, c->help);
    fprintf(
        file,
        "\n`cvrlab COMMAND --help` prints the options of a command, `cvrlab list` the names that "
        "options and\n"
        "files can take, and `cvrlab --version` the version of the program and of its libraries.\n"
        "To begin: cvrlab run experiments/compare.yaml, then cvrlab table results/compare.db.\n"
        "Exit codes: 0 success, 1 a failure at run time, 2 wrong use, 3 done, but some units have failed,\n"
        "4 stopped before the end.\n");
}

static int unknown_command(const Command *commands, const char *name)
{
    static const char *const option[] = {"--help", "--version"};
    const char *known[16];
    int count = 0;
    Message message;
    for (const Command *c = commands; c->name && count < 16; c++)
        known[count++] = c->name;
    Status status = name[0] == '-'
                        ? fail_unknown(&message, NULL, "option", name, &(KnownNames){option, 2, NULL})
                        : fail_unknown(&message, NULL, "command", name, &(KnownNames){known, count, NULL});
    return cli_report(status, &message);
}

static int run_command(const Command *commands, int argc, char **argv)
{
    if (argc < 2) {
        print_commands(commands, stderr);
        return STATUS_USAGE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
        print_commands(commands, stdout);
        return STATUS_OK;
    }
    if (!strcmp(argv[1], "--version")) {
        char libraries[LIBRARIES_TEXT];
        library_versions(libraries);
        printf("cvrlab %s\n%s\n", CVRLAB_VERSION, libraries);
        return STATUS_OK;
    }
    for (const Command *c = commands; c->name; c++)
        if (!strcmp(argv[1], c->name))
            return c->run(argc - 1, argv + 1);
    return unknown_command(commands, argv[1]);
}

static void tell_waiting(const char *path)
{
    (void)fprintf(stderr, "cvrlab: waiting for another process that writes to %s\n", path);
}

int cli_main(const Command *commands, int argc, char **argv)
{
    (void)gsl_set_error_handler_off();
    store_when_waiting(tell_waiting);
    int code = run_command(commands, argc, argv);
    if ((fflush(stdout) || ferror(stdout)) && code == STATUS_OK) {
        (void)fprintf(stderr, "cvrlab: cannot write to standard output: %s\n", strerror(errno));
        return STATUS_FAILED;
    }
    return code;
}
