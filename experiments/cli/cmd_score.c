/* cvrlab score: predictions that were made elsewhere become runs of a method. */
#include "experiments/cli/cli.h"
#include "experiments/cli/run_display.h"
#include "experiments/cli/spec_options.h"
#include "experiments/spec/assign.h"
#include "experiments/spec/outside_method.h"
#include "sim/base/text.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct ScoreCommand {
    SpecOptions spec;
    const char *folder, *method, *db, *file, *version;
    bool redo, keep, trust;
    int jobs;
} ScoreCommand;

/* A method that the file does not have is one of this command alone. */
static Status make_method(Spec *spec, const ScoreCommand *command, Message *message)
{
    char key[2 * SPEC_WORD], found[SHOWN_TEXT];
    const OutsideMethod *method = outside_method_find(spec, command->method);
    Status status = STATUS_OK;
    if (method && method->kind != OUTSIDE_SCORED)
        return fail(
            message, STATUS_USAGE,
            "--as: '%s' has a %s in the experiment, and `cvrlab run` makes its units; expected another "
            "name",
            shown(command->method, found), outside_kind_name(method->kind));
    if (strlen(command->method) >= SPEC_WORD)
        return fail(message, STATUS_USAGE, "--as: found '%s'; expected a shorter name",
                    shown(command->method, found));
    snprintf(key, sizeof key, "methods.%s.base", command->method);
    if (!method)
        status = spec_set(spec, key, "outside", "--as", message);
    snprintf(key, sizeof key, "methods.%s.version", command->method);
    if (!status && command->version)
        status = spec_set(spec, key, command->version, "--version", message);
    return status;
}

static Status check_folder(const char *path, Message *message)
{
    DIR *folder = opendir(path);
    if (!folder)
        return fail(message, STATUS_FAILED, "%s: cannot open the folder: %s", path, strerror(errno));
    closedir(folder);
    return STATUS_OK;
}

static Status score(Spec *spec, const char *operand, const ScoreCommand *command, Message *message)
{
    if (!command->method)
        return fail(message, STATUS_USAGE, "score: expected --as NAME, the name of the method");
    const RunOptions options = {.jobs = command->jobs,
                                .only = {.names = 1, .name = &command->method, .offered = true},
                                .redo = {.names = command->redo, .name = &command->method},
                                .keep = command->keep,
                                .offered = command->folder,
                                .offered_file = command->file,
                                .trust_labels = command->trust};
    Status status = check_folder(command->folder, message);
    if (!status)
        status = spec_options_read(spec, operand, &command->spec, message);
    if (!status)
        status = make_method(spec, command, message);
    return status ? status : run_display(spec, &(RunPlace){.db = command->db}, &options, message);
}

int cmd_score(int argc, char **argv)
{
    static const char summary[] =
        "Scores predictions that were made outside for units of the experiment SPEC: DIR holds folders as "
        "`cvrlab\nexport` writes them, and each has cvr.npy, cvr.txt (a number a line) or cvr.csv (row,cvr "
        "or "
        "row,cvr,ctr), the\nprobability of conversion of each test exposure; ctr.npy or ctr.txt may add that "
        "of a click, and report.json\n{\"seconds\": 1.2}. They become units of the method NAME, a row of "
        "every "
        "table, figure and claim. Units without\npredictions are left for later. Data, truth and test labels "
        "come from the experiment: a digest makes sure that\nthey are those of the folder.";
    ScoreCommand command = {.jobs = run_processors()};
    int first;
    const Option options[] = {
        {"as", 'a', OPTION_TEXT, "NAME", "name of the method; of the experiment, or a new one",
         &command.method},
        {"file", 0, OPTION_TEXT, "FILE", "file of predictions in each folder, when several models share them",
         &command.file},
        {"version", 0, OPTION_TEXT, "TEXT", "version of the model, which the store keeps", &command.version},
        {"db", 'o', OPTION_TEXT, "FILE", "store to write to (default results/NAME.db)", &command.db},
        {"redo", 0, OPTION_SWITCH, NULL, "delete the stored units of the method, and score all again",
         &command.redo},
        {"keep", 0, OPTION_SWITCH, NULL, "keep stored units of another version beside the new ones",
         &command.keep},
        {"trust-digest", 0, OPTION_SWITCH, NULL,
         "compare ids and labels alone: dense columns may differ in their last bits", &command.trust},
        {"set", 's', OPTION_LIST, "KEY=VALUE", "set a key of the experiment, as for `cvrlab export`",
         &command.spec.set},
        {"replicates", 'n', OPTION_COUNT, "N", "number of logs in each world, as --set replicates=N",
         &command.spec.replicates},
        {"jobs", 'j', OPTION_COUNT, "N", "number of worker threads (default: all processors)", &command.jobs},
        {"data", 0, OPTION_TEXT, "DIR", "folder of real data, as --set data.path=DIR", &command.spec.data},
        {0},
    };
    const Usage usage = {argv[0], "SPEC DIR", summary, options, 2, 2};
    CliNext next = cli_options(&usage, argc, argv, &first);
    if (next)
        return cli_exit(next);

    Message message = {{0}};
    command.folder = argv[first + 1];
    Spec *spec = calloc(1, sizeof *spec);
    Status status =
        spec ? score(spec, argv[first], &command, &message) : fail_memory(&message, "the experiment");
    spec_options_free(spec);
    if (status == STATUS_UNITS_FAILED) /* told with the experiment */
        return (int)status;
    return cli_report(status, &message);
}
