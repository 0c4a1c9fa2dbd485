/* Other forms of what --help prints, from the same tables: manual pages and completion of shells. */
#pragma once

#include "experiments/cli/cli.h"

/* The manual page of a command, or of the program where it is NULL, in the macros of man(7). */
void manual_print(const Command *command, FILE *file);

/* A script that completes commands, options and what they take: "bash" or "zsh". */
void completion_print(const char *shell, FILE *file);

/* Has the command print its help by `print`. */
void help_by(const Command *command, UsagePrinter *print, void *context);
