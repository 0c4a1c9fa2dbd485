/* Names of features against the columns that there are: no list of them is kept here. */
#include "experiments/spec/features.h"

#include "sim/base/suggest.h"
#include "sim/base/text.h"

#include <string.h>

static Status check_names(const KnownNames *known, const char *names, Message *message)
{
    WordList list;
    if (!words_split(names, &list))
        return fail(message, STATUS_USAGE, "found '%s'; expected a list of features", names);
    for (int i = 0; i < list.words; i++) {
        int f = 0;
        while (f < known->names && strcmp(known->name[f], list.word[i]) != 0)
            f++;
        if (f == known->names)
            return fail_unknown(message, NULL, "feature", list.word[i], known);
    }
    return STATUS_OK;
}

Status features_check(const Spec *spec, const char *names, Message *message)
{
    if (!spec->layout) {
        const Schema schema = world_schema_of(&spec->world);
        return features_check_schema(&schema, names, message);
    }
    KnownNames known = {.name = layout_features(spec->layout)};
    if (!known.name)
        return STATUS_OK;
    while (known.name[known.names])
        known.names++;
    return check_names(&known, names, message);
}

Status features_check_schema(const Schema *schema, const char *names, Message *message)
{
    const char *known[MAX_CATEGORICAL + MAX_DENSE_GROUPS];
    int count = 0;
    for (int f = 0; f < schema->categorical; f++)
        known[count++] = schema->name[f];
    for (int g = 0; g < schema->groups; g++)
        known[count++] = schema->group[g].name;
    return check_names(&(KnownNames){.name = known, .names = count}, names, message);
}
