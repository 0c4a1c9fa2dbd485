/* What the commands share: options, messages, and where the program's own files are. */
#pragma once

#include "experiments/cli/commands.h"
#include "results/selection/selection.h"
#include "sim/base/status.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Finds the command of argv[1] and runs it; --help and --version of the program. Returns the exit code. */
int cli_main(const Command *commands, int argc, char **argv);

typedef enum OptionKind {
    OPTION_SWITCH, /* value is a bool *, set to true */
    OPTION_TEXT,   /* const char **; a later one replaces an earlier one */
    OPTION_COUNT,  /* int *, at least 1 */
    OPTION_CHOICE, /* int *, the place of the word in `argument`, "text|csv|markdown" */
    OPTION_LIST,   /* OptionList *, one more value each time */
} OptionKind;

enum { MAX_OPTION_VALUES = 64 };

typedef struct OptionList {
    int values;
    const char *value[MAX_OPTION_VALUES];
} OptionList;

typedef struct Option {
    const char *name; /* without the dashes; NULL ends a table of options */
    char letter;      /* of the short form, 0 for none */
    OptionKind kind;
    const char *argument; /* as the help prints it: "FILE"; NULL for a switch */
    const char *meaning;  /* one line */
    void *value;          /* where it goes; keeps its default when the option is not given */
} Option;

/* A command as its help prints it. */
typedef struct Usage {
    const char *command;  /* "table" */
    const char *operands; /* "DB", "SPEC..." */
    const char *summary;  /* what it does, lines of text */
    const Option *options;
    int least, most; /* number of operands; INT_MAX for any number */
} Usage;

typedef enum CliNext {
    CLI_GO_ON,
    CLI_DONE,  /* --help was printed: exit with STATUS_OK */
    CLI_WRONG, /* the fault was printed: exit with STATUS_USAGE */
} CliNext;

/* Reads a command's options (getopt_long; they may stand after operands). Afterwards the operands are
 * argv[*first .. argc). */
CliNext cli_options(const Usage *usage, int argc, char **argv, int *first);

/* The values of an option, for a table or a figure. */
Words cli_words(const OptionList *list);

/* The exit code of CLI_DONE and CLI_WRONG. */
int cli_exit(CliNext next);

/* Prints "cvrlab: MESSAGE" to standard error and returns the status, the command's exit code. */
int cli_report(Status status, const Message *message);

/* Prints to standard output all of what `print` writes or, when it fails on the way, nothing. */
Status cli_print(Status (*print)(const void *context, FILE *file, Message *message), const void *context,
                 Message *message);

/* Path of a file or folder that comes with the program, such as "plots": below $CVRLAB_HOME, or else the
 * source folder. */
void cli_path(char path[PATH_MAX], const char *relative);
