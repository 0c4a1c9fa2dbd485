/* cvrlab compare: what changed between two runs of an experiment. */
#include "experiments/cli/cli.h"
#include "results/comparison/comparison.h"

#include <stdio.h>
#include <sys/stat.h>

typedef struct CompareCommand {
    StoreResults old, new;
    ComparisonOptions options;
    int *count; /* CHANGES, to be filled */
} CompareCommand;

static Status print(const void *context, FILE *file, Message *message)
{
    const CompareCommand *command = context;
    return comparison_print(&command->old, &command->new, &command->options, command->count, file, message);
}

/* A process opens a store once. */
static Status check_two_files(const char *old, const char *new, Message *message)
{
    struct stat a, b;
    if (!stat(old, &a) && !stat(new, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
        return fail(message, STATUS_USAGE, "%s and %s are the same file; expected two stores", old, new);
    return STATUS_OK;
}

static Status check_worse(const int count[CHANGES], const char *new, Message *message)
{
    int all = 0, worse = count[CHANGE_WORSE] + count[CHANGE_DIVERGED];
    for (int c = 0; c < CHANGES; c++)
        all += count[c];
    return worse ? fail(message, STATUS_FAILED, "%s: worse in %d of %d comparisons", new, worse, all)
                 : STATUS_OK;
}

int cmd_compare(int argc, char **argv)
{
    static const char summary[] =
        "Says what changed between two runs of an experiment, such as those of two versions: for each "
        "setting\n"
        "and estimator whether the store NEW is better, worse, the same within error or identical to OLD, "
        "as\n"
        "it stands or but for rounding, as of a version that summed in another order.\n"
        "METRIC as in `cvrlab table --help` (default mse where the truth is known, log_loss elsewhere).";
    char formats[FORMAT_NAMES_TEXT];
    int format = 0, first, count[CHANGES] = {0};
    bool fail_if_worse = false;
    OptionList metric = {0}, estimator = {0}, setting = {0};
    CompareCommand command = {.count = count};
    const Option options[] = {
        {"format", 'f', OPTION_CHOICE, grid_format_names(formats), "how tables are written (default text)",
         &format},
        {"metric", 'm', OPTION_LIST, "METRIC,...", "compare by these", &metric},
        {"estimator", 'e', OPTION_LIST, "EST,...", "compare these", &estimator},
        {"setting", 's', OPTION_LIST, "KEY=VALUE", "settings of a sweep; may be repeated", &setting},
        {"fail-if-worse", 0, OPTION_SWITCH, NULL, "exit with 1 when anything is worse", &fail_if_worse},
        {0},
    };
    const Usage usage = {argv[0], "OLD NEW", summary, options, 2, 2};
    CliNext next = cli_options(&usage, argc, argv, &first);
    if (next)
        return cli_exit(next);

    command.options.format = grid_formats[format];
    command.options.filter = (Filter){
        .metric = cli_words(&metric), .estimator = cli_words(&estimator), .setting = cli_words(&setting)};
    Message message = {{0}};
    Status status = check_two_files(argv[first], argv[first + 1], &message);
    if (!status)
        status = results_open(&command.old, argv[first], &message);
    if (!status)
        status = results_open(&command.new, argv[first + 1], &message);
    if (!status)
        status = cli_print(print, &command, command.options.format, &message);
    if (!status && fail_if_worse)
        status = check_worse(count, argv[first + 1], &message);
    results_close(&command.old);
    results_close(&command.new);
    return cli_report(status, &message);
}
