/* The commands of the command line. argv[0] is the command's own name; each returns a Status as the exit
 * code. */
#pragma once

typedef struct Command {
    const char *name; /* NULL ends a table of commands */
    int (*run)(int argc, char **argv);
    const char *help; /* one line */
} Command;

int cmd_run(int argc, char **argv);
int cmd_table(int argc, char **argv);
int cmd_plot(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_spec(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_data(int argc, char **argv);
