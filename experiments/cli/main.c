/* The table of commands. */
#include "experiments/cli/cli.h"

#include <stddef.h>

static const Command commands[] = {
    {"run", cmd_run, "run experiments, and keep their results in a store"},
    {"table", cmd_table, "print the tables of bias, variance and metrics of a store"},
    {"plot", cmd_plot, "draw the figures of a store"},
    {"show", cmd_show, "print what a store holds, and what is missing in it"},
    {"compare", cmd_compare, "print what changed from one store to another"},
    {"report", cmd_report, "write a page with the tables and figures of a store"},
    {"spec", cmd_spec, "print an experiment file as it is understood"},
    {"data", cmd_data, "print what files of real data hold"},
    {"list", cmd_list, "list estimators, experiments, metrics, risk estimators and keys"},
    {NULL, NULL, NULL},
};

int main(int argc, char **argv)
{
    return cli_main(commands, argc, argv);
}
