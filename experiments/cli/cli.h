/* The program around its commands, and what commands share: messages, and where the program's own files are.
 *
 * This folder is the command line, one command a file (cmd_*.c). It may include everything, and it alone
 * prints to the terminal and decides exit codes. */
#pragma once

#include "experiments/cli/commands.h"
#include "experiments/cli/options.h"
#include "sim/base/status.h"

#include <limits.h>
#include <stdio.h>

/* Finds the command of argv[1] and runs it; answers --help and --version of the program. Returns the exit
 * code. */
int cli_main(const Command *commands, int argc, char **argv);

/* Prints "cvrlab: MESSAGE" to standard error and returns the status, the command's exit code. */
int cli_report(Status status, const Message *message);

/* Prints to standard output all of what `print` writes or, when it fails on the way, nothing. */
Status cli_print(Status (*print)(const void *context, FILE *file, Message *message), const void *context,
                 Message *message);

/* Path of a file or folder that comes with the program, such as "plots": below $CVRLAB_HOME, or else the
 * source folder. */
void cli_path(char path[PATH_MAX], const char *relative);
