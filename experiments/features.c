#include "experiments/features.h"

#include "experiments/words.h"
#include "sim/suggest.h"

#include <string.h>

/* As sim/world.c and sim/coat.c name them: tests/test_features.c holds the lists to their schemas. */
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
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", count ? ", " : "", known[count]);
    }
    const char *nearest = nearest_name(name, known, count);
    if (nearest)
        return fail(message, STATUS_USAGE, "unknown feature '%s'; did you mean '%s'?", name, nearest);
    return fail(message, STATUS_USAGE, "unknown feature '%s'; expected some of %s", name, list);
}

Status features_check(DataSource source, const char *names, Message *message)
{
    const char *const *known = feature_names(source);
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
