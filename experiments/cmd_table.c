/* cvrlab table: the tables of a store. */
#include "experiments/cli.h"
#include "results/table.h"

#include <stdio.h>
#include <stdlib.h>

/* All of it or, when the store turns out to be damaged on the way, nothing. */
static Status print_whole(Store *store, TableFormat format, Message *message)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (!file)
        return fail_memory(message, "the tables");
    Status status = table_print(store, format, file, message);
    if (fclose(file) && !status)
        status = fail_memory(message, "the tables");
    if (!status)
        (void)fwrite(text, 1, size, stdout);
    free(text);
    return status;
}

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
        status = print_whole(store, (TableFormat)format, &message);
    store_close(store);
    return cli_report(status, &message);
}
