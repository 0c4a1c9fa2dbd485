#include "experiments/spec/features.h"

#include "sim/base/suggest.h"
#include "sim/base/text.h"

#include <string.h>

/* As sim/world/world.c and sim/data/coat.c name them: tests/data/test_features.c holds the lists to their
 * schemas. */
static const char *const world_feature[] = {"user",        "item",        "segment", "category",
                                            "user_latent", "item_latent", "context", NULL};
static const char *const matrix_feature[] = {"user", "item", NULL};
static const char *const coat_feature[] = {"user", "item", "user_features", "item_features", NULL};

const char *const *feature_names(DataSource source)
{
    return source == DATA_SIMULATED ? world_feature : source == DATA_COAT ? coat_feature : matrix_feature;
}

static Status unknown_feature(const char *const *known, const char *name, Message *message)
{
    char list[512] = "";
    int count = 0;
    for (; known[count]; count++) {
        size_t used = strlen(list); /* a long list is cut off */
        snprintf(list + used, sizeof list - used, "%s%s", count ? ", " : "", known[count]);
    }
    const char *nearest = nearest_name(name, known, count);
    if (nearest)
        return fail(message, STATUS_USAGE, "unknown feature '%s'; did you mean '%s'?", name, nearest);
    return fail(message, STATUS_USAGE, "unknown feature '%s'; expected some of %s", name, list);
}

/* Every name must be among the known ones, of which NULL ends the list. */
static Status check_names(const char *const *known, const char *names, Message *message)
{
    WordList list;
    if (!words_split(names, &list))
        return fail(message, STATUS_USAGE, "found '%s'; expected a list of features", names);
    for (int i = 0; i < list.words; i++) {
        int f = 0;
        while (known[f] && strcmp(known[f], list.word[i]) != 0)
            f++;
        if (!known[f])
            return unknown_feature(known, list.word[i], message);
    }
    return STATUS_OK;
}

Status features_check(DataSource source, const char *names, Message *message)
{
    return source < DATA_LAYOUT ? check_names(feature_names(source), names, message) : STATUS_OK;
}

Status features_check_schema(const Schema *schema, const char *names, Message *message)
{
    const char *known[MAX_CATEGORICAL + MAX_DENSE_GROUPS + 1];
    int count = 0;
    for (int f = 0; f < schema->categorical; f++)
        known[count++] = schema->name[f];
    for (int g = 0; g < schema->groups; g++)
        known[count++] = schema->group[g].name;
    known[count] = NULL;
    return check_names(known, names, message);
}
