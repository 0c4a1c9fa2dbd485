/* cvrlab table: the tables of a store. */
#include "experiments/cli/cli.h"
#include "experiments/report/coverage.h"
#include "results/tables/table.h"

#include <stdio.h>

typedef struct TableCommand {
    StoreResults results;
    TableOptions options;
} TableCommand;

static Status print(const void *context, FILE *file, Message *message)
{
    const TableCommand *command = context;
    return table_print(&command->results, &command->options, file, message);
}

/* Says on standard error what is missing of the experiments that have not come to their end. What cannot be
 * known of them is no failure of the table. */
static void tell_missing(Store *store)
{
    ProvenanceList list;
    const bool known = !provenance_read(&list, store, NULL);
    for (int i = 0; known && i < list.experiments; i++) {
        const Provenance *p = &list.experiment[i];
        Coverage coverage;
        if (*p->finished)
            continue;
        const bool read = !coverage_read(&coverage, store, p, NULL);
        const long long missing = coverage.missing;
        const long long all = coverage.done + coverage.diverged + coverage.failed + missing;
        if (read && missing > 0)
            (void)fprintf(stderr,
                          "cvrlab: note: %s: %lld of %lld units are missing: run it again with --db %s\n",
                          p->name, missing, all, store_path(store));
        coverage_free(&coverage);
    }
    provenance_clear(&list);
}

int cmd_table(int argc, char **argv)
{
    static const char summary[] =
        "Prints, for each experiment of the store DB, bias and variance where the truth is known and "
        "metrics\n"
        "elsewhere, with Monte Carlo standard errors. A sweep is printed as a grid for each metric.\n"
        "METRIC: mean_bias, relative_bias, bias_sq, variance, mse, rank, rank_all, seconds, parameters, or "
        "one\n"
        "of `cvrlab list metrics`, with space and task behind it if need be: auc/O, auc/O/ctr; mean_bias,\n"
        "bias_sq and variance also by decile of true propensity: bias_sq/1; mse/median and mse/trimmed of "
        "the\n"
        "replicates.\n"
        "FILE has lines of fields with tabs between: estimator, the name that it is published under, and a\n"
        "figure for each metric that the first line names.";
    char formats[FORMAT_NAMES_TEXT];
    int format = 0, first;
    OptionList metric = {0}, estimator = {0}, setting = {0}, part = {0};
    TableCommand command = {0};
    const Option options[] = {
        {"format", 'f', OPTION_CHOICE, grid_format_names(formats), "how tables are written (default text)",
         &format},
        {"metric", 'm', OPTION_LIST, "METRIC,...", "show only these metrics", &metric},
        {"estimator", 'e', OPTION_LIST, "EST,...", "show only these estimators", &estimator},
        {"setting", 's', OPTION_LIST, "KEY=VALUE", "settings of a sweep; may be repeated", &setting},
        {"baseline", 'b', OPTION_TEXT, "EST", "paired differences from it (default: that of the experiment)",
         &command.options.baseline},
        {"sort", 0, OPTION_TEXT, "METRIC", "sort the estimators by it, best first", &command.options.sort},
        {"part", 'p', OPTION_LIST, "PART,...",
         "print only these parts: main, differences, ranks, relative, gamma, risk, claims, verdicts", &part},
        {"published", 0, OPTION_TEXT, "FILE", "print only published figures beside ours",
         &command.options.published},
        {"long", 'l', OPTION_SWITCH, NULL, "print a full table for each setting of a sweep",
         &command.options.full},
        {0},
    };
    const Usage usage = {argv[0], "DB", summary, options, 1, 1};
    CliNext next = cli_options(&usage, argc, argv, &first);
    if (next)
        return cli_exit(next);

    command.options.format = grid_formats[format];
    command.options.filter = (Filter){
        .metric = cli_words(&metric), .estimator = cli_words(&estimator), .setting = cli_words(&setting)};
    Message message = {{0}};
    const Words parts = cli_words(&part);
    Status status = table_parts_read(&parts, &command.options.parts, &message);
    if (!status)
        status = results_open(&command.results, argv[first], &message);
    if (!status)
        status = cli_print(print, &command, command.options.format, &message);
    if (!status)
        tell_missing(command.results.store);
    results_close(&command.results);
    return cli_report(status, &message);
}
