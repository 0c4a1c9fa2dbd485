/* cvrlab report: a page of all that a store says. */
#include "experiments/cli/cli.h"
#include "experiments/cli/program_files.h"
#include "experiments/report/report.h"

#include <stdio.h>

int cmd_report(int argc, char **argv)
{
    static const char summary[] = "Writes a report of the store DB: settings, claims, tables, figures, where "
                                  "the numbers come from and\n"
                                  "how to get them again. DIR/index.html is one page that needs no other "
                                  "file; DIR/report.md is the same\n"
                                  "in markdown, with the figures beside it.";
    const char *directory = "report";
    int first;
    const Option options[] = {
        {"output", 'o', OPTION_TEXT, "DIR", "folder for the report (default report)", &directory},
        {0},
    };
    const Usage usage = {argv[0], "DB", summary, options, 1, 1};
    CliNext next = cli_options(&usage, argc, argv, &first);
    if (next)
        return cli_exit(next);

    char scripts[PATH_MAX];
    Message message = {{0}};
    Status status = program_file(scripts, "plots", &message);
    if (status)
        return cli_report(status, &message);
    const ReportOptions report = {directory, scripts};
    StoreResults results = {0};
    status = results_open(&results, argv[first], &message);
    if (!status)
        status = report_write(&results, &report, &message);
    if (!status)
        printf("%s/index.html\n%s/report.md\n", directory, directory);
    results_close(&results);
    return cli_report(status, &message);
}
