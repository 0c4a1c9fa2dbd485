/* Which units the words of a selection name. */
#include "experiments/outside/unit_selection.h"

#include "sim/base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A number from 0 on; what follows it, or NULL where there is none. */
static const char *read_count(const char *text, int *count)
{
    char *end;
    errno = 0;
    const long number = strtol(text, &end, 10);
    *count = (int)number;
    return end == text || errno || number < 0 || number > INT32_MAX ? NULL : end;
}

Status number_range_read(const char *text, NumberRange *range, const char *option, Message *message)
{
    char found[SHOWN_TEXT];
    const char *end = read_count(text, &range->first);
    range->last = range->first;
    if (end && !strncmp(end, "..", 2))
        end = read_count(end + 2, &range->last);
    return end && !*end && range->first <= range->last
               ? STATUS_OK
               : fail(message, STATUS_USAGE,
                      "%s: found '%s'; expected a number from 0 on, or a range such as "
                      "0..9",
                      option, shown(text, found));
}

static bool has_pair(const Settings *settings, int setting, const char *text)
{
    KeyValue pair[MAX_PAIRS];
    const int pairs = settings_pairs(settings, setting, pair);
    for (int i = 0; i < pairs; i++) {
        const size_t length = strlen(pair[i].key);
        if (!strncmp(text, pair[i].key, length) && text[length] == '=' &&
            !strcmp(text + length + 1, pair[i].value))
            return true;
    }
    return false;
}

Status unit_selection_check(const UnitSelection *selection, const Settings *settings, Message *message)
{
    for (int p = 0; p < selection->pairs; p++) {
        bool known = false;
        char found[SHOWN_TEXT], text[SPEC_TEXT];
        for (int s = 0; !known && s < settings->count; s++)
            known = has_pair(settings, s, selection->pair[p]);
        settings_text(settings, 0, text);
        if (!known)
            return fail(message, STATUS_USAGE,
                        "--setting: no setting has '%s'; expected KEY=VALUE of a sweep%s%s",
                        shown(selection->pair[p], found), text[0] ? ", such as those of " : "", text);
    }
    return STATUS_OK;
}

static bool in_ranges(const NumberRange *range, int ranges, int number)
{
    for (int i = 0; i < ranges; i++)
        if (number >= range[i].first && number <= range[i].last)
            return true;
    return ranges == 0;
}

bool unit_selected(const UnitSelection *selection, const Settings *settings, const UnitPlace *place)
{
    char text[SPEC_TEXT];
    if (!in_ranges(selection->world, selection->worlds, place->world) ||
        !in_ranges(selection->replicate, selection->replicates, place->replicate))
        return false;
    for (int p = 0; p < selection->pairs; p++)
        if (!has_pair(settings, place->setting, selection->pair[p]))
            return false;
    settings_text(settings, place->setting, text);
    return shard_has(&selection->shard, text, place->world, place->replicate, "shard");
}
