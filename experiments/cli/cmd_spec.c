/* cvrlab spec: an experiment file as it is understood. */
#include "experiments/cli/cli.h"
#include "experiments/cli/program_files.h"
#include "experiments/spec/override.h"
#include "experiments/spec/spec_read.h"
#include "experiments/spec/spec_write.h"

#include <stdio.h>

static Status print_value(const Spec *spec, const char *text, Message *message)
{
    Key key;
    EstimatorOptions options;
    char value[LIST_TEXT];
    Status status = key_find(spec, text, &key, "KEY", message);
    if (!status && key.kind == KEY_OPTION)
        status = override_options(spec, key.estimator, &options, message);
    if (status)
        return status;
    const void *base = key.kind == KEY_OPTION ? (const void *)&options : (const void *)spec;
    key.field.type->print(&key.field, base, value);
    puts(value);
    return STATUS_OK;
}

int cmd_spec(int argc, char **argv)
{
    static const char summary[] =
        "Prints the experiment file SPEC as it is understood: every key that is not at its default, with its "
        "full name.\n"
        "With a KEY, prints the value of this key alone, whether it is in the file or not.";
    int first;
    const Option options[] = {{0}};
    const Usage usage = {argv[0], "SPEC [KEY]", summary, options, 1, 2};
    CliNext next = cli_options(&usage, argc, argv, &first);
    if (next)
        return cli_exit(next);

    Spec spec;
    Message message = {{0}};
    char path[PATH_MAX];
    Status status = program_spec(path, argv[first], &message);
    if (!status)
        status = spec_read(&spec, NULL, path, &message);
    if (!status && first + 1 < argc)
        status = print_value(&spec, argv[first + 1], &message);
    else if (!status)
        spec_write(&spec, stdout);
    return cli_report(status, &message);
}
