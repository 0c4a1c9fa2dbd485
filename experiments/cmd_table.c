/* cvrlab table: the tables of a store. */
#include "experiments/cli.h"
#include "results/table.h"

int cmd_table(int argc, char **argv)
{
    static const char summary[] = "Prints, for each experiment and setting of the store DB, the "
                                  "bias/variance table where the truth is\n"
                                  "known and the metric table elsewhere, with Monte Carlo standard errors.";
    int format = TABLE_TEXT, first;
    const Option options[] = {
        {"format", 'f', OPTION_CHOICE, "text|csv|markdown|latex", "how tables are written (default text)",
         &format},
        {0},
    };
    const Usage usage = {argv[0], "DB", summary, options, 1, 1};
    CliNext next = cli_options(&usage, argc, argv, &first);
    if (next)
        return cli_exit(next);

    Store *store = NULL;
    Message message = {{0}};
    Status status = store_open(&store, argv[first], STORE_READ, &message);
    if (!status)
        status = table_print(store, (TableFormat)format, stdout, &message);
    store_close(store);
    return cli_report(status, &message);
}
