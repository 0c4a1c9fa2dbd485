/* cvrlab table: the tables of a store. */
#include "experiments/cli.h"
#include "results/table.h"

#include <stdio.h>
#include <stdlib.h>

/* All of it or, when the store turns out to be damaged on the way, nothing. */
static Status print_whole(Store *store, const TableOptions *options, Message *message)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (!file)
        return fail_memory(message, "the tables");
    Status status = table_print(store, options, file, message);
    if (fclose(file) && !status)
        status = fail_memory(message, "the tables");
    if (!status)
        (void)fwrite(text, 1, size, stdout);
    free(text);
    return status;
}

int cmd_table(int argc, char **argv)
{
    static const char summary[] =
        "Prints, for each experiment of the store DB, bias and variance where the truth is known and "
        "metrics\n"
        "elsewhere, with Monte Carlo standard errors. A sweep is printed as a grid for each metric.\n"
        "METRIC: mean_bias, relative_bias, bias_sq, variance, mse, rank, seconds, or one of `cvrlab list\n"
        "metrics`, with space and task behind it if need be: auc/O, auc/O/ctr; mean_bias, bias_sq\n"
        "and variance also by decile of true propensity: bias_sq/1.";
    int format = TABLE_TEXT, first;
    bool full = false;
    OptionList metric = {0}, estimator = {0}, setting = {0};
    TableOptions table = {0};
    const Option options[] = {
        {"format", 'f', OPTION_CHOICE, "text|csv|markdown|latex", "how tables are written (default text)",
         &format},
        {"metric", 'm', OPTION_LIST, "METRIC,...", "show these", &metric},
        {"estimator", 'e', OPTION_LIST, "EST,...", "show these", &estimator},
        {"setting", 's', OPTION_LIST, "KEY=VALUE", "settings of a sweep; may be repeated", &setting},
        {"baseline", 'b', OPTION_TEXT, "EST", "paired differences from it (default: that of the experiment)",
         &table.baseline},
        {"sort", 0, OPTION_TEXT, "METRIC", "sort the estimators by it, best first", &table.sort},
        {"long", 'l', OPTION_SWITCH, NULL, "of a sweep, a full table for every setting", &full},
        {0},
    };
    const Usage usage = {argv[0], "DB", summary, options, 1, 1};
    CliNext next = cli_options(&usage, argc, argv, &first);
    if (next)
        return cli_exit(next);

    table.format = (TableFormat)format;
    table.full = full;
    table.choice = (Choice){cli_words(&metric), cli_words(&estimator), cli_words(&setting)};
    Store *store = NULL;
    Message message = {{0}};
    Status status = store_open(&store, argv[first], STORE_READ, &message);
    if (!status)
        status = print_whole(store, &table, &message);
    store_close(store);
    return cli_report(status, &message);
}
