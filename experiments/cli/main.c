/* The table of commands. */
#include "experiments/cli/cli.h"

#include <stddef.h>

const Command cli_commands[] = {
    {"run", cmd_run, "run experiments, and keep their results in a store",
     "cvrlab run compare\n"
     "cvrlab run mine.yaml --replicates 50 --set world.ctr=0.05 --db rare.db\n"
     "cvrlab run mine.yaml --only naive,ips --jobs 2"},
    {"table", cmd_table, "print the tables of bias, variance and metrics of a store",
     "cvrlab table results/compare.db\n"
     "cvrlab table results/compare.db --metric mean_bias,auc/O --estimator naive,ips\n"
     "cvrlab table results/compare.db --sort mse --format latex >table.tex"},
    {"plot", cmd_plot, "draw the figures of a store",
     "cvrlab plot results/compare.db\n"
     "cvrlab plot results/compare.db --figure bias_variance --width 3.3 --format pdf"},
    {"show", cmd_show, "print what a store holds, and what is missing in it",
     "cvrlab show results/compare.db\n"
     "cvrlab show results/compare.db --spec >again.yaml"},
    {"merge", cmd_merge, "join the stores of shards into one",
     "cvrlab merge results/all.db results/compare.*-of-8.db"},
    {"compare", cmd_compare, "print what changed from one store to another",
     "cvrlab compare old.db new.db --metric mse,auc --fail-if-worse"},
    {"report", cmd_report, "write a page with the tables and figures of a store",
     "cvrlab report results/compare.db -o report"},
    {"export", cmd_export, "write units of an experiment as folders, for models in any language",
     "cvrlab export mine.yaml -o units\n"
     "cvrlab export mine.yaml -o units --world 0 --replicate 0..9 --format csv"},
    {"score", cmd_score, "score predictions that were made elsewhere",
     "cvrlab score mine.yaml units --as mine\n"
     "cvrlab score mine.yaml units --as forest --file forest.npy"},
    {"units", cmd_units, "list the units of an experiment, or those that a method lacks",
     "cvrlab units mine.yaml --missing mine"},
    {"spec", cmd_spec, "print an experiment file as it is understood",
     "cvrlab spec compare\n"
     "cvrlab spec mine.yaml world.ctr"},
    {"data", cmd_data, "print what files of real data, or the worlds of an experiment, hold",
     "cvrlab data log.csv\ncvrlab data ml-100k/\ncvrlab data mine.yaml"},
    {"audit", cmd_audit, "say what a log can tell of conversion rates, and what is wrong with it",
     "cvrlab audit log.csv\n"
     "cvrlab audit mine.yaml --break-even 0.02 --format markdown"},
    {"twin", cmd_twin, "fit simulated worlds to a log, to train estimators in",
     "cvrlab twin log.csv -o twin.yaml\ncvrlab twin log.csv -o twin.yaml --odds 1,1.5,2 --rows 100000"},
    {"list", cmd_list, "list estimators, experiments, metrics, risk estimators and keys",
     "cvrlab list\ncvrlab list keys"},
    {"demo", cmd_demo, "show selection bias, in half a minute", "cvrlab demo"},
    {"help", cmd_help, "print what a command does, and its options", "cvrlab help run"},
    {"version", cmd_version, "print the version of the program, what built it, and its libraries", NULL},
    {NULL, NULL, NULL, NULL},
};

int main(int argc, char **argv)
{
    return cli_main(argc, argv);
}
