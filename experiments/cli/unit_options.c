/* The words of options as a selection of units. */
#include "experiments/cli/unit_options.h"

static Status read_ranges(const OptionList *list, const char *option, NumberRange range[MAX_PARTS],
                          int *ranges, Message *message)
{
    Status status = STATUS_OK;
    *ranges = 0;
    if (list->values > MAX_PARTS)
        return fail(message, STATUS_USAGE, "%s: expected at most %d of them", option, MAX_PARTS);
    for (int i = 0; !status && i < list->values; i++)
        status = number_range_read(list->value[i], &range[(*ranges)++], option, message);
    return status;
}

Status unit_options_read(const UnitOptions *options, UnitSelection *selection, Message *message)
{
    *selection = (UnitSelection){.pairs = options->setting.values};
    if (selection->pairs > MAX_PARTS)
        return fail(message, STATUS_USAGE, "--setting: expected at most %d of them", MAX_PARTS);
    for (int i = 0; i < selection->pairs; i++)
        selection->pair[i] = options->setting.value[i];
    Status status = read_ranges(&options->world, "--world", selection->world, &selection->worlds, message);
    if (!status)
        status = read_ranges(&options->replicate, "--replicate", selection->replicate, &selection->replicates,
                             message);
    return status || !options->shard ? status : shard_read(&selection->shard, options->shard, message);
}
