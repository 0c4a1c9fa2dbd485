/* cvrlab units: the labels of an experiment's units, for loops and array jobs. */
#include "experiments/cli/cli.h"
#include "experiments/cli/spec_options.h"
#include "experiments/cli/unit_options.h"
#include "experiments/run/plan.h"
#include "sim/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct UnitsCommand {
    SpecOptions spec;
    UnitOptions units;
    const char *missing, *db;
    bool details;
} UnitsCommand;

/* What units are printed of. */
typedef struct UnitsList {
    const Spec *spec;
    const UnitsCommand *command;
    Settings settings;
    UnitSelection selection;
    Store *store; /* NULL where there is none: all units are missing */
} UnitsList;

static Status is_wanted(const UnitsList *list, const UnitPlace *place, const char *setting, bool *wanted,
                        Message *message)
{
    UnitState state = UNIT_MISSING;
    const UnitKey unit = {list->spec->name, setting, list->command->missing, place->world, place->replicate};
    *wanted = unit_selected(&list->selection, &list->settings, place);
    if (!*wanted || !list->command->missing || !list->store)
        return STATUS_OK;
    Status status = store_unit_state(list->store, &unit, &state, message);
    *wanted = state == UNIT_MISSING || state == UNIT_FAILED || state == UNIT_TIMEOUT;
    return status;
}

static Status print_setting(const UnitsList *list, int setting, FILE *file, Message *message)
{
    char text[SPEC_TEXT], label[UNIT_LABEL];
    Status status = STATUS_OK;
    settings_text(&list->settings, setting, text);
    for (int w = 0; !status && w < list->spec->worlds; w++)
        for (int r = 0; !status && r < list->spec->replicates; r++) {
            const UnitPlace place = {setting, w, r};
            bool wanted;
            status = is_wanted(list, &place, text, &wanted, message);
            if (status || !wanted)
                continue;
            unit_label(&place, label);
            fprintf(file, list->command->details ? "%s\t%d\t%d\t%s\n" : "%s\n", label, w, r, text);
        }
    return status;
}

static Status print_units(const void *context, FILE *file, Message *message)
{
    const UnitsList *list = context;
    Status status = STATUS_OK;
    for (int s = 0; !status && s < list->settings.count; s++)
        status = print_setting(list, s, file, message);
    return status;
}

/* A store that is not there yet lacks everything. */
static Status open_store(UnitsList *list, Message *message)
{
    char path[4096];
    if (list->command->db)
        snprintf(path, sizeof path, "%s", list->command->db);
    else
        snprintf(path, sizeof path, "results/%s.db", list->spec->name);
    if (!list->command->missing || access(path, F_OK))
        return STATUS_OK;
    return store_open(&list->store, path, STORE_READ, message);
}

static Status list_units(Spec *spec, const UnitsCommand *command, Message *message)
{
    UnitsList list = {.spec = spec, .command = command};
    Status status = settings_create(&list.settings, spec, message);
    if (!status)
        status = unit_options_read(&command->units, &list.selection, message);
    if (!status)
        status = unit_selection_check(&list.selection, &list.settings, message);
    if (!status)
        status = open_store(&list, message);
    if (!status)
        status = cli_print(print_units, &list, NULL, message);
    store_close(list.store);
    return status;
}

int cmd_units(int argc, char **argv)
{
    static const char summary[] =
        "Prints the labels of the units of the experiment SPEC, one a line, as `cvrlab export` names their "
        "folders:\ns0-w0-r3 is setting 0, world 0, replicate 3. With --missing NAME, those that the store "
        "has "
        "no result of the\nmethod NAME of; a loop or an array job works them off:\n\n"
        "  for unit in $(cvrlab units mine.yaml --missing mine); do python3 mine.py units/$unit; done";
    UnitsCommand command = {.db = NULL};
    int first;
    const Option options[] = {
        {"missing", 'm', OPTION_TEXT, "NAME", "units without a result of this method alone",
         &command.missing},
        {"db", 0, OPTION_TEXT, "FILE", "store that is asked (default results/NAME.db)", &command.db},
        UNIT_OPTIONS(command.units),
        {"details", 'l', OPTION_SWITCH, NULL, "with world, replicate and setting, separated by tabs",
         &command.details},
        {"set", 's', OPTION_LIST, "KEY=VALUE", "set a key of the experiment; may be repeated",
         &command.spec.set},
        {"replicates", 'n', OPTION_COUNT, "N", "number of logs in each world, as --set replicates=N",
         &command.spec.replicates},
        {"data", 0, OPTION_TEXT, "DIR", "folder of real data, as --set data.path=DIR", &command.spec.data},
        {0},
    };
    const Usage usage = {argv[0], "SPEC", summary, options, 1, 1};
    CliNext next = cli_options(&usage, argc, argv, &first);
    if (next)
        return cli_exit(next);

    Message message = {{0}};
    Spec *spec = calloc(1, sizeof *spec);
    Status status = spec ? spec_options_read(spec, argv[first], &command.spec, &message)
                         : fail_memory(&message, "the experiment");
    if (!status)
        status = list_units(spec, &command, &message);
    spec_options_free(spec);
    return cli_report(status, &message);
}
