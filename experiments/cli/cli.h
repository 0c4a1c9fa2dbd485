/* The program around its commands, and what commands share: messages and options.
 *
 * This folder is the command line, one command a file (cmd_*.c). It may include everything, and it alone
 * prints to the terminal and decides exit codes. */
#pragma once

#include "experiments/cli/commands.h"
#include "experiments/cli/options.h"
#include "results/tables/grid.h"
#include "sim/base/status.h"

#include <stdio.h>

/* Finds the command of argv[1] in cli_commands and runs it; answers --help and --version of the program.
 * Returns the exit code. */
int cli_main(int argc, char **argv);

/* What the program is, its commands, and its exit codes. */
void cli_print_commands(FILE *file);

/* Prints "cvrlab: MESSAGE" to standard error and returns the status, the command's exit code. */
int cli_report(Status status, const Message *message);

/* What a command prints, and in which of the formats of tables. */
typedef struct Printout {
    const char *command; /* its name */
    const GridFormat *format;
    Status (*print)(const void *context, FILE *file, Message *message);
    const void *context;
} Printout;

/* Prints to standard output all of what `print` writes or, when it fails on the way, nothing. */
Status cli_print(const Printout *printout, Message *message);
