/* cvrlab plot: the figures of a store. */
#include "experiments/cli.h"
#include "plots/plot.h"

#include <stdio.h>

static void print_path(const char *path, void *context)
{
    (void)context;
    puts(path);
}

int cmd_plot(int argc, char **argv)
{
    static const char summary[] =
        "Draws every figure that the store DB has data for, and prints the path of each file.";
    const char *directory = "plots/out", *formats = "svg,png";
    bool keep_data = false;
    int first;
    const Option options[] = {
        {"output", 'o', OPTION_TEXT, "DIR", "folder for the figures (default plots/out)", &directory},
        {"format", 'f', OPTION_TEXT, "svg,png,pdf", "formats, comma-separated (default svg,png)", &formats},
        {"keep-data", 0, OPTION_SWITCH, NULL, "keep each figure's data file beside it", &keep_data},
        {0},
    };
    const Usage usage = {argv[0], "DB", summary, options, 1, 1};
    CliNext next = cli_options(&usage, argc, argv, &first);
    if (next)
        return cli_exit(next);

    char scripts[PATH_MAX];
    cli_path(scripts, "plots");
    const PlotOptions plot = {
        .directory = directory, .scripts = scripts, .formats = formats, .keep_data = keep_data};
    Store *store = NULL;
    Message message = {{0}};
    Status status = store_open(&store, argv[first], STORE_READ, &message);
    if (!status)
        status = plot_store(store, &plot, print_path, NULL, &message);
    store_close(store);
    return cli_report(status, &message);
}
