/* cvrlab spec: an experiment file as it is understood. */
#include "experiments/cli/cli.h"
#include "experiments/spec/fields.h"
#include "experiments/spec/spec.h"
#include "sim/base/suggest.h"

#include <stdio.h>

/* The value of a field of the experiment. */
static Status print_value(const Spec *spec, const char *key, Message *message)
{
    char text[LIST_TEXT];
    const Field *field = field_find(key);
    if (!field) {
        const char *known[field_count];
        for (int i = 0; i < field_count; i++)
            known[i] = field_table[i].key;
        return fail_unknown(message, NULL, "key", key,
                            &(KnownNames){known, field_count, "one of those that `cvrlab list keys` prints"});
    }
    field->type->print(field, spec, text);
    puts(text);
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
    Status status = spec_read(&spec, NULL, argv[first], &message);
    if (!status && first + 1 < argc)
        status = print_value(&spec, argv[first + 1], &message);
    else if (!status)
        spec_write(&spec, stdout);
    return cli_report(status, &message);
}
