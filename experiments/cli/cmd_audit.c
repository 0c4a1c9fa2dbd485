/* cvrlab audit: what a log can say of conversion rates, and what is wrong with it. */
#include "experiments/audit/audit_data.h"
#include "experiments/audit/audit_page.h"
#include "experiments/audit/audit_print.h"
#include "experiments/cli/cli.h"
#include "experiments/cli/program_files.h"
#include "experiments/cli/spec_options.h"
#include "experiments/spec/assign.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct AuditCommand {
    SpecOptions spec;
    const char *layout, *break_even, *output;
    bool strict, benchmarks, quick;
    int refits;
    int format, model; /* an AuditModel */
} AuditCommand;

/* An experiment that is not written down. */
static Status spec_of_log(Spec *spec, const char *path, const AuditCommand *command, Message *message)
{
    spec_defaults(spec);
    Status status = spec_set(spec, "data.path", path, "LOG", message);
    if (!status)
        status = audit_preset(spec, message);
    for (int i = 0; i < command->spec.set.values && !status; i++)
        status = spec_assign(spec, command->spec.set.value[i], "--set", message);
    if (status || spec->layout)
        return status;
    const Layout *layout =
        command->layout ? layout_find(command->layout) : layout_recognise(path, &spec->reader);
    if (!layout && command->layout)
        return layout_unknown(command->layout, "--layout", message);
    if (!layout)
        return fail(message, STATUS_USAGE, "%s: found no files of a known layout; expected one of --layout",
                    path);
    return spec_set(spec, "data.source", layout_name(layout), "LOG", message);
}

static bool is_log(const char *operand, const AuditCommand *command)
{
    const char *ending = strrchr(operand, '.');
    return command->layout || (access(operand, F_OK) == 0 && (!ending || strcmp(ending, ".yaml") != 0));
}

typedef struct AuditText {
    const AuditResults *results;
    const GridFormat *format;
    const char *scripts;
} AuditText;

static Status print(const void *context, FILE *file, Message *message)
{
    const AuditText *text = context;
    const char *folder = getenv("TMPDIR");
    if (text->format == &grid_html)
        return audit_page_write(text->results, text->scripts, folder && *folder ? folder : "/tmp", file,
                                message);
    return audit_print(text->results, text->format, file, message);
}

/* The page goes into a file where one is asked for; everything else is printed. */
static Status tell(const AuditResults *results, const AuditCommand *command, Message *message)
{
    char scripts[PATH_MAX];
    const AuditText text = {results, grid_formats[command->format], scripts};
    Status status = program_file(scripts, "plots", message);
    if (!status && command->output)
        status = audit_page_save(results, scripts, command->output, message);
    else if (!status)
        status = cli_print(print, &text, text.format, message);
    if (!status && command->output)
        printf("%s\n", command->output);
    return status;
}

static Status read_break_even(const char *text, double *value, Message *message)
{
    char *end;
    *value = NAN;
    if (!text)
        return STATUS_OK;
    *value = strtod(text, &end);
    if (end != text && !*end && *value > 0 && *value < 1)
        return STATUS_OK;
    return fail(message, STATUS_USAGE, "--break-even: found '%.64s'; expected a number between 0 and 1",
                text);
}

static Status audit(Spec *spec, const AuditCommand *command, AuditInput *input, AuditResults *results,
                    const char *operand, Message *message)
{
    AuditOptions options = {.name = operand,
                            .refits = command->quick ? 0 : command->refits,
                            .benchmarks = command->benchmarks,
                            .model = (AuditModel)command->model};
    const GridFormat *format = grid_formats[command->format];
    Status status = read_break_even(command->break_even, &options.break_even, message);
    if (!status && command->refits > MOST_REFITS)
        status = fail(message, STATUS_USAGE, "--refits: found %d; expected at most %d", command->refits,
                      MOST_REFITS);
    if (!status && command->output && format != &grid_html && format != grid_formats[0])
        status = fail(message, STATUS_USAGE, "--format %s: expected html, which is what --output writes",
                      format->name);
    if (!status)
        status = is_log(operand, command) ? spec_of_log(spec, operand, command, message)
                                          : spec_options_read(spec, operand, &command->spec, message);
    if (!status)
        status = audit_input_open(input, spec, message);
    if (!status && audit_input_test(input))
        (void)fprintf(stderr, "%s: test rows %s\n", operand, audit_input_test(input));
    if (!status)
        status = audit_compute(results, spec, &input->data, &input->key, &options, message);
    if (status)
        return status;
    status = tell(results, command, message);
    const int leaks = audit_count_leaks(results);
    if (!status && command->strict && leaks)
        return fail(message, STATUS_FAILED, "%s: %d column%s that leak%s a label", operand, leaks,
                    leaks > 1 ? "s" : "", leaks > 1 ? "" : "s");
    return status;
}

int cmd_audit(int argc, char **argv)
{
    static const char summary[] = "Says what a log can tell of conversion rates: rates with their errors, "
                                  "overlap, calibration, balance, "
                                  "bounds of\nthe CVR of all exposures, predictions of estimators, leaks and "
                                  "power. LOG is a file or folder of "
                                  "real data (see\n`cvrlab data --help`), or an experiment, of which the "
                                  "first log is taken. Every section "
                                  "ends in a verdict with\nits threshold; docs/AUDIT.md has the formulas.";
    AuditCommand command = {.refits = 8};
    char formats[FORMAT_NAMES_TEXT];
    int first;
    const Option options[] = {
        {"layout", 'l', OPTION_TEXT, "NAME", "read the log in this layout", &command.layout},
        {"set", 's', OPTION_LIST, "KEY=VALUE",
         "set a key, such as data.*, columns.* or train.*; may be repeated", &command.spec.set},
        {"data", 0, OPTION_TEXT, "DIR", "folder of real data, as --set data.path=DIR", &command.spec.data},
        {"break-even", 0, OPTION_TEXT, "CVR", "find the Gamma at which the CVR of all rows may be this",
         &command.break_even},
        {"model", 0, OPTION_CHOICE, "odds|tan",
         "what Gamma bounds; tan: another table, of the bound of rd_ips", &command.model},
        {"benchmarks", 0, OPTION_SWITCH, NULL, "say which Gamma each column is worth; fits again for each",
         &command.benchmarks},
        {"refits", 0, OPTION_COUNT, "N",
         "fit again to the halves of N splits of the users, for the errors of what models say (8)",
         &command.refits},
        {"quick", 0, OPTION_SWITCH, NULL,
         "do not: intervals lack what other users would change of the models, and what these miss",
         &command.quick},
        {"strict", 0, OPTION_SWITCH, NULL, "exit with 1 when a column leaks a label", &command.strict},
        {"output", 'o', OPTION_TEXT, "FILE", "write a page with figures there, as --format html prints it",
         &command.output},
        {"format", 'f', OPTION_CHOICE, grid_format_names(formats), "how it is printed", &command.format},
        {0},
    };
    const Usage usage = {argv[0], "LOG", summary, options, 1, 1};
    CliNext next = cli_options(&usage, argc, argv, &first);
    if (next)
        return cli_exit(next);

    Message message = {{0}};
    AuditInput input = {0};
    AuditResults results = {0};
    Spec *spec = calloc(1, sizeof *spec);
    Status status = spec ? audit(spec, &command, &input, &results, argv[first], &message)
                         : fail_memory(&message, "the experiment");
    audit_results_free(&results);
    audit_input_close(&input);
    spec_options_free(spec);
    return cli_report(status, &message);
}
