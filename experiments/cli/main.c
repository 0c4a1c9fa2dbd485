/* The table of commands. */
#include "experiments/cli/cli.h"
#include "experiments/cli/commands.h"

#include <stddef.h>

static const Command commands[] = {
    {"run", cmd_run, "run what is not yet in the store"},
    {"table", cmd_table, "print the bias/variance and metric tables of a store"},
    {"plot", cmd_plot, "draw the figures of a store"},
    {"show", cmd_show, "say what a store holds, and what is missing"},
    {"compare", cmd_compare, "say what changed from one store to another"},
    {"report", cmd_report, "write a page of all that a store says"},
    {"data", cmd_data, "print what files of real data hold"},
    {"list", cmd_list, "list estimators, experiments, metrics and keys"},
    {NULL, NULL, NULL},
};

int main(int argc, char **argv)
{
    return cli_main(commands, argc, argv);
}
