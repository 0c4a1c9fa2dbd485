/* Finds the columns of an omission by their names. Apart from the model, since specs are checked with it. */
#include "estimators/core/omission.h"

#include "sim/base/text.h"

#include <string.h>

static bool omit(Omission *omission, const char *name, const Schema *schema)
{
    bool found = false;
    for (int f = 0; f < schema->categorical; f++)
        if (!strcmp(schema->name[f], name))
            omission->lacked.field[f] = found = true;
    for (int g = 0; g < schema->groups; g++)
        if (!strcmp(schema->group[g].name, name))
            omission->lacked.group[g] = found = true;
    return found;
}

Status omission_create(Omission *omission, const char *names, const Schema *schema, Message *message)
{
    WordList list;
    bool left = false;
    *omission = (Omission){0};
    if (!names[0])
        return STATUS_OK;
    if (!words_split(names, &list))
        return fail(message, STATUS_USAGE, "model.omit: found '%s'; expected a list of features", names);
    omission->any = list.words > 0;
    for (int i = 0; i < list.words; i++)
        if (!omit(omission, list.word[i], schema))
            return fail(message, STATUS_USAGE, "model.omit: the data have no feature '%s'", list.word[i]);
    for (int f = 0; f < schema->categorical; f++)
        left |= omission->read.field[f] = !omission->lacked.field[f];
    for (int g = 0; g < schema->groups; g++)
        left |= (omission->read.group[g] = !omission->lacked.group[g]) && schema->group[g].columns > 0;
    return left ? STATUS_OK
                : fail(message, STATUS_USAGE,
                       "model.omit: no feature is left to read; expected fewer than all of them");
}

int dense_width(const Schema *schema, const ColumnSet *columns)
{
    int width = 0;
    for (int g = 0; g < schema->groups; g++)
        width += columns->group[g] ? schema->group[g].columns : 0;
    return width;
}
