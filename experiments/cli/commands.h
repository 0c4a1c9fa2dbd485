/* The commands of the command line. argv[0] is the command's own name; each returns a Status as the exit
 * code. */
#pragma once

#include "sim/base/status.h"

typedef struct Command {
    const char *name; /* NULL ends a table of commands */
    int (*run)(int argc, char **argv);
    const char *help;     /* one line */
    const char *examples; /* command lines; NULL for none */
} Command;

/* All of them, in main.c: what help, manual pages and completion are made from. */
extern const Command cli_commands[];

/* STATUS_USAGE for a name of none, with the nearest one. */
Status cli_command(const Command **command, const char *name, Message *message);

int cmd_run(int argc, char **argv);
int cmd_table(int argc, char **argv);
int cmd_plot(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_merge(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_score(int argc, char **argv);
int cmd_units(int argc, char **argv);
int cmd_spec(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_data(int argc, char **argv);
int cmd_audit(int argc, char **argv);
int cmd_twin(int argc, char **argv);
int cmd_demo(int argc, char **argv);
int cmd_help(int argc, char **argv);
int cmd_version(int argc, char **argv);
