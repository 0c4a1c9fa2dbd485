/* A list of keys and values; settings have a handful of them. */
#include "results/summary/setting_pairs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Status setting_pairs_add(SettingPairs *pairs, const char *key, const char *value, Message *message)
{
    SettingPair *larger = reallocarray(pairs->pair, (size_t)pairs->pairs + 1, sizeof *larger);
    if (!larger)
        return fail_memory(message, "the settings");
    pairs->pair = larger;
    SettingPair *pair = &larger[pairs->pairs++];
    snprintf(pair->key, sizeof pair->key, "%s", key);
    snprintf(pair->value, sizeof pair->value, "%s", value);
    return STATUS_OK;
}

void setting_pairs_clear(SettingPairs *pairs)
{
    free(pairs->pair);
    *pairs = (SettingPairs){0};
}

const char *setting_pairs_find(const SettingPairs *pairs, const char *key)
{
    for (int i = 0; i < pairs->pairs; i++)
        if (!strcmp(pairs->pair[i].key, key))
            return pairs->pair[i].value;
    return NULL;
}

bool value_equal(const char *a, const char *b)
{
    char *end_a, *end_b;
    const double x = strtod(a, &end_a), y = strtod(b, &end_b);
    const bool numbers = end_a > a && end_b > b && !*end_a && !*end_b;
    return numbers ? x == y : !strcmp(a, b);
}
