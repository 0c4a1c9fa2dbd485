/* cvrlab export: units of an experiment as folders. */
#include "experiments/cli/cli.h"
#include "experiments/cli/spec_options.h"
#include "experiments/cli/unit_options.h"
#include "experiments/outside/export.h"
#include "experiments/run/run.h"
#include "experiments/spec/outside_method.h"
#include "sim/base/text.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct ExportCommand {
    SpecOptions spec;
    UnitOptions units;
    const char *folder, *method;
    int format, jobs;
} ExportCommand;

static Status export_spec(const Spec *spec, const ExportCommand *command, Message *message)
{
    ExportOptions options = {.folder = command->folder,
                             .format = (UnitFormat)command->format,
                             .method = command->method,
                             .jobs = command->jobs};
    char found[SHOWN_TEXT];
    int units = 0;
    if (command->method && !outside_method_find(spec, command->method))
        return fail(
            message, STATUS_USAGE,
            "--as: '%s' is no method from outside of '%s'; expected one of its methods: with a command "
            "or base: outside",
            shown(command->method, found), spec->name);
    Status status = unit_options_read(&command->units, &options.selection, message);
    if (!status)
        status = export_units(spec, &options, &units, message);
    if (!status)
        (void)fprintf(stderr, "%s: %d units in %s\n", spec->name, units, command->folder);
    if (!status && spec->precision.bounds) {
        const bool worlds = spec_grows_worlds(spec);
        const char *counted = worlds ? "worlds" : "replicates";
        (void)fprintf(
            stderr,
            "cvrlab: note: %s: `precision` finds the number of %s while it runs; these are the first "
            "%d of up to %d; `--set %s=N` writes more\n",
            spec->name, counted, worlds ? spec->worlds : spec->replicates, spec->precision.max, counted);
    }
    return status;
}

int cmd_export(int argc, char **argv)
{
    static const char summary[] =
        "Writes units of the experiment SPEC as folders DIR/s0-w0-r0, one for each setting, world and "
        "replicate, for\nmodels in any language: arrays of the log and of the test exposures as .npy files "
        "(or tables as .csv files)\nand a manifest.json. A model writes its predictions into the folder as "
        "cvr.npy, cvr.txt or cvr.csv, and\n`cvrlab score` makes a row of the tables of them. No truth is in "
        "a folder, and nothing that it could be drawn\nfrom. DIR/index.csv says which settings the units are "
        "of. Units that are there already stay as they are.";
    ExportCommand command = {.jobs = run_processors()};
    int first;
    const Option options[] = {
        {"output", 'o', OPTION_TEXT, "DIR", "folder for the units (default NAME.units)", &command.folder},
        {"as", 0, OPTION_TEXT, "NAME", "method of the experiment whose options the manifests tell",
         &command.method},
        UNIT_OPTIONS(command.units),
        {"format", 'f', OPTION_CHOICE, "npy|csv", "files of arrays, or tables of text", &command.format},
        {"set", 's', OPTION_LIST, "KEY=VALUE", "set a key of the experiment; may be repeated",
         &command.spec.set},
        {"replicates", 'n', OPTION_COUNT, "N", "number of logs in each world, as --set replicates=N",
         &command.spec.replicates},
        {"jobs", 'j', OPTION_COUNT, "N", "number of worker threads (default: all processors)", &command.jobs},
        {"data", 0, OPTION_TEXT, "DIR", "folder of real data, as --set data.path=DIR", &command.spec.data},
        {0},
    };
    const Usage usage = {argv[0], "SPEC", summary, options, 1, 1};
    CliNext next = cli_options(&usage, argc, argv, &first);
    if (next)
        return cli_exit(next);

    Message message = {{0}};
    char folder[SPEC_WORD + 8];
    Spec *spec = calloc(1, sizeof *spec);
    Status status = spec ? spec_options_read(spec, argv[first], &command.spec, &message)
                         : fail_memory(&message, "the experiment");
    if (!status && !command.folder) {
        snprintf(folder, sizeof folder, "%s.units", spec->name);
        command.folder = folder;
    }
    if (!status)
        status = export_spec(spec, &command, &message);
    spec_options_free(spec);
    return cli_report(status, &message);
}
