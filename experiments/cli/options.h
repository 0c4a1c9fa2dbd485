/* The options of a command: one table that is read, printed by --help and told in messages. */
#pragma once

#include "results/selection/selection.h"

#include <stdbool.h>
#include <stdio.h>

typedef enum OptionKind {
    OPTION_SWITCH, /* value is a bool *, set to true */
    OPTION_TEXT,   /* const char **; a later one replaces an earlier one */
    OPTION_COUNT,  /* int *, at least 1 */
    OPTION_CHOICE, /* int *, the place of the word in `argument`, "text|csv", made from the table of choices
                    */
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
    const char *summary;  /* what it does, lines of text; what there is several of comes from its table */
    const Option *options;
    int least, most; /* number of operands; INT_MAX for any number */
} Usage;

typedef enum CliNext {
    CLI_GO_ON,
    CLI_DONE,  /* --help was printed: exit with STATUS_OK */
    CLI_WRONG, /* the fault was printed: exit with STATUS_USAGE */
} CliNext;

/* Prints a command's help in some form. */
typedef void UsagePrinter(const Usage *usage, void *context);

/* Has --help of the next command print in that form instead, once. */
void cli_print_help_by(UsagePrinter *print, void *context);

/* The text of --help. */
void cli_print_usage(const Usage *usage, FILE *file);

/* Reads a command's options (getopt_long; they may stand after operands). Afterwards the operands are
 * argv[*first .. argc). */
CliNext cli_options(const Usage *usage, int argc, char **argv, int *first);

/* The values of an option, for a table or a figure. */
Words cli_words(const OptionList *list);

/* The exit code of CLI_DONE and CLI_WRONG. */
int cli_exit(CliNext next);
